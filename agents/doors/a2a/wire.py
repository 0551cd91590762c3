"""The calls of A2A as requests of one of two bindings in one of two versions, and their answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from agents.doors.a2a.card import JSON_RPC, Interface
from agents.doors.a2a.loose import Loose
from agents.doors.a2a.parts import Part, write_part
from agents.doors.json_wall import Json, JsonRefused, parse_json
from agents.doors.outcomes import Outcome, SecretMismatch, TryAgain, Unacceptable
from agents.doors.retries import read_retry_after
from agents.egress import Answer, Outbound

# Files of 16 MiB in base64, and what is said around them; many answers are read at once.
LARGEST_TASK = 24 * 1024 * 1024
HISTORY = 20
THROTTLED = (429, 502, 503, 504)
TASK_NOT_FOUND, INVALID_PARAMS, METHOD_NOT_FOUND = -32001, -32602, -32601
PUSH_NOT_SUPPORTED, NOT_SUPPORTED, CONTENT_NOT_SUPPORTED = -32003, -32004, -32005
VERSION_NOT_SUPPORTED = -32009
METHODS = {
    "1.0": {
        "send": "SendMessage", "get": "GetTask", "cancel": "CancelTask", "list": "ListTasks",
        "subscribe": "SubscribeToTask",
    },
    "0.3": {
        "send": "message/send", "get": "tasks/get", "cancel": "tasks/cancel",
        "list": "tasks/list", "subscribe": "tasks/resubscribe",
    },
}  # fmt: skip
# How HTTP+JSON tells of errors that JSON-RPC has numbers for.
REASONS = {
    "TASK_NOT_FOUND": TASK_NOT_FOUND,
    "VERSION_NOT_SUPPORTED": VERSION_NOT_SUPPORTED,
    "PUSH_NOTIFICATION_NOT_SUPPORTED": PUSH_NOT_SUPPORTED,
    "UNSUPPORTED_OPERATION": NOT_SUPPORTED,
    "INVALID_PARAMS": INVALID_PARAMS,
    "CONTENT_TYPE_NOT_SUPPORTED": CONTENT_NOT_SUPPORTED,
}
MODES: list[Json] = ["text/markdown", "text/plain", "application/json", "application/octet-stream"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to an agent."""

    id: str
    context: str
    parts: tuple[Part, ...]
    task: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """Where the agent may say that something has changed, and what it shows there."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One agent's interface with what every request to it carries."""

    interface: Interface
    headers: Mapping[str, str] = field(repr=False)
    deadline: float = 25.0
    connect: float = 5.0

    @property
    def dialect(self) -> str:
        is_old_rest = self.interface.version == "0.3" and self.interface.binding != JSON_RPC
        return "0.3 REST" if is_old_rest else self.interface.version


class Trouble(Exception):
    """An exchange that brought no task and no message. `outcome` is what that means."""

    def __init__(self, outcome: Outcome, status: int | None = None) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome, self.status = outcome, status


class RpcError(Exception):
    """The agent's own error, with its number and its words."""

    def __init__(self, code: int, message: str, status: int) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status = code, message, status

    @property
    def told(self) -> str:
        return f"{self.message} ({self.code})" if self.message else str(self.code)


def send_request(line: Line, draft: Draft, push: Push | None) -> Outbound:
    """Send a message and do not wait for what comes of it."""
    body: dict[str, Json] = {
        "message": _written(line, draft),
        "configuration": _configuration(line, push),
    }
    return _request(line, "send", body, path="/message:send", post=True)


def get_request(line: Line, task: str) -> Outbound:
    path = f"/tasks/{quote(task, safe='')}?historyLength={HISTORY}"
    return _request(line, "get", {"id": task, "historyLength": HISTORY}, path=path)


def cancel_request(line: Line, task: str) -> Outbound:
    path = f"/tasks/{quote(task, safe='')}:cancel"
    return _request(line, "cancel", {"id": task}, path=path, post=True)


def list_request(line: Line, context: str) -> Outbound:
    body: dict[str, Json] = {"contextId": context, "pageSize": 20, "historyLength": HISTORY}
    query = urlencode({"contextId": context, "pageSize": 20, "historyLength": HISTORY})
    return _request(line, "list", body, path=f"/tasks?{query}")


def subscribe_request(line: Line, task: str) -> Outbound:
    """The events of a task as they come, as server-sent events."""
    path = f"/tasks/{quote(task, safe='')}:subscribe"
    return _request(line, "subscribe", {"id": task}, path=path, accept="text/event-stream")


def _written(line: Line, draft: Draft) -> dict[str, Json]:
    dialect = line.dialect
    message: dict[str, Json] = {
        "messageId": draft.id,
        "role": "user" if dialect == "0.3" else "ROLE_USER",
        "content" if dialect == "0.3 REST" else "parts": [
            write_part(part, dialect) for part in draft.parts
        ],
    }
    if draft.context:
        message["contextId"] = draft.context
    if draft.task:
        message["taskId"] = draft.task
    if draft.references and dialect != "0.3 REST":
        message["referenceTaskIds"] = list(draft.references)
    return {"kind": "message", **message} if dialect == "0.3" else message


def _configuration(line: Line, push: Push | None) -> dict[str, Json]:
    settings: dict[str, Json] = {"acceptedOutputModes": MODES}
    if line.dialect == "1.0":
        settings["returnImmediately"] = True
        if push is not None:
            settings["taskPushNotificationConfig"] = {"url": push.url, "token": push.token}
        return settings
    settings["blocking"] = False
    if push is not None and line.dialect == "0.3":
        settings["pushNotificationConfig"] = {"url": push.url, "token": push.token}
    return settings


def _request(
    line: Line, call: str, params: dict[str, Json], *, path: str, post: bool = False,
    accept: str = "application/json",
) -> Outbound:  # fmt: skip
    interface = line.interface
    headers = {
        **line.headers,
        "A2A-Version": interface.version,
        "Accept": accept if interface.binding == JSON_RPC else f"{accept}, application/a2a+json",
        "Content-Type": "application/json",
    }
    if interface.binding == JSON_RPC:
        if interface.tenant:
            params = {"tenant": interface.tenant, **params}
        method = METHODS[interface.version][call]
        sent: dict[str, Json] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return _outbound(line, "POST", interface.url, headers, sent)
    if post:
        # What the path names already is not said again; for a cancellation nothing is left.
        named = {name: value for name, value in params.items() if name != "id"}
        return _outbound(line, "POST", _rest_base(interface) + path, headers, named)
    return _outbound(line, "GET", _rest_base(interface) + path, headers, None)


def _outbound(
    line: Line, method: str, url: str, headers: dict[str, str], body: dict[str, Json] | None
) -> Outbound:
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    return Outbound(
        method=method, url=url, headers=headers, body=raw, deadline=line.deadline,
        connect=line.connect, max_bytes=LARGEST_TASK,
    )  # fmt: skip


def _rest_base(interface: Interface) -> str:
    """0.3 puts its version into the path, 1.0 its tenant."""
    base = interface.url.rstrip("/")
    if interface.version == "0.3":
        return base if base.endswith("/v1") else f"{base}/v1"
    return f"{base}/{quote(interface.tenant, safe='')}" if interface.tenant else base


def read_answer(answer: Answer, binding: str, *, now: datetime) -> Json:
    """The result in an answer. Raises Trouble or RpcError."""
    if answer.status in (401, 403):
        raise Trouble(SecretMismatch(answer.status), answer.status)
    if answer.status in THROTTLED:
        wait = read_retry_after(answer.headers.get("retry-after"), now=now)
        throttled = TryAgain("throttled", {"status": answer.status}, wait)
        raise Trouble(throttled, answer.status)
    try:
        said = parse_json(answer.body, max_bytes=LARGEST_TASK)
    except JsonRefused as refused:
        raise Trouble(_unreadable(answer, refused.code), answer.status) from None
    holder = Loose(said)
    is_rpc = binding == JSON_RPC
    if holder.object("error") or (not is_rpc and answer.status >= 400 and holder.text("message")):
        raise _error_of(holder, answer.status)
    if answer.status >= 400:
        # A server that is there, and no agent of this protocol at this path of it.
        raise Trouble(_unreadable(answer, "status"), answer.status)
    if is_rpc and holder.raw("jsonrpc") is not None:
        if holder.raw("result") is None:
            raise Trouble(_unreadable(answer, "no_result"), answer.status)
        return holder.raw("result")
    return said


def _unreadable(answer: Answer, code: str) -> Outcome:
    """Not JSON: an error page by its status, or a page in place of an answer."""
    if answer.status >= 500:
        return TryAgain("status", {"status": answer.status})
    if answer.status >= 400:
        return Unacceptable("status", {"status": answer.status})
    return Unacceptable("a2a_unreadable", {"kind": "a2a_unreadable", "problem": code})


def _error_of(holder: Loose, status: int) -> RpcError | Trouble:
    error = holder.object("error") or holder
    code = error.raw("code")
    number = code if isinstance(code, int) and code < 0 else -status
    for detail in error.objects("details", "data", most=20):
        number = REASONS.get(detail.text("reason", most=80), number)
    if number == -404:
        number = TASK_NOT_FOUND
    message = error.text("message", most=1000)
    if number == VERSION_NOT_SUPPORTED:
        return Trouble(
            Unacceptable("a2a_version", {"kind": "a2a_version", "said": message[:300]}), status
        )
    return RpcError(number, message, status)
