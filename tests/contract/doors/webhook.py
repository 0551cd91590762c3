"""A webhook agent on the standard library that does what the card's first word says."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

from tests.auditions.programs import Order, Program
from tests.contract.driver import ARGV, LIMITS
from tests.journeys.installation import Api, Installation


class Worker(Program):
    skills = ("odd jobs",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.answers: dict[str, dict[str, Any]] = {}
        self.answered = threading.Condition()
        self.stopped: set[str] = set()

    def hear(self, kind: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if kind in ("question.answered", "permission.decided"):
            with self.answered:
                self.answers[data["run_id"]] = data
                self.answered.notify_all()
        if kind == "card.cancelled":
            self.stopped.add(data["run_id"])
        return 200, {"status": "ok"}

    def work(self, order: Order) -> None:
        word = order["card"]["title"].split()[0]
        getattr(self, f"do_{word}", self.do_deliver)(order)

    def do_deliver(self, order: Order) -> None:
        self.hand_in(order, "# The answer\n\nThis was asked for.")

    def do_accept(self, order: Order) -> None:
        time.sleep(2)
        self.do_deliver(order)

    def do_progress(self, order: Order) -> None:
        for step in ("Read", "Think", "Write"):
            self.progress(order, step)
        self.do_deliver(order)

    def do_question(self, order: Order) -> None:
        region = {"type": "string", "enum": ["EU", "US"]}
        form = {"type": "object", "properties": {"region": region}, "required": ["region"]}
        self.call(order, "/questions", {"id": "q1", "message_md": "Which region?", "schema": form})
        self.hand_in(order, f"For {self._answer(order)['content']['region']}.")

    def do_permission(self, order: Order) -> None:
        self.call(order, "/permissions", {"id": "p1", "title": "Run a command", "kind": "execute",
                                          "action": {"argv": ARGV}})  # fmt: skip
        allowed = self._answer(order)["decision"].startswith("allow")
        self.hand_in(order, "allowed" if allowed else "rejected")

    def do_decline(self, order: Order) -> None:
        self.call(order, "/reject", {"reason": "not mine"})

    def do_fail(self, order: Order) -> None:
        self.call(order, "/fail", {"error": {"code": "cannot", "message": "I cannot."}})

    def do_cancel(self, order: Order) -> None:
        while order["run"]["id"] not in self.stopped:
            self.progress(order, f"Counting {time.monotonic():.1f}")
            time.sleep(0.5)
        self.call(order, "/events", {"events": [{"id": "stopped", "type": "run.cancelled"}]})

    def do_revise(self, order: Order) -> None:
        asked = [run["feedback_md"] for run in order["context"]["previous_runs"]]
        self.hand_in(order, f"Changed: {asked[-1]}" if asked else "draft")

    def do_silent(self, order: Order) -> None:
        time.sleep(LIMITS["lease"] + 3)
        self.progress(order, "Am I still wanted?")

    def do_late(self, order: Order) -> None:
        time.sleep(LIMITS["lease"] + 3)
        self.do_deliver(order)

    def _answer(self, order: Order) -> dict[str, Any]:
        with self.answered:
            self.answered.wait_for(lambda: order["run"]["id"] in self.answers, 60)
            return self.answers[order["run"]["id"]]


class Driver:
    door = "webhook"

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        self.program = Worker("Webhook worker")
        made = api.post("/agents", {"name": "Webhook worker", "url": self.program.url, **LIMITS})
        self.program.key = base64.b64decode(made["secret"].removeprefix("whsec_"))
        assert api.post(f"/agents/{made['id']}/verify")["status"] == "verified"
        api.post(f"/rooms/{room_id}/agents", {"agent_id": made["id"]})
        return str(made["id"])

    def stop(self) -> None:
        self.program.close()
