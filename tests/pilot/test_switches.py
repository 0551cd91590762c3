"""Rules that can be switched off: only in an installation of the pilot, and only in its rooms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from agents.coordinator.moves import Assign, FailRun, MarkStale
from agents.coordinator.plan import plan
from agents.pilot.installation import Installation
from agents.pilot.switches import rooms
from agents.pilot.switches.baselines import BASELINES
from agents.pilot.switches.looking import board_without, moves_without
from tests.coordinator.boards import NOON, a_board, a_card, a_run, a_seat, with_run

LONG_AGO = NOON - timedelta(days=1)


@pytest.fixture
def silent():
    """A run whose lease is over, on a board with somebody else to take its card."""
    run = a_run("working", last_sign_at=LONG_AGO)
    return a_board(with_run(run), seats=(a_seat("ada"), a_seat("bo")))


def kinds(moves):
    return [type(move) for move in moves]


def test_an_installation_knows_no_switches_unless_the_pilot_starts_it():
    assert not any("pilot" in app for app in settings.INSTALLED_APPS)


def test_what_an_operator_has_set_does_not_reach_the_pilots_installation(monkeypatch, tmp_path):
    for name in ("MUSTER_URL", "DATABASE_URL", "REDIS_URL", "PORT", "MUSTER_MODEL_API_KEY"):
        monkeypatch.setenv(name, "somebody's own")
    env = Installation(tmp_path, {"MUSTER_MODEL": "m"}).env
    assert "somebody's own" not in env.values()
    assert env["DJANGO_SETTINGS_MODULE"] == "agents.pilot.settings"
    assert (env["MUSTER_HOME"], env["MUSTER_MODEL"]) == (str(tmp_path), "m")


def test_only_rooms_that_are_named_do_without(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))
    assert rooms.off_in("room_1") == ""
    rooms.write(tmp_path, {"room_1": "lease"})
    assert (rooms.off_in("room_1"), rooms.off_in("room_2")) == ("lease", "")


def test_without_the_lease_silence_moves_nothing(silent):
    with_it = plan(silent).moves
    assert FailRun in kinds(with_it)
    assert not {FailRun, MarkStale} & set(kinds(moves_without("lease", with_it)))
    assert moves_without("", with_it) == with_it


def test_without_signs_of_life_the_time_since_the_offer_is_all_that_counts():
    board = a_board(with_run(a_run("working", last_sign_at=NOON, offered_at=LONG_AGO)))
    assert FailRun not in kinds(plan(board).moves)
    assert FailRun in kinds(plan(board_without("signs", board)).moves)


def test_without_rest_a_run_that_waits_for_people_stalls():
    run = a_run("waiting", last_sign_at=LONG_AGO, clock_rests=True)
    board = a_board(a_card(status="waiting", runs=(run,), has_open_ask=True))
    assert FailRun not in kinds(plan(board).moves)
    assert FailRun in kinds(plan(board_without("rests", board)).moves)


def test_round_robin_takes_turns_retries_and_stops_after_four_attempts(silent):
    first = BASELINES["round_robin"](silent)
    assert kinds(first.moves) == [FailRun]
    failed = replace(silent.cards[0].runs[0], state="failed", failure="stalled")
    freed = replace(silent.cards[0], status="ready", runs=(failed,), attempts=1)
    again = BASELINES["round_robin"](replace(silent, cards=(freed,)))
    assert [(one.agent_id, one.attempt) for one in again.moves] == [("agt_bo", 2)]
    spent = replace(freed, attempts=4)
    assert BASELINES["round_robin"](replace(silent, cards=(spent,))).moves == ()


def test_no_coordinator_gives_a_card_once_and_never_looks_again(silent):
    new = replace(silent.cards[0], status="ready", runs=(), attempts=0)
    assert kinds(BASELINES["none"](replace(silent, cards=(new,))).moves) == [Assign]
    assert BASELINES["none"](silent).moves == ()
    failed = replace(silent.cards[0].runs[0], state="failed", failure="error")
    freed = replace(silent.cards[0], status="ready", runs=(failed,), attempts=1)
    assert BASELINES["none"](replace(silent, cards=(freed,))).moves == ()
