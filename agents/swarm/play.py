"""One swarm on an installation of its own: set up, let go, reviewed by a script, counted."""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from agents.doors.model.roles import templates
from agents.pilot.api import Api
from agents.pilot.installation import Installation
from agents.swarm.cards import PlannedCard, expected_steps, longest_branch, planned
from agents.swarm.model import NAME
from agents.swarm.weighing import cpu_seconds

PARTS = ("web", "worker", "sweep", "valkey")
LOOK_EVERY = 0.5
MOST_TOGETHER = 40  # verdicts at once
COUNTED_EVERY = 2.0
ROOT = Path(__file__).resolve().parents[2]
Tell = Callable[[str], None]


@dataclass
class Counted:
    """What a swarm came to."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Swarm:
    """`agents` specialists at once and about `steps` steps; `delay` is the model's."""

    agents: int
    steps: int
    home: Path
    delay: float = 0.0
    within: float = 1_800.0
    tell: Tell = lambda words: None

    def play(self) -> Counted:
        """Everything of one swarm; whatever was started is ended."""
        model = start_model(self.delay)
        assert model.stdout is not None
        url = model.stdout.readline().strip()
        place = Installation(self.home, {"DJANGO_SETTINGS_MODULE": "workspace.settings"})
        try:
            return self._played(place, url)
        finally:
            place.stop()
            model.terminate()
            model.wait(10)

    def _played(self, place: Installation, url: str) -> Counted:
        """The room is made where no model is set, so that rules direct it; then one is."""
        place.start()
        token = place.token()
        cards = planned(self.agents, self.steps, list(templates().values()))
        self.tell(f"making {len(cards)} cards")
        room_id, ids = asyncio.run(self._set_up(place.url, token, cards))
        place.stop()
        place.env |= {
            "MUSTER_MODEL_API_KEY": "swarm", "MUSTER_MODEL_BASE_URL": url, "MUSTER_MODEL": NAME,
            "MUSTER_MODEL_PROFILE": "openai-compatible",
        }  # fmt: skip
        place.start()
        pids = {part: place.pid_of(part) for part in PARTS}
        before = cpu_seconds(pids)
        found = asyncio.run(self._let_go(place.url, token, room_id, cards, ids, url))
        spent = cpu_seconds(pids)
        found.figures["cpu_s"] = {p: round(spent[p] - before[p], 2) for p in pids if p in spent}
        total = sum(found.figures["cpu_s"].values())
        steps = max(found.figures["steps"], 1)
        found.figures["cpu_ms_per_step"] = round(1000 * total / steps, 3)
        breaches = place.breaches()
        found.figures["verify"] = len(breaches)
        found.wrong += [f"verify: {one}" for one in breaches]
        return found

    async def _set_up(
        self, url: str, token: str, cards: list[PlannedCard]
    ) -> tuple[str, list[str]]:
        async with aiohttp.ClientSession() as web:
            api = Api(web, url, token)
            room = await api.post("/rooms", {"name": "Swarm", "goal": "Everything at once."})
            room_id = str(room["id"])
            await api.post(f"/rooms/{room_id}/pause")
            policy = {"specialists": min(self.agents, 300), "reviews_each": 0, "max_cards": 5_000}
            await api.patch(f"/rooms/{room_id}", {"policy": policy})
            ids: list[str] = []
            for card in cards:
                body = {
                    "title": card.script.title, "brief": card.script.line,
                    "criteria": ["The part is done"], "skills": list(card.skills),
                    "kind": card.kind, "depends_on": [ids[needed] for needed in card.needs],
                }  # fmt: skip
                ids.append(str((await api.post(f"/rooms/{room_id}/cards", body))["id"]))
            return room_id, ids

    async def _let_go(
        self, url: str, token: str, room_id: str, cards: list[PlannedCard], ids: list[str],
        model: str,
    ) -> Counted:  # fmt: skip
        async with aiohttp.ClientSession() as web:
            api = Api(web, url, token)
            person = Person(api, room_id, self.tell)
            began = time.monotonic()
            await api.post(f"/rooms/{room_id}/resume")
            is_done = await person.work_until_done(len(cards), began + self.within)
            took = time.monotonic() - began
            events = await api.all(f"/rooms/{room_id}/events")
            seats = (await api.get(f"/rooms/{room_id}"))["agents"]
            async with web.get(model.replace("/v1", "/told")) as answer:
                told = await answer.json()
        found = count(events, cards, ids, told)
        found.figures |= {
            "agents": len(seats), "roles": len({seat["skills"][0] for seat in seats}),
            "seconds": round(took, 2), "reviews": person.reviews,
            "reviews_per_person": person.reviews, "asks_answered": person.asks,
            "steps_per_s": round(found.figures["steps"] / took, 1),
        }  # fmt: skip
        if not is_done:
            found.wrong.append(f"not every card is done after {took:.0f} s")
        return found


def start_model(delay: float) -> "subprocess.Popen[str]":
    """The model in a process of its own; its first line is its base URL."""
    words = [sys.executable, "-m", "agents.swarm.model", "--delay", str(delay)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


class Person:
    """A script that stands for people: accepts what waits, rules on conflicts, answers asks."""

    def __init__(self, api: Api, room_id: str, tell: Tell) -> None:
        self.api, self.room_id, self.tell = api, room_id, tell
        self.reviews = self.asks = 0

    async def work_until_done(self, cards: int, until: float) -> bool:
        told = time.monotonic()
        looked = 0.0
        while True:
            if time.monotonic() > until:
                return False
            busy = await self._once()
            if busy or time.monotonic() - looked < COUNTED_EVERY:
                await asyncio.sleep(LOOK_EVERY)
                continue
            looked = time.monotonic()
            done = (await self.api.get(f"/rooms/{self.room_id}"))["cards"].get("done", 0)
            if done >= cards:
                return True
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self.tell(f"{done} of {cards} cards are done")

    async def _once(self) -> bool:
        found = await self.api.get(f"/reviews?room_id={self.room_id}&limit={MOST_TOGETHER}")
        waiting = found["items"]
        await asyncio.gather(*(self._accept(one) for one in waiting))
        for conflict in (await self.api.get(f"/rooms/{self.room_id}/conflicts"))["items"]:
            if conflict["status"] == "open":
                claim = {"claim_id": conflict["claims"][0]["id"], "reason": "The first one holds."}
                await self.api.call("POST", f"/conflicts/{conflict['id']}/rule", claim)
        for ask in (await self.api.get("/asks"))["items"]:
            await self._answer(ask)
        return bool(waiting)

    async def _accept(self, one: dict[str, Any]) -> None:
        path = f"/deliverables/{one['deliverable_id']}"
        await self.api.get(path)
        status, _ = await self.api.call("POST", f"{path}/accept", {"sha256": one["sha256"]})
        self.reviews += status < 300

    async def _answer(self, ask: dict[str, Any]) -> None:
        """What the swarm needs no person for is a choice between what to do and leaving it."""
        if ask["kind"] != "choice":
            return
        self.asks += 1
        choice = {"choice": ask["body"]["options"][0]}
        await self.api.call("POST", f"/asks/{ask['id']}/answer", choice)


def count(
    events: list[dict[str, Any]], cards: list[PlannedCard], ids: list[str], told: dict[str, int]
) -> Counted:
    """What the room's events say, beside what was planned and what the model was asked."""
    of_run = {e["data"]["run_id"]: e["data"]["card_id"] for e in events if "run_id" in e["data"]}
    steps: Counter[str] = Counter()
    for event in events:
        if event["type"] == "run.progressed":
            steps[event["data"]["run_id"]] = event["data"]["steps"]
    by_card: Counter[str] = Counter()
    for run_id, number in steps.items():
        by_card[of_run[run_id]] += number
    kinds = Counter(event["type"] for event in events)
    accepted = Counter(e["data"]["card_id"] for e in events if e["type"] == "deliverable.accepted")
    planted = {c.script.subject for c in cards if c.script.subject.startswith("limit")}
    opened = [e["data"]["subject"] for e in events if e["type"] == "conflict.opened"]
    found = planted.intersection(opened)
    branch = longest_branch(cards, [by_card[card_id] for card_id in ids])
    main = kinds["judgement.answered"] + kinds["plan.taken"]
    figures = {
        "cards": len(cards), "depth": max(card.level for card in cards) + 1,
        "steps": sum(steps.values()), "steps_planned": expected_steps(cards),
        "critical_steps": main + branch, "main_steps": main, "longest_branch": branch,
        "model_calls": told["calls"], "model_calls_twice": told["twice"],
        "failed_runs": kinds["run.failed"],
        "failed_as": dict(Counter(
            e["data"]["failure"] for e in events if e["type"] == "run.failed"
        )),
        "failures_planted": sum(card.script.fails for card in cards),
        "contradictions_planted": len(planted), "contradictions_found": len(found),
        "contradictions_false": len([one for one in opened if one not in planted]),
        "events": len(events),
    }  # fmt: skip
    return Counted(figures, _wrong(figures, accepted, ids, told))


def _wrong(
    figures: dict[str, Any], accepted: "Counter[str]", ids: list[str], told: dict[str, int]
) -> list[str]:
    """What was lost, and what happened twice."""
    wrong = []
    if lost := [card_id for card_id in ids if not accepted[card_id]]:
        wrong.append(f"{len(lost)} cards were never accepted")
    if twice := [card_id for card_id in ids if accepted[card_id] > 1]:
        wrong.append(f"{len(twice)} cards were accepted twice")
    if figures["steps"] != figures["steps_planned"]:
        wrong.append(f"{figures['steps']} steps were kept, {figures['steps_planned']} were made")
    if told["twice"]:
        wrong.append(f"{told['twice']} calls of the model were made twice")
    return wrong
