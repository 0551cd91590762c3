"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

from agents.doors.retries import read_retry_after, wait_before_next

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def waits(kind, chance=0.5):
    found, tries = [], 1
    while (wait := wait_before_next(kind, tries, chance=chance)) is not None:
        found.append(wait.total_seconds())
        tries += 1
    return found


def test_work_is_tried_for_about_thirteen_minutes_and_then_given_up():
    assert waits("card.assigned") == [5, 30, 120, 600]


def test_news_is_tried_for_days():
    assert sum(waits("question.answered")) > 3 * 86_400 - 1


def test_a_ping_and_a_challenge_are_tried_once():
    assert waits("ping") == waits("agent.verify") == []


def test_chance_moves_a_wait_by_a_fifth_at_most():
    low = wait_before_next("card.assigned", 4, chance=0.0)
    high = wait_before_next("card.assigned", 4, chance=0.999999)
    assert timedelta(seconds=480) == low < high < timedelta(seconds=720.01)


def test_a_servers_wish_lengthens_the_wait_up_to_fifteen_minutes():
    def wait(asked):
        return wait_before_next("card.assigned", 1, chance=0.5, retry_after=asked)

    assert wait(60) == timedelta(seconds=60)
    assert wait(1) == timedelta(seconds=5)
    assert wait(999_999) == timedelta(seconds=900)


def test_retry_after_is_read_in_both_forms():
    assert read_retry_after("120", now=NOW) == 120
    assert read_retry_after("Tue, 24 Nov 2026 09:01:00 GMT", now=NOW) == 60
    assert read_retry_after("Tue, 24 Nov 2026 08:00:00 GMT", now=NOW) == 0


def test_a_retry_after_that_says_nothing_is_ignored():
    for text in (None, "", "soon", "-5", "1.5", "٣", "9" * 30, "Tue, 99 Nov"):
        assert read_retry_after(text, now=NOW) is None
