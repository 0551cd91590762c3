"""A scenario: one room's cards, agents, faults and people, what it must come to, and which rule it
tests. Read from TOML; whoever writes one is told at once what is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent / "scenarios"
Made = TypeVar("Made")


class BadScenario(ValueError):
    """What is wrong with a scenario's file, and where."""


@dataclass(frozen=True, slots=True)
class CardPart:
    """A card to make. `claims` is what its work states when it is right, by subject;
    `unsourced` are subjects for which the documentation holds no source. With `code` its work is
    that file of Python, until a review says which line is to be another.
    """

    name: str
    title: str
    brief: str
    criteria: Sequence[str] = ()
    skills: Sequence[str] = ()
    kind: str = "report"
    depends_on: Sequence[str] = ()
    steps: int = 4
    claims: Mapping[str, int] = field(default_factory=dict)
    unsourced: Sequence[str] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class AgentPart:
    """An agent to bring. `pace` is the seconds one step of its work takes.

    With a `url` it is a team's own, whose `secret` the pilot's proxy signs with.
    """

    name: str
    skills: Sequence[str] = ()
    at_once: int = 1
    pace: float = 0.5
    url: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong: `does` names a habit of `players.habits`.

    It strikes where everything that is named fits: who, which card, the how-manyth run of the card.
    `says` and `n` are the habit's own; what they mean stands with it.
    """

    does: str
    agent: str = ""
    card: str = ""
    run: int = 0
    n: int = 0
    seconds: float = 0.0
    says: str = ""

    def strikes(self, agent: str, card: str, run: int) -> bool:
        return all(
            wanted in (given, type(wanted)())
            for wanted, given in ((self.agent, agent), (self.card, card), (self.run, run))
        )


@dataclass(frozen=True, slots=True)
class Deed:
    """Something the scripted person does besides reviewing: `do` names it (see `person`), `when`
    the moment: `accepted:CARD`, `submitted:CARD`, `started:CARD` or `step:CARD N`, which is when
    that step was reported and kept."""

    do: str
    when: str
    card: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the person says to one version of a card, by its number; others are accepted."""

    card: str
    version: int
    verdict: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PersonPart:
    """The scripted person: who reads everything, and does as the file says."""

    verdicts: Sequence[Verdict] = ()
    deeds: Sequence[Deed] = ()
    answers: Mapping[str, str] = field(default_factory=dict)  # by card, to its questions
    permits: bool = False  # what it says to commands that agents want to run
    answers_after: float = 0.0  # seconds a question waits
    reads_for: float = 0.3  # seconds between opening a version and the verdict


@dataclass(frozen=True, slots=True)
class Scenario:
    """`expect` and `breaks` are the referee's: what must hold with the rule, and which of it must
    not hold without; what has not come true without it after `within` seconds never will."""

    name: str
    title: str
    why: str
    rule: str
    timings: Mapping[str, float]
    cards: Sequence[CardPart]
    agents: Sequence[AgentPart]
    faults: Sequence[Fault]
    person: PersonPart
    expect: Mapping[str, Any]
    breaks: Sequence[str]
    within: float
    policy: Mapping[str, Any] = field(default_factory=dict)
    mast: str = ""
    kills_worker: bool = False
    goal: str = ""
    rules: str = ""

    @property
    def has_conflicts(self) -> bool:
        return any(fault.does == "contradicts" for fault in self.faults)

    def card(self, name: str) -> CardPart:
        return next(card for card in self.cards if card.name == name)


def load_all(folder: Path = FOLDER) -> list[Scenario]:
    return [load(path) for path in sorted(folder.glob("*.toml"))]


def load(path: Path) -> Scenario:
    """Raises BadScenario."""
    try:
        said = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"{path.name}: {error}") from error
    try:
        return scenario_of(path.stem, said)
    except (TypeError, KeyError, ValueError) as error:
        raise BadScenario(f"{path.name}: {error}") from error


def scenario_of(name: str, said: Mapping[str, Any]) -> Scenario:
    person = dict(said.get("person", {}))
    made = Scenario(
        name=name,
        title=said["title"],
        why=said["why"],
        mast=said.get("mast", ""),
        rule=said["without"]["rule"],
        breaks=tuple(said["without"]["breaks"]),
        within=float(said["without"]["within"]),
        timings=said.get("timings", {}),
        policy=said.get("policy", {}),
        kills_worker=bool(said.get("kills_worker", False)),
        cards=[part(CardPart, one) for one in said["cards"]],
        agents=[part(AgentPart, one) for one in said["agents"]],
        faults=[part(Fault, one) for one in said.get("faults", [])],
        person=part(
            PersonPart,
            person
            | {
                "verdicts": [part(Verdict, one) for one in person.get("verdicts", [])],
                "deeds": [part(Deed, one) for one in person.get("deeds", [])],
            },
        ),
        expect=said["expect"],
    )
    check_names(made)
    return made


def part(kind: type[Made], said: Mapping[str, Any]) -> Made:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    if strange := sorted(set(said) - known):
        raise ValueError(f"{kind.__name__} knows no {', '.join(strange)}")
    return kind(**said)


def check_names(scenario: Scenario) -> None:
    """Whatever is named exists."""
    cards = {card.name for card in scenario.cards}
    agents = {agent.name for agent in scenario.agents}
    named = [name for card in scenario.cards for name in card.depends_on]
    person = scenario.person
    named += [one.card for one in scenario.faults if one.card]
    named += [one.card for one in person.verdicts]
    named += [one.card for one in person.deeds if one.card]
    named += list(person.answers)
    if strange := sorted(set(named) - cards):
        raise ValueError(f"there is no card {', '.join(strange)}")
    who = [one.agent for one in scenario.faults if one.agent]
    if strange := sorted(set(who) - agents):
        raise ValueError(f"there is no agent {', '.join(strange)}")
    if not scenario.breaks:
        raise ValueError("nothing breaks without the rule, so nothing is tested")
