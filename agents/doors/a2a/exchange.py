"""What is said to an agent and what comes back, on the loop of this process. Touches no rows."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from agents.allowed import egress_policy
from agents.doors.a2a.reach import origin_of
from agents.doors.a2a.tasks import Snapshot, read_snapshot, read_tasks
from agents.doors.a2a.wire import (
    CONTENT_NOT_SUPPORTED,
    INVALID_PARAMS,
    NOT_SUPPORTED,
    PUSH_NOT_SUPPORTED,
    TASK_NOT_FOUND,
    Draft,
    Line,
    Push,
    RpcError,
    Trouble,
    cancel_request,
    get_request,
    list_request,
    read_answer,
    send_request,
)
from agents.doors.json_wall import Json
from agents.doors.outcomes import TryAgain, Unacceptable, Unusable, read_refusal
from agents.egress import Egress, EgressRefused, Outbound
from workspace.reports import Failure

MIB = 1024 * 1024
LARGEST_FILE = 25 * MIB
LARGEST_FILES = 100 * MIB
MOST_LINKS = 50
# What an agent answers that refuses a message for its files, or for where it is to tell of news.
MAY_BE_THE_FILES = (CONTENT_NOT_SUPPORTED, INVALID_PARAMS, -400, -415)
MAY_BE_THE_PUSH = (INVALID_PARAMS, PUSH_NOT_SUPPORTED, NOT_SUPPORTED, -400)


async def ask(egress: Egress, line: Line, request: Outbound) -> Json:
    """One call; its result. Raises Trouble or RpcError."""
    try:
        answer = await egress.fetch(request, policy=egress_policy())
    except EgressRefused as refused:
        if refused.code == "too_large":
            raise Trouble(Unusable("a2a_too_large", str(request.max_bytes // MIB))) from None
        raise Trouble(read_refusal(refused)) from None
    # A task may hold files of many megabytes: reading it must not hold up the loop.
    binding = line.interface.binding
    return await asyncio.to_thread(read_answer, answer, binding, now=datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `plain` says the same without files, `push` is where news may go.

    `known` are the tasks its conversation has had.
    """

    line: Line
    draft: Draft
    push: Push | None = None
    plain: Draft | None = None
    known: tuple[str, ...] = ()


Came = tuple[Snapshot, dict[str, bytes]]


async def deliver(egress: Egress, message: Outgoing, *, is_again: bool) -> Came:
    """Send a message; what the agent makes of it. Raises Trouble.

    Where it may have arrived before, the agent is first asked for a task of this conversation
    that is not known: a second message would be a second task.
    """
    try:
        # All its calls together are one try.
        async with asyncio.timeout(message.line.deadline):
            return await _deliver(egress, message, is_again)
    except TimeoutError:
        seconds = int(message.line.deadline)
        raise Trouble(TryAgain("deadline", {"seconds": seconds})) from None


async def _deliver(egress: Egress, message: Outgoing, is_again: bool) -> Came:
    if is_again and (there := await _already(egress, message)):
        return there, {}
    found = await _snapshot(await _send(egress, message))
    if found.task:
        return found, {}
    return found, await fetch_links(egress, message.line, found)


async def _send(egress: Egress, message: Outgoing) -> Json:
    """Send it as whole as the agent takes it: what it may have refused is left out in turn."""
    draft, push, plain = message.draft, message.push, message.plain
    while True:
        try:
            request = send_request(message.line, draft, push)
            return await ask(egress, message.line, request)
        except RpcError as error:
            if push is not None and error.code in MAY_BE_THE_PUSH:
                push = None
            elif plain is not None and error.code in MAY_BE_THE_FILES:
                draft, plain = plain, None
            else:
                _fail(error)


def _fail(error: RpcError) -> NoReturn:
    raise Trouble(Failure("error", error.told, retryable=True), error.status) from error


async def _snapshot(result: Json) -> Snapshot:
    found = await asyncio.to_thread(read_snapshot, result)
    if found is None:
        raise Trouble(unreadable("no_task"))
    return found


def unreadable(problem: str) -> Unacceptable:
    return Unacceptable("a2a_unreadable", {"kind": "a2a_unreadable", "problem": problem})


async def _already(egress: Egress, message: Outgoing) -> Snapshot | None:
    """The newest unknown task of the message's conversation, for agents that list theirs."""
    context = message.draft.context
    try:
        asked = list_request(message.line, context)
        found = read_tasks(await ask(egress, message.line, asked))
    except (RpcError, Trouble):
        return None
    ours = (one for one in found if one.context == context and one.task not in message.known)
    return next(ours, None)


async def look(egress: Egress, line: Line, task: str, *, within: float) -> Came:
    """The task as it is now; once it is over, with what is at its files' links. Raises Trouble."""
    try:
        async with asyncio.timeout(within):
            return await _look(egress, line, task)
    except TimeoutError:
        raise Trouble(TryAgain("deadline", {"seconds": int(within)})) from None


async def _look(egress: Egress, line: Line, task: str) -> Came:
    try:
        result = await ask(egress, line, get_request(line, task))
    except RpcError as error:
        if error.code == TASK_NOT_FOUND:
            raise Trouble(Unusable("a2a_task_gone", task), error.status) from None
        _fail(error)
    found = await _snapshot(result)
    if found.task != task:
        raise Trouble(Unusable("a2a_task_changed", found.task[:80]))
    fetched = await fetch_links(egress, line, found) if found.state == "completed" else {}
    return found, fetched


async def fetch_links(egress: Egress, line: Line, snapshot: Snapshot) -> dict[str, bytes]:
    """What is at the links of a task's files. Raises Trouble where one cannot be had."""
    links = list(dict.fromkeys(file.url for file in snapshot.links))
    if len(links) > MOST_LINKS:
        raise Trouble(Unusable("a2a_too_many_links", str(len(links))))
    left = LARGEST_FILES
    fetched: dict[str, bytes] = {}
    for url in links:
        fetched[url] = await _fetched(egress, line, url, min(LARGEST_FILE, left))
        left -= len(fetched[url])
    return fetched


async def _fetched(egress: Egress, line: Line, url: str, most: int) -> bytes:
    # The agent's credential is for the agent: a link elsewhere does not see it.
    is_its_own = origin_of(url) == origin_of(line.interface.url)
    request = Outbound(
        "GET", url, headers=line.headers if is_its_own else {}, deadline=line.deadline,
        connect=line.connect, max_bytes=most,
    )  # fmt: skip
    try:
        answer = await egress.fetch(request, policy=egress_policy())
    except EgressRefused as refused:
        raise Trouble(Unusable(f"a2a_file_{refused.code}", url[:200])) from None
    if answer.status != 200:
        raise Trouble(Unusable("a2a_file_status", f"{url[:200]} {answer.status}"), answer.status)
    return answer.body


async def cancel(egress: Egress, line: Line, task: str) -> str:
    """Tell the agent to stop. How it answers is for its log only: the run is over here."""
    try:
        await ask(egress, line, cancel_request(line, task))
    except RpcError:
        return "not_cancelable"
    return "cancel_taken"
