"""One room in one column: its agents, its faults, its person, and the record of what happened."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from agents.pilot.api import Api
from agents.pilot.person import Person
from agents.pilot.players.agent import Player
from agents.pilot.players.log import Log
from agents.pilot.players.proxied import Proxied
from agents.pilot.scenario import CardPart, Fault, Scenario
from agents.pilot.switches.install import POLICIES

GOAL = "See what becomes of this when something goes wrong."
SETTLES = 1.5  # seconds in which what was under way when the last card was done comes in
# Seconds; a column that comes to its end is over by then on any machine, and stops when it does.
PATIENCE = {"with": 120.0, "round_robin": 70.0, "none": 45.0}


class Scene:
    """`column` is with, without, round_robin or none; `folder` is for what agents leave behind."""

    def __init__(
        self, scenario: Scenario, column: str, seed: int, *, api: Api, web: aiohttp.ClientSession,
        host: str, folder: Path, kill: Callable[[], Awaitable[None]],
        judge: str = "rules",
    ) -> None:  # fmt: skip
        self.scenario, self.column, self.seed, self.judge = scenario, column, seed, judge
        self.api, self.web, self.folder = api, web, folder
        self._kill, self._host, self._owner = kill, host, ""
        self.log = Log()
        self.players = [(Proxied if part.url else Player)(part, self) for part in scenario.agents]
        self.person = Person(self)
        self.texts: dict[str, str] = {}  # by card, what was handed in last
        self.answers: dict[str, str] = {}  # by card, what people answered
        self.runs_of: dict[str, list[str]] = {}  # by card, in the order they were sent
        self.cards: dict[str, str] = {}
        self.room_id = ""
        self.began_at = self.ended_at = ""
        self.fired: list[str] = []
        self._moments: set[str] = set()

    @property
    def tag(self) -> str:
        return f"{self.scenario.name}-{self.column}-{self.seed}"

    @property
    def off(self) -> str:
        """What this room does without, for the switches."""
        if self.column == "with":
            return ""
        return self.scenario.rule if self.column == "without" else self.column

    @property
    def is_a_teams(self) -> bool:
        """Whether its agents are a team's own, behind proxies."""
        return any(part.url for part in self.scenario.agents)

    @property
    def patience(self) -> float:
        """Seconds until it is ended, over or not."""
        if self.is_a_teams:
            return self.scenario.within
        return self.scenario.within if self.column == "without" else PATIENCE[self.column]

    def dice(self, about: str) -> random.Random:
        return random.Random(f"{self.seed} {about}")

    def wall(self) -> float:
        return time.time()

    # --- setting the stage ------------------------------------------------------------------

    async def set_up(self) -> None:
        """Agents registered and verified, a room with its cards; nothing is given out yet."""
        await asyncio.gather(*(self._bring(player) for player in self.players))
        room = await self.api.post("/rooms", {
            "name": self.tag, "mode": "manual",
            "goal": self.scenario.goal or f"{self.scenario.title}. {GOAL}",
            "rules": self.scenario.rules,
            "agents": [player.id for player in self.players],
        })  # fmt: skip
        self.room_id = room["id"]
        self._owner = room["members"][0]["person_id"]
        timings = dict(self.scenario.timings)
        policy = dict(self.scenario.policy)
        if self.column == "without":
            policy |= POLICIES.get(self.scenario.rule, {})
        await self.api.patch(f"/rooms/{self.room_id}", {"timings": timings, "policy": policy})
        for card in self.scenario.cards:
            made = await self.api.post(f"/rooms/{self.room_id}/cards", {
                "title": card.title, "brief": card.brief, "criteria": list(card.criteria),
                "skills": list(card.skills), "kind": card.kind,
                "depends_on": [self.cards[name] for name in card.depends_on],
            })  # fmt: skip
            self.cards[card.name] = made["id"]

    async def _bring(self, player: Player) -> None:
        made = await self.api.post("/agents", {
            "name": f"{player.name} {self.tag}", "url": f"{self._host}/{self.tag}/{player.name}",
            "skills": list(player.part.skills), "max_concurrency": player.part.at_once,
        })  # fmt: skip
        player.id, player.secret = made["id"], made["secret"]
        said = await self.api.post(f"/agents/{player.id}/verify")
        if said["status"] != "verified":
            raise RuntimeError(f"{player.name} was not verified: {said}")

    # --- while it plays ---------------------------------------------------------------------

    async def play(self) -> None:
        """Let the coordinator loose until all is done, or the scenario's time is over."""
        self.began_at = now()
        await self.api.patch(f"/rooms/{self.room_id}", {"mode": "auto"})
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and not self.is_over():
            await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLES)
        self.ended_at = now()

    async def spent(self) -> dict[str, float]:
        """What the room's model took; nothing, where the rules judge."""
        costs = (await self.api.get(f"/rooms/{self.room_id}/insights"))["costs"]
        return {"tokens": sum(day["tokens"] for day in costs["days"]), "usd": costs["cost_usd"]}

    @property
    def is_playing(self) -> bool:
        return bool(self.began_at) and not self.ended_at

    def is_over(self) -> bool:
        """Every card is accepted and stays so, the person has done all there is to do, and agents
        that were to come back late have."""
        return (
            set(self.cards) <= self.person.accepted
            and not self.person.deeds_left
            and not self._somebody_is_late()
        )

    def _somebody_is_late(self) -> bool:
        late = [fault for fault in self.scenario.faults if fault.does == "late"]
        back = [line for line in self.log.lines if line["what"] == "handed_in" and line["kept"]]
        return bool(late) and "late" in self.fired and not back and self.column == "with"

    def fault_for(self, agent: str, card: str, run_id: str) -> Fault | None:
        """The fault that strikes this run, if one does; noted, so that it is known to have."""
        runs = self.runs_of.setdefault(card, [])
        if run_id not in runs:
            runs.append(run_id)
        nth = runs.index(run_id) + 1
        for fault in self.scenario.faults:
            if fault.strikes(agent, card, nth):
                self.fired.append(fault.does)
                self.log.note("fault", agent=agent, run_id=run_id, does=fault.does)
                return fault
        return None

    async def run_begins(self, card: str, nth: int) -> None:
        """Until the n-th run of a card was sent to its agent."""
        while len(self.runs_of.get(card, ())) < nth:
            await asyncio.sleep(0.2)

    def card_of(self, order: dict[str, Any]) -> CardPart:
        name = next(n for n, card_id in self.cards.items() if card_id == order["card"]["id"])
        return self.scenario.card(name)

    def player(self, name: str) -> Player:
        return next(player for player in self.players if player.name == name)

    def somebody_else(self, card: str) -> Player:
        """An agent that has not had this card yet."""
        had = {work.card.name: player for player in self.players for work in player.works.values()}
        return next(player for player in self.players if player is not had.get(card))

    def happened(self, moment: str) -> None:
        """Something the person may be waiting for."""
        self._moments.add(moment)

    def has_happened(self, moment: str) -> bool:
        return moment in self._moments

    async def kill_worker(self) -> None:
        self.log.note("killed", agent="", part="worker")
        await self._kill()

    # --- what is left of it -----------------------------------------------------------------

    async def record(self) -> dict[str, Any]:
        """Everything a referee may look at; see `agents.pilot.referee`."""
        room = f"/rooms/{self.room_id}"
        for player in self.players:
            await player.end()
        export = await self.api.get(f"{room}/export")
        events = await self.api.all(f"{room}/events")
        return {
            "scenario": self.scenario.name, "title": self.scenario.title, "seed": self.seed,
            "column": self.column, "judge": self.judge,
            "rule": self.scenario.rule, "room_id": self.room_id,
            "began_at": self.began_at, "ended_at": self.ended_at, "scale": 1,
            "timings": dict(self.scenario.timings), "cards": self.cards,
            "agents": {player.name: player.id for player in self.players},
            "people": {"person": self._owner}, "events": events,
            "export": export, "logs": self.log.lines,
            "spent": await self.spent(),
            "person": [deed(line) for line in self.person.log.lines], "files": self.person.files,
            "bases": self.person.bases, "fired": self.fired,
            "faults": [fault.does for fault in self.scenario.faults],
            "expect": dict(self.scenario.expect), "breaks": list(self.scenario.breaks),
        }  # fmt: skip


def deed(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the person's log as a record has it."""
    return {"did" if name == "what" else name: said for name, said in line.items()}


def now() -> str:
    return datetime.now(UTC).isoformat()
