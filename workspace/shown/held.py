"""What open conflicts hold up: the cards that build on disputed claims, however far on."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import ngettext

from workspace.models import Card, Conflict, Dependency, Member, Person, Room
from workspace.policy import may_in_room


def conflicts_block(conflicts: int, cards: int) -> str:
    """`1 conflict blocks 3 cards`, each counted rightly; empty without a conflict."""
    if not conflicts:
        return ""
    if not cards:
        line = ngettext(
            "%(n)s conflict waits for a ruling", "%(n)s conflicts wait for a ruling", conflicts
        )
        return line % {"n": conflicts}
    blocked = ngettext("%(n)s card", "%(n)s cards", cards) % {"n": cards}
    line = ngettext("%(n)s conflict blocks %(cards)s", "%(n)s conflicts block %(cards)s", conflicts)
    return line % {"n": conflicts, "cards": blocked}


def waiting_for(rows: list[Conflict], room_id: str) -> dict[str, list[Card]]:
    """Per conflict the open cards that build on a card of one of its claims, however far on."""
    if not rows:
        return {}
    onwards = _onwards(room_id)
    cards = {card.id: card for card in Card.objects.filter(room_id=room_id)}
    found: dict[str, list[Card]] = {}
    for row in rows:
        reached: set[str] = set()
        waiting = [one["card_id"] for one in row.heard]
        while waiting:
            for further in onwards.get(waiting.pop(), ()):
                if further not in reached:
                    reached.add(further)
                    waiting.append(further)
        held = [cards[id] for id in reached if cards[id].status not in ("done", "cancelled")]
        found[row.id] = sorted(held, key=lambda card: card.number)
    return found


def _onwards(room_id: str) -> dict[str, set[str]]:
    """Per card what builds on it: the cards that need it, and the one it is a part of."""
    found: dict[str, set[str]] = {}
    needs = Dependency.objects.filter(card__room_id=room_id).values_list("needs_id", "card_id")
    parts = Card.objects.filter(room_id=room_id, parent__isnull=False)
    for below, above in [*needs, *parts.values_list("id", "parent_id")]:
        if above is not None:
            found.setdefault(below, set()).add(above)
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A card's part in an open conflict: it waits for the ruling, or makes one of the claims."""

    conflict_id: str
    subject: str
    is_own: bool


def held_cards(room: Room) -> dict[str, tuple[Held, ...]]:
    """Per card the open conflicts it waits for or is a part of; one query where there is none."""
    rows = list(Conflict.objects.filter(room=room, status="open").order_by("opened_at", "id"))
    waiting = waiting_for(rows, room.id)
    found: dict[str, list[Held]] = {}
    for row in rows:
        own = {one["card_id"] for one in row.heard}
        for card_id in own:
            found.setdefault(card_id, []).append(Held(row.id, row.subject, True))
        for card in waiting[row.id]:
            if card.id not in own:
                found.setdefault(card.id, []).append(Held(row.id, row.subject, False))
    return {card_id: tuple(held) for card_id, held in found.items()}


def open_line(room: Room) -> str:
    """`1 conflict blocks 3 cards`, or nothing."""
    rows = list(Conflict.objects.filter(room=room, status="open"))
    waiting = waiting_for(rows, room.id)
    return conflicts_block(len(rows), len({card.id for held in waiting.values() for card in held}))


def conflicts_to_rule(person: Person) -> list[Conflict]:
    """Open conflicts in rooms where this person may rule, oldest first."""
    mine = Member.objects.filter(person=person, room__archived_at=None)
    rooms = [row.room_id for row in mine if may_in_room(row.role, "conflict.rule")]
    found = Conflict.objects.filter(room__in=rooms, status="open").select_related("room")
    return list(found.order_by("opened_at", "id"))
