"""The outbox: at least once, under one id, until someone says it is delivered."""

from itertools import product

import pytest

from tests.cast import AT
from tests.commands.refusing import later
from workspace.actors import coordinator
from workspace.commands.runs import fail_run
from workspace.models import Delivery, DeliveryTry
from workspace.outbox import CLAIM_FOR, claim, due_ids, log_call, mark

LAPSED = CLAIM_FOR.total_seconds()


@pytest.fixture
def owed(run) -> Delivery:
    return Delivery.objects.get(run=run)


def marked(delivery, state, at=AT, again_at=None):
    mark(
        delivery, state=state, outcome={"code": state}, status=503, took_ms=9, at=at,
        again_at=again_at,
    )  # fmt: skip
    delivery.refresh_from_db()
    return delivery


def fail(run):
    rule = coordinator(rule="lease")
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=rule, at=AT)


def test_a_due_delivery_is_claimed_by_one(owed):
    assert due_ids(AT) == [owed.id]
    assert claim(owed.id, at=AT).tries == 1
    assert claim(owed.id, at=AT) is None
    assert due_ids(AT) == []


def test_a_claim_that_lapses_makes_it_due_again_under_the_same_id(owed):
    claim(owed.id, at=AT)
    assert due_ids(later(LAPSED - 1)) == []
    assert due_ids(later(LAPSED)) == [owed.id]
    again = claim(owed.id, at=later(LAPSED))
    assert (again.id, again.tries) == (owed.id, 2)


def test_nothing_is_claimed_before_its_time(owed):
    marked(claim(owed.id, at=AT), "due", again_at=later(5))
    assert claim(owed.id, at=later(4)) is None
    assert claim(owed.id, at=later(5)).id == owed.id


DAY = 86_400


def test_a_clock_that_was_set_back_holds_nothing_up(run, owed):
    """Made, claimed and put off a day ahead of what the clock says now."""
    assert due_ids(later(-DAY)) == [owed.id]
    claim(owed.id, at=AT)
    assert claim(owed.id, at=later(-DAY)) is not None  # a claim that reaches too far is none
    Delivery.objects.filter(id=owed.id).update(created_at=later(-2 * DAY))
    marked(claim(owed.id, at=later(DAY)), "due", at=AT, again_at=later(5))
    assert due_ids(later(-DAY)) == [owed.id]
    assert claim(owed.id, at=later(-DAY)).id == owed.id


def test_who_read_the_clock_a_moment_before_does_not_send_what_another_is_sending(owed):
    """Jobs run side by side, each with its own reading: nothing was set back."""
    moment_before = later(-0.01)
    claim(owed.id, at=AT)
    assert claim(owed.id, at=moment_before) is None


def test_what_is_put_off_is_not_tried_at_once_by_who_read_the_clock_before(owed):
    marked(claim(owed.id, at=AT), "due", at=later(0.2), again_at=later(5))
    assert claim(owed.id, at=later(0.1)) is None
    assert claim(owed.id, at=later(5)) is not None


def test_what_was_delivered_is_not_sent_again(owed):
    marked(claim(owed.id, at=AT), "delivered")
    assert claim(owed.id, at=later(9999)) is None
    assert due_ids(later(9999)) == []


def test_what_was_withdrawn_while_it_was_sent_is_not_sent_again(run, owed):
    sending = claim(owed.id, at=AT)
    fail(run)
    assert marked(sending, "due", again_at=later(1)).state == "cancelled"
    assert owed.id not in due_ids(later(9999))


def test_a_run_that_ends_withdraws_its_assignment_and_tells_its_agent(run, owed):
    fail(run)
    found = Delivery.objects.order_by("inbox_seq").values_list("type", "state", "inbox_seq")
    assert list(found) == [("card.assigned", "cancelled", 1), ("card.cancelled", "due", 2)]


def test_every_try_is_in_the_log(owed, agent):
    marked(claim(owed.id, at=AT), "due", again_at=later(1))
    marked(claim(owed.id, at=later(1)), "delivered")
    log_call(
        workspace_id=agent.workspace_id, agent_id=agent.id, run_id=owed.run_id, type="events",
        status=200, took_ms=4, at=later(2),
    )  # fmt: skip
    found = DeliveryTry.objects.order_by("at").values_list("way", "n", "outcome__code")
    assert list(found) == [("out", 1, "due"), ("out", 2, "delivered"), ("in", 1, "answered")]


def test_no_credential_is_kept_in_a_delivery(owed):
    kept = str(Delivery.objects.values().get(id=owed.id))
    assert not any(prefix in kept for prefix in ("rt_", "lse_", "whsec_"))


AROUND = [later(seconds) for seconds in (-DAY, -LAPSED, -0.01, 0, 0.01, LAPSED, 2 * LAPSED, DAY)]


@pytest.mark.parametrize("state", ["due", "sending", "delivered"])
@pytest.mark.parametrize("tried_at", [None, later(1), later(DAY)])
def test_one_is_claimed_exactly_where_it_is_found_due(owed, state, tried_at):
    if tried_at is not None:
        DeliveryTry.objects.create(
            workspace_id=owed.workspace_id, agent_id=owed.agent_id, delivery=owed, at=tried_at
        )  # fmt: skip
    for due_at, created_at, claimed_until in product(
        [None, *AROUND], AROUND[::2], [None, *AROUND, later(3 * LAPSED)]
    ):
        facts = {"due_at": due_at, "created_at": created_at, "claimed_until": claimed_until}
        Delivery.objects.filter(id=owed.id).update(state=state, **facts)
        is_found = due_ids(AT) == [owed.id]
        assert (claim(owed.id, at=AT) is not None) == is_found, facts
