"""Pages kept in memory for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

DEFAULT_TTL = 60  # seconds


class Cache(Generic[Kept]):
    """Keep the newest values by key; forget what is too old or too much."""

    def __init__(
        self,
        max_entries: int = 128,  # pages
        ttl: float = DEFAULT_TTL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_entries < 1:
            raise ValueError("max_entries must be at least 1")
        self.max_entries = max_entries
        self.ttl = ttl
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Kept | None:
        """Return the kept value, or None when there is none young enough."""
        if key not in self._kept:
            return None
        stored_at, value = self._kept[key]
        if self._clock() - stored_at >= self.ttl:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return value

    def put(self, key: str, value: Kept) -> None:
        """Keep the value, and let the one unused the longest go if there are too many."""
        self._kept[key] = (self._clock(), value)
        self._kept.move_to_end(key)
        while len(self._kept) > self.max_entries:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
