"""One card of 4,000 steps and 14 rounds, through three agents of which two die on the way.

Each agent reports a hundred steps at a time and then keeps a checkpoint; who takes over goes on
from the one in its order. When the work is handed in, a reviewer asks for changes again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from agents.doors.files import readable_file
from agents.egress import Answer
from agents.judge.size import tokens_in
from agents.trials.clock import VirtualClock, told_by
from agents.trials.office import Office
from agents.trials.programs import order_in
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands import agents, callbacks, cards, people, reviews, rooms
from workspace.errors import Refused
from workspace.reports import (
    Accepted,
    CheckpointKept,
    Credentials,
    InboundEvent,
    Inline,
    Progress,
    Result,
    Said,
)
from workspace.verify import verify

BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BATCH_EVERY = 200.0
ORDER_BAR = 2_000  # tokens an order of this card may take; the trial's own
GOAL = "Describe the house."
OLD, NEW = "Every page names its source.", "Every page names its source and its date."


@dataclass(frozen=True, slots=True)
class Length:
    """`handed_in_at`: the step after which the first round is done; the rest are in `rounds`."""

    steps: int = 4_000
    batch: int = 100
    handed_in_at: int = 3_300
    rounds: int = 14  # times that changes are asked for
    dies_at: tuple[int, ...] = (1_300, 2_700)

    @property
    def each_round(self) -> int:
        return (self.steps - self.handed_in_at) // self.rounds


SMALL = Length(steps=240, batch=20, handed_in_at=200, rounds=4, dies_at=(60, 140))


@dataclass(slots=True)
class LongRun:
    """What it came to; `wrong` holds what must not be, in words."""

    seed: int
    length: dict[str, Any]
    took_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    handed_on: list[tuple[int, int]] = field(default_factory=list)  # (last kept, in the order)
    order_tokens: list[int] = field(default_factory=list)
    workers: list[str] = field(default_factory=list)  # of each run
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Trial:
    """The room, its one long card, and the three agents as one program."""

    def __init__(self, length: Length) -> None:
        self.length = length
        self.clock = VirtualClock(BEGAN)
        self.office = Office(self.clock, look_every=30.0)
        self.orders: list[dict[str, Any]] = []
        self.kept = 0  # the last step a checkpoint speaks of
        self.handed_on: list[tuple[int, int]] = []
        self.asked_for = 0
        self.fetched = self.not_fetched = 0  # files that checkpoints named
        self.refused: Counter[str] = Counter()

    def open_room(self) -> None:
        now = self.clock.now()
        self.owner = people.create_workspace(name="Trial", owner_name="Owner", email=None, at=now)
        self.by = By(self.owner.id)
        workspace = queries.workspaces_of(self.owner).get()
        ids = [self.hire(workspace.id, name) for name in ("First", "Second", "Third")]
        room = rooms.create_room(
            workspace_id=workspace.id, name="House", goal=GOAL, owner=self.owner, by=self.by,
            at=now, agents=ids,
        )  # fmt: skip
        self.room_id = self.office.room_id = room.id
        policy = {"rounds": self.length.rounds + 1, "checks": False}
        rooms.edit_room(room_id=room.id, changes={"policy": policy}, by=self.by, at=now)
        source = self.want("The source", [])
        text = Inline("source.md", "text/markdown", b"# The source\n")
        result = Result(summary_md="By hand.", artifacts=(text,))
        version = reviews.submit_as_person(card_id=source.id, result=result, by=self.by, at=now)
        self.accept(version)
        self.input_sha256 = version.sha256
        self.card_id = self.want("The long page", [source.id]).id

    def hire(self, workspace_id: str, name: str) -> str:
        facts = agents.AgentFacts(name=name, url=f"https://{name.lower()}.example/hook")
        made, _ = agents.register_agent(
            workspace_id=workspace_id, facts=facts, door="webhook", owner=self.owner, by=self.by,
            at=self.clock.now(),
        )  # fmt: skip
        agents.note_verification(
            agent_id=made.id, status="verified", steps=[], said={}, by=SYSTEM, at=self.clock.now()
        )
        return made.id

    def want(self, title: str, needs: list[str]) -> Any:
        facts = cards.CardFacts(title=title, criteria=[OLD], depends_on=needs)
        return cards.create_card(room_id=self.room_id, facts=facts, by=self.by, at=self.clock.now())

    def fetch(self, outbound: Any, **_: Any) -> Answer:
        kind, order = order_in(outbound.body)
        if kind == "card.assigned":
            self.orders.append(order)
            self.clock.after(5, lambda: self.begin(order))
        return Answer(200, {}, b"", 1)

    def begin(self, order: dict[str, Any]) -> None:
        """Go on after what the checkpoint in the order says is done."""
        self.say(order, [Accepted()])
        checkpoint = order["checkpoint"]
        done = int(checkpoint["note_md"].split()[1]) if checkpoint else 0
        self.handed_on.append((self.kept, done))
        self.fetch_files(order)
        turn = len(self.orders) - 1
        deaths = self.length.dies_at
        if turn < len(deaths):
            until = deaths[turn]
        else:
            until = self.length.handed_in_at + self.length.each_round * self.asked_for
        self.clock.after(BATCH_EVERY, lambda: self.work(order, done, until, turn < len(deaths)))

    def fetch_files(self, order: dict[str, Any]) -> None:
        """What the checkpoint names, as an agent fetches it."""
        run = queries.run_with_card(order["run"]["id"])
        for file_id in (order["checkpoint"] or {}).get("artifact_ids", ()):
            try:
                readable_file(run, file_id, at=self.clock.now())
                self.fetched += 1
            except Refused:
                self.not_fetched += 1

    def work(self, order: dict[str, Any], done: int, until: int, dies: bool) -> None:
        upto = min(done + self.length.batch, until)
        self.say(order, [Progress(step=f"Step {n}") for n in range(done + 1, upto + 1)])
        self.keep(order, upto)
        if upto < until:
            self.clock.after(BATCH_EVERY, lambda: self.work(order, upto, until, dies))
        elif dies:
            # Long after its lease it wakes up once more, and must not be heard.
            self.clock.after(3_600, lambda: self.say(order, [Progress(step=f"Step {upto + 1}")]))
        else:
            self.clock.after(BATCH_EVERY, lambda: self.hand_in(order))

    def keep(self, order: dict[str, Any], upto: int) -> None:
        run_id, shown = order["run"]["id"], shown_by(order)
        artifact, _ = callbacks.add_artifact(
            run_id=run_id, credentials=shown, name=f"notes-{upto}.md", media_type="text/markdown",
            role="source", content=f"Notes up to step {upto}.\n".encode(), sha256="",
            at=self.clock.now(),
        )  # fmt: skip
        said = CheckpointKept(note_md=f"Steps {upto} of the page are done.",
                              artifact_ids=(artifact.id,))  # fmt: skip
        callbacks.keep_checkpoint(run_id=run_id, credentials=shown, said=said, at=self.clock.now())
        self.kept = upto

    def hand_in(self, order: dict[str, Any]) -> None:
        text = f"# The page after {self.kept} steps\n".encode()
        part = Inline("page.md", "text/markdown", text)
        self.say(order, [Result(summary_md="The page.", artifacts=(part,))])
        self.clock.after(600, self.review)

    def say(self, order: dict[str, Any], said: Sequence[Said]) -> None:
        run_id = order["run"]["id"]
        name = f"{run_id}-{self.clock.true.isoformat()}"
        events = [
            InboundEvent(f"{name}-{n}", type(one).__name__, one, seq=n)
            for n, one in enumerate(said, start=1)
        ]
        try:
            callbacks.receive(
                run_id=run_id, credentials=shown_by(order), events=events, at=self.clock.now()
            )
        except Refused as why:
            self.refused[why.code] += 1

    def review(self) -> None:
        room = queries.room_for(self.owner, self.room_id)
        version = room.deliverables.get(card_id=self.card_id, state="submitted")
        if self.asked_for >= self.length.rounds:
            self.accept(version)
            return
        self.asked_for += 1
        if self.asked_for == self.length.rounds:
            cards.edit_card(
                card_id=self.card_id, changes={"criteria": [NEW]}, by=self.by, at=self.clock.now()
            )
        reviews.request_changes(
            deliverable_id=version.id, reason=f"Change number {self.asked_for}, please.",
            by=self.by, at=self.clock.now(),
        )  # fmt: skip

    def accept(self, version: Any) -> None:
        now = self.clock.now()
        reviews.open_deliverable(deliverable_id=version.id, by=self.by, at=now)
        reviews.accept_deliverable(
            deliverable_id=version.id, sha256=version.sha256, by=self.by, at=now
        )


def shown_by(order: dict[str, Any]) -> Credentials:
    return Credentials(order["callback"]["token"], order["run"]["lease_token"])


def simulate(seed: int = 1, length: Length = Length(), *, is_small: bool = False) -> LongRun:
    """The whole card, in the database at hand. Nothing in it is drawn: the seed changes nothing."""
    began = perf_counter()
    trial = Trial(SMALL if is_small else length)
    with told_by(trial.clock, trial.office.hear, trial.fetch):
        trial.open_room()
        trial.clock.run(BEGAN + timedelta(days=4))
        return find(trial, seed, perf_counter() - began)


def find(trial: Trial, seed: int, took_s: float) -> LongRun:
    room = queries.room_for(trial.owner, trial.room_id)
    card = room.cards.get(id=trial.card_id)
    runs = list(card.runs.select_related("agent").order_by("fence"))
    names = [title for run in runs for title in run.steps.order_by("n").values_list(
        "title", flat=True)]  # fmt: skip
    found = LongRun(seed, asdict(trial.length), round(took_s, 1))
    found.counts = {
        "runs": len(runs),
        "rounds": card.rounds,
        "attempts": card.attempts,
        "steps kept": len(names),
        "versions": card.versions,
        "looks": trial.office.looks.count,
        "writes refused": sum(trial.refused.values()),
        "files of checkpoints fetched": trial.fetched,
    }
    found.handed_on = trial.handed_on
    found.order_tokens = [tokens_in(order["prompt"]) for order in trial.orders]
    found.workers = [run.agent.name if run.agent else "" for run in runs]
    found.wrong = list(wrongs(trial, found, card, runs, names))
    return found


def wrongs(
    trial: Trial, found: LongRun, card: Any, runs: list[Any], names: Iterable[str]
) -> Iterator[str]:
    """Every broken promise, in words; none is the only good answer."""
    length, last = trial.length, trial.orders[-1]
    counted = Counter(names)
    wanted = {f"Step {n}" for n in range(1, length.steps + 1)}
    if lost := wanted - counted.keys():
        yield f"{len(lost)} steps lost"
    if doubled := [name for name, n in counted.items() if n > 1 or name not in wanted]:
        yield f"{len(doubled)} steps doubled"
    if card.status != "done" or card.rounds != length.rounds + 1:
        yield f"the card is {card.status} after {card.rounds} rounds"
    if any(kept != given for kept, given in found.handed_on):
        yield "a checkpoint was handed on that is not the last one kept"
    if trial.not_fetched:
        yield f"{trial.not_fetched} files of checkpoints could not be fetched"
    if len({run.agent_id for run in runs[: len(length.dies_at) + 1]}) != len(length.dies_at) + 1:
        yield "an agent that died was given the card again"
    if len({run.agent_id for run in runs[len(length.dies_at) :]}) != 1:
        yield "the rounds went to different agents"
    if max(found.order_tokens) > ORDER_BAR:
        yield f"an order took {max(found.order_tokens)} of {ORDER_BAR} tokens"
    if NEW not in last["prompt"] or OLD in last["prompt"]:
        yield "the last round was not given the criteria as they are"
    if [one["sha256"] for one in last["inputs"]] != [trial.input_sha256]:
        yield "the last round was not given its input"
    if f"Change number {length.rounds}," not in last["prompt"] or GOAL not in last["prompt"]:
        yield "the last round was not told what was asked for"
    if trial.refused != {"lease_lost": len(length.dies_at)}:
        yield f"refused: {dict(trial.refused)}"
    yield from (f"{one.promise} {one.subject}: {one.says}" for one in verify(trial.clock.now()))
