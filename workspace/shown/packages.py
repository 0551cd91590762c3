"""Whether a room's accepted parts can be put together, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass

from workspace.commands.packages import PACKAGE
from workspace.models import Room

UNDER_WAY = ("wanted", "asking", "answered")


@dataclass(frozen=True, slots=True)
class Packing:
    """`parts`: accepted parts; `is_whole`: no card is open; `card_id`: of the package, if any."""

    parts: int = 0
    is_whole: bool = False
    under_way: bool = False
    held_by: str = ""  # an open conflict
    card_id: str = ""
    card_status: str = ""

    @property
    def is_offered(self) -> bool:
        """Everything is done and nobody has put it together yet."""
        return self.is_whole and not self.under_way and not self.card_id


def packing(room: Room) -> Packing:
    cards = list(room.cards.exclude(status="cancelled").only("id", "status", "labels"))
    package = next((card for card in cards if PACKAGE in card.labels), None)
    parts = [card for card in cards if card is not package]
    done = sum(card.status == "done" for card in parts)
    conflict = room.conflicts.filter(status="open").values_list("id", flat=True).first()
    composing = room.judgements.filter(kind="compose", state__in=UNDER_WAY).exists()
    return Packing(
        parts=done, is_whole=bool(parts) and done == len(parts), under_way=composing,
        held_by=conflict or "", card_id=package.id if package else "",
        card_status=package.status if package else "",
    )  # fmt: skip
