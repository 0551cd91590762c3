"""One run's loop: ask the model, use the tools it asks for, keep every call, until it has ended.

Each call is kept before what follows from it: a worker that is killed leaves a conversation that
anybody goes on with. Nothing here waits for a database or a file: that is done beside the loop.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from agents.doors.model.asking import ask, body_of
from agents.doors.model.ending import Endings, in_words, result_of
from agents.doors.model.lines import Lines, Place, Wanted
from agents.doors.model.loading import Loaded, News, answer_in, words_of
from agents.doors.model.lookups import look_up
from agents.doors.model.opening import NUDGE
from agents.doors.model.reading import Reply, Trouble
from agents.doors.model.showing import inline, shown_model, shown_tool
from agents.doors.model.talked import (
    AskModel,
    Stop,
    UseTool,
    Wait,
    cost_of,
    drafts,
    heard_until,
    messages,
    named,
    next_move,
    tokens_in,
    wordless_in_a_row,
)
from agents.doors.model.toolbox import Called, Said, digest_of, read_call, use_quick, wrong
from agents.doors.model.waiting import asked_of, wait_before_next
from agents.egress import Egress
from workspace.errors import Refused
from workspace.reports import Activity, Exchanged, Inline, Progress, Turn

if TYPE_CHECKING:
    from agents.doors.model.writer import Writer

log = logging.getLogger("muster.model")
T = TypeVar("T")
OVER = ("lease_lost", "run_terminal", "talk_taken", "over_budget")
MOST_WORDLESS = 2  # answers without a tool in a row before the run ends by what there is
NOTHING = {"usd": 0.0, "tokens": 0.0}


class Left(Exception):
    """The loop stops here for now: looked at again at `again_at`, or never where that is None."""

    def __init__(self, again_at: datetime | None) -> None:
        super().__init__()
        self.again_at = again_at


class Running:
    """A run that is under way in this process. `go` ends by raising Left."""

    def __init__(
        self, loaded: Loaded, *, holder: str, egress: Egress, writer: "Writer", aside: Executor,
        lines: Lines,
    ) -> None:  # fmt: skip
        self.loaded, self.holder = loaded, holder
        self.egress, self.writer, self.aside, self.lines = egress, writer, aside, lines
        self.calls = list(loaded.calls)
        self.endings = Endings(loaded, writer)
        self._news: list[News] = []
        self._changed: dict[int, Exchanged] = {}
        self._steps: list[Progress | Activity] = []
        self._files: list[Inline] = []
        self._settled: dict[str, float] | None = None
        self._beaten = asyncio.get_running_loop().time()

    @property
    def heard(self) -> int:
        """Up to which number of its inbox it knows everything."""
        return max([heard_until(self.calls), *(one.seq for one in self._news)])

    def hear(self, news: list[News]) -> None:
        """Take what has come; it counts from the next call on."""
        self._news += [one for one in news if one.seq > self.heard]

    async def go(self) -> None:
        """Go on until the run is over or has to wait; always ends by raising Left."""
        try:
            while True:
                self._take_news()
                await self._step()
        except Refused as refused:
            if refused.code not in OVER:
                raise
            if refused.code == "lease_lost":
                await self._hand_in_late()
            raise Left(None) from None

    async def _step(self) -> None:
        match next_move(self.calls, self.loaded.endpoint.caps):
            case AskModel(again):
                await self._ask_model(again)
            case UseTool(call):
                await self._use(call)
            case Wait():
                await self._keep()
                raise Left(self._in(60))
            case Stop(failure, evidence):
                await self._keep()
                await self.endings.fail(failure, evidence)
                raise Left(None)

    # -- what is kept ------------------------------------------------------------------------

    def _put(self, call: Exchanged) -> Exchanged:
        """Add a call, or put it in place of what was known of it."""
        if call.n <= len(self.calls):
            self.calls[call.n - 1] = call
        else:
            self.calls.append(call)
        self._changed[call.n] = call
        return call

    def _new(self, kind: str, state: str = "begun", **facts: Any) -> Exchanged:
        return self._put(
            Exchanged(n=len(self.calls) + 1, kind=kind, state=state, begun_at=_now(), **facts)
        )

    def _done(self, call: Exchanged, said: Said, **facts: Any) -> Exchanged:
        return self._put(replace(call, state="done", said=said, done_at=_now(), **facts))

    async def _keep(self, wanted: dict[str, float] | None = None) -> None:
        """Have everything since the last time kept; returns once it is. Raises Refused."""
        if not (self._changed or self._steps or self._settled or wanted):
            return
        turn = Turn(
            run_id=self.loaded.run_id,
            fence=self.loaded.fence,
            holder=self.holder,
            exchanges=tuple(self._changed.values()),
            steps=tuple(self._steps),
            files=tuple(self._files),
            cost_usd=cost_of(self.calls),
            settled=self._settled,
            wanted=wanted,
        )
        self._changed, self._steps, self._files, self._settled = {}, [], [], None
        await self.writer.keep(self.loaded.room_id, turn)

    async def _beside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.aside, work)

    def _in(self, seconds: float) -> datetime:
        return _now() + timedelta(seconds=seconds)

    # -- the model ---------------------------------------------------------------------------

    async def _ask_model(self, again: Exchanged | None) -> None:
        endpoint = self.loaded.endpoint
        if again is not None and again.due_at is not None and again.due_at > _now():
            raise Left(again.due_at)
        said = messages(self.loaded.opening, self.calls, endpoint.window - endpoint.output)
        body = body_of(endpoint, said, [tool.offered for tool in self.loaded.tools])
        tokens = tokens_in(said) + endpoint.output
        place = await self._place(tokens, again)
        asked = {"sha256": hashlib.sha256(body).hexdigest(), "tokens": tokens, **place.noted}
        if again is None:
            call = self._new("model", asked=asked)
        else:
            call = self._put(
                replace(again, tries=again.tries + 1, asked=asked, due_at=None, begun_at=_now())
            )
        worst = {"usd": endpoint.cost_of(tokens - endpoint.output, endpoint.output),
                 "tokens": float(tokens)}  # fmt: skip
        try:
            async with place:
                await self._keep(wanted=worst)
                reply = await ask(self.egress, endpoint, body, came=lambda size: self._sign())
        except Trouble as trouble:
            await self._in_trouble(call, trouble)
        else:
            await self._heard(call, reply)

    async def _place(self, tokens: int, again: Exchanged | None) -> Place:
        """Its place among the calls on its account; waits for it where that has limits."""
        lost = again.asked.get("counted") if again is not None else None
        endpoint = self.loaded.endpoint
        wanted = Wanted(self.loaded.run_id, endpoint, tokens, lost)
        line = self.lines.of(endpoint.account)
        place = await line.enter(wanted, beside=self._beside, meanwhile=self._sign)
        if place.after_s:
            self.endings.beat(f"Waited {place.after_s:.0f} s for its turn at the model.")
        return place

    def _sign(self, note: str = "") -> None:
        """Some more of an answer is here, or it waits in line: it is alive, now and then."""
        now = asyncio.get_running_loop().time()
        if now - self._beaten > min(self.loaded.silent_after / 3, 20.0):
            self._beaten = now
            self.endings.beat(note)

    async def _heard(self, call: Exchanged, reply: Reply) -> None:
        """Keep what the model said, with the calls it asks for; quick ones are made at once."""
        endpoint = self.loaded.endpoint
        prompt, completion = reply.prompt_tokens, reply.completion_tokens
        cost = endpoint.cost_of(prompt, completion, reply.cached_tokens)
        self._settled = {"usd": cost, "tokens": float(prompt + completion)}
        if not reply.is_counted:
            # Nobody said what it took: its worst case counts.
            prompt, completion = call.asked["tokens"] - endpoint.output, endpoint.output
            cost, self._settled = endpoint.cost_of(prompt, completion), {}
        self._done(
            call, {"message": reply.message, "finish": reply.finish}, prompt_tokens=prompt,
            completion_tokens=completion, cached_tokens=reply.cached_tokens, cost_usd=cost,
            trouble={},
        )  # fmt: skip
        self._steps.append(shown_model(reply))
        if self.loaded.was_ill:
            self.endings.well()
        made = reply.calls
        for at, one in enumerate(made):
            function = one["function"]
            digest = digest_of(function["name"], function["arguments"])
            asked = {"at": at, "name": function["name"], "digest": digest}
            tool = self._new("tool", "wanted", of=call.n, asked=asked)
            if at >= endpoint.caps.calls_each:
                self._answered(tool, wrong(f"at most {endpoint.caps.calls_each} calls at once."))
        if not made:
            await self._wordless(reply)

    async def _wordless(self, reply: Reply) -> None:
        """It spoke and called nothing: told once how it works here, then taken at its word."""
        if wordless_in_a_row(self.calls) < MOST_WORDLESS:
            self._new("told", "done", asked={"type": "nudge"}, said={"text": NUDGE})
            return
        await self._keep()
        await self.endings.hand_in_words(self.calls, reply)
        raise Left(None)

    async def _in_trouble(self, call: Exchanged, trouble: Trouble) -> None:
        """Try again later, the time on its row; or end the run as what it is."""
        self._settled = NOTHING if trouble.code in ("throttled", "connection_failed") else {}
        kept = {"code": trouble.code, "params": trouble.params}
        wait = wait_before_next(call.tries, trouble, self.loaded.lease)
        if wait is not None:
            due = self._in(wait)
            self._put(replace(call, due_at=due, trouble=kept))
            await self._keep()
            raise Left(due)
        self._put(replace(call, trouble=kept))
        await self._keep()
        await self.endings.endpoint_failed(trouble, tries=call.tries)
        raise Left(None)

    # -- tools -------------------------------------------------------------------------------

    async def _use(self, call: Exchanged) -> None:
        called = read_call(self.calls, call, self.loaded.tools)
        if not isinstance(called, Called):
            self._answered(call, called)
        elif called.tool.how == "quick":
            self._answered(call, use_quick(called, self.calls))
        elif called.tool.how == "looked_up":
            await self._look_up(call, called)
        elif called.tool.how == "asked":
            await self._ask_person(call, called)
        else:
            await self._end(call, called)

    async def _begin(self, call: Exchanged) -> Exchanged:
        """Have it kept that the call is made now; one that had begun before is made once more."""
        tries = call.tries + (call.state == "begun")
        call = self._put(replace(call, state="begun", tries=tries, begun_at=_now()))
        await self._keep()
        return call

    def _answered(self, call: Exchanged, said: Said) -> None:
        """A tool has answered; what it brought is kept with it."""
        call = self._done(call, said)
        self._steps.append(shown_tool(self.calls, call))
        if file := said.get("file"):
            self._files.append(inline(file["name"], file["content"]))

    async def _look_up(self, call: Exchanged, called: Called) -> None:
        """Kept as begun before, because it may take long or change something outside."""
        call = await self._begin(call)
        name, calls = named(call), list(self.calls)
        said = await self._beside(lambda: look_up(self.loaded.run_id, name, called.given, calls))
        self._answered(call, said)

    async def _ask_person(self, call: Exchanged, called: Called) -> None:
        asked = asked_of(call, called)
        if isinstance(asked, dict):
            self._answered(call, asked)
            return
        # Asked before it is noted: begun again, it is the same question under the same ref.
        call = await self._begin(call)
        try:
            await self.endings.say(asked)
        except Refused as refused:
            if refused.status != 422:
                raise
            self._answered(call, wrong(in_words(refused)))
            return
        self._put(replace(call, state="waiting"))

    async def _end(self, call: Exchanged, called: Called) -> None:
        """Hand in, decline, or give up; where that cannot be, the model is told why."""
        call = await self._begin(call)
        said = await self.endings.end(self.calls, call, called)
        if said is None:
            raise Left(None)
        self._answered(call, said)

    # -- what has come -----------------------------------------------------------------------

    def _take_news(self) -> None:
        news, self._news = self._news, []
        for one in sorted(news, key=lambda one: one.seq):
            if (answer := answer_in(one.event)) and (call := self._waiting_on(answer[0])):
                call = replace(call, asked={**call.asked, "seq": one.seq})
                self._answered(call, {"text": answer[1]})
                continue
            said = {"text": words} if (words := words_of(one.event)) else {}
            self._new("told", "done", asked={"type": one.event.TYPE, "seq": one.seq}, said=said)

    def _waiting_on(self, ref: str) -> Exchanged | None:
        waiting = (call for call in self.calls if call.state == "waiting")
        return next((call for call in waiting if f"x{call.n}" == ref), None)

    async def _hand_in_late(self) -> None:
        """The lease was lost while it worked: what it hands in now is kept as a late result."""
        for call in self.calls:
            if call.kind != "tool" or call.state not in ("wanted", "begun"):
                continue
            called = read_call(self.calls, call, self.loaded.tools)
            if isinstance(called, Called) and called.tool.how == "quick":
                self._done(call, use_quick(called, self.calls))
            elif isinstance(called, Called) and called.tool.name == "submit":
                if drafts(self.calls):
                    await self.endings.late(result_of(self.calls, called))
                return


def _now() -> datetime:
    return datetime.now(UTC)
