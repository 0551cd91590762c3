"""Somebody who holds an older board and only hears events: they must see what is fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workspace.fold import Board, empty_board, fold
from workspace.models import Event, Room
from workspace.queries import board_facts
from workspace.verify import verify


class Watcher:
    """Follows one room from its first event."""

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.seq = 0
        self.board: Board = empty_board()

    def fetched(self) -> Board:
        return board_facts(Room.objects.get(id=self.room_id))

    def news(self) -> list[tuple[str, int, dict[str, Any]]]:
        found = Event.objects.filter(stream_id=self.room_id, seq__gt=self.seq).order_by("seq")
        return list(found.values_list("type", "version", "data"))

    def look(self, now: datetime) -> list[str]:
        """Old board + events == board now, and no promise is broken; what happened meanwhile."""
        news = self.news()
        self.board = fold(self.board, news)
        self.seq += len(news)
        assert self.board == self.fetched()
        if news:
            assert verify(now) == []
        return [kind for kind, _version, _data in news]
