"""Try a call again when trying again can help."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

Answer = TypeVar("Answer")


class TemporaryFailure(Exception):
    """The call failed in a way that may be over in a moment."""


@dataclass(frozen=True)
class Retry:
    """How often a call is tried, and how long the pauses between the tries are."""

    attempts: int = 3  # tries
    first_delay: float = 0.2  # seconds
    factor: float = 2.0
    longest_delay: float = 5.0  # seconds
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def pause_before(self, attempt: int) -> float:
        """Seconds to wait before this try; the first one has none."""
        if attempt <= 1:
            return 0.0
        # The exponent is 0 for the second try, so its pause is first_delay itself.
        return min(self.first_delay * self.factor ** (attempt - 2), self.longest_delay)

    def call(self, once: Callable[[], Answer]) -> Answer:
        """Return what `once` returns, or raise the failure of its last try."""
        failure = TemporaryFailure("never tried")
        for attempt in range(1, self.attempts):
            pause = self.pause_before(attempt)
            if pause:
                self.sleep(pause)
            try:
                return once()
            except TemporaryFailure as error:
                # Kept beyond the block: Python forgets the name `error` at its end.
                failure = error
        raise failure
