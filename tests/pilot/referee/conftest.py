"""Plays that more than one test looks at."""

from typing import Any

import pytest

from tests.pilot.referee.played import Play
from workspace.reports import Accepted, Activity, ClaimMade, Progress, SourceNamed

TEN = ClaimMade("c1", "default timeout", 10, "s", "It is ten.")
SOURCE = SourceNamed({"url": "https://docs.example/timeouts"}, ("c1",))


@pytest.fixture
def play(db: None) -> Play:
    return Play()


@pytest.fixture
def plain(play: Play) -> dict[str, Any]:
    """One card, given, worked on in steps, handed in, sent back once and accepted."""
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(2)
    play.call("Ann", run, Accepted(), Progress(step="reading"))
    play.log("Ann", "did", run_id=run.id, card_id=run.card_id, step="read")
    play.later(2)
    play.call("Ann", run, Activity("action", "Counted"), Progress(step="writing"))
    play.later(2)
    first = play.hand_in("Ann", run, "one\ntwo\nthree\n", claims=(TEN,), sources=(SOURCE,))
    assert first is not None
    play.later(5)
    play.send_back(first)
    run = play.give("facts", "Ann", round=2)
    play.later(2)
    second = play.hand_in("Ann", run, "one\nTWO\nthree\n", claims=(TEN,), sources=(SOURCE,))
    assert second is not None
    play.bases[second.id] = play.files[first.id]
    play.later(5)
    play.accept(second)
    return play.record()
