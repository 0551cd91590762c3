"""Who owns the next action on a card (I1): a worker, named people, or the coordinator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F

from workspace.models import Ask, Budget, Card, Deliverable, Dependency, Member, Room, Run
from workspace.policy import may_in_room
from workspace.spending import EVER
from workspace.transitions import LIVE_RUN, OPEN_CARD

# What a live run's worker does next, by the run's state.
OF_RUN = {"queued": "answer", "offered": "answer", "cancelling": "stop"}
OF_ASK = {"permission": "decide_permission", "handoff": "decide_how_to_go_on", "choice": "choose"}
# Of several that block a card, the slowest kind is named first: people, then agents.
SLOWEST_FIRST = ("people", "person", "agent", "coordinator")


@dataclass(frozen=True, slots=True)
class Owner:
    """Of the next action: who (`ids` of agents or people), what, and on which other cards."""

    kind: str  # agent | person | people | coordinator
    what: str
    ids: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()


COORDINATOR_ASSIGNS = Owner("coordinator", "assign")


@dataclass(slots=True)
class Rows:
    """The facts that say who owns a card, for every open card of some rooms."""

    cards: dict[str, Card] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)  # unmet ones only
    runs: dict[str, list[Run]] = field(default_factory=dict)  # live ones only
    asks: dict[str, list[Ask]] = field(default_factory=dict)  # open and blocking
    members: dict[str, list[Member]] = field(default_factory=dict)
    over: frozenset[str] = frozenset()  # rooms and cards whose budget is used up for good

    def holders(self, room_id: str, permission: str) -> tuple[str, ...]:
        """The people of a room who hold a permission there."""
        found = self.members.get(room_id, [])
        return tuple(sorted(m.person_id for m in found if may_in_room(m.role, permission)))


def next_owners(cards: Sequence[Card]) -> dict[str, Owner | None]:
    """Per card who owns its next action, None for closed ones; as many queries for one as for all.

    The cards' `room` is read: select it with them.
    """
    rows = rows_of({card.room_id for card in cards})
    rows.cards.update({card.id: card for card in cards})
    return {card.id: owner_of(card, rows) for card in cards}


def rows_of(room_ids: Iterable[str]) -> Rows:
    rooms = list(room_ids)
    rows = Rows()
    cards = Card.objects.filter(room__in=rooms, status__in=OPEN_CARD).select_related("room")
    for card in cards.only("room_id", "status", "given_to_person_id", "room__id", "room__paused"):
        rows.cards[card.id] = card
    runs = Run.objects.filter(room__in=rooms, state__in=LIVE_RUN).order_by("slot")
    for run in runs.only("card_id", "state", "agent_id", "person_id"):
        rows.runs.setdefault(run.card_id, []).append(run)
    asks = Ask.objects.filter(room__in=rooms, state="open", blocking=True, card__isnull=False)
    for ask in asks.order_by("opened_at", "id").only("card_id", "kind"):
        rows.asks.setdefault(ask.card_id or "", []).append(ask)
    members = Member.objects.filter(room__in=rooms, person__is_active=True)
    for member in members.only("room_id", "person_id", "role"):
        rows.members.setdefault(member.room_id, []).append(member)
    rows.needs = _unmet(rooms)
    rows.over = _over(rooms, rows.cards)
    return rows


def _over(room_ids: list[str], card_ids: Iterable[str]) -> frozenset[str]:
    """What only a person gives more: a day's budget comes back by itself, at the next day."""
    used_up = Budget.objects.filter(period=EVER, cap__lte=F("spent") + F("reserved"))
    found = set(used_up.values_list("subject_id", flat=True))
    return frozenset(found.intersection([*room_ids, *card_ids]))


def _unmet(room_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    waiting = Dependency.objects.filter(card__room__in=room_ids, card__status__in=OPEN_CARD)
    versions = Deliverable.objects.filter(room__in=room_ids, state__in=["accepted", "submitted"])
    have: dict[str, set[str]] = {}
    for card_id, state in versions.values_list("card_id", "state"):
        have.setdefault(card_id, set()).add(state)
    for row in waiting.order_by("id"):
        if not have.get(row.needs_id, set()) & {"accepted", row.met_when}:
            found.setdefault(row.card_id, []).append(row.needs_id)
    return found


def owner_of(card: Card, rows: Rows) -> Owner | None:
    """Decided from rows alone; None once the card is done or cancelled."""
    if card.status not in OPEN_CARD:
        return None
    if card.status == "triage":
        return Owner("people", "sort", rows.holders(card.room_id, "card.sort"))
    if card.status == "review":
        return Owner("people", "review", rows.holders(card.room_id, "review.accept"))
    if asks := rows.asks.get(card.id):
        what = OF_ASK.get(asks[0].kind, "answer_question")
        return Owner("people", what, rows.holders(card.room_id, "ask.answer"))
    if runs := rows.runs.get(card.id):
        return _worker(runs)
    if card.status == "waiting":
        return Owner("people", "decide_how_to_go_on", rows.holders(card.room_id, "ask.answer"))
    return _blocked(card, rows) or _ready(card, card.room, rows)


def _worker(runs: list[Run]) -> Owner:
    people = tuple(run.person_id for run in runs if run.person_id)
    if people:
        return Owner("person", "submit", people)
    agents = tuple(run.agent_id for run in runs if run.agent_id)
    return Owner("agent", OF_RUN.get(runs[0].state, "report"), agents)


def _ready(card: Card, room: Room, rows: Rows) -> Owner:
    if card.given_to_person_id:
        return Owner("person", "take", (card.given_to_person_id,))
    if room.paused:
        return Owner("people", "resume_room", rows.holders(room.id, "room.pause"))
    if rows.over & {room.id, card.id}:
        return Owner("people", "raise_budget", rows.holders(room.id, "budget.set"))
    return COORDINATOR_ASSIGNS


def _blocked(card: Card, rows: Rows) -> Owner | None:
    """A blocked card is owned by its blockers' owners, however deep; None if nothing blocks it."""
    if not rows.needs.get(card.id):
        return None
    found: dict[Owner, list[str]] = {}
    for root in _roots(card, rows):
        owner = owner_of(rows.cards[root], rows) if root in rows.cards else None
        if owner is not None:
            found.setdefault(owner, []).append(root)
    if not found:
        # What it waits for was cancelled or rolled back: somebody has to edit the card.
        return Owner("people", "unblock", rows.holders(card.room_id, "card.edit"))
    owner = min(found, key=lambda one: SLOWEST_FIRST.index(one.kind))
    same = [one for one in found if (one.kind, one.what) == (owner.kind, owner.what)]
    ids = dict.fromkeys(id for one in same for id in one.ids)
    cards = sorted(card_id for one in same for card_id in found[one])
    return Owner(owner.kind, owner.what, tuple(ids), tuple(cards))


def _roots(card: Card, rows: Rows) -> list[str]:
    """The cards at the bottom of what this one waits for: those that wait for nothing more."""
    seen: dict[str, None] = {}
    waiting = list(rows.needs[card.id])
    while waiting:
        current = waiting.pop()
        if current not in seen and current != card.id:
            seen[current] = None
            waiting.extend(rows.needs.get(current, ()))
    return [card_id for card_id in seen if not rows.needs.get(card_id)]
