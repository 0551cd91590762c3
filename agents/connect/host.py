"""Everything that runs on this machine for one workspace, and the socket it talks through."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from agents.connect import VERSION
from agents.connect.disk import append_line, read_json, read_lines, write_json, write_text
from agents.connect.program import end_group
from agents.connect.run import Run
from agents.connect.settings import AgentSettings, Settings, Wrong

PROTOCOL = 1
LARGEST_FRAME = 1024 * 1024
PING_EVERY = 10.0
SILENT_TOO_LONG = 30.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
MOST_KNOWN = 5_000
REPLACED, REVOKED = 4409, 4403
UNKNOWN = "the workspace does not know this connector any more: pair it again"
Frame = dict[str, Any]


class Host:
    """Runs go on whether the socket is there or not; what they say waits on disk."""

    def __init__(self, settings: Settings, token: str, say: Callable[[str], None]) -> None:
        self.settings, self.token, self.tell = settings, token, say
        self.agents = {agent.name: agent for agent in settings.agents}
        self.runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = {a.name: asyncio.Semaphore(a.most) for a in settings.agents}
        self._known_lines = settings.state / "known.jsonl"
        self._known = self._read_known()
        self._on_wire: dict[str, list[Frame]] = {}
        self._one_by_one: set[str] = set()
        self._stirred = asyncio.Event()
        self._heard_at = 0.0

    async def serve(self) -> None:
        """Until it is stopped. Raises Wrong where the workspace does not know us any more."""
        self._restore()
        wait = FIRST_WAIT
        try:
            while True:
                if await self._talk():
                    wait = FIRST_WAIT
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 — spreads
                wait = min(wait * 2, LONGEST_WAIT)
        finally:
            await self._stop()

    def _read_known(self) -> set[str]:
        """The deliveries that were taken; of very old ones nobody speaks any more."""
        known = read_lines(self._known_lines)
        if len(known) > 2 * MOST_KNOWN:
            known = known[-MOST_KNOWN:]
            write_text(self._known_lines, "".join(json.dumps(each) + "\n" for each in known))
        return set(known)

    # --- runs --------------------------------------------------------------------------

    def _restore(self) -> None:
        """Go on with what was begun before this process; its programs are ended first."""
        place = self.settings.state / "runs"
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in sorted(place.iterdir()):
            order = read_json(folder / "order.json")
            agent = self.agents.get(str((order or {}).get("agent")))
            if order is None or agent is None:
                continue
            state = read_json(folder / "state.json") or {}
            if _is_still(state.get("pid"), folder.name):
                end_group(int(state["pid"]), signal.SIGKILL)
            self._begin(Run(folder, self.settings, agent, self._stirred.set))

    def _begin(self, run: Run) -> None:
        self.runs[run.id] = run
        self._tasks[run.id] = asyncio.create_task(self._work(run))

    async def _work(self, run: Run) -> None:
        async with self._places[run.agent.name]:
            self.tell(f"{run.agent.name}: {run.order['card']['title']}")
            await run.work()
        while not run.outbox.is_empty:
            await asyncio.sleep(0.2)
        self.tell(f"{run.agent.name}: over: {run.order['card']['title']}")
        del self.runs[run.id]
        if not self.settings.keeps_work:
            await asyncio.to_thread(run.remove)

    async def _stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- the socket --------------------------------------------------------------------

    async def _talk(self) -> bool:
        """One connection from its first word to its last; whether it was one."""
        url = "ws" + self.settings.url.removeprefix("http") + "/connect"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with connect(
                url, additional_headers=headers, max_size=LARGEST_FRAME, open_timeout=15,
                ping_interval=None, close_timeout=3, user_agent_header=f"muster-connect/{VERSION}",
            ) as socket:  # fmt: skip
                await self._greet(socket)
                self.tell(f"online at {self.settings.url}")
                await self._both_ways(socket)
        except InvalidStatus as refused:
            if refused.response.status_code in (401, 403):
                raise Wrong(UNKNOWN) from None
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else None
            if code == REPLACED:
                raise Wrong("another connector with the same token has taken over") from None
            if code == REVOKED:
                raise Wrong(UNKNOWN) from None
            self.tell("offline; trying again")
            return True
        except (OSError, TimeoutError, InvalidHandshake):
            return False
        return False

    async def _greet(self, socket: ClientConnection) -> None:
        agents = [_about(agent) for agent in self.settings.agents]
        hello = {
            "protocol": PROTOCOL, "version": VERSION, "agents": agents, "runs": sorted(self.runs),
        }  # fmt: skip
        await _send(socket, "hello", hello)
        welcome = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if welcome.get("type") != "welcome":
            raise OSError("no welcome")
        for run_id in welcome.get("over") or []:
            if run_id in self.runs:
                self.runs[run_id].cancel("over")

    async def _both_ways(self, socket: ClientConnection) -> None:
        # What was on the wire may have arrived: said again under the same ids it has no effect.
        self._on_wire.clear()
        self._heard_at = time.monotonic()
        tasks = [
            asyncio.create_task(each)
            for each in (self._hear(socket), self._push(socket), self._beat(socket))
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, socket: ClientConnection) -> None:
        while True:
            text = await socket.recv()
            self._heard_at = time.monotonic()
            try:
                frame = json.loads(text)
            except ValueError:
                continue
            if not isinstance(frame, dict):
                continue
            match frame.get("type"):
                case "event":
                    refused = self._take(frame)
                    ack = {"id": frame["id"], **({"refused": refused} if refused else {})}
                    await _send(socket, "ack", ack)
                case "taken":
                    self._taken(frame)
                case "refused":
                    self._refused(frame)

    def _take(self, frame: Frame) -> str:
        """Keep an event on disk, then let it have its effect; why it is not taken, if it is not."""
        event, number = frame["event"], str(frame["id"])
        if number in self._known:
            return ""
        data = event.get("data") or {}
        if event.get("type") == "card.assigned":
            agent = self.agents.get(str(frame.get("agent")))
            if agent is None:
                return "unknown_agent"
            folder = self.settings.state / "runs" / _folder_name(data["run"]["id"])
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_json(folder / "order.json", {**event, "agent": agent.name})
            self._know(number)
            if data["run"]["id"] not in self.runs:
                self._begin(Run(folder, self.settings, agent, self._stirred.set))
            return ""
        run = self.runs.get(str(data.get("run_id")))
        if run is not None:
            run.keep(event)
            self._know(number)
            run.take(event)
        return ""

    def _know(self, number: str) -> None:
        append_line(self._known_lines, number)
        self._known.add(number)

    def _taken(self, frame: Frame) -> None:
        run = self.runs.get(str(frame.get("run")))
        batch = self._on_wire.pop(str(frame.get("run")), None)
        if run is not None and batch and batch[-1]["seq"] == frame.get("batch"):
            run.outbox.taken(batch[-1]["seq"])
        self._stirred.set()

    def _refused(self, frame: Frame) -> None:
        run_id, code = str(frame.get("run")), str(frame.get("code"))
        run = self.runs.get(run_id)
        if run is None:
            return
        if frame.get("batch") is None:
            run.cancel(code)  # a sign of life that nobody wants
            return
        batch = self._on_wire.pop(run_id, None)
        if not batch or batch[-1]["seq"] != frame["batch"]:
            return
        if len(batch) > 1 and code not in ("lease_lost", "run_terminal"):
            self._one_by_one.add(run_id)  # to find the one that is not taken
        else:
            run.refused(batch, code)
        self._stirred.set()

    async def _push(self, socket: ClientConnection) -> None:
        """What waits, one batch of each run at a time."""
        while True:
            self._stirred.clear()
            for run in list(self.runs.values()):
                if run.id in self._on_wire:
                    continue
                batch = run.outbox.batch(1 if run.id in self._one_by_one else 50)
                if not batch:
                    self._one_by_one.discard(run.id)
                    continue
                self._on_wire[run.id] = batch
                said = {**_of(run), "batch": batch[-1]["seq"], "events": batch}
                await _send(socket, "events", said)
            await self._stirred.wait()

    async def _beat(self, socket: ClientConnection) -> None:
        """Signs of life for runs that have one, and for the connection itself."""
        pinged = time.monotonic()
        while True:
            now = time.monotonic()
            if now - self._heard_at > SILENT_TOO_LONG:
                raise OSError("nothing was heard for too long")
            for run in list(self.runs.values()):
                if run.is_at_work and now >= run.next_beat:
                    run.next_beat = now + run.beat_every()
                    await _send(socket, "beat", _of(run))
            if now - pinged > PING_EVERY:
                pinged = now
                await _send(socket, "ping", {})
            await asyncio.sleep(0.5)


def _of(run: Run) -> Frame:
    return {"run": run.id, "token": run.token, "lease": run.lease}


def _about(agent: AgentSettings) -> Frame:
    return {
        "name": agent.name, "skills": list(agent.skills), "version": agent.version,
        "max_concurrency": agent.most, "kind": "plain" if agent.is_plain else "acp",
    }  # fmt: skip


async def _send(socket: ClientConnection, kind: str, said: Frame) -> None:
    await asyncio.wait_for(socket.send(json.dumps({"type": kind, **said})), 30)


def _folder_name(run_id: str) -> str:
    return "".join(character for character in run_id if character.isalnum() or character == "_")


def _is_still(pid: Any, run_id: str) -> bool:
    """Whether that process is still the one this run started: it stands in the run's folder."""
    if not isinstance(pid, int):
        return False
    with suppress(OSError):
        return run_id in os.readlink(f"/proc/{pid}/cwd")
    return False
