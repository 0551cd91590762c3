"""When a part that died is started again, and when no longer. Knows no clock."""

from collections import deque
from dataclasses import dataclass, field

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
HEALTHY_AFTER = 30.0
MOST_STARTS = 6
WITHIN = 60.0


@dataclass
class Restarts:
    """The recent starts of one part, at times its caller gives."""

    starts: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_STARTS))
    delay: float = FIRST_DELAY

    def started(self, at: float) -> None:
        self.starts.append(at)

    def next_start(self, died_at: float) -> float | None:
        """When to start the part again; None when it died too often to go on."""
        if self.starts and died_at - self.starts[-1] >= HEALTHY_AFTER:
            self.delay = FIRST_DELAY
        if len(self.starts) == MOST_STARTS and died_at - self.starts[0] < WITHIN:
            return None
        wait, self.delay = self.delay, min(self.delay * 2, LONGEST_DELAY)
        return died_at + wait
