"""Back-off and giving up, with times as data."""

from workspace.up.restarts import Restarts


def delays(deaths_after: list[float]) -> list[float | None]:
    """The waits a part is given that lives so long after each start."""
    restarts, now, waits = Restarts(), 0.0, []
    for life in deaths_after:
        restarts.started(now)
        now += life
        start_at = restarts.next_start(now)
        waits.append(None if start_at is None else start_at - now)
        now = start_at or now
    return waits


def test_the_wait_doubles_up_to_ten_seconds() -> None:
    assert delays([12.0] * 7) == [0.5, 1, 2, 4, 8, 10, 10]


def test_half_a_minute_of_health_makes_the_wait_short_again() -> None:
    assert delays([12, 12, 30, 1]) == [0.5, 1, 0.5, 1]


def test_the_sixth_start_within_a_minute_is_the_last() -> None:
    assert delays([0.0] * 6) == [0.5, 1, 2, 4, 8, None]


def test_six_starts_over_more_than_a_minute_are_no_reason_to_give_up() -> None:
    assert None not in delays([9.0] * 20)
