"""The standing claims on each subject, and which of them disagree.

Only claims of different cards are compared, or of the independent runs of one card: what one
deliverable says twice is not a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from operator import attrgetter

from agents.coordinator.board import Claim
from agents.coordinator.claims.compare import compare_statements
from agents.coordinator.claims.nouns import listed
from agents.coordinator.claims.statements import Statement, statement_of
from agents.coordinator.claims.subjects import key_of
from agents.coordinator.moves import Reason

# So many statements on a subject are all compared with one another; further ones only with the
# first few, so that a flood of them costs no more than reading it.
ALL_COMPARED = 20
FIRST_FEW = 2
# What a judge or a person may still tell apart. The rest names no value, or no common measure.
UNCLEAR = frozenset(
    listed("""
        ambiguous_date ambiguous_number denied kinds_differ names_alike near other_scope
        texts_narrow texts_unclear unit_missing
    """)
)

Pair = tuple[Claim, Claim]


@dataclass(slots=True)
class Topic:
    """The standing claims on one subject, oldest first, and who disagrees with whom."""

    key: str
    claims: list[Claim]
    disagreeing: dict[str, Claim] = field(default_factory=dict)
    pair: Pair | None = None
    reason: Reason | None = None
    unclear: list[tuple[Pair, Reason]] = field(default_factory=list)

    def add(self, claims: Iterable[Claim], pair: Pair, reason: Reason) -> None:
        self.disagreeing.update((claim.id, claim) for claim in claims)
        if self.pair is None:
            self.pair, self.reason = pair, reason


def source_of(claim: Claim, independent: Collection[str]) -> str:
    """What a claim speaks for: its card, or its version where runs of one card are independent."""
    return claim.deliverable_id if claim.card_id in independent else claim.card_id


def topics_of(claims: Sequence[Claim], independent: Collection[str]) -> dict[str, Topic]:
    """Subjects on which not everybody says the same thing."""
    by_key: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_key[key_of(claim.subject)].append(claim)
    topics = {}
    for key, group in by_key.items():
        if key and len(group) > 1 and is_open_to_doubt(group, independent):
            topics[key] = Topic(key, sorted(group, key=attrgetter("id")))
            examine(topics[key], independent)
    return topics


def is_open_to_doubt(claims: list[Claim], independent: Collection[str]) -> bool:
    """More than one source says more than one thing."""
    if len({claim.card_id for claim in claims}) == 1 and claims[0].card_id not in independent:
        return False
    return len({statement_of(claim) for claim in claims}) > 1


def examine(topic: Topic, independent: Collection[str]) -> None:
    """Compare what is said, once for each thing said, however many say it."""
    for one, two in sides_among(topic.claims, independent):
        if not one.may_oppose(two):
            continue
        verdict = compare_statements(one.statement, two.statement)
        if verdict.kind == "differ":
            both = [*one.opposed_by(two), *two.opposed_by(one)]
            topic.add(both, one.pair_with(two), verdict.reason)
        elif verdict.kind == "cannot_tell" and verdict.reason.code in UNCLEAR:
            topic.unclear.append((one.pair_with(two), verdict.reason))


@dataclass(slots=True)
class Side:
    """Everybody who says one thing: the claims by what they speak for."""

    statement: Statement
    by_source: dict[str, list[Claim]]

    def may_oppose(self, other: Side) -> bool:
        return len(self.by_source.keys() | other.by_source.keys()) > 1

    def opposed_by(self, other: Side) -> Iterator[Claim]:
        """The claims that have somebody else on the other side."""
        for source, claims in self.by_source.items():
            if len(other.by_source) > 1 or source not in other.by_source:
                yield from claims

    def pair_with(self, other: Side) -> Pair:
        """The oldest claims of two who may oppose each other."""
        for source, claims in self.by_source.items():
            for another, others in other.by_source.items():
                if source != another:
                    return claims[0], others[0]
        raise ValueError("one source does not oppose itself")


def sides_among(
    claims: Sequence[Claim], independent: Collection[str]
) -> Iterator[tuple[Side, Side]]:
    said: dict[Statement, Side] = {}
    for claim in claims:
        statement = statement_of(claim)
        side = said.setdefault(statement, Side(statement, {}))
        side.by_source.setdefault(source_of(claim, independent), []).append(claim)
    sides = list(said.values())
    yield from combinations(sides[:ALL_COMPARED], 2)
    for late in sides[ALL_COMPARED:]:
        for early in sides[:FIRST_FEW]:
            yield early, late


def by_what_they_say(claims: Sequence[Claim]) -> tuple[tuple[str, ...], ...]:
    """The claims' ids, those that surely say the same together, in the order they were said."""
    sides: list[tuple[Statement, list[str]]] = []
    for claim in claims:
        said = statement_of(claim)
        for first, ids in sides[:ALL_COMPARED]:
            if first is said or compare_statements(first, said).kind == "agree":
                ids.append(claim.id)
                break
        else:
            sides.append((said, [claim.id]))
    return tuple(tuple(ids) for _, ids in sides)


def all_agree(claims: Sequence[Claim], independent: Collection[str]) -> bool:
    """Whether nobody here surely or possibly says anything else than another."""
    return all(
        compare_statements(one.statement, two.statement).kind == "agree"
        for one, two in sides_among(claims, independent)
        if one.may_oppose(two)
    )
