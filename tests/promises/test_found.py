"""What the simulator has found, each as a plain story of its own."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.promises.watching import Watcher
from workspace.actors import By, coordinator
from workspace.commands.agents import revoke_agent
from workspace.commands.runs import offer_run
from workspace.commands.starting import assign_card
from workspace.events import RunProgressed
from workspace.record import record
from workspace.reports import Progress, Question
from workspace.verify import verify

RULE = coordinator(rule="story")


@pytest.mark.django_db
def test_a_card_that_waits_for_one_run_says_why_after_another_has_handed_in():
    room = cast.a_room(cast.an_owner())
    agents = [cast.an_agent(room, name) for name in ("One", "Two")]
    card = cast.a_card(room, independent_runs=2)
    watcher = Watcher(room.id)
    asks, hands_in = (
        offer_run(
            run_id=assign_card(
                card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={}, slot=slot, by=RULE,
                at=AT,
            ).id,
            by=RULE, at=AT,
        )
        for slot, agent in enumerate(agents, start=1)
    )  # fmt: skip
    cast.says(asks, Question(ref="q", message_md="Which?"))
    cast.says(hands_in, cast.a_result())
    watcher.look(AT)
    card.refresh_from_db()
    assert (card.status, card.reason["code"]) == ("waiting", "asked")


@pytest.fixture
def revoked(db):
    """An agent that said something at noon; then the clock was set back, and it was revoked."""
    room = cast.a_room(cast.an_owner())
    agent = cast.an_agent(room)
    run = cast.a_run(cast.a_card(room), agent)
    cast.says(run, Progress(step="Look."), at=AT + timedelta(minutes=5))
    revoke_agent(agent_id=agent.id, by=By(agent.owner_id), at=AT)
    return run


def test_what_an_agent_said_before_a_clock_was_set_back_is_not_later_than_its_end(revoked):
    assert verify(AT) == []


@pytest.mark.parametrize("minutes", [-10, 10])
def test_what_it_says_after_its_end_is_found_whatever_the_clock_says(revoked, minutes):
    said = RunProgressed(run_id=revoked.id, card_id=revoked.card_id, steps=2, percent=None, note="")
    at = AT + timedelta(minutes=minutes)
    record(revoked.room, said, by=By(revoked.agent_id), at=at)
    found = {breach.promise for breach in verify(AT)}
    assert "I12" in found
