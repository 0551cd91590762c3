"""Errors told to programs: RFC 9457 problems with stable codes."""

from collections.abc import Mapping

from django.conf import settings
from django.http import JsonResponse

from agents.doors.fields import Malformed
from agents.doors.json_wall import Json, JsonRefused
from workspace.actors import request_id

# code → (status, title). What a command refuses for another reason keeps the command's own code.
PROBLEMS: dict[str, tuple[int, str]] = {
    "not_json": (400, "The body is not the JSON this call expects"),
    "invalid_body": (422, "A field of the body is missing or wrong"),
    "body_too_large": (413, "The body is too large"),
    "artifact_too_large": (413, "The file is too large"),
    "unsupported_media_type": (415, "This media type is not taken here"),
    "sha256_mismatch": (422, "The bytes do not match the sha256 that came with them"),
    "no_token": (401, "A run token is needed"),
    "wrong_token": (401, "This run token opens nothing here"),
    "agent_revoked": (401, "This agent was revoked"),
    "unknown_run": (404, "There is no such run for this token"),
    "not_found": (404, "There is no such thing for this token"),
    "run_terminal": (409, "The run is over"),
    "lease_lost": (409, "The lease of this run is gone"),
    "revision_conflict": (409, "The card was changed meanwhile"),
    "in_progress": (409, "The same call is being answered right now"),
    "idempotency_mismatch": (422, "This Idempotency-Key came with another body before"),
    "sources_required": (422, "This deliverable needs sources"),
    "empty_completion": (422, "There is nothing in this deliverable"),
    "rate_limited": (429, "Too many calls"),
    "method_not_allowed": (405, "This method is not answered here"),
}


def problem_body(
    code: str,
    *,
    status: int | None = None,
    detail: str = "",
    more: Mapping[str, Json] | None = None,
) -> tuple[int, dict[str, Json]]:
    """The status and members of a problem; `more` adds such as `kept` or `errors`."""
    known_status, title = PROBLEMS.get(code, (409, "The call was refused"))
    status = status or known_status
    body: dict[str, Json] = {
        "type": f"{settings.MUSTER_URL}/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "request_id": request_id.get(),
        **(more or {}),
    }
    return status, body


def problem(
    code: str,
    *,
    status: int | None = None,
    detail: str = "",
    more: Mapping[str, Json] | None = None,
) -> JsonResponse:
    """The same as an `application/problem+json` answer."""
    found, body = problem_body(code, status=status, detail=detail, more=more)
    return JsonResponse(body, status=found, content_type="application/problem+json")


def problem_of(error: Malformed | JsonRefused) -> JsonResponse:
    """The problem of a body that did not get past the wall."""
    if isinstance(error, JsonRefused):
        code = "body_too_large" if error.code == "too_large" else "not_json"
        more: dict[str, Json] = {"problem": error.code, **error.params}
        return problem(code, detail=JSON_DETAILS[error.code], more=more)
    code = error.code if error.code in PROBLEMS else "invalid_body"
    detail = f"{FIELD_DETAILS.get(error.code, PROBLEMS[code][1])}: {error.at or '/'}"
    wrong: dict[str, Json] = {"at": error.at or "/", "problem": error.code}
    for name, value in error.params.items():
        wrong[name] = list(value) if isinstance(value, list) else value
    return problem(code, detail=detail, more={"errors": [wrong]})


JSON_DETAILS = {
    "too_large": "The body is larger than this call takes",
    "not_utf8": "The body is not UTF-8",
    "not_json": "The body is not valid JSON",
    "too_deep": "The body is nested too deeply",
    "too_many_values": "The body holds too many values",
    "not_finite": "NaN and infinite numbers are not JSON",
    "number_too_large": "A number needs more than 64 bits",
    "duplicate_key": "An object names the same key twice",
    "bad_text": "A text holds a NUL or half a surrogate pair",
}
FIELD_DETAILS = {
    "not_an_object": "This must be an object",
    "missing": "This is missing",
    "not_text": "This must be a text",
    "too_long": "This is too long",
    "empty": "This must not be empty",
    "unknown_value": "This is none of the values known here",
    "unknown_field": "This field is not known, so nobody could see it",
    "not_an_integer": "This must be a whole number",
    "not_a_number": "This must be a number",
    "out_of_range": "This number is out of range",
    "not_a_boolean": "This must be true or false",
    "not_a_time": "This must be an RFC 3339 time",
    "time_without_zone": "This time needs a zone, such as Z",
    "not_a_link": "This must be an http or https address",
    "not_a_list": "This must be a list",
    "too_many": "This has too many entries",
    "named_twice": "The same name stands here twice",
    "not_a_plain_value": "This must be a text, a number, true, false or null",
    "not_base64": "This must be base64",
    "content_or_content_base64": "A file needs either content or content_base64",
    "bad_file_name": "This file name leaves its folder or cannot be shown",
    "not_a_sha256": "This must be a sha256 in hex",
    "source_without_place": "A source needs a url, a file or a deliverable_id",
    "bad_name": "A field of a form needs a plain name",
    "secret_in_form": "Secrets are never asked for in a form: use url",
    "empty_action": "An action a person cannot see cannot be allowed",
    "digest_mismatch": "The action_digest is not that of the action",
}
