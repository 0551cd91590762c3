"""Claims that may disagree: raised once, confirmed into a conflict or set aside by a person."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, SUBJECT, a_version, disagree, two_sides
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By
from workspace.commands.conflicts import rule_conflict, withdraw_conflict
from workspace.commands.doubts import confirm_doubt, doubt_claims, set_doubt_aside
from workspace.commands.reviews import reject_deliverable
from workspace.models import Claim, Conflict, Event
from workspace.queries import conflicts_before
from workspace.verify import verify

WHY = {"code": "unit_missing", "params": {"a": "10", "b": "30 s"}}


@pytest.fixture
def sides(room):
    return two_sides(room)


def in_doubt(room, *claims, key=SUBJECT, at=AT):
    ids = [claim.id for claim in claims]
    return doubt_claims(room_id=room.id, key=key, claim_ids=ids, reason=WHY, by=RULE, at=at)


@pytest.fixture
def doubt(room, sides):
    return in_doubt(room, *sides)


def types():
    return list(
        Event.objects.filter(type__startswith="conflict.")
        .order_by("seq")
        .values_list("type", flat=True)
    )


def test_a_doubt_keeps_both_sides_and_holds_nobody_up(room, doubt, sides):
    assert (doubt.status, doubt.reason, [one["value"] for one in doubt.heard]) == (
        "doubted", WHY, [10, 30],
    )  # fmt: skip
    on_it = cast.a_card(room, "On it", depends_on=[side.deliverable.card for side in sides])
    assert conflicts_before(on_it) == []
    assert set(Claim.objects.values_list("conflict_id", flat=True)) == {None}
    assert types() == ["conflict.doubted"]


def test_a_subject_is_in_doubt_once_and_not_while_it_is_in_conflict(room, doubt, sides):
    with refused("stale_move", state="heard_already"):
        in_doubt(room, *sides)
    disagree(room, *two_sides(room, 1, 2), key="retries")
    with refused("stale_move", state="heard_already"):
        in_doubt(room, *sides, key="retries")


def test_one_claim_alone_or_of_a_rejected_version_is_in_no_doubt(room, sides, by):
    with refused("stale_move", state="claims_gone"):
        in_doubt(room, sides[0])
    reject_deliverable(deliverable_id=sides[1].deliverable_id, reason="No.", by=by, at=AT)
    with refused("stale_move", state="claims_gone"):
        in_doubt(room, *sides)


def test_a_person_who_sees_that_they_disagree_opens_the_conflict(room, doubt, sides, by):
    on_it = cast.a_card(room, "On it", depends_on=[side.deliverable.card for side in sides])
    opened = confirm_doubt(conflict_id=doubt.id, by=by, at=later(5))
    assert (opened.id, opened.status, opened.reason["code"]) == (
        doubt.id, "open", "person_told_apart",
    )  # fmt: skip
    assert conflicts_before(on_it) == [doubt.id]
    assert set(Claim.objects.values_list("conflict_id", flat=True)) == {doubt.id}
    assert types() == ["conflict.doubted", "conflict.opened"]
    rule_conflict(conflict_id=doubt.id, value=20, reason="So.", by=by, at=later(9))
    assert verify(AT) == []


def test_what_is_confirmed_joins_a_conflict_that_was_opened_meanwhile(room, doubt, by):
    open_now = disagree(room, *two_sides(room, 1, 2))
    joined = confirm_doubt(conflict_id=doubt.id, by=by, at=AT)
    assert (joined.id, len(joined.heard)) == (open_now.id, 4)
    assert Conflict.objects.get(id=doubt.id).status == "dropped"
    assert verify(AT) == []


def test_what_is_in_that_conflict_already_only_ends_the_doubt(room, doubt, sides, by):
    open_now = disagree(room, *sides)
    assert len(confirm_doubt(conflict_id=doubt.id, by=by, at=AT).heard) == len(open_now.heard)
    assert Conflict.objects.get(id=doubt.id).status == "dropped"


def test_a_doubt_about_a_version_that_is_gone_is_not_confirmed(doubt, sides, by):
    reject_deliverable(deliverable_id=sides[0].deliverable_id, reason="No.", by=by, at=AT)
    with refused("claims_gone"):
        confirm_doubt(conflict_id=doubt.id, by=by, at=AT)


def test_a_person_sets_a_doubt_aside_and_it_is_remembered_who_did(doubt, by, owner):
    aside = set_doubt_aside(conflict_id=doubt.id, by=by, at=AT)
    assert (aside.status, aside.ruled_by_id) == ("set_aside", owner.id)
    assert types() == ["conflict.doubted", "conflict.set_aside"]
    for again in (confirm_doubt, set_doubt_aside):
        with refused("illegal_move", state="set_aside"):
            again(conflict_id=doubt.id, by=by, at=AT)
    assert verify(AT) == []


def test_a_doubt_is_not_ruled_and_a_conflict_is_not_set_aside(room, doubt, by):
    with refused("illegal_move", state="doubted", move="rule"):
        rule_conflict(conflict_id=doubt.id, value=20, reason="So.", by=by, at=AT)
    conflict = disagree(room, *two_sides(room, 1, 2), key="retries")
    with refused("illegal_move", state="open", move="set_aside"):
        set_doubt_aside(conflict_id=conflict.id, by=by, at=AT)


def test_the_coordinator_takes_a_doubt_back(doubt):
    assert withdraw_conflict(conflict_id=doubt.id, by=RULE, at=AT).status == "dropped"


@pytest.mark.parametrize("settle", [confirm_doubt, set_doubt_aside])
@pytest.mark.parametrize("role", ["contributor", "observer"])
def test_only_who_may_judge_settles_a_doubt(room, doubt, settle, role):
    with refused("not_allowed", permission="conflict.settle_doubt"):
        settle(conflict_id=doubt.id, by=By(cast.a_member(room, role).id), at=AT)


@pytest.mark.parametrize("settle", [confirm_doubt, set_doubt_aside])
@pytest.mark.parametrize("who", ["agent", "coordinator", "system"])
def test_neither_agent_nor_coordinator_nor_system_settles_a_doubt(doubt, agent, settle, who):
    by = {"agent": By(agent.id), "coordinator": RULE, "system": SYSTEM}[who]
    with refused("not_allowed", permission="conflict.settle_doubt"):
        settle(conflict_id=doubt.id, by=by, at=AT)
    assert Conflict.objects.get().status == "doubted"


# --- against a ruling ----------------------------------------------------------------------


def test_one_claim_is_enough_against_a_ruling_of_the_same_subject(room, sides, by):
    ruled = disagree(room, *sides)
    rule_conflict(conflict_id=ruled.id, claim_id=sides[0].id, reason="So.", by=by, at=AT)
    late = a_version(cast.a_card(room, "Late"), cast.an_agent(room, "Late"), 30).claims.get()
    with refused("stale_move", state="claims_gone"):
        disagree(room, late)
    opened = disagree(room, late, against=ruled.id)
    assert (opened.status, [one["claim_id"] for one in opened.heard]) == ("open", [late.id])
    with refused("stale_move", state="claims_gone"):
        disagree(room, late, key="retries", against=ruled.id)
