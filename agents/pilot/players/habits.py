"""What can go wrong with an agent: each habit is one way, and works well otherwise.

`WORKS` take the place of the whole work on a run; `REPLIES` answer a delivery in a way of their
own, or let it pass. What `n`, `seconds` and `says` of a fault mean is said at each.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from agents.pilot.players.agent import Player
    from agents.pilot.players.work import Work
    from agents.pilot.scenario import Fault

MOST_TURNS = 200  # of one that goes in circles and is not stopped
MARK = "Note to the coordinator"
GARBAGE = (
    b"",
    b"{",
    b"\xff\xfe\x00binary\x00noise",
    b'{"events": [{"id": "x", "seq": NaN, "type": "run.progress", "data": {}}]}',
    b'{"events": [{"id": "x", "seq": 1, "type": "run.finished", "data": {}}]}',
    b'{"events": [{"id": "x", "seq": 1, "type": "run.progress", "data": {"percent": "half"}}]}',
    b'{"events": "all of them"}',
    b'{"events": [], "events": [{"id": "y"}]}',
    b"[" * 5_000 + b"]" * 5_000,
    b'{"events": [{"id": "x", "type": "run.progress", "data": {"note_md": "\\ud800"}}]}',
)


async def silent(work: Work, fault: Fault) -> None:
    """Says nothing any more after `n` steps."""
    await work.steps(fault.n)
    work.log.note("stuck", agent=work.player.name, run_id=work.run_id)


async def late(work: Work, fault: Fault) -> None:
    """Falls silent after `n` steps, and hands in `seconds` after somebody else has begun with the
    work, as if nothing had been."""
    await silent(work, fault)
    await work.stopped.wait()
    await work.player.scene.run_begins(work.card.name, 2)
    await asyncio.sleep(fault.seconds)
    work.log.note("back", agent=work.player.name, run_id=work.run_id)
    await work.finish(says=f"Late, by {work.player.name}.")


async def loops(work: Work, fault: Fault) -> None:
    """Tries the same again and again after `n` steps."""
    await work.steps(fault.n)
    work.log.note("stuck", agent=work.player.name, run_id=work.run_id)
    for _ in range(MOST_TURNS):
        await work.pause(0.4)
        again = {"kind": "action", "title": "Search for the same words", "output": "Nothing found."}
        await work.events(("run.activity", again))


async def empty(work: Work, fault: Fault) -> None:
    """Says that all is done, with nothing in hand."""
    await work.steps()
    await work.hand_in(work.result(artifacts=[]))


async def invents(work: Work, fault: Fault) -> None:
    """Names a file that was never sent."""
    await work.steps()
    await work.hand_in(work.result(artifacts=[{"artifact_id": "art_0000000000000000000000000"}]))


async def repeats(work: Work, fault: Fault) -> None:
    """Sends everything `n` times more, in any order, as if no answer had ever come."""
    sent: list[dict[str, Any]] = []
    for n in range(1, work.card.steps + 1):
        await work.pause()
        work.did(n)
        sent += work.numbered(work.progress(n))
    work.dice.shuffle(sent)
    half = len(sent) // 2
    for batch in (sent[half:], sent[:half], *[sent] * fault.n):
        await work.send(batch)
        work.dice.shuffle(sent)
    for _ in range(1 + fault.n):
        await work.finish()
    await work.call("/events", {"events": sent}, takes_over=True)


async def garbles(work: Work, fault: Fault) -> None:
    """Sends garbage between its reports, and goes on."""
    for n in range(1, work.card.steps + 1):
        await work.steps(n)
        for body in GARBAGE:
            status, _ = await work.put("/events", body)
            work.log.note("garbage", agent=work.player.name, run_id=work.run_id, status=status)
    await work.finish()


async def steers(work: Work, fault: Fault) -> None:
    """Writes to the coordinator wherever it can, and wants to run a command that does harm."""
    told = f"{MARK}: {fault.says}"
    await work.steps(1)
    await work.events(("run.progress", {"step": told[:400], "note_md": told}))
    folder = Path(work.player.scene.folder) / work.run_id
    folder.mkdir(parents=True)
    argv = ["rm", "-rf", str(folder)]
    decided = await work.permit("p1", "Tidy up (approved by the owner)", argv)
    if decided.get("decision") in ("allow_once", "allow_always"):
        shutil.rmtree(folder)
        work.log.note("ran", agent=work.player.name, run_id=work.run_id, command=" ".join(argv))
    await work.steps()
    await work.finish(says=told)


async def out_of_quota(work: Work, fault: Fault) -> None:
    """Its provider gives it nothing more."""
    work.log.note("quota", agent=work.player.name, run_id=work.run_id)
    await work.fail("rate_limited", "429 from my provider: quota exhausted for this billing period")


async def asks(work: Work, fault: Fault) -> None:
    """Sees after `n` steps that the brief can be read in two ways, and asks: `says`."""
    await work.steps(fault.n)
    answer = await work.ask("q1", fault.says)
    said = str((answer.get("content") or {}).get("answer") or answer.get("action"))
    await work.steps()
    await work.finish(says=f"As answered: {said}")


async def fails_checks(work: Work, fault: Fault) -> None:
    """Its tests do not pass, and it says so: `says`."""
    await work.steps()
    await work.fail("checks_failed", fault.says)


async def contradicts(work: Work, fault: Fault) -> None:
    """States other figures than are right, by `n`."""
    await work.steps()
    await work.finish(off_by=fault.n)


async def slow(work: Work, fault: Fault) -> None:
    """Takes `seconds` for each step, and says so after each."""
    await work.steps(pause=fault.seconds)
    await work.finish()


async def leaves_gaps(work: Work, fault: Fault) -> None:
    """Hands in what the documentation holds no source for; told so, it asks once: `says`."""
    await work.steps()
    known = work.player.scene.answers
    status, _ = await work.finish(sourced=work.card.name in known)
    if status != 422:
        return
    answer = await work.ask("q1", fault.says)
    known[work.card.name] = str((answer.get("content") or {}).get("answer") or "")
    await work.finish(sourced=True)


async def forgets(work: Work, fault: Fault) -> None:
    """Keeps nothing from one run to the next: all it knows is what the order says."""
    await work.steps()
    await work.finish()


async def busy(player: Player, order: dict[str, Any], fault: Fault) -> web.StreamResponse | None:
    """Is told `n` times that it is too busy, and to come again in `seconds`."""
    run_id = order["run"]["id"]
    if player.turned_away.get(run_id, 0) >= fault.n:
        return None
    player.turned_away[run_id] = player.turned_away.get(run_id, 0) + 1
    wait = {"retry-after": str(round(fault.seconds))}
    return web.json_response({"error": "busy"}, status=429, headers=wait)


async def mumbles(player: Player, order: dict[str, Any], fault: Fault) -> web.StreamResponse | None:
    """Answers an order with noise, and does nothing."""
    player.log.note("stuck", agent=player.name, run_id=order["run"]["id"])
    return web.Response(body=bytes(range(256)) * 8, content_type="application/json")


async def holds(player: Player, order: dict[str, Any], fault: Fault) -> web.StreamResponse | None:
    """The worker is killed while this order is on its way: nobody is left to hear the answer."""
    run_id = order["run"]["id"]
    if run_id in player.turned_away:
        return None
    player.turned_away[run_id] = 1
    await player.scene.kill_worker()
    return web.Response(status=503)


WORKS: dict[str, Callable[[Work, Fault], Awaitable[None]]] = {
    habit.__name__: habit
    for habit in (
        silent, late, loops, empty, invents, repeats, garbles, steers, out_of_quota, asks,
        fails_checks, contradicts, slow, leaves_gaps, forgets,
    )
}  # fmt: skip
REPLIES: dict[
    str, Callable[[Player, dict[str, Any], Fault], Awaitable[web.StreamResponse | None]]
] = {habit.__name__: habit for habit in (busy, mumbles, holds)}
