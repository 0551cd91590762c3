"""Home: what needs a person across rooms, and what was settled without them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import Ask, Card, Conflict, Dependency, Event, Person, Room, Run
from workspace.queries import asks_open, reviews_waiting
from workspace.shown.cards import ask_note
from workspace.shown.conflicts import value_text
from workspace.shown.held import conflicts_to_rule, waiting_for
from workspace.shown.reviews import ReviewRow, queue_of
from workspace.shown.who import People, Who, coordinator_shown
from workspace.shown.words import failure_word

SETTLED = 6
MINUTES_TO_RULE = 3


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for this person. `title` may be in someone else's words."""

    kind: str  # conflict | ask | permission | choice | handoff | review | triage
    glyph: str
    title: str
    more: str
    url: str
    button: str
    who: Who | None
    about: str
    blocks: int
    at: datetime
    minutes: int = 0
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class NeedsOfRoom:
    room_id: str
    name: str
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    rooms: tuple[NeedsOfRoom, ...]
    blocked: int
    minutes: int

    @property
    def count(self) -> int:
        return sum(len(room.needs) for room in self.rooms)


def needs_of(person: Person) -> Needs:
    """Everything that waits for this person, by room; a constant number of queries."""
    queue = queue_of(person)
    found: dict[str, list[Need]] = {}
    names: dict[str, str] = {}
    ruled = rulings_wanted(person)
    for one in ruled:
        names[one.room_id] = one.room
        found.setdefault(one.room_id, []).append(one.need)
    asks = list(asks_open(person))
    blocks = _blocks([ask.card_id for ask in asks if ask.card_id])
    for ask in asks:
        names[ask.room_id] = ask.room.name
        found.setdefault(ask.room_id, []).append(
            ask_need(ask, len(blocks.get(ask.card_id or "", ())))
        )
    for row in queue.rows:
        names[row.room_id] = row.room
        found.setdefault(row.room_id, []).append(_review_need(row))
    for card in _triage(person):
        names[card.room_id] = card.room.name
        found.setdefault(card.room_id, []).append(_triage_need(card))
    rooms = tuple(NeedsOfRoom(id, names[id], tuple(needs)) for id, needs in found.items())
    distinct = set().union(*blocks.values(), *(one.waiting for one in ruled))
    minutes = queue.minutes + 2 * len(asks) + MINUTES_TO_RULE * len(ruled)
    return Needs(rooms, queue.blocked + len(distinct), minutes)


@dataclass(frozen=True, slots=True)
class RulingWanted:
    """An open conflict that this person may rule on, and the cards that wait for it."""

    room_id: str
    room: str
    need: Need
    waiting: frozenset[str]


def rulings_wanted(person: Person) -> tuple[RulingWanted, ...]:
    rows = conflicts_to_rule(person)
    by_room: dict[str, list[Conflict]] = {}
    for row in rows:
        by_room.setdefault(row.room_id, []).append(row)
    waiting: dict[str, list[Card]] = {}
    for room_id, mine in by_room.items():
        waiting |= waiting_for(mine, room_id)
    return tuple(_ruling_wanted(row, waiting[row.id]) for row in rows)


def _ruling_wanted(row: Conflict, held: list[Card]) -> RulingWanted:
    values = list(dict.fromkeys(
        f"{value_text(one)} {one.get('unit') or ''}".strip() for one in row.heard
    ))  # fmt: skip
    more = " · ".join(values[:3])
    need = Need(
        "conflict", "conflict", _("Two sides on “%(subject)s”") % {"subject": row.subject}, more,
        f"/rooms/{row.room_id}/conflicts#conflict-{row.id}", _("Rule"), None, _("conflict"),
        len(held), row.opened_at, MINUTES_TO_RULE,
    )  # fmt: skip
    return RulingWanted(row.room_id, row.room.name, need, frozenset(card.id for card in held))


def _blocks(card_ids: list[str]) -> dict[str, set[str]]:
    rows = Dependency.objects.filter(needs_id__in=card_ids).exclude(
        card__status__in=["done", "cancelled"]
    )
    found: dict[str, set[str]] = {}
    for needs_id, card_id in rows.values_list("needs_id", "card_id"):
        found.setdefault(needs_id, set()).add(card_id)
    return found


def ask_need(ask: Ask, blocks: int) -> Need:
    note = ask_note(ask)
    who = People([], [ask.run.agent]).get(ask.run.agent_id) if ask.run and ask.run.agent else None
    about = f"#{ask.card.number} {ask.card.title}" if ask.card else ""
    if ask.kind == "handoff":
        return Need(
            "handoff", "failed",
            _("Handed over: %(title)s") % {"title": ask.card.title if ask.card else ""}, note.text,
            f"/rooms/{ask.room_id}/cards/{ask.card_id}", _("See what was tried"),
            coordinator_shown(), about, blocks, ask.opened_at,
        )  # fmt: skip
    if ask.kind == "choice":
        return Need(
            "choice", "waiting", sentences.choice(ask.body), "", f"/asks#ask-{ask.id}",
            _("Choose"), coordinator_shown(), about, blocks, ask.opened_at,
        )  # fmt: skip
    name = who.name if who else _("A worker")
    title = note.quote or " ".join(part for part in (note.text, note.code) if part)
    return Need(
        ask.kind, "waiting", _("%(who)s asks: %(title)s") % {"who": name, "title": title}, "",
        f"/asks#ask-{ask.id}", _("Look") if ask.kind == "permission" else _("Answer"), who, about,
        blocks, ask.opened_at,
    )  # fmt: skip


def _review_need(row: ReviewRow) -> Need:
    return Need(
        "review", "submitted", row.title, f"v{row.version}", f"/reviews/{row.id}", _("Review"),
        row.who, f"#{row.number}", row.blocks, row.at, row.minutes, row.is_new,
    )  # fmt: skip


def _triage(person: Person) -> list[Card]:
    mine = Card.objects.filter(
        status="triage", room__members__person=person, room__archived_at=None,
        room__members__role__in=["owner", "reviewer", "contributor"],
    )  # fmt: skip
    return list(mine.select_related("room").order_by("created_at")[:50])


def _triage_need(card: Card) -> Need:
    return Need(
        "triage", "triage", card.title, "", f"/rooms/{card.room_id}/cards/{card.id}", _("Sort"),
        None, f"#{card.number}", 0, card.created_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """Something the coordinator dealt with by itself."""

    glyph: str
    title: str
    text: str
    room: str
    url: str
    at: datetime


def settled_for(person: Person, rooms: list[Room]) -> tuple[Settled, ...]:
    """The failures of late that the coordinator answered by giving the card to someone else."""
    names = {room.id: room.name for room in rooms}
    failed = Event.objects.filter(stream_id__in=list(names), type="run.failed")
    events = list(failed.order_by("-at")[:SETTLED])
    cards = {
        card.id: card for card in Card.objects.filter(id__in=[e.data["card_id"] for e in events])
    }
    again = {
        (event.data["card_id"], event.at): event
        for event in Event.objects.filter(
            stream_id__in=list(names), type="run.queued",
            data__card_id__in=list(cards),
        ).order_by("at")
    }  # fmt: skip
    people = People.of_workspace(rooms[0].workspace_id) if rooms else People([], [])
    workers = _workers([event.data["run_id"] for event in events])
    found = []
    for event in events:
        card = cards.get(event.data["card_id"])
        taken = next(
            (one for (id, at), one in again.items() if card and id == card.id and at >= event.at),
            None,
        )
        if card is None or taken is None:
            continue
        title = _("%(who)s on “%(card)s”: %(kind)s.") % {
            "who": people.name(workers.get(event.data["run_id"])), "card": card.title,
            "kind": failure_word(event.data["failure"]),
        }  # fmt: skip
        text = _("%(who)s took over.") % {"who": people.name(taken.data["worker"])}
        url = f"/rooms/{card.room_id}/cards/{card.id}"
        found.append(Settled("changes_requested", title, text, names[card.room_id], url, event.at))
    return tuple(found)


def _workers(run_ids: list[str]) -> dict[str, str]:
    rows = Run.objects.filter(id__in=run_ids).values_list("id", "agent_id", "person_id")
    return {id: agent or person or "" for id, agent, person in rows}


def nav_counts(person: Person) -> dict[str, int]:
    """How many verdicts and answers wait for this person."""
    reviews = reviews_waiting(person).values("card_id").distinct().order_by().count()
    asks = asks_open(person).count() + len(conflicts_to_rule(person))
    return {"reviews": reviews, "asks": asks}
