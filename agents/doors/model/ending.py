"""How a run of this door ends, each way by the command that every door's agents end by."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.doors.fields import Malformed
from agents.doors.model.loading import Loaded
from agents.doors.model.reading import Reply, Trouble
from agents.doors.model.showing import inline
from agents.doors.model.talked import claims, cost_of, drafts, sources
from agents.doors.model.toolbox import Called, Said, explain, wrong
from workspace.actors import SYSTEM
from workspace.commands.agents import disable_agent, note_answer
from workspace.commands.callbacks import beat, receive
from workspace.commands.exchanges import close_exchange
from workspace.commands.runs import fail_run
from workspace.errors import Refused
from workspace.keys import lease_token, run_token
from workspace.reports import (
    Beat,
    Credentials,
    Declined,
    Exchanged,
    Failure,
    InboundEvent,
    Result,
    Stopped,
)
from workspace.reports import Said as Told

if TYPE_CHECKING:
    from agents.doors.model.writer import Writer

NAMES = {
    Result: "run.completed", Declined: "run.rejected", Failure: "run.failed",
    Stopped: "run.cancelled",
}  # fmt: skip
WORDS_FILE = "answer.md"
# An endpoint that fails so will fail the next run too: nothing more is given to it until verified.
FOR_ALL = ("key_refused", "no_such_model", "key_unusable", "provider_quota", "redirect")


class Endings:
    """What one run says of itself beside its turns."""

    def __init__(self, loaded: Loaded, writer: "Writer") -> None:
        self.loaded, self.writer = loaded, writer
        run_id, fence = loaded.run_id, loaded.fence
        self._shown = Credentials(run_token(run_id, fence), lease_token(run_id, fence))
        self._aside: set[asyncio.Task[Any]] = set()

    async def say(self, told: Told, ref: str = "", *, closes: int | None = None) -> None:
        """Report one thing; under the same ref its effect comes once. Raises Refused.

        `closes`: the number of the call that is made by saying it.
        """
        name = NAMES.get(type(told), "run.asked")
        event = InboundEvent(id=ref or f"model-{getattr(told, 'ref', name)}", type=name, said=told)

        def command(at: datetime) -> None:
            run_id = self.loaded.run_id
            receive(run_id=run_id, credentials=self._shown, events=[event], at=at)
            if closes is not None:
                close_exchange(run_id=run_id, n=closes, at=at)

        await self.writer.carry_out(self.loaded.room_id, command)

    async def end(self, calls: Sequence[Exchanged], call: Exchanged, called: Called) -> Said | None:
        """Hand in, decline or give up; None once that has happened, else what is wrong."""
        try:
            told = _told(calls, called)
            if isinstance(told, dict):
                return told
            await self.say(told, f"model-x{call.n}", closes=call.n)
        except Malformed as malformed:
            return explain(malformed)
        except Refused as refused:
            if refused.status != 422:
                raise
            return wrong(in_words(refused))
        return None

    async def hand_in_words(self, calls: Sequence[Exchanged], reply: Reply) -> None:
        """It would not call a tool: its drafts are handed in, else its words, else nothing is."""
        words = reply.text.strip()
        result = Result(words, tuple(_parts(calls)), claims(calls), sources(calls), cost_of(calls))
        if not result.artifacts and words:
            result = replace(result, artifacts=(inline(WORDS_FILE, words),))
        if not words:
            result = replace(result, summary_md=f"finish: {reply.finish}" if reply.finish else "")
        await self.say(result, f"model-words-{len(calls)}")

    async def late(self, result: Result) -> None:
        """Have a result that came after the lease kept, as far as it still is."""
        with contextlib.suppress(Refused):
            await self.say(result, "model-late")

    async def stopped(self) -> None:
        """Say that it has stopped; nobody has to hear it."""
        with contextlib.suppress(Refused):
            await self.say(Stopped(), "model-stopped")

    async def fail(self, kind: str, evidence: dict[str, Any]) -> None:
        """End the run as this failure. One that is over by now keeps its end."""

        def command(at: datetime) -> None:
            fail_run(run_id=self.loaded.run_id, kind=kind, evidence=evidence, by=SYSTEM, at=at)

        with contextlib.suppress(Refused):
            await self.writer.carry_out(self.loaded.room_id, command)

    async def endpoint_failed(self, trouble: Trouble, *, tries: int) -> None:
        """The endpoint brought no reply: the run fails; where the next would too, it is told."""
        agent_id = self.loaded.agent_id
        evidence = {"code": trouble.code, "kind": trouble.code, "tries": tries, **trouble.params}
        await self.fail(trouble.failure, evidence)
        reason = {"code": trouble.code, "params": dict(trouble.params)}

        def command(at: datetime) -> None:
            if trouble.code in FOR_ALL:
                disable_agent(agent_id=agent_id, reason=reason, at=at)
            elif trouble.failure != "rate_limited":
                note_answer(agent_id=agent_id, is_well=False, at=at)

        await self.writer.carry_out(self.loaded.room_id, command)

    def beat(self, note: str = "") -> None:
        """A sign of life, with what it is about; without waiting for what comes of it."""
        self._begin(lambda at: beat(run_id=self.loaded.run_id, credentials=self._shown,
                                    said=Beat(note=note), after=0, at=at))  # fmt: skip

    def well(self) -> None:
        """Its endpoint answers again."""
        agent_id = self.loaded.agent_id
        self._begin(lambda at: note_answer(agent_id=agent_id, is_well=True, at=at))

    def _begin(self, command: Any) -> None:
        async def carried_out() -> None:
            with contextlib.suppress(Refused):
                await self.writer.carry_out(self.loaded.room_id, command)

        task = asyncio.ensure_future(carried_out())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)


def _told(calls: Sequence[Exchanged], called: Called) -> Told | Said:
    given = called.given
    if called.tool.name == "decline":
        return Declined(given.text("reason", most=2_000))
    if called.tool.name == "give_up":
        return Failure("gave_up", given.text("reason", most=2_000))
    if not any(content.strip() for content in drafts(calls).values()):
        return wrong("you have written no file yet. Use write_file first.")
    return result_of(calls, called)


def result_of(calls: Sequence[Exchanged], called: Called) -> Result:
    """What a submit hands in: everything that was written, claimed and named so far."""
    return Result(
        summary_md=called.given.text("summary", most=16_000),
        artifacts=tuple(_parts(calls)),
        claims=claims(calls),
        sources=sources(calls),
        cost_usd=cost_of(calls),
    )


def _parts(calls: Sequence[Exchanged]) -> list[Any]:
    return [inline(name, content) for name, content in drafts(calls).items() if content.strip()]


def in_words(refused: Refused) -> str:
    """Why something was refused, for the model."""
    more = ", ".join(f"{name}: {value}" for name, value in refused.params.items())
    return f"{refused.code.replace('_', ' ')}{f' ({more})' if more else ''}."
