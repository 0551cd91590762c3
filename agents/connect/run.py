"""One run of a card on this machine, from its order to the last word of it that was taken."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from agents.connect import repos, web, workdir
from agents.connect.acp import AcpAgent
from agents.connect.asking import Asking
from agents.connect.disk import append_line, read_json, read_lines, write_json
from agents.connect.endings import Ended, ending_of
from agents.connect.handing import result_of
from agents.connect.outbox import Outbox
from agents.connect.plain import PlainAgent
from agents.connect.program import CannotStart
from agents.connect.settings import AgentSettings, Settings

# Answers after which nothing that this run says has an effect any more.
OVER = ("lease_lost", "run_terminal", "unknown_run", "wrong_token", "agent_revoked")
RESUMED = (
    "You were interrupted while you worked on this card, and go on now. What you wrote is still in "
    "this folder; look there first, and do nothing a second time.\n\n"
)
LOADED = "You were interrupted. Go on with the card where you stopped, and do nothing twice."
BEAT_MOST = 20.0


class Run:
    """`state.json` says how far it has come; everything it has to say is in its outbox."""

    def __init__(
        self, folder: Path, settings: Settings, agent: AgentSettings, stir: Callable[[], None]
    ) -> None:
        self.folder, self.settings, self.agent = folder, settings, agent
        self.event: dict[str, Any] = read_json(folder / "order.json")
        self.order: dict[str, Any] = self.event["data"]
        self.id = str(self.order["run"]["id"])
        self.token = str(self.order["callback"]["token"])
        self.lease = str(self.order["run"]["lease_token"])
        self.outbox = Outbox(self.id, folder, stir)
        self.asking = Asking(self.outbox, folder)
        self.state: dict[str, Any] = read_json(folder / "state.json") or {"phase": "new"}
        self.was_begun = self.state["phase"] != "new"
        self.work_folder = folder / "work"
        self.driven: AcpAgent | PlainAgent | None = None
        self.cancelled = ""
        self.is_busy = False  # with what we do ourselves: fetching, checking, sending files
        self.next_beat = 0.0
        self._more: list[str] = []
        self._ending: asyncio.Task[None] | None = None
        for said in read_lines(folder / "inbox.jsonl"):
            self.take(said)

    # --- what the workspace says -------------------------------------------------------

    def keep(self, event: dict[str, Any]) -> None:
        append_line(self.folder / "inbox.jsonl", event)

    def take(self, event: dict[str, Any]) -> None:
        """The effect of an event about this run; taken twice it has none."""
        data = event.get("data") or {}
        match event.get("type"):
            case "permission.decided":
                self.asking.answered(str(data.get("permission_id")), data)
            case "question.answered":
                self.asking.answered(str(data.get("question_id")), data)
            case "card.cancelled":
                self.cancel(str(data.get("reason") or "user"))
            case "card.revised":
                self._more.append(_revision(data))
            case "message.posted":
                comment = data.get("message") or {}
                told = f"{comment.get('author', 'A person')} wrote: {comment.get('body_md', '')}"
                self._more.append(told)

    def cancel(self, why: str) -> None:
        """Tell the program to stop; it has a little time, and is ended after that."""
        if self.cancelled:
            return
        self.cancelled = why
        self.asking.cancel_all()
        if self.driven is not None:
            self._ending = asyncio.create_task(self._end(self.driven))

    async def _end(self, driven: AcpAgent | PlainAgent) -> None:
        await driven.cancel()
        await asyncio.sleep(self.settings.stops_within)
        await driven.close()

    # --- what it says ------------------------------------------------------------------

    def say(self, kind: str, data: dict[str, Any], *, name: str = "") -> None:
        self.outbox.add(kind, data, name=name)

    def refused(self, events: list[dict[str, Any]], code: str) -> None:
        """The workspace will never take these: what waits for them is told so."""
        if code in OVER:
            self.outbox.taken(self.outbox.last)
            self.cancel(code)
            return
        self.outbox.taken(events[-1]["seq"])
        for event in events:
            data = event["data"]
            if event["type"] in ("permission.requested", "question.asked"):
                answer = {"decision": "reject_once", "action": "decline"}
                self.asking.answered(str(data.get("id")), answer)
            elif event["type"] == "run.completed":
                self._hand_in_less(data, code)

    def _hand_in_less(self, data: dict[str, Any], code: str) -> None:
        """Without the claims and sources that it named, if those were what was wrong."""
        if data.get("claims") or data.get("sources"):
            bare = {name: data[name] for name in ("summary_md", "artifacts")}
            self.say("run.completed", bare, name="completed-bare")
        else:
            why = f"the workspace did not take what was handed in: {code}"
            self.say("run.failed", Ended.failed("error", why).data, name="ended")

    def beat_every(self) -> float:
        """Often enough for its lease, by the workspace's own clock."""
        with suppress(KeyError, TypeError, ValueError):
            until = datetime.fromisoformat(self.order["run"]["lease_expires_at"])
            since = datetime.fromisoformat(self.event["timestamp"])
            return max(0.5, min(BEAT_MOST, (until - since).total_seconds() / 8))
        return BEAT_MOST

    @property
    def is_at_work(self) -> bool:
        """Whether a sign of life is true: we are busy for it, or its program runs and either waits
        for people or has said something not long ago. One that only exists gives no sign."""
        if self.is_busy or self.driven is None:
            return self.is_busy
        if self.cancelled or not self.driven.program.is_running:
            return False
        silent = time.monotonic() - self.driven.program.heard_at
        if isinstance(self.driven, PlainAgent):
            return True
        return self.asking.is_waiting or silent < self.settings.quiet_after

    # --- its work ----------------------------------------------------------------------

    def remember(self, **facts: Any) -> None:
        self.state = {**self.state, **facts}
        write_json(self.folder / "state.json", self.state)

    async def work(self) -> None:
        """All of it. Cancelled from outside (the connector stops) it says nothing and stays."""
        try:
            if self.state["phase"] != "over":
                await self._work()
        except Ended as ended:
            stopped = self.cancelled and ended.kind == "run.failed"
            kind, data = ("run.cancelled", {}) if stopped else (ended.kind, ended.data)
            self.say(kind, data, name="ended")
        finally:
            if self.driven is not None:
                await self.driven.close()
            if self._ending is not None:
                self._ending.cancel()
        self.remember(phase="over")

    def give_up(self, why: str) -> None:
        ended = Ended.failed("error", why)
        self.say(ended.kind, ended.data, name="ended")
        self.remember(phase="over")

    async def _work(self) -> None:
        if self.state["phase"] != "handing_in":
            await self._prepare()
            await self._drive()
            self.remember(phase="handing_in")
        self.is_busy = True
        try:
            result = await result_of(self)
        finally:
            self.is_busy = False
        self.say("run.completed", result, name="completed")

    async def _prepare(self) -> None:
        """The folder with all that was given. What was begun before is left as it stands."""
        wanted = repos.wanted_of(self.order)
        self.is_busy = True
        try:
            if wanted is not None:
                clone = repos.clone_of(wanted, self.settings.repos)
                base = await asyncio.to_thread(
                    repos.add_worktree, clone, wanted.commit, self.work_folder
                )
                self.remember(base=base)
            self.work_folder.mkdir(exist_ok=True)
            await self.keep_trying(workdir.prepare, self.work_folder, self.order, self._fetch)
            if not self.was_begun:
                workdir.remember(self.work_folder, self.folder / "before.json")
        except repos.Misconfigured as wrong:
            raise Ended.failed("misconfigured", str(wrong)) from None
        except (OSError, workdir.TooMuch) as error:
            raise Ended.failed("error", f"its folder cannot be made: {error}") from None
        finally:
            self.is_busy = False
        self.remember(phase="working")

    def _fetch(self, url: str, sha256: str) -> bytes:
        return web.download(web.here(self.settings.url, url), self.token, sha256)

    async def keep_trying(self, act: Any, *words: Any) -> Any:
        """Until the workspace answers. Raises Ended where it says no."""
        wait = 0.5
        while True:
            try:
                return await asyncio.to_thread(act, *words)
            except web.Away:
                if self.cancelled:
                    raise Ended("run.cancelled", {}) from None
                await asyncio.sleep(wait)
                wait = min(wait * 2, 15.0)
            except web.Refused as refused:
                raise Ended.failed("error", f"a file was refused: {refused}") from None

    async def _drive(self) -> None:
        """The program's turns, until it has no more to do. Raises Ended."""
        if self.cancelled:
            raise Ended("run.cancelled", {})
        try:
            text = await self._started()
        except CannotStart as error:
            raise Ended.failed("misconfigured", str(error)) from None
        assert self.driven is not None
        while True:
            stopped = await self.driven.turn(text)
            if ending := ending_of(stopped, is_cancelled=bool(self.cancelled)):
                raise ending
            if self.cancelled or not self._more or isinstance(self.driven, PlainAgent):
                return
            text, self._more = "\n\n".join(self._more), []

    async def _started(self) -> str:
        """The program there and greeted; what to say to it first."""
        prompt = workdir.brief_of(self.order)
        if self.was_begun:
            prompt = RESUMED + prompt
        if self.agent.is_plain:
            self.driven = await PlainAgent.start(self.agent, self.work_folder, self.settings)
            self._accepted(self.driven.program.process.pid)
            return prompt
        self.driven = await AcpAgent.start(self.agent, self.work_folder, self.asking, self.say)
        self._accepted(self.driven.program.process.pid)
        earlier = str(self.state.get("session") or "")
        is_loaded = await self.driven.open(self.settings, self.agent, self.work_folder, earlier)
        self.remember(session=self.driven.session)
        return LOADED if is_loaded else prompt

    def _accepted(self, pid: int) -> None:
        self.remember(pid=pid)
        self.say("run.accepted", {}, name="accepted")

    def remove(self) -> None:
        """Leave nothing of it: its token above all."""
        wanted = repos.wanted_of(self.order)
        if wanted is not None and wanted.url in self.settings.repos:
            repos.remove_worktree(self.settings.repos[wanted.url], self.work_folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def _revision(data: dict[str, Any]) -> str:
    card = data.get("card") or {}
    parts = [
        "The card was changed while you worked on it. It says now:",
        f"# {card.get('title', '')}",
        str(card.get("description_md") or ""),
        *(f"- {line}" for line in card.get("acceptance_criteria") or []),
        str(data.get("feedback_md") or ""),
        "Bring what you made in line with it.",
    ]
    return "\n".join(part for part in parts if part)
