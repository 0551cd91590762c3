"""Conversations are kept call by call: by who holds them, under the fence, as one write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests import cast
from tests.cast import AT
from workspace.commands.exchanges import close_exchange, exchanged, keep_turns
from workspace.commands.talks import hold_talks, leave_talk, open_talk, renew_talks
from workspace.fold import empty_board, fold
from workspace.models import Event, Exchange, Room, Run, Talk
from workspace.queries import board_facts
from workspace.reports import Activity, Exchanged, Inline, Progress, Turn
from workspace.verify import verify

LATER = AT + timedelta(seconds=5)
UNTIL = AT + timedelta(seconds=20)


@pytest.fixture
def room(db: None) -> Room:
    return cast.a_room(cast.an_owner())


def a_held_run(room: Room, title: str = "A card") -> Run:
    agent = cast.an_agent(room, title.replace(" ", "-"), max_concurrency=5)
    run = cast.a_run(cast.a_card(room, title), agent)
    open_talk(run_id=run.id, facts={}, due_at=AT, at=AT)
    door = Talk.objects.get(run=run).door
    hold_talks(door=door, holder="h1", most=10, until=UNTIL, at=AT)
    return run


def a_call(n: int = 1, state: str = "begun", **more: Any) -> Exchanged:
    return Exchanged(n=n, kind="model", state=state, begun_at=AT, **more)


def a_turn(run: Run, *calls: Exchanged, **more: Any) -> Turn:
    fields = {"fence": run.fence, "holder": "h1", **more}
    return Turn(run_id=run.id, exchanges=calls or (a_call(),), **fields)


def kept(room: Room, *turns: Turn) -> dict[str, str]:
    refused = keep_turns(room_id=room.id, turns=turns, at=LATER)
    return {run_id: why.code for run_id, why in refused.items()}


def test_a_call_is_written_as_begun_and_then_as_what_it_became(room: Room) -> None:
    run = a_held_run(room)
    assert kept(room, a_turn(run)) == {}
    done = replace(
        a_call(), state="done", said={"text": "ä"}, prompt_tokens=7, cost_usd=0.25, tries=2,
        done_at=LATER,
    )  # fmt: skip
    steps = (Activity("thought", "Hm"), Progress(percent=40, step="Half"))
    assert kept(room, a_turn(run, done, a_call(2), steps=steps, cost_usd=0.25)) == {}
    first, second = Exchange.objects.order_by("n")
    assert exchanged(first) == done
    assert (second.state, second.tries) == ("begun", 1)
    run.refresh_from_db()
    assert (run.state, run.percent, run.steps_count) == ("working", 40, 2)
    assert (run.last_sign_at, float(run.cost_usd or 0)) == (LATER, 0.25)
    assert [step.title for step in run.steps.order_by("n")] == ["Hm", "Half"]
    assert verify(LATER) == []


def test_many_runs_are_kept_together_and_told_one_by_one(room: Room) -> None:
    runs = [a_held_run(room, f"Card {n}") for n in range(3)]
    steps = (Activity("thought", "Hm"),)
    assert kept(room, *(a_turn(run, steps=steps) for run in runs)) == {}
    told = Event.objects.filter(stream_id=room.id, type="run.progressed")
    assert {event.data["run_id"] for event in told} == {run.id for run in runs}
    events = Event.objects.filter(stream_id=room.id).order_by("seq")
    facts = [(event.type, event.version, event.data) for event in events]
    assert fold(empty_board(), facts) == board_facts(room)
    assert verify(LATER) == []


def test_one_that_is_refused_keeps_nobody_else_from_it(room: Room) -> None:
    good, stale, other = (a_held_run(room, f"Card {n}") for n in range(3))
    refused = kept(
        room, a_turn(good), a_turn(stale, fence=stale.fence + 1), a_turn(other, holder="h2")
    )
    assert refused == {stale.id: "lease_lost", other.id: "talk_taken"}
    assert [row.run_id for row in Exchange.objects.all()] == [good.id]
    logged = Event.objects.filter(type="run.write_refused")
    assert [event.data["run_id"] for event in logged] == [stale.id]


def test_a_run_that_is_over_takes_nothing_more(room: Room) -> None:
    run = a_held_run(room)
    cast.a_submission(run)
    assert kept(room, a_turn(run)) == {run.id: "lease_lost"}
    assert not Exchange.objects.exists()


def test_a_stale_run_is_revived_by_what_happens_in_it(room: Room) -> None:
    from workspace.commands.runs import mark_stale

    run = a_held_run(room)
    kept(room, a_turn(run))
    mark_stale(run_id=run.id, by=cast.coordinator(rule="silent"), at=AT + timedelta(hours=1))
    assert keep_turns(room_id=room.id, turns=[a_turn(run)], at=AT + timedelta(hours=1)) == {}
    run.refresh_from_db()
    assert run.state == "working"


def test_files_are_kept_as_the_runs_artifacts(room: Room) -> None:
    run = a_held_run(room)
    kept(room, a_turn(run, files=(Inline("a.md", "text/markdown", b"A"),)))
    assert [artifact.name for artifact in run.artifacts.all()] == ["a.md"]


def test_the_call_that_ends_a_run_is_closed_with_it(room: Room) -> None:
    run = a_held_run(room)
    kept(room, a_turn(run))
    close_exchange(run_id=run.id, n=1, at=LATER)
    assert Exchange.objects.get().state == "done"


def test_a_conversation_is_taken_by_one_until_its_claim_is_over(room: Room) -> None:
    run = a_held_run(room)
    door = Talk.objects.get(run=run).door

    def taken(holder: str, at: Any) -> list[str]:
        until = at + timedelta(seconds=20)
        found = hold_talks(door=door, holder=holder, most=10, until=until, at=at)
        return [talk.run_id for talk in found]

    assert taken("h2", LATER) == []
    renew_talks(run_ids=[run.id], holder="h2", until=UNTIL + timedelta(hours=1))
    assert taken("h2", UNTIL) == [run.id]
    renew_talks(run_ids=[run.id], holder="h1", until=UNTIL + timedelta(hours=1))
    assert Talk.objects.get(run=run).claimed_until == UNTIL + timedelta(seconds=20)


def test_who_has_lost_a_conversation_cannot_give_it_back(room: Room) -> None:
    talk = Talk.objects.get(run=a_held_run(room))
    leave_talk(talk_id=talk.id, due_at=None, holder="h2")
    talk.refresh_from_db()
    assert (talk.holder, talk.due_at) == ("h1", AT)
    leave_talk(talk_id=talk.id, due_at=None, holder="h1")
    talk.refresh_from_db()
    assert (talk.holder, talk.due_at, talk.claimed_until) == ("", None, None)
