"""One agent of the pilot: takes signed deliveries at a URL of its own and works on each run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from agents.demo.wire import is_genuine
from agents.pilot.players.habits import REPLIES, WORKS
from agents.pilot.players.work import Over, Work

if TYPE_CHECKING:
    from agents.pilot.players.log import Log
    from agents.pilot.scenario import AgentPart, Fault
    from agents.pilot.scene import Scene


class Player:
    """`id` and `secret` are what registering gave it."""

    def __init__(self, part: AgentPart, scene: Scene) -> None:
        self.part, self.scene = part, scene
        self.name = part.name
        self.log: Log = scene.log
        self.id = self.secret = ""
        self.works: dict[str, Work] = {}
        self.turned_away: dict[str, int] = {}  # by run, how often it was told to come again
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One delivery; what is not signed by the workspace is refused unread."""
        body = await request.read()
        headers = {key.lower(): value for key, value in request.headers.items()}
        if not is_genuine(self.secret, headers, body, self.scene.wall()):
            return web.json_response({"error": "invalid_signature"}, status=401)
        event = json.loads(body)
        kind, data = event["type"], event["data"]
        if kind == "agent.verify":
            about = {"name": self.name, "version": "1", "protocol": "1",
                     "skills": list(self.part.skills), "max_concurrency": self.part.at_once,
                     "capabilities": {"async": True, "cancel": True, "questions": True,
                                      "permissions": True}}  # fmt: skip
            return web.json_response({"challenge": data["challenge"], "agent": about})
        if kind == "card.assigned":
            return await self.take(data, headers.get("webhook-id", ""))
        return self.tell(kind, data)

    async def take(self, order: dict[str, Any], webhook_id: str) -> web.StreamResponse:
        run_id, card = order["run"]["id"], self.scene.card_of(order)
        fault = self.scene.fault_for(self.name, card.name, run_id)
        reply = REPLIES.get(fault.does) if fault else None
        answered = await reply(self, order, fault) if reply and fault else None
        status = 202 if answered is None else answered.status
        self.log.note(
            "order", agent=self.name, run_id=run_id, card_id=order["card"]["id"],
            webhook_id=webhook_id, attempt=order["run"]["attempt"], round=order["run"]["round"],
            repeat=run_id in self.works, checkpoint=order.get("checkpoint") is not None,
            inputs=[{name: one[name] for name in ("card_id", "deliverable_id", "sha256")}
                    for one in order.get("inputs") or []],
            answered=status,
        )  # fmt: skip
        if answered is not None:
            self.was_turned_away(answered, run_id)
            return answered
        if run_id in self.works:
            return web.json_response({"error": "known_run"}, status=409)
        work = self.works[run_id] = Work(self, order, card)
        self.begin(work, fault)
        return web.json_response({"status": "accepted"}, status=202)

    def was_turned_away(self, answered: web.StreamResponse, run_id: str) -> None:
        if wait := answered.headers.get("retry-after"):
            self.log.note("told_to_wait", agent=self.name, run_id=run_id, seconds=float(wait))

    def begin(self, work: Work, fault: Fault | None) -> None:
        task = asyncio.create_task(self.do(work, fault))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def do(self, work: Work, fault: Fault | None) -> None:
        habit = WORKS.get(fault.does) if fault else None
        try:
            if habit is not None and fault is not None:
                await habit(work, fault)
            else:
                await work.steps()
                await work.finish()
        except Over as why:
            self.log.note("stopped", agent=self.name, run_id=work.run_id, why=str(why))

    def tell(self, kind: str, data: dict[str, Any]) -> web.StreamResponse:
        run_id = str(data.get("run_id") or "")
        more = {"decision": data["decision"]} if "decision" in data else {}
        self.log.note("told", agent=self.name, type=kind, run_id=run_id, **more)
        if run_id in self.works:
            self.works[run_id].hear(kind, data)
        return web.json_response({"status": "ok"})

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
