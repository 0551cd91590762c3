"""Hints that are given again in a moment."""

import queue
import threading
import time
from datetime import timedelta

import pytest

from agents.waking import Waker

SOON = timedelta(milliseconds=30)


def test_what_is_put_off_is_said_in_the_order_of_its_time_and_not_before():
    said: queue.Queue[tuple[str, float]] = queue.Queue()
    waker = Waker(lambda name: said.put((name, time.monotonic())))
    began = time.monotonic()
    waker.wake("later", 4 * SOON)
    waker.wake("soon", SOON)
    found = [said.get(timeout=5) for _ in range(2)]
    assert [name for name, _ in found] == ["soon", "later"]
    assert found[0][1] - began >= SOON.total_seconds()
    assert found[1][1] - began >= 4 * SOON.total_seconds()


def test_a_name_waits_once_however_often_it_is_put_off_and_again_after_it_was_said():
    said: queue.Queue[str] = queue.Queue()
    waker = Waker(said.put)
    for _ in range(20):
        waker.wake("room", SOON)
    assert said.get(timeout=5) == "room"
    waker.wake("room", SOON)
    assert said.get(timeout=5) == "room"
    time.sleep(3 * SOON.total_seconds())
    assert said.empty()


def test_any_number_of_names_is_kept_by_one_thread():
    said: queue.Queue[str] = queue.Queue()
    waker = Waker(said.put)
    before = threading.active_count()
    for n in range(200):
        waker.wake(str(n), SOON)
    assert {said.get(timeout=5) for _ in range(200)} == {str(n) for n in range(200)}
    assert threading.active_count() <= before + 1


def test_a_name_is_known_to_be_said_until_it_was():
    said: queue.Queue[str] = queue.Queue()
    waker = Waker(said.put)
    assert not waker.is_waiting("room")
    waker.wake("room", SOON)
    assert waker.is_waiting("room") and not waker.is_waiting("another")
    assert said.get(timeout=5) == "room"
    assert not waker.is_waiting("room")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_name_whose_thread_died_is_not_counted_on():
    """Whoever asks looks itself, and the next name that is put off starts another thread."""
    said: queue.Queue[str] = queue.Queue()

    def say(name: str) -> None:
        if name == "bad":
            raise SystemExit
        said.put(name)

    waker = Waker(say)
    waker.wake("bad", SOON)
    waker.wake("room", 2 * SOON)
    deadline = time.monotonic() + 5
    while waker.is_waiting("room") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not waker.is_waiting("room")
    waker.wake("later", SOON)
    assert {said.get(timeout=5) for _ in range(2)} == {"room", "later"}
