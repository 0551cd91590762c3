"""Whether a model is where its agent says it is: its endpoint's list of models, with the key."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from agents.allowed import egress_policy
from agents.doors.base import Finding, Sent
from agents.doors.json_wall import Json, JsonRefused, parse_json
from agents.doors.model.asking import body_of, key_header, request_of
from agents.doors.model.endpoint import Endpoint, endpoint_of
from agents.doors.model.reading import Trouble, read_error, read_whole
from agents.doors.outcomes import (
    Delivered,
    Outcome,
    SecretMismatch,
    TryAgain,
    Unacceptable,
    read_refusal,
)
from agents.egress import Answer, EgressRefused, Outbound, begin, fetch
from workspace.queries import timings

if TYPE_CHECKING:
    from workspace.models import Agent

MOST_LISTED = 1_000
LARGEST_LIST = 4 * 1024 * 1024
CAPABILITIES = {"async": True, "cancel": True, "questions": True, "permissions": True}


def list_request(url: str, key: str, within: float) -> Outbound:
    return Outbound(
        "GET", f"{url}/models", headers=key_header(key), deadline=within, max_bytes=LARGEST_LIST
    )


def look_for_model(agent: "Agent") -> Finding:
    """Ask for the list of models with the agent's key; where there is none, ask the model."""
    within = timings(agent.workspace, None, agent).verify_within
    try:
        endpoint = endpoint_of(agent)
        answer = fetch(list_request(endpoint.url, endpoint.key, within), policy=egress_policy())
        if answer.status in (404, 405, 501):
            return _asked(endpoint, within)
        if answer.status != 200:
            raise read_error(answer.status, answer.headers, answer.body)
        return _found(endpoint, answer)
    except EgressRefused as refused:
        return _not_found(refused.code, refused.params)
    except Trouble as trouble:
        return _not_found(trouble.code, trouble.params)
    except ValueError:
        return _not_found("secret_unreadable", {})


def _not_found(code: str, params: Mapping[str, str | int], took: int = 0) -> Finding:
    step = {"code": code, "ok": False, "params": dict(params), "took_ms": took}
    return Finding("unverified", [step])


def _found(endpoint: Endpoint, answer: Answer) -> Finding:
    listed = read_models(answer.body)
    if listed is None:
        return _not_found("no_list_of_models", {}, answer.elapsed_ms)
    steps: list[dict[str, Any]] = [
        {"code": "models_listed", "ok": True, "params": {"count": len(listed)},
         "took_ms": answer.elapsed_ms}
    ]  # fmt: skip
    if endpoint.model not in listed:
        params = {"model": endpoint.model, "there": ", ".join(sorted(listed))[:300]}
        steps.append({"code": "model_not_listed", "ok": False, "params": params, "took_ms": 0})
        return Finding("unverified", steps)
    told = listed[endpoint.model]
    steps.append({"code": "model_listed", "ok": True, "params": {"model": endpoint.model, **told},
                  "took_ms": 0})  # fmt: skip
    said = {"version": endpoint.model, "capabilities": CAPABILITIES, "reach": told}
    return Finding("verified", steps, said)


def read_models(body: bytes) -> dict[str, dict[str, Any]] | None:
    """The models of a list, each with what it tells of window and pictures; None if it is none."""
    try:
        found = parse_json(body, max_bytes=LARGEST_LIST)
    except JsonRefused:
        return None
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, list):
        return None
    models = [one for one in data[:MOST_LISTED] if isinstance(one, dict) and one.get("id")]
    return {str(one["id"])[:200]: _told(one) for one in models}


def _told(model: dict[str, Json]) -> dict[str, Any]:
    """Services name these differently; what is not told stays as it was set."""
    told: dict[str, Any] = {}
    for name in ("context_length", "max_model_len", "context_window"):
        window = model.get(name)
        if isinstance(window, int) and not isinstance(window, bool) and window >= 2_000:
            told["window"] = window
            break
    if isinstance(pictures := model.get("supports_image_in"), bool):
        told["pictures"] = pictures
    return told


def _asked(endpoint: Endpoint, within: float) -> Finding:
    """An endpoint without a list: the shortest question there is."""
    body = body_of(endpoint, [{"role": "user", "content": "Say yes."}], [])
    request = request_of(endpoint, body.replace(b'"stream":true', b'"stream":false'))
    answer = fetch(request, policy=egress_policy())
    if answer.status != 200:
        raise read_error(answer.status, answer.headers, answer.body)
    read_whole(answer.body)
    step = {"code": "model_answered", "ok": True, "params": {"model": endpoint.model},
            "took_ms": answer.elapsed_ms}  # fmt: skip
    return Finding("verified", [step], {"version": endpoint.model, "capabilities": CAPABILITIES})


def ping(agent: "Agent") -> "Future[Sent]":
    """Ask for the list of models, without waiting for it. ValueError if the key cannot be read."""
    endpoint = endpoint_of(agent)
    within = timings(agent.workspace, None, agent).deliver_within
    sent: Future[Sent] = Future()

    def told(answered: "Future[Answer]") -> None:
        try:
            answer = answered.result()
            sent.set_result(Sent(_outcome(answer), answer.status, answer.elapsed_ms))
        except EgressRefused as refused:
            sent.set_result(Sent(read_refusal(refused)))
        except BaseException as error:  # noqa: BLE001 — whoever waits is told
            sent.set_exception(error)

    request = list_request(endpoint.url, endpoint.key, within)
    begin(request, policy=egress_policy()).add_done_callback(told)
    return sent


def _outcome(answer: Answer) -> Outcome:
    if answer.status in (200, 404, 405, 501):
        return Delivered()
    if answer.status in (401, 403):
        return SecretMismatch(answer.status)
    trouble = read_error(answer.status, answer.headers, answer.body)
    if trouble.again:
        return TryAgain(trouble.code, trouble.params, trouble.retry_after)
    return Unacceptable("status", {"status": answer.status})
