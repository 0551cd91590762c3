"""What the simulator has found, each as a plain story of its own."""

import pytest

from tests import cast
from tests.cast import AT
from tests.promises.watching import Watcher
from workspace.actors import coordinator
from workspace.commands.runs import assign_card, offer_run
from workspace.reports import Question

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
