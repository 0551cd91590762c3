"""The work a swarm is given: cards in levels that build on one another, with faults planted.

Pure: the same numbers give the same cards, and say how many steps they will take.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from agents.doors.model.roles import Template

DEEP = 5
FAILING = 0.05
CONTRADICTIONS = 3
NEEDS = 2  # cards of the level above that one builds on
MARK = "Script: "


@dataclass(frozen=True, slots=True)
class Script:
    """What the model does on one card. `subject` and `value` are what it claims at the end."""

    title: str
    turns: int
    fails: bool = False
    subject: str = ""
    value: str = ""

    @property
    def line(self) -> str:
        return MARK + json.dumps(asdict(self), separators=(",", ":"))

    @property
    def steps(self) -> int:
        """Of the run that hands in: two a turn, one of each call and one of its tool. Handing in
        ends the run and is no step of it."""
        return 2 * self.turns + bool(self.subject)

    @property
    def steps_of_failure(self) -> int:
        """One turn of work, then the model gives up."""
        return 3 if self.fails else 0


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """A card to be made; `needs` are numbers of cards before it."""

    script: Script
    level: int
    skills: tuple[str, ...]
    kind: str
    needs: tuple[int, ...] = field(default=())


def planned(agents: int, steps: int, roles: Sequence[Template]) -> list[PlannedCard]:
    """Cards for so many agents at once, with about so many steps in all.

    As many stand in the first level as there are agents; four smaller levels build on it.
    """
    sizes = [agents, *[max(3, agents // 10)] * (DEEP - 1)]
    count = sum(sizes)
    contradicting = _contradicting(sizes[0])
    may_fail = [number for number in range(count) if number not in contradicting]
    failing = {may_fail[at] for at in _spread(round(count * FAILING), len(may_fail))}
    turns = _turns(count, steps - 3 * len(failing))
    found: list[PlannedCard] = []
    for level, size in enumerate(sizes):
        above = range(len(found) - sizes[level - 1], len(found)) if level else range(0)
        for place in range(size):
            number = len(found)
            role = roles[number % len(roles)]
            subject, value = contradicting.get(number, ("", ""))
            script = Script(
                title=f"{role.title} part {number + 1}",
                turns=turns[number],
                fails=number in failing,
                subject=subject,
                value=value,
            )
            below = range(NEEDS) if level else ()
            needs = tuple(above[(place * NEEDS + n) % len(above)] for n in below)
            found.append(PlannedCard(script, level, role.skills[:1], "document", needs))
    return found


def _spread(some: int, count: int) -> Iterator[int]:
    return (round((n + 0.5) * count / some) % count for n in range(some))


def _contradicting(first: int) -> dict[int, tuple[str, str]]:
    """Pairs in the first level that claim two values of one subject; others claim alike."""
    found: dict[int, tuple[str, str]] = {}
    for n in range(CONTRADICTIONS):
        subject = f"limit{n + 1}.timeout.default"
        found[4 * n], found[4 * n + 1] = (subject, str(10 + n)), (subject, str(40 + n))
        found[4 * n + 2] = found[4 * n + 3] = (f"agreed{n + 1}.size.default", str(100 + n))
    return {number: said for number, said in found.items() if number < first}


def _turns(count: int, steps: int) -> list[int]:
    """So many turns a card that all of them come to about `steps`."""
    turns = max(2 * count, steps // 2)
    each, more = divmod(turns, count)
    return [each + (number < more) for number in range(count)]


def expected_steps(cards: Sequence[PlannedCard]) -> int:
    return sum(card.script.steps + card.script.steps_of_failure for card in cards)


def longest_branch(cards: Sequence[PlannedCard], steps: Sequence[int]) -> int:
    """The steps along the longest chain of cards that build on one another."""
    until: list[int] = []
    for card, own in zip(cards, steps, strict=True):
        until.append(own + max((until[needed] for needed in card.needs), default=0))
    return max(until, default=0)
