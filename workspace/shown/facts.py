"""The rows behind a board, fetched by a constant number of queries however many cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q

from workspace.models import Ask, Card, Claim, Deliverable, Dependency, Review, Room, Run
from workspace.ownership import Owner, next_owners
from workspace.queries import built_on_changed
from workspace.shown.held import Held, held_cards
from workspace.shown.who import People, Who, person_shown

ATTEMPTS = 4
ROUNDS = 3


@dataclass(slots=True)
class BoardFacts:
    """A room's cards, or some of them, with everything their faces say."""

    room: Room
    people: People
    cards: list[Card]
    others: dict[str, Card] = field(default_factory=dict)  # that these cards wait for or block
    needs: dict[str, list[Dependency]] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)
    runs: dict[str, list[Run]] = field(default_factory=dict)  # oldest first
    versions: dict[str, list[Deliverable]] = field(default_factory=dict)  # oldest first
    asks: dict[str, list[Ask]] = field(default_factory=dict)
    accepted_by: dict[str, Who] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    children: dict[str, tuple[int, int]] = field(default_factory=dict)  # done, all
    owners: dict[str, Owner | None] = field(default_factory=dict)
    held: dict[str, tuple[Held, ...]] = field(default_factory=dict)  # by open conflicts
    changed: dict[str, list[Card]] = field(default_factory=dict)  # that these cards build on

    def card(self, id: str) -> Card:
        return self.others[id]

    def open_needs(self, card: Card) -> list[Card]:
        """The cards whose deliverables this one still waits for, by number."""
        found = []
        for row in self.needs.get(card.id, []):
            states = {version.state for version in self.versions.get(row.needs_id, [])}
            if not states & {"accepted", row.met_when}:
                found.append(self.others[row.needs_id])
        return sorted(found, key=lambda needed: needed.number)

    def still_blocks(self, card: Card) -> list[Card]:
        """The open cards that wait for this one."""
        if card.status == "done":
            return []
        found = [self.others[id] for id in self.blocks.get(card.id, [])]
        return sorted(
            (one for one in found if one.status not in ("done", "cancelled")),
            key=lambda one: one.number,
        )


def board_facts(room: Room, ids: Iterable[str] | None = None) -> BoardFacts:
    """All cards of a room's board, or those of `ids`; the number of queries is the same."""
    wanted = Card.objects.filter(room=room)
    if ids is not None:
        wanted = wanted.filter(id__in=list(ids))
    cards = list(
        wanted.select_related("room", "given_to_agent", "given_to_person").order_by("number")
    )
    facts = BoardFacts(room=room, people=People.of(room), cards=cards)
    near = Q(card__room=room)
    if ids is not None:
        own = [card.id for card in cards]
        near &= Q(card_id__in=own) | Q(needs_id__in=own)
    _dependencies(facts, near)
    _work(facts)
    facts.owners = next_owners(cards)
    facts.held = held_cards(room)
    _roots(facts)
    _changed(facts)
    return facts


def _dependencies(facts: BoardFacts, near: Q) -> None:
    needs, blocks = defaultdict(list), defaultdict(list)
    facts.others = {card.id: card for card in facts.cards}
    for row in Dependency.objects.filter(near).select_related("card", "needs"):
        needs[row.card_id].append(row)
        blocks[row.needs_id].append(row.card_id)
        facts.others.setdefault(row.card_id, row.card)
        facts.others.setdefault(row.needs_id, row.needs)
    facts.needs, facts.blocks = dict(needs), dict(blocks)


def _work(facts: BoardFacts) -> None:
    ids = list(facts.others)
    runs, versions, asks = defaultdict(list), defaultdict(list), defaultdict(list)
    for run in Run.objects.filter(card_id__in=ids).order_by("fence"):
        runs[run.card_id].append(run)
    for version in (
        Deliverable.objects.filter(card_id__in=ids).defer("manifest").order_by("version")
    ):
        versions[version.card_id].append(version)
    for ask in Ask.objects.filter(card_id__in=ids, state="open").order_by("opened_at"):
        asks[ask.card_id or ""].append(ask)
    facts.runs, facts.versions, facts.asks = dict(runs), dict(versions), dict(asks)
    accepted = Review.objects.filter(
        deliverable__card_id__in=ids, deliverable__state="accepted", verdict="accept",
        undone_at=None,
    )  # fmt: skip
    for review in accepted.select_related("person").order_by("at"):
        facts.accepted_by[review.deliverable_id] = person_shown(review.person)
    claims = Claim.objects.filter(deliverable__card_id__in=ids).values("deliverable_id")
    facts.claims = {row["deliverable_id"]: row["n"] for row in claims.annotate(n=Count("id"))}
    children = (
        Card.objects.filter(parent_id__in=ids).exclude(status="cancelled").values("parent_id")
    )
    for row in children.annotate(n=Count("id"), done=Count("id", filter=Q(status="done"))):
        facts.children[row["parent_id"]] = (row["done"], row["n"])


def _changed(facts: BoardFacts) -> None:
    """What cards build on, however far back, and that is not any more what it was."""
    found = built_on_changed(facts.room.id)
    wanted = {id for ids in found.values() for id in ids}
    cards = Card.objects.filter(id__in=wanted).order_by("number") if wanted else []
    for card_id, ids in found.items():
        facts.changed[card_id] = [card for card in cards if card.id in ids]


def _roots(facts: BoardFacts) -> None:
    """The cards that owners are named for may lie deeper than the next dependency."""
    named = {id for owner in facts.owners.values() if owner for id in owner.cards}
    for card in Card.objects.filter(id__in=named - facts.others.keys()):
        facts.others[card.id] = card
