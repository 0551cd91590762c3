"""Five days of one room in virtual time: hundreds of agents, real commands, one real database.

Everything that decides is the product's own: what it observes, plans, applies, sends and asks.
Agents and people are scripted, and so is the model, over real HTTP on the loopback.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from django.db import DatabaseError

from agents.egress import Answer
from agents.limits import TIERS
from agents.trials.clock import VirtualClock, told_by
from agents.trials.findings import Findings, find
from agents.trials.model import ModelServer, model_server
from agents.trials.office import SWEEP_EVERY, Killed, Office
from agents.trials.people import People
from agents.trials.programs import Ledger, Program, order_in
from agents.trials.watch import Watch
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands import agents, cards, judgements, memory, messages, models, rooms
from workspace.commands import people as joining
from workspace.verify import verify

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHT = timedelta(hours=15)  # after the start of a day: when it is checked
WAVES = (1.2, 3.6, 6.1)  # hours after the start of a day
OUTAGE_AT, OUTAGE_FOR = 4.0, timedelta(hours=1)
PROMPT_TOKENS = 12_000  # a tight budget, so that prompts have to be cut
GOAL = (
    "First:\n- Inventory: list every service of the house.\n- Limits: list the limits of each.\n"
    "Then:\n- Overview: write up what was found."
)
NEW_GOAL = GOAL.replace("\nThen:", "\n- Costs: list what every service costs.\nThen:")
RULES = "Write plain English.\nName a source for every number."
NEW_RULES = RULES + "\nPrices are in euro."
RULING = "The fiscal year begins in April."


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens. A day has three waves of so many projects of five cards each."""

    days: int = 5
    agents: int = 300
    projects: int = 9
    replaced: int = 4  # agents a day
    look_every: float = 120.0


SMALL = Size(days=1, agents=40, projects=2, replaced=2)


class FiveDays:
    """One trial: the room, who is in it, and the script of what happens to it."""

    def __init__(self, seed: int, judge: str, size: Size) -> None:
        self.seed, self.judge, self.size = seed, judge, size
        self.dice = random.Random(seed)  # noqa: S311 - the same again for a seed
        self.clock = VirtualClock(MONDAY)
        self.office = Office(self.clock, size.look_every)
        self.watch, self.ledger = Watch(), Ledger()
        self.office.before_answer = self.watch.about_to_ask
        self.truth: dict[str, int] = {}
        self.programs: dict[str, Program] = {}
        self.breaches: list[list[str]] = []  # of each day's check
        self.made_agents = self.projects = 0
        self.server: ModelServer | None = None
        self.away: list[tuple[datetime, datetime]] = []
        self.last_card = ""

    # --- who is there -----------------------------------------------------------------------

    def open_room(self) -> None:
        """A workspace, its people and agents, and the room; everything through commands."""
        now = self.clock.now()
        owner = joining.create_workspace(name="Trial", owner_name="Owner", email=None, at=now)
        workspace = queries.workspaces_of(owner).get()
        self.workspace_id, self.owner = workspace.id, owner
        if self.server is not None:
            facts = models.ModelFacts(
                base_url=self.server.base_url, model="kimi-k2.6", profile="moonshot", api_key="none"
            )
            models.set_model(workspace_id=workspace.id, facts=facts, by=By(owner.id), at=now)
            models.set_model_options(
                workspace_id=workspace.id, thinking={}, limits=asdict(TIERS[1]), by=By(owner.id),
                at=now,
            )  # fmt: skip
        ids = [self.hire() for _ in range(self.size.agents)]
        self.watch.goal, self.watch.rules = GOAL, RULES
        room = rooms.create_room(
            workspace_id=workspace.id, name="House", goal=GOAL, rules=RULES, owner=owner,
            by=By(owner.id), at=now, agents=ids,
        )  # fmt: skip
        self.room_id = self.office.room_id = self.watch.room_id = room.id
        policy = {"max_cards": 5_000, "prompt_tokens": PROMPT_TOKENS}
        self.edit(policy=policy)
        reviewers = [self.join(f"Reviewer {n}") for n in range(1, 5)]
        self.people = People(
            self.clock, self.seed, room.id, owner, reviewers, self.ledger, self.truth
        )
        self.office.hear("tick", room.id)

    def join(self, name: str) -> Any:
        by, now = By(self.owner.id), self.clock.now()
        _, token = joining.invite(room_id=self.room_id, role="reviewer", by=by, at=now)
        return joining.join_by_invite(token=token, name=name, person=None, at=now).person

    def hire(self) -> str:
        """One more agent, verified; seated by whoever asks."""
        self.made_agents += 1
        name = f"Agent {self.made_agents}"
        url = f"https://agent-{self.made_agents}.example/hook"
        program = Program(name, self.seed, self.clock, self.ledger, self.truth)
        facts = agents.AgentFacts(
            name=name, url=url, skills=program.skills, max_concurrency=program.capacity
        )
        now = self.clock.now()
        made, _ = agents.register_agent(
            workspace_id=self.workspace_id, facts=facts, door="webhook", owner=self.owner,
            by=By(self.owner.id), at=now,
        )  # fmt: skip
        agents.note_verification(
            agent_id=made.id, status="verified", steps=[], said={}, by=SYSTEM, at=now
        )
        program.agent_id, self.programs[url] = made.id, program
        return made.id

    def replace(self) -> None:
        """Some agents go, in the middle of whatever they do, and others come."""
        here = [one for one in self.programs.values() if not one.gone]
        for program in self.dice.sample(here, min(self.size.replaced, len(here))):
            program.gone = True
            by = By(self.owner.id)
            agents.revoke_agent(agent_id=program.agent_id, by=by, at=self.clock.now())
            rooms.seat_agent(room_id=self.room_id, agent_id=self.hire(), by=by, at=self.clock.now())

    # --- the wire ---------------------------------------------------------------------------

    def fetch(self, outbound: Any, **_: Any) -> Answer:
        """What the sender takes for the network: the program at that address."""
        program = self.programs[outbound.url]
        kind, data = order_in(outbound.body)
        if kind == "card.assigned":
            self.watch.order(data)
            program.take(data, self.forced(data))
        if self.office.dies("sent"):
            raise Killed
        return Answer(200, {}, b"", 1)

    def forced(self, data: dict[str, Any]) -> str | None:
        """The last card fails once, so that a judge is asked about it, and then succeeds."""
        if data["card"]["id"] != self.last_card:
            return None
        return "errors" if data["run"]["attempt"] == 1 else ""

    # --- what people do -----------------------------------------------------------------------

    def edit(self, **changes: Any) -> None:
        rooms.edit_room(
            room_id=self.room_id, changes=changes, by=By(self.owner.id), at=self.clock.now()
        )

    def change_course(self) -> None:
        """The owner says the goal and the rules anew; from here on only those count."""
        self.watch.goal, self.watch.rules = NEW_GOAL, NEW_RULES
        self.edit(goal=NEW_GOAL, rules=NEW_RULES)
        self.plan_again()

    def plan_again(self) -> None:
        self.people.carry_out(
            "asked for a plan", judgements.plan_room, room_id=self.room_id, by=By(self.owner.id)
        )

    def pin(self) -> None:
        memory.pin_fact(
            room_id=self.room_id, subject="fiscal year", text=RULING, by=By(self.owner.id),
            at=self.clock.now(),
        )  # fmt: skip
        self.watch.pinned.append(RULING)

    def speak(self) -> None:
        messages.post_message(
            body="@coordinator How far are we?", room_id=self.room_id, by=By(self.owner.id),
            at=self.clock.now(), card_id=self.last_card,
        )  # fmt: skip

    def wave(self) -> None:
        for _ in range(self.size.projects):
            self.project()

    def project(self) -> None:
        """Four cards that state two figures in pairs, and a summary that builds on them."""
        self.projects += 1
        n = self.projects
        made = []
        for part in range(1, 5):
            subject = f"timeout of service {n}" if part % 2 else f"memory of service {n}"
            unit = "s" if part % 2 else "MB"
            self.truth.setdefault(subject, 10 + (n * 7) % 60)
            made.append(self.want(f"Service {n}, part {part}", f"State: {subject} ({unit})"))
        self.want(f"Service {n}, summary", "Sum up the four parts.", [one.id for one in made])

    def want(self, title: str, brief: str, needs: list[str] | None = None) -> Any:
        skills = self.dice.sample(("code", "docs", "research", "tables", "testing", "writing"), 1)
        facts = cards.CardFacts(
            title=title, brief=f"Write the page “{title}”.\n{brief}", skills=skills, kind="report",
            criteria=[f"The page “{title}” names the source of every number."],
            depends_on=needs or [],
        )  # fmt: skip
        return self.people.want(facts)

    def end_with_a_card(self) -> None:
        self.last_card = self.want("The last page", "State: number of services (items)").id
        self.watch.last_card = self.last_card
        cards.edit_card(
            card_id=self.last_card, changes={"priority": 9}, by=By(self.owner.id),
            at=self.clock.now(),
        )  # fmt: skip

    # --- what goes wrong ------------------------------------------------------------------------

    def lose_the_model(self) -> None:
        if self.server is not None:
            self.server.away = True
        self.office.look_every, self.office.sweep_every = 5.0, 3.0
        self.away.append((self.clock.now(), self.clock.now() + OUTAGE_FOR))
        self.plan_again()
        self.wave()
        self.clock.at(self.clock.true + OUTAGE_FOR, self.find_the_model)

    def find_the_model(self) -> None:
        if self.server is not None:
            self.server.away = False
        self.office.look_every, self.office.sweep_every = self.size.look_every, SWEEP_EVERY

    def check(self) -> None:
        """The promises at the end of a day, with the sweep alive and nothing under way here."""
        self.office.sweep()
        try:
            found = verify(self.clock.now())
        except DatabaseError as error:
            self.breaches.append([f"the check itself failed: {error}"])
        else:
            self.breaches.append([f"{one.promise} {one.subject}: {one.says}" for one in found])

    # --- the script -----------------------------------------------------------------------------

    def script(self) -> None:
        for day in range(self.size.days):
            for hour in WAVES:
                self.on(day, hour, self.wave)
            self.on(day, 4.6, self.replace)
            self.on(day, 7.6, self.speak)
            for n, what in enumerate(("look", "answer", "send", "sent", "look", "sent")):
                self.on(day, 1.5 + 1.1 * n, partial(self.office.crash, what))
            self.clock.at(MONDAY + day * DAY + NIGHT, self.check)
        five = timedelta(minutes=5)
        for day, hour, by in ((0, 5.4, five), (1, 5.4, -five), (2, 5.4, -five), (4, 5.4, five)):
            self.on(day, hour, partial(self.clock.jump, by))
        self.on(1, 2.0, self.change_course)
        self.on(2, 3.0, self.pin)
        self.on(3, OUTAGE_AT, self.lose_the_model)
        self.on(4, 7.0, self.end_with_a_card)
        self.on(4, 8.5, self.speak)

    def on(self, day: int, hour: float, deed: Callable[[], None]) -> None:
        """At this hour of that day, or of the last one where the trial is shorter."""
        day = min(day, self.size.days - 1)
        self.clock.at(MONDAY + day * DAY + timedelta(hours=hour), deed)

    def run(self) -> Findings:
        began = perf_counter()
        with told_by(self.clock, self.office.hear, self.fetch), self.judged():
            self.open_room()
            self.script()
            self.clock.run(MONDAY + self.size.days * DAY)
            return find(self, perf_counter() - began)

    @contextmanager
    def judged(self) -> Iterator[None]:
        if self.judge != "model":
            yield
            return
        with model_server(self.watch.heard) as self.server:
            yield


def simulate(seed: int = 1, judge: str = "model", size: Size = Size()) -> Findings:
    """Five days with this seed under `rules` or a scripted `model`, in the database at hand."""
    return FiveDays(seed, judge, size).run()
