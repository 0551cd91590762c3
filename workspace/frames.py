"""What the hub sends: fragments rendered once, the same for everybody who watches.

Each fragment is a part template of the pages, so a page and its updates cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils import timezone

from workspace.models import Conflict, Dependency, Event, Person, Room
from workspace.queries import asks_open, cards_after, head_seq, rooms_of
from workspace.shown.asks import asks_shown
from workspace.shown.cards import ShownCard, board_shown, cards_shown
from workspace.shown.conflicts import room_conflicts
from workspace.shown.events import timeline
from workspace.shown.held import waiting_for
from workspace.shown.home import nav_counts, needs_of, rulings_wanted
from workspace.shown.memory import memory_of
from workspace.shown.reviews import queue_of
from workspace.shown.rooms import agent_strip, room_head, room_rows
from workspace.shown.words import COLUMNS


@dataclass(frozen=True, slots=True)
class FreshBoard:
    """Everything a board shows, as of an event number."""

    seq: int
    content: str


def partial(target: str, swap: str, content: str = "") -> str:
    """One htmx partial: `content` goes to `target` by `swap`."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{content}</hx-partial>'


def fresh_board(room_id: str) -> FreshBoard:
    """The whole board; the number first, so that nothing in between is lost."""
    room = Room.objects.select_related("workspace").get(id=room_id)
    seq = head_seq(room_id)
    shown = board_shown(room)
    parts = [_head(room), _strip(room), _conflicts(room), _memory(room)]
    for column in shown:
        faces = "".join(_face(card) for card in column.cards)
        parts.append(partial(f"#column-{column.status}", "innerMorph", faces))
        parts.append(_count(column.status, column.count))
    return FreshBoard(seq, "".join(parts))


def room_frame(room_id: str, since: int) -> tuple[int, str]:
    """What changed after event `since`: the cards touched and their neighbours, counts,
    head, agents and timeline. Answers the number it reaches."""
    room = Room.objects.select_related("workspace").get(id=room_id)
    found = Event.objects.filter(stream_id=room_id, seq__gt=since).order_by("seq")
    events = list(found.only("seq", "type", "data"))
    if not events:
        return since, ""
    touched = _with_neighbours({e.data["card_id"] for e in events if e.data.get("card_id")})
    disputed = {e.data["conflict_id"] for e in events if e.type.startswith("conflict.")}
    touched |= _held_by(room, disputed)
    touched |= _waiting_for_budgets(room, [e for e in events if e.type in CHANGES_BUDGETS])
    # What builds on these says so, however far on.
    moved = {e.data["card_id"] for e in events if e.type in CHANGES_INPUTS}
    touched |= cards_after(room.id, moved) if moved else set()
    appeared = {e.data["card_id"] for e in events if e.type in APPEARS}
    shown = sorted(cards_shown(room, touched).values(), key=lambda card: card.number)
    parts = [_placed(card, card.id in appeared) for card in shown]
    parts.append(_strip(room))
    if any(event.type != "run.progressed" for event in events):
        parts += [*_counts(room), _head(room), _timeline(room, since)]
    if disputed or any(event.type in CHANGES_SIDES for event in events):
        parts.append(_conflicts(room))
    if any(event.type.startswith("fact.") for event in events):
        parts.append(_memory(room))
    return events[-1].seq, "".join(parts)


APPEARS = ("card.created", "card.reopened")
# What a conflict shows of its sides changes with the versions they were said in.
CHANGES_SIDES = (
    "deliverable.accepted", "deliverable.rejected", "deliverable.changes_requested",
    "deliverable.superseded", "deliverable.rolled_back", "card.created", "card.edited",
)  # fmt: skip


CHANGES_INPUTS = (
    "deliverable.accepted", "deliverable.superseded", "deliverable.rolled_back",
    "run.submitted", "run.inputs_changed", "card.confirmed",
)  # fmt: skip


def _held_by(room: Room, conflict_ids: set[str]) -> set[str]:
    """The cards that these conflicts are about, and those that waited or wait for a ruling."""
    rows = list(Conflict.objects.filter(room=room, id__in=conflict_ids))
    waiting = waiting_for(rows, room.id)
    about = {one["card_id"] for row in rows for one in row.heard}
    return about | {card.id for held in waiting.values() for card in held}


CHANGES_BUDGETS = ("budget.set", "budget.used_up")


def _waiting_for_budgets(room: Room, events: list[Event]) -> set[str]:
    """The cards whose next action a budget that changed or was used up may have moved."""
    subjects = {event.data["subject_id"] for event in events}
    ready = room.cards.filter(status="ready") if subjects else room.cards.none()
    ids = set(ready.values_list("id", flat=True))
    return ids if room.id in subjects else ids & subjects


def _conflicts(room: Room) -> str:
    facts = {"conflicts": room_conflicts(room), "room": room}
    html = render_to_string("parts/conflicts_list.html", facts)
    return partial("#conflicts-list", "outerMorph", html)


def _memory(room: Room) -> str:
    facts = {"memory": memory_of(room), "room": room}
    return partial("#facts-list", "outerMorph", render_to_string("parts/facts_list.html", facts))


def _with_neighbours(ids: set[str]) -> set[str]:
    """Cards that wait for these or that these wait for say so on their faces."""
    near = Dependency.objects.filter(Q(card_id__in=ids) | Q(needs_id__in=ids))
    return ids | {id for pair in near.values_list("card_id", "needs_id") for id in pair}


def _placed(card: ShownCard, is_new: bool) -> str:
    """Morphed where it stands (the page's script takes it to its column), or appended."""
    if card.status not in COLUMNS:
        return partial(f"#card-{card.id}", "delete")
    if is_new:
        gone = partial(f"#card-{card.id}", "delete")
        return gone + partial(f"#column-{card.status}", "beforeend", _face(card))
    return partial(f"#card-{card.id}", "outerMorph", _face(card))


def _face(card: ShownCard) -> str:
    return render_to_string("parts/card_face.html", {"card": card})


def _counts(room: Room) -> list[str]:
    have = dict(room.cards.values_list("status").annotate(n=Count("id")))
    return [_count(status, have.get(status, 0)) for status in COLUMNS]


def _count(status: str, count: int) -> str:
    html = render_to_string("parts/column_count.html", {"status": status, "count": count})
    return partial(f"#count-{status}", "outerMorph", html)


def _head(room: Room) -> str:
    html = render_to_string(
        "parts/room_head.html", {"head": room_head(room, timezone.now()), "room": room}
    )
    return partial("#room-head", "outerMorph", html)


def _strip(room: Room) -> str:
    html = render_to_string("parts/agent_strip.html", {"strip": agent_strip(room), "room": room})
    return partial("#agent-strip", "outerMorph", html)


def _timeline(room: Room, since: int) -> str:
    told = timeline(room, after=since)
    rows = render_to_string("parts/timeline_rows.html", {"timeline": told, "room": room})
    return partial("#timeline", "afterbegin", rows)


def fresh_nav(person_id: str) -> str:
    """How much waits for this person, for the bar on every page."""
    return _nav(Person.objects.get(id=person_id))


def _nav(person: Person) -> str:
    html = render_to_string("parts/nav_counts.html", {"nav_counts": nav_counts(person)})
    return partial("#nav-counts", "outerMorph", html)


def fresh_home(person_id: str) -> str:
    """A person's own pages: what needs them, rooms, review queue, asks; each page takes its own."""
    person = Person.objects.get(id=person_id)
    rooms = list(rooms_of(person))
    mine: dict[str, tuple[str, dict[str, Any]]] = {
        "#home-needs": ("parts/needs.html", {"needs": needs_of(person)}),
        "#home-rooms": ("parts/rooms.html", {"rooms": room_rows(rooms)}),
        "#review-list": ("parts/review_list.html", {"queue": queue_of(person)}),
        "#asks-list": (
            "parts/asks_list.html",
            {"asks": asks_shown(asks_open(person), person), "rulings": rulings_wanted(person)},
        ),
    }
    parts = [
        partial(target, "outerMorph", render_to_string(template, facts))
        for target, (template, facts) in mine.items()
    ]
    return _nav(person) + "".join(parts)
