"""One world: a few rooms that share agents, drawn from a seed, and the steps that happen in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.egress import Answer, EgressRefused
from agents.limits import TIERS
from agents.simulator.checking import Checking
from agents.simulator.crashes import Crash, Crashes, crashing
from agents.simulator.database import empty_database
from agents.simulator.faults import Faults
from agents.simulator.fixed import fixed, pass_time
from agents.simulator.ledger import Ledger, lost
from agents.simulator.machinery import Machinery
from agents.simulator.model import BASE_URL, Model
from agents.simulator.persons import Household, Person
from agents.simulator.programs import Broken, Program
from agents.trials.clock import VirtualClock
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands import agents, models, people, rooms, ticks

BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVERYTHING_EVERY = 500
JUMP = timedelta(minutes=5)
GOAL = "- Inventory: list every service of the house.\n- Limits: list the limits of each."
POLICY = {"max_cards": 40}
TIMINGS = {"model_rests": 5.0, "rests_at_most": 40.0}  # a world has no hours to wait for a model
# How likely each is to take the next step, if it can.
TURNS = {"worker": 40, "agent": 34, "person": 22, "sweep": 4}
# Seconds between steps: mostly moments, sometimes as long as limits are.
PAUSES = ((0.5, 3.0, 70), (5.0, 30.0, 22), (60.0, 240.0, 6), (400.0, 1_200.0, 2))
ROUNDS_TO_REST = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a world. `broken` is empty, or says at which step which promise broke."""

    steps: int
    turns: int
    broken: str
    fired: Counter[str]
    saw: Counter[str]
    heads: dict[str, str] = field(default_factory=dict)  # of each room's chain of events
    looks: int = 0


class World:
    """Made from `seed` and its number alone."""

    def __init__(self, seed: int, number: int) -> None:
        self.dice = random.Random(f"{seed}/{number}")  # noqa: S311 - the same again for a seed
        self.clock = VirtualClock(BEGAN)
        self.faults = Faults(self.dice)
        self.faults.are_off = True  # until everything is set up
        self.crashes, self.checking, self.ledger = Crashes(self.ended), Checking(), Ledger()
        self.saw: Counter[str] = Counter()
        self.machinery = Machinery(self.clock, self.dice, self.faults, self.see)
        self.model = Model(self.faults)
        self.programs: dict[str, Program] = {}
        self.hired = 0
        self.households: list[Household] = []
        self.steps = self.turns_taken = 0
        self.focus: set[str] = set()  # rooms that whoever is at work has to do with
        self.is_running = self.is_interrupted = False

    def see(self, what: str) -> None:
        self.saw[what] += 1

    # --- what there is --------------------------------------------------------------------

    def set_up(self) -> None:
        """A workspace, its agents, and rooms they have seats in; everything through commands."""
        now = self.clock.now()
        self.owner = people.create_workspace(name="World", owner_name="Owner", email=None, at=now)
        self.by = By(self.owner.id)
        self.workspace_id = queries.workspaces_of(self.owner).get().id
        if self.dice.random() < 0.9:
            self.set_model()
        hired = [self.hire() for _ in range(self.dice.randint(3, 5))]
        for n in range(self.dice.randint(2, 4)):
            self.open_room(f"Room {n}", self.dice.sample(hired, min(3, len(hired))))

    def set_model(self) -> None:
        facts = models.ModelFacts(
            base_url=BASE_URL, model="kimi-k2.6", profile="moonshot", api_key="none"
        )
        about: dict[str, Any] = {
            "workspace_id": self.workspace_id, "by": self.by, "at": self.clock.now()
        }  # fmt: skip
        models.set_model(facts=facts, **about)
        models.set_model_options(thinking={}, limits=asdict(TIERS[3]), **about)

    def open_room(self, name: str, hired: list[str]) -> None:
        room = rooms.create_room(
            workspace_id=self.workspace_id, name=name, goal=GOAL, owner=self.owner, by=self.by,
            at=self.clock.now(), agents=hired,
        )  # fmt: skip
        changes = {"policy": POLICY | {"rounds": self.dice.randint(2, 4)}, "timings": TIMINGS}
        rooms.edit_room(room_id=room.id, changes=changes, by=self.by, at=self.clock.now())
        household = Household(
            room.id, [Person(self.owner, "owner")], self.clock, self.dice, self.faults,
            self.ledger, self.see, self.hire,
        )  # fmt: skip
        household.join()
        household.join()
        self.households.append(household)

    def hire(self, room_id: str = "") -> str:
        """One more agent, verified."""
        self.hired += 1  # counted first: a crash may leave one registered that nobody knows of
        name, url = f"Agent {self.hired}", f"https://agent-{self.hired}.example/hook"
        program = Program(name, url, self.clock, self.dice, self.faults, self.ledger, self.see)
        facts = agents.AgentFacts(name=name, url=url, max_concurrency=self.dice.choice((1, 2)))
        made, _ = agents.register_agent(
            workspace_id=self.workspace_id, facts=facts, door="webhook", owner=self.owner,
            by=self.by, at=self.clock.now(),
        )  # fmt: skip
        program.agent_id, self.programs[url] = made.id, program
        agents.note_verification(
            agent_id=made.id, status="verified", steps=[], said={}, by=SYSTEM, at=self.clock.now()
        )
        if room_id:
            rooms.seat_agent(room_id=room_id, agent_id=made.id, by=self.by, at=self.clock.now())
        return made.id

    # --- one turn, and the steps in it ----------------------------------------------------

    def take_turn(self) -> None:
        """Somebody does one thing, or dies in the middle of it. Raises Broken."""
        self.let_time_pass()
        if self.faults.drawn("crash_before_commit"):
            self.crashes.doom(self.dice.choice((1, 1, 1, 2, 3)), after=False)
        elif self.faults.drawn("crash_after_commit"):
            self.crashes.doom(self.dice.choice((1, 1, 1, 2, 3)), after=True)
        turns = self.turns()
        who = self.dice.choices(list(turns), list(turns.values()))[0]
        try:
            TAKE[who](self)
        except Crash:
            self.faults.fired[f"crash_{'after' if self.crashes.after else 'before'}_commit"] += 1
        finally:
            self.crashes.revive()
        self.focus.clear()

    def turns(self) -> dict[str, int]:
        turns = dict(TURNS)
        if not self.machinery.can_work():
            del turns["worker"]
        if self.machinery.is_away:
            del turns["sweep"]
        if not any(one.awake() for one in self.programs.values()):
            del turns["agent"]
        return turns

    def worker(self) -> None:
        self.machinery.work()

    def agent(self) -> None:
        able = [one for one in self.programs.values() if one.awake()]
        program = self.dice.choice(able)
        work = self.dice.choice(program.awake())
        self.focus.add(work.room_id)
        program.act(work)

    def person(self) -> None:
        household = self.dice.choice(self.households)
        self.focus.add(household.room_id)
        household.act()

    def sweep(self) -> None:
        self.machinery.sweep()

    def interrupted(self) -> None:
        """Whoever is at work is between two transactions, and somebody else is faster."""
        theirs = self.crashes.commits_left, self.crashes.after, set(self.focus)
        self.crashes.commits_left, self.is_interrupted = 0, True
        try:
            pass_time(self.clock, self.dice.uniform(0.1, 2.0))
            able = [one for one in ("agent", "person") if one in self.turns()]
            TAKE[self.dice.choice(able)](self)
            self.see("somebody was faster")
        finally:
            self.is_interrupted = False
            self.crashes.commits_left, self.crashes.after, self.focus = theirs

    def ended(self) -> None:
        """A transaction has: one step. The rooms it touched are looked at. Raises Broken."""
        if not self.is_running:
            return
        self.steps += 1
        changed, self.machinery.changed = self.machinery.changed, set()
        mine = {one.room_id for one in self.households}
        touched = mine if self.crashes.is_dead else (changed | self.focus) & mine
        try:
            self.look(touched)
        except Broken:
            self.is_running = False
            raise
        can_be = not self.is_interrupted and not self.crashes.is_dead
        if can_be and self.faults.drawn("interrupted"):
            self.faults.fired["interrupted"] += 1
            self.interrupted()

    def let_time_pass(self) -> None:
        least, most, _ = self.dice.choices(PAUSES, [one[2] for one in PAUSES])[0]
        pass_time(self.clock, self.dice.uniform(least, most))
        jump = self.faults.one_of("clock_forward", "clock_back")
        if jump:
            self.clock.jump(JUMP if jump == "clock_forward" else -JUMP)
        if not self.machinery.is_away and self.faults.strikes("worker_gone"):
            gone = timedelta(seconds=self.dice.uniform(30, 600))
            self.machinery.go_away(self.clock.true + gone)

    def look(self, touched: set[str]) -> None:
        now = self.clock.now()
        breaches = self.checking.look(touched, now)
        if not breaches and self.steps % EVERYTHING_EVERY == 0:
            breaches = self.checking.look_at_everything(now)
        if breaches:
            raise Broken("; ".join(" ".join(one) for one in breaches[:5]))

    # --- the wire -------------------------------------------------------------------------

    def fetch(self, outbound: Any, **_: Any) -> Answer:
        """What the sender takes for the network: the program at that address."""
        answer = self.programs[outbound.url].answer(outbound)
        if self.crashes.commits_left and self.dice.random() < 0.5:
            self.crashes.doom(1, after=False)  # it has arrived, and nobody will write that down
        return answer

    def page(self, url: str) -> Answer:
        if self.dice.random() < 0.2:
            raise EgressRefused("connection_failed")
        return Answer(200, {"content-type": "text/plain"}, b"It says so here.", 1)

    # --- the end --------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """Nothing goes wrong any more, and nobody begins anything: workers do what is left."""
        self.faults.are_off = True
        self.machinery.away_until = None
        for _ in range(ROUNDS_TO_REST):
            pass_time(self.clock, 90.0)
            self.machinery.sweep()
            if not self.machinery.waiting:
                break
            while self.machinery.waiting:
                pass_time(self.clock, 0.3)
                self.machinery.work()
        self.is_running = False
        self.look({one.room_id for one in self.households})

    def compare(self) -> None:
        """With the sweep alive, everything is as promised, and as everybody was told."""
        ticks.beat(name="sweep", facts={}, at=self.clock.now())
        found = [" ".join(one) for one in self.checking.look_at_everything(self.clock.now())]
        titles: set[str] = set()
        said: set[str] = set()
        for household in self.households:
            room = household.room()
            found += self.ledger.differences(room)
            titles.update(room.cards.values_list("title", flat=True))
            said.update(room.messages.values_list("body", flat=True))
        found += lost("card", self.ledger.cards, titles)
        found += lost("message", self.ledger.messages, said)
        if found:
            raise Broken("; ".join(found[:5]))

    # --- the whole of it ------------------------------------------------------------------

    @contextmanager
    def alive(self) -> Iterator[None]:
        wire: dict[str, Any] = {"hear": self.machinery.hear, "fetch": self.fetch, "page": self.page}
        with (
            empty_database(),
            fixed(self.clock, self.dice, model=self.model.fetch, **wire),
            self.checking.watching(),
            crashing(self.crashes),
        ):
            yield

    def run(self, steps: int) -> Found:
        """So many steps and its end; it stops where a promise is broken."""
        broken = ""
        with self.alive():
            self.set_up()
            self.faults.are_off, self.is_running = False, True
            try:
                while self.steps < steps:
                    self.turns_taken += 1
                    self.take_turn()
                self.come_to_rest()
                self.compare()
            except Broken as why:
                broken = f"step {self.steps}: {why}"
        heads = {id: room.seen.head_hash for id, room in self.checking.rooms.items()}
        return Found(
            self.steps, self.turns_taken, broken, self.faults.fired, self.saw + self.told(), heads,
            self.checking.looks,
        )  # fmt: skip

    def told(self) -> Counter[str]:
        return Counter({f"event {kind}": n for kind, n in self.checking.told.items()})


TAKE = {
    "worker": World.worker, "agent": World.agent, "person": World.person, "sweep": World.sweep,
}  # fmt: skip
