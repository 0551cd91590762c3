"""Somebody who holds an older board and only hears events: they must see what is fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agents.simulator.checking import Checking
from workspace.fold import Board, empty_board, fold
from workspace.models import Event, Room
from workspace.queries import board_facts
from workspace.verify import verify


class Watcher:
    """Follows one room from its first event.

    With `checking`, what a look repeats is what may have changed; whoever gives it sees to it that
    everything is checked in the end.
    """

    def __init__(self, room_id: str, checking: Checking | None = None) -> None:
        self.room_id = room_id
        self.checking = checking
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
        if self.checking is not None:
            assert self.checking.look([self.room_id], now) == []
        elif news:
            assert verify(now) == []
        return [kind for kind, _version, _data in news]
