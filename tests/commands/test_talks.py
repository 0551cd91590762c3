"""Conversations that doors keep of runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.commands.refusing import later
from workspace.commands.talks import (
    claim_talk,
    due_doors,
    due_talks,
    leave_talk,
    look_now,
    open_talk,
)
from workspace.commands.ticks import due_work
from workspace.models import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    room = cast.a_room(cast.an_owner())
    return cast.a_run(cast.a_card(room), cast.an_agent(room))


def opened(run, seconds=0, **facts):
    return open_talk(run_id=run.id, facts=facts, due_at=later(seconds), at=cast.AT)


def claimed(talk, seconds=0):
    at = later(seconds)
    return claim_talk(talk_id=talk.id, until=at + timedelta(seconds=30), at=at)


def test_a_conversation_is_due_at_its_time_and_the_sweep_hints_at_its_door(run):
    talk = opened(run, 5, task="t1")
    assert not due_doors(later(4))
    assert list(due_talks(later(5), "webhook")) == [talk]
    assert not due_talks(later(5), "a2a").exists()
    assert due_work(later(5))["look"] == {"webhook": None}


def test_it_is_claimed_by_one_and_free_again_after_its_time(run):
    talk = opened(run)
    assert claimed(talk) == talk
    assert claimed(talk, 1) is None
    assert claimed(talk, 31) == talk


def test_what_is_known_is_added_to(run):
    talk = opened(run, task="t1")
    claimed(talk)
    leave_talk(talk_id=talk.id, due_at=later(9), facts={"state": "working"}, missed=True)
    again = opened(run, 3, context="c1")
    assert again.facts == {"task": "t1", "state": "working", "context": "c1"}
    assert (again.looks, again.misses, again.due_at) == (1, 0, later(3))


def test_who_asks_for_a_look_during_one_gets_another(run):
    talk = claimed(opened(run))
    assert look_now(run_id=run.id, at=later(1))
    leave_talk(talk_id=talk.id, due_at=later(60), seen_due=talk.due_at)
    assert Talk.objects.get().due_at == later(1)
    talk = claimed(talk, 2)
    leave_talk(talk_id=talk.id, due_at=later(60), seen_due=talk.due_at)
    assert Talk.objects.get().due_at == later(60)


def test_one_that_is_over_is_never_due_again(run):
    talk = claimed(opened(run))
    leave_talk(talk_id=talk.id, due_at=None)
    assert not due_doors(later(10_000))


def test_a_run_that_is_over_begins_none_and_is_not_looked_at_now(run):
    cast.a_submission(run)
    assert opened(run).due_at is None
    assert not look_now(run_id=run.id, at=cast.AT)


def test_a_clock_set_back_holds_none_up(run):
    talk = opened(run, 7200)
    assert list(due_talks(cast.AT, "webhook")) == [talk]
