"""The published description of the webhook door: OpenAPI 3.1, callbacks and outbound events.

ROUTES is also what the URLs are made of, so nothing can be served and not described.
"""

from dataclasses import dataclass

from agents.doors.problems import PROBLEMS
from agents.doors.webhook.outbound_schemas import OUTBOUND, OUTBOUND_PARTS
from agents.doors.webhook.schemas import ANSWERS, INBOUND, Schema, ref, text

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """One call: `name` is the view's, `body` and `answer` name schemas."""

    method: str
    path: str
    name: str
    summary: str
    body: str = ""
    answer: str = ""
    status: int = 200
    problems: tuple[str, ...] = ()


RUN = "runs/{run_id}"
WRITE = ("run_terminal", "lease_lost")
ROUTES: tuple[Route, ...] = (
    Route("post", f"{RUN}/events", "events", "Report what happened, up to 100 at once",
          "EventBatch", "Receipt", 200, WRITE),
    Route("post", f"{RUN}/heartbeat", "heartbeat", "Say you are alive and renew the lease",
          "Heartbeat", "Directive", 200, WRITE),
    Route("post", f"{RUN}/checkpoint", "checkpoint", "Leave word for the next attempt",
          "Checkpoint", "Kept", 200, (*WRITE, "body_too_large")),
    Route("get", f"{RUN}/inbox", "inbox", "Wait for answers, revisions and cancellation",
          "", "Inbox", 200, WRITE),
    Route("post", f"{RUN}/artifacts", "artifacts", "Send a file of at most 25 MB",
          "Upload", "ArtifactKept", 201,
          (*WRITE, "artifact_too_large", "sha256_mismatch", "unsupported_media_type")),
    Route("post", f"{RUN}/sources", "sources", "Name sources of claims to come",
          "SourceBatch", "Kept", 200, WRITE),
    Route("post", f"{RUN}/questions", "questions", "Ask a person a question",
          "Question", "AskOpened", 201, WRITE),
    Route("post", f"{RUN}/permissions", "permissions", "Ask a person for leave for one action",
          "Permission", "AskOpened", 201, WRITE),
    Route("post", f"{RUN}/complete", "complete", "Hand in the deliverable",
          "Result", "Handed", 200, (*WRITE, "empty_completion", "sources_required")),
    Route("post", f"{RUN}/fail", "fail", "Give up, and say why", "Failure", "RunNow", 200, WRITE),
    Route("post", f"{RUN}/reject", "reject", "Decline the work", "Rejection", "RunNow", 200, WRITE),
    Route("get", "files/{run_id}/{file_id}", "files", "Fetch a file of an input",
          "", "", 200, ("not_found",)),
)  # fmt: skip
EVERYWHERE = (
    "no_token",
    "wrong_token",
    "agent_revoked",
    "unknown_run",
    "not_json",
    "invalid_body",
    "rate_limited",
)


def description(base_url: str) -> Schema:
    """The whole document, for one installation."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(f"/{route.path}", {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Muster, the agents' API",
            "version": "1",
            "description": "Callbacks of runs, and the events Muster sends (muster-agent/1).",
        },
        "servers": [{"url": f"{base_url}/agent/v1"}],
        "security": [{"runToken": [], "lease": []}],
        "paths": dict(paths),
        "webhooks": {kind: _webhook(kind) for kind in OUTBOUND},
        "components": {
            "securitySchemes": {
                "runToken": {"type": "http", "scheme": "bearer"},
                "lease": {"type": "apiKey", "in": "header", "name": "Muster-Lease"},
            },
            "schemas": {
                **INBOUND,
                **ANSWERS,
                **OUTBOUND_PARTS,
                **{f"data.{kind}": schema for kind, schema in OUTBOUND.items()},
            },
        },
    }


def _operation(route: Route) -> Schema:
    operation: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_other_parameters(route)],
        "responses": {str(route.status): _success(route), **_problems(route)},
    }
    if route.body:
        kind = "multipart/form-data" if route.body == "Upload" else JSON
        operation["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": ref(route.body)}},
        }
    return operation


def _path_parameters(route: Route) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": text()}
        for name in ("run_id", "file_id")
        if f"{{{name}}}" in route.path
    ]


def _other_parameters(route: Route) -> list[Schema]:
    if route.name == "inbox":
        return [
            {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}},
            {"name": "wait", "in": "query", "schema": {"type": "integer", "maximum": 25}},
        ]
    if route.method == "post" and route.name != "events":
        return [{"name": "Idempotency-Key", "in": "header", "schema": text(200)}]
    return []


def _success(route: Route) -> Schema:
    if not route.answer:
        content: Schema = {"application/octet-stream": {}}
    else:
        content = {JSON: {"schema": ref(route.answer)}}
    return {"description": route.summary, "content": content}


def _problems(route: Route) -> Schema:
    by_status: dict[int, list[str]] = {}
    for code in (*EVERYWHERE, *route.problems):
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return {
        str(status): {
            "description": ", ".join(codes),
            "content": {"application/problem+json": {"schema": ref("Problem")}},
        }
        for status, codes in sorted(by_status.items())
    }


def _webhook(kind: str) -> Schema:
    reply = {"agent.verify": "ChallengeReply"}.get(kind, "Reply")
    sent: Schema = {"allOf": [ref("Envelope"), {"properties": {"data": ref(f"data.{kind}")}}]}
    return {
        "post": {
            "operationId": kind,
            "summary": f"Muster sends {kind}",
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": text()}
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": sent}}},
            "responses": {
                "200": {"description": "Answered", "content": {JSON: {"schema": ref(reply)}}},
                "202": {"description": "Taken on; the rest comes by callback"},
                "401": {"description": "The signature is wrong"},
                "409": {"description": "Known already"},
                "410": {"description": "Never call again"},
            },
        }
    }
