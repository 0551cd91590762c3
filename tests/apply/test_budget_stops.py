"""Work that a budget stopped: held or given on, and gone on with once there is more.

Everything the coordinator does here, it does by looking, planning and acting.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from agents.apply import apply
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.refusing import later
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.commands.cards import give_card
from workspace.commands.choices import choose
from workspace.commands.reviews import open_deliverable, request_changes
from workspace.models import Agent, Ask, Card, Judgement, Room, Run
from workspace.reports import Activity
from workspace.transitions import LIVE_RUN
from workspace.verify import verify

TURNS = 10


@pytest.fixture(autouse=True)
def promises_hold(db: None) -> Any:
    yield
    assert verify(later(60)) == []


def look(room: Room, at: datetime = AT) -> None:
    """Look and act until nothing more happens."""
    for _ in range(TURNS):
        board = observe(room.id, at)
        assert board is not None
        moves = plan(board).moves
        if len(apply(moves, board, at)) == len(moves):
            return
    raise AssertionError("it never comes to rest")


def steps(run: Run, count: int, at: datetime = AT) -> None:
    for n in range(count):
        cast.says(run, Activity(kind="action", title=f"Step {run.id} {n}"), at=at)


def cap(room: Room, by: By, subject_id: str, steps: int, at: datetime = AT) -> None:
    set_budget(
        room_id=room.id, subject_id=subject_id, what="steps", period="ever", cap=steps, by=by,
        at=at,
    )  # fmt: skip


def live(card: Card) -> Run:
    return card.runs.get(state__in=LIVE_RUN)


def runs(card: Card) -> list[tuple[str, str, int]]:
    """Who had it, how it stands, as which attempt; oldest first."""
    found = card.runs.order_by("fence").select_related("agent")
    return [(run.agent.name, run.failure or run.state, run.attempt) for run in found if run.agent]


def stop(room: Room, card: Card, subject_id: str, by: By) -> Run:
    """A run of the card that a budget of two steps stopped."""
    cap(room, by, subject_id, 2)
    look(room)
    run = live(card)
    steps(run, 3)
    look(room)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "over_budget")
    return run


def raise_it(by: By) -> None:
    ask = Ask.objects.get(state="open")
    assert ask.body["code"] == "budget_used_up"
    choose(ask_id=ask.id, choice="raise_by_half", by=by, at=later(1))


@pytest.mark.parametrize("of", ["room", "card"])
def test_the_same_agent_goes_on_in_the_same_attempt_once_the_budget_is_raised(
    room: Room, card: Card, agent: Agent, by: By, of: str
) -> None:
    stop(room, card, {"room": room.id, "card": card.id}[of], by)
    card.refresh_from_db()
    assert card.status == "ready"
    assert not Judgement.objects.filter(kind="diagnose").exists()
    look(room, later(1))
    assert card.runs.count() == 1 and Ask.objects.filter(state="open").count() == 1
    raise_it(by)
    look(room, later(1))
    card.refresh_from_db()
    assert card.status == "working" and card.attempts == 1
    assert runs(card) == [("Tracer", "over_budget", 1), ("Tracer", "queued", 1)]
    assert not Ask.objects.filter(state="open").exists()


def test_work_at_the_limit_of_attempts_goes_on_too(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    Card.objects.filter(id=card.id).update(attempts=3)
    stop(room, card, room.id, by)
    raise_it(by)
    look(room, later(1))
    assert live(card).attempt == 4
    assert not Ask.objects.filter(kind="handoff").exists()


def test_one_cap_of_a_room_with_many_runs_asks_once_and_hands_nothing_over(
    room: Room, by: By
) -> None:
    cards = [cast.a_card(room, f"Part {n}") for n in range(4)]
    for n in range(4):
        cast.an_agent(room, f"Agent {n}", max_concurrency=1)
    cap(room, by, room.id, 4)
    look(room)
    for card in cards:
        steps(live(card), 1)
    look(room)
    assert not Run.objects.filter(state__in=LIVE_RUN).exists()
    assert Ask.objects.get().body["code"] == "budget_used_up"
    cap(room, by, room.id, 100, later(1))
    look(room, later(1))
    assert Run.objects.filter(state__in=LIVE_RUN).count() == 4


def test_where_only_the_agent_is_over_another_gets_the_card_now(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    give_card(card_id=card.id, to=agent.id, by=by, at=AT)
    cast.an_agent(room, "Other")
    stop(room, card, agent.id, by)
    assert runs(card) == [("Tracer", "over_budget", 1), ("Other", "queued", 1)]


def test_where_nobody_else_can_the_hand_off_is_taken_back_when_the_agent_may_again(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    stop(room, card, agent.id, by)
    card.refresh_from_db()
    assert card.status == "waiting"
    cap(room, by, agent.id, 100, later(1))
    look(room, later(1))
    assert runs(card) == [("Tracer", "over_budget", 1), ("Tracer", "queued", 1)]
    assert not Ask.objects.filter(state="open").exists()


def test_left_at_that_the_card_stays_where_it_is(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    stop(room, card, card.id, by)
    ask = Ask.objects.get(state="open")
    choose(ask_id=ask.id, choice="stay_stopped", by=by, at=later(1))
    look(room, later(1))
    card.refresh_from_db()
    assert (card.status, card.runs.count()) == ("ready", 1)
    assert not Ask.objects.filter(state="open").exists()


def test_a_round_of_changes_that_was_cut_off_is_gone_on_with_as_that_round(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    look(room)
    version = cast.a_submission(live(card))
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    request_changes(deliverable_id=version.id, reason="More.", by=by, at=AT)
    stop(room, card, room.id, by)
    raise_it(by)
    look(room, later(1))
    run = live(card)
    assert (run.attempt, run.round, run.feedback) == (1, 2, "More.")
