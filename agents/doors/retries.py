"""When a delivery is tried again, as pure functions of what happened so far."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

# For work: an order that is days old does harm, so it ends after about thirteen minutes.
WORK_SCHEDULE: tuple[float, ...] = (0, 5, 30, 120, 600)
# For news about a run that is still alive: the outbox stops earlier when the run is over.
NEWS_SCHEDULE: tuple[float, ...] = (
    0,
    5,
    300,
    1800,
    7200,
    18_000,
    36_000,
    50_400,
    72_000,
    86_400,
)
LONGEST_RETRY_AFTER = 900.0
JITTER = 0.2


def schedule_of(event_type: str) -> tuple[float, ...]:
    if event_type == "card.assigned":
        return WORK_SCHEDULE
    if event_type in ("ping", "agent.verify"):
        return (0.0,)
    return NEWS_SCHEDULE


def wait_before_next(
    event_type: str, tries: int, *, chance: float, retry_after: float | None = None
) -> timedelta | None:
    """How long to wait after `tries` failed tries, or None when enough were made.

    `chance` in [0, 1) moves the wait within ±20 %; the server's own Retry-After can only lengthen
    it, and by no more than 15 minutes.
    """
    schedule = schedule_of(event_type)
    if tries >= len(schedule):
        return None
    wait = schedule[tries] * (1 - JITTER + 2 * JITTER * chance)
    asked = min(retry_after or 0.0, LONGEST_RETRY_AFTER)
    return timedelta(seconds=max(wait, asked))


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds named by a Retry-After header, in either of its forms; None if it says nothing."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
