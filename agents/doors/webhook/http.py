"""The edge of the callback API: who calls, what they sent, and every refusal as a problem."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeAlias

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from agents.audition import proxy
from agents.doors.fields import Malformed
from agents.doors.json_wall import KIB, Json, JsonRefused, parse_json
from agents.doors.problems import problem, problem_body, problem_of
from workspace import outbox
from workspace.commands.answers import answer_once
from workspace.commands.leases import know_run
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import Credentials

if TYPE_CHECKING:
    from workspace.models import Run

P = ParamSpec("P")
# What Django makes of the path it has matched.
DjangoView: TypeAlias = Callable[..., HttpResponseBase]
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose run token has been checked; the lease is the command's to check."""

    request: HttpRequest
    run: "Run"
    shown: Credentials
    at: datetime
    raw: list[bytes] = field(default_factory=list)

    def json(self, *, max_bytes: int = 256 * KIB) -> Json:
        """The body, read once. Raises JsonRefused."""
        self.raw.append(read_body(self.request, max_bytes))
        return parse_json(self.raw[0], max_bytes=max_bytes)

    def digest(self) -> str:
        """The sha256 of the body that was read."""
        return hashlib.sha256(b"".join(self.raw)).hexdigest()


def read_body(request: HttpRequest, max_bytes: int) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > max_bytes:
        raise JsonRefused("too_large", limit=max_bytes)
    body: bytes = request.read(max_bytes + 1)
    return body


def credentials_of(request: HttpRequest) -> Credentials:
    """The run token and the lease token of a call. Raises Refused without a run token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
        raise Refused("no_token", status=401)
    return Credentials(token, request.headers.get("Muster-Lease", "")[:LONGEST_TOKEN])


View: TypeAlias = Callable[Concatenate[Call, P], HttpResponseBase]


def callback(method: str) -> Callable[[View[P]], DjangoView]:
    """Make a view of a call: one method, a known run, problems for refusals, a line in the log."""

    def decorate(view: View[P]) -> DjangoView:
        @wraps(view)
        def answered(
            request: HttpRequest, run_id: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if request.method != method:
                return wrong_method(method)
            started, at, known = time.monotonic(), datetime.now(UTC), None
            response: HttpResponseBase
            try:
                shown = credentials_of(request)
                known = know_run(run_id, shown)
                if wait := proxy.limits_call(known, view.__name__, at):
                    response = told_to_wait(wait)
                else:
                    response = view(Call(request, known, shown, at), *args, **kwargs)
            except (Refused, Malformed, JsonRefused) as error:
                response = refusal(error)
            if known is not None:
                log_call(known, view.__name__, response.status_code, started, at)
            return response

        marked: DjangoView = needs("run.token")(csrf_exempt(answered))
        return marked

    return decorate


Told: TypeAlias = tuple[int, dict[str, Json]]
# What is kept or logged with these must stay, so they are answers and undo nothing.
SETTLED = ("lease_lost", "run_terminal")
LONGEST_KEY = 200


def once(call: Call, act: Callable[[], Told]) -> HttpResponse:
    """Answer a single call; with an `Idempotency-Key`, the same key is answered the same.

    The body must have been read: another body under the same key is refused.
    """
    key = call.request.headers.get("Idempotency-Key", "")
    if not key:
        return told(*act())
    if len(key) > LONGEST_KEY:
        raise Malformed("Idempotency-Key", "too_long", limit=LONGEST_KEY)
    status, body = answer_once(
        workspace_id=call.run.workspace_id,
        scope=call.run.id,
        key=key,
        body_sha256=call.digest(),
        act=lambda: _settled(act),
        at=call.at,
    )
    return told(status, body)


def _settled(act: Callable[[], Told]) -> Told:
    try:
        return act()
    except Refused as refused:
        if refused.code not in SETTLED:
            raise
        return problem_body(refused.code, status=refused.status, more=refused.params)


def told(status: int, body: dict[str, Json]) -> HttpResponse:
    kind = "application/problem+json" if status >= 400 else "application/json"
    return JsonResponse(body, status=status, content_type=kind)


def refusal(error: Refused | Malformed | JsonRefused) -> HttpResponse:
    """The problem of any refusal."""
    if not isinstance(error, Refused):
        return problem_of(error)
    response = problem(error.code, status=error.status, more=error.params)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def told_to_wait(seconds: int) -> HttpResponse:
    response = problem("rate_limited")
    response["Retry-After"] = str(seconds)
    return response


def wrong_method(method: str) -> HttpResponse:
    response = problem("method_not_allowed")
    response["Allow"] = method
    return response


def log_call(run: "Run", name: str, status: int, started: float, at: datetime) -> None:
    """One line in the agent's log, beside what was sent to it."""
    outbox.log_call(
        workspace_id=run.workspace_id,
        agent_id=run.agent_id or "",
        run_id=run.id,
        type=name,
        status=status,
        took_ms=int((time.monotonic() - started) * 1000),
        at=at,
    )
