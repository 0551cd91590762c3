"""The inbox of a run: the same events as are sent, for agents that cannot be called."""

import asyncio
import io
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from agents.doors.events import envelope
from agents.doors.fields import Malformed
from agents.doors.json_wall import Json
from agents.doors.orders import event_of, workspace_ref
from agents.doors.webhook.http import credentials_of, log_call, refusal, wrong_method
from workspace.commands.callbacks import beat, inbox
from workspace.commands.leases import know_run
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import Beat, Credentials
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.models import Run

T = TypeVar("T")
LONGEST_WAIT = 25.0
LOOK_EVERY = 1.0
PATH = re.compile(r"/agent/v1/runs/([a-z]{2,5}_[0-9a-z]{1,32})/inbox")
# All waiting agents share these: a long poll never holds a thread of its own.
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="inbox")


def entries(run: "Run", after: int | None, *, at: datetime) -> list[dict[str, Json]]:
    """Envelopes with their number and webhook-id; without `after`, what has not arrived yet."""
    found = []
    for delivery in inbox(run, after or 0):
        if after is None and delivery.state not in ("due", "sending"):
            continue
        try:
            event = event_of(delivery, at=at)
        except Refused:
            continue  # what it was about is gone
        sent = envelope(event, workspace=workspace_ref(delivery), at=delivery.created_at)
        found.append({"seq": delivery.inbox_seq, "id": delivery.id, **sent})
    return found


@csrf_exempt
async def long_poll(request: HttpRequest, run_id: str) -> HttpResponse:
    """Answer as soon as there is news, or with none after `wait` seconds."""
    if request.method != "GET":
        return wrong_method("GET")
    started, at = time.monotonic(), datetime.now(UTC)
    try:
        shown = credentials_of(request)
        after, wait = _number(request, "after", 0), _number(request, "wait", 0)
        run = await _read(lambda: _sign_in(run_id, shown, at))
        news = await _wait_for_news(run, after, started + min(wait, LONGEST_WAIT))
        seqs = [int(str(each["seq"])) for each in news]
        return JsonResponse({"items": news, "next": max([after, *seqs])})
    except (Refused, Malformed) as error:
        return refusal(error)


needs("run.token")(long_poll)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The long poll as a program of its own, for the composition root to put before Django.

    Django gives a request a thread for as long as it lasts if one of its middlewares is not
    asynchronous; an agent that waits must not cost one.
    """
    matched = PATH.fullmatch(scope["path"])
    if matched is None:
        raise ValueError("this serves the inbox only")
    response = await long_poll(ASGIRequest(scope, io.BytesIO()), matched[1])
    headers = [(name.lower().encode(), value.encode("latin1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def _sign_in(run_id: str, shown: Credentials, at: datetime) -> "Run":
    """A poll is a sign of life like any other call."""
    run = know_run(run_id, shown)
    beat(run_id=run_id, credentials=shown, said=Beat(), after=0, at=at)
    log_call(run, "inbox", 200, time.monotonic(), at)
    return run


async def _wait_for_news(run: "Run", after: int, until: float) -> list[dict[str, Json]]:
    while True:
        news = await _read(lambda: _look(run, after))
        if news or run.state not in LIVE_RUN or time.monotonic() + LOOK_EVERY > until:
            return news
        await asyncio.sleep(LOOK_EVERY)


def _look(run: "Run", after: int) -> list[dict[str, Json]]:
    run.refresh_from_db(fields=["state"])
    return entries(run, after, at=datetime.now(UTC))


async def _read(look: Callable[[], T]) -> T:
    def with_fresh_connection() -> T:
        close_old_connections()
        return look()

    return await asyncio.get_running_loop().run_in_executor(_readers, with_fresh_connection)


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed(f"?{name}", "not_an_integer")
    return int(text)
