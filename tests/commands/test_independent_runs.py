"""Cards that several agents do apart from one another: slots, rounds, verdicts, ends."""

import pytest

from agents.coordinator.assignment import dispatch
from agents.coordinator.moves import Assign
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, hands_in
from tests.commands.refusing import refused
from workspace.commands.asks import answer_ask
from workspace.commands.cards import cancel_card, take_card
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    reject_deliverable,
    request_changes,
    submit_as_person,
)
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Ask, Card, Deliverable, Run
from workspace.ownership import next_owners
from workspace.reports import Declined, Question
from workspace.transitions import LIVE_RUN
from workspace.verify import verify


@pytest.fixture(autouse=True)
def promises_hold(db):
    """Whatever happens, no promise is broken afterwards."""
    yield
    assert verify(AT) == []


@pytest.fixture
def agents(room):
    return [cast.an_agent(room, name) for name in ("Ada", "Bo", "Cy")]


@pytest.fixture
def card(room) -> Card:
    return cast.a_card(room, independent_runs=3)


@pytest.fixture
def three(card, agents) -> list[Run]:
    """Three agents at work on the one card."""
    return [assign(card, agent, slot) for slot, agent in enumerate(agents, start=1)]


def assign(card, agent, slot=1, attempt=1, round=1):
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=attempt, round=round, why={}, slot=slot,
        by=RULE, at=AT,
    )  # fmt: skip


def fail(run):
    return fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)


def status(card):
    return Card.objects.get(id=card.id).status


def states(*versions):
    return [Deliverable.objects.get(id=version.id).state for version in versions]


def live(card):
    return sorted(card.runs.filter(state__in=LIVE_RUN).values_list("slot", flat=True))


def accept(version, by):
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    accept_deliverable(deliverable_id=version.id, sha256=version.sha256, by=by, at=AT)


def changes(version, by):
    request_changes(deliverable_id=version.id, reason="Name the line.", by=by, at=AT)


def reject(version, by):
    reject_deliverable(deliverable_id=version.id, reason="No.", by=by, at=AT)


# --- given -------------------------------------------------------------------------------


def test_each_slot_has_one_live_run(card, three, agents):
    assert (live(card), status(card)) == ([1, 2, 3], "working")
    assert [run.fence for run in three] == [1, 2, 3]
    with refused("card_not_free", state="working"):
        assign(card, agents[0], slot=2)


@pytest.mark.parametrize("slot", [0, -1, 4, 99])
def test_there_is_no_other_slot(card, agents, slot):
    with refused("card_not_free"):
        assign(card, agents[0], slot=slot)


def test_a_card_for_one_has_one_slot(room, agents):
    card = cast.a_card(room)
    assign(card, agents[0])
    with refused("card_not_free", state="working"):
        assign(card, agents[1], slot=2)
    with refused("card_not_free", state="working"):
        assign(card, agents[1])


@pytest.mark.parametrize("wanted", [0, -1, 6, 10_000])
def test_as_many_as_five_do_a_card_apart(room, wanted):
    with refused("too_many_independent", most=5):
        cast.a_card(room, independent_runs=wanted)


# --- handed in ---------------------------------------------------------------------------


def test_the_card_waits_for_all_before_people_judge(card, three):
    versions = []
    for run, expected in zip(three, ("working", "working", "review"), strict=True):
        versions.append(hands_in(run, text=f"by {run.agent.name}"))
        assert status(card) == expected
    assert [version.version for version in versions] == [1, 2, 3]
    assert states(*versions) == ["submitted"] * 3


def test_one_accepted_version_takes_the_place_of_all_others(card, three, by):
    versions = [hands_in(run) for run in three]
    accept(versions[0], by)
    assert (status(card), states(*versions)) == (
        "done", ["accepted", "superseded", "superseded"],
    )  # fmt: skip
    with refused("illegal_move"):
        accept(versions[1], by)


def test_a_version_is_not_accepted_before_all_are_in(card, three, by):
    first = hands_in(three[0])
    open_deliverable(deliverable_id=first.id, by=by, at=AT)
    with refused("illegal_move", state="working"):
        accept_deliverable(deliverable_id=first.id, sha256=first.sha256, by=by, at=AT)
    assert states(first) == ["submitted"]


# --- sent back ---------------------------------------------------------------------------


def test_one_rejected_leaves_the_others_to_be_judged(card, three, by):
    versions = [hands_in(run) for run in three]
    reject(versions[2], by)
    assert (status(card), states(*versions)) == (
        "review", ["submitted", "submitted", "rejected"],
    )  # fmt: skip
    accept(versions[0], by)
    assert status(card) == "done"


def test_all_rejected_make_the_card_ready_for_another_attempt(card, three, agents, by):
    versions = [hands_in(run) for run in three]
    for version in versions:
        reject(version, by)
    assert status(card) == "ready"
    assert assign(card, agents[0], attempt=2).slot == 1


def planned(room):
    """What the coordinator gives out now, by slot: who, as which attempt and round."""
    board = observe(room.id, AT)
    assert board is not None
    return {
        move.slot: (move.agent_id, move.attempt, move.round)
        for move in dispatch(board).moves
        if isinstance(move, Assign)
    }


def test_the_coordinator_gives_every_rejected_slot_out_again(room, card, three, by):
    others = {cast.an_agent(room, name).id for name in ("Dee", "Eve", "Fay")}
    for version in [hands_in(run) for run in three]:
        reject(version, by)
    again = planned(room)
    assert sorted(again) == [1, 2, 3]
    assert {(attempt, round) for _, attempt, round in again.values()} == {(2, 1)}
    assert others & {agent_id for agent_id, _, _ in again.values()}


def test_the_coordinator_sends_every_slot_to_be_changed_back_to_who_made_it(
    room, card, three, agents, by
):
    versions = [hands_in(run) for run in three]
    reject(versions[0], by)
    changes(versions[1], by)
    changes(versions[2], by)
    other = cast.an_agent(room, "Dee")
    assert planned(room) == {
        1: (other.id, 2, 1), 2: (agents[1].id, 1, 2), 3: (agents[2].id, 1, 2),
    }  # fmt: skip


@pytest.mark.parametrize("which", [0, 1, 2])
def test_changes_of_one_are_made_once_the_others_are_judged(card, three, agents, by, which):
    versions = [hands_in(run) for run in three]
    changes(versions[which], by)
    assert status(card) == "review"  # the others wait for their verdict
    for version in versions:
        if version != versions[which]:
            reject(version, by)
    assert status(card) == "ready"
    again = assign(card, agents[which], slot=which + 1, round=2)
    assert (again.feedback, again.previous_id) == ("Name the line.", three[which].id)
    newer = hands_in(again, text="better")
    assert (newer.version, status(card)) == (4, "review")
    accept(newer, by)
    assert status(card) == "done"


def test_while_one_is_changed_a_version_that_is_accepted_settles_the_card(card, three, by):
    versions = [hands_in(run) for run in three]
    changes(versions[1], by)
    accept(versions[0], by)
    assert (status(card), states(*versions)) == (
        "done", ["accepted", "changes_requested", "superseded"],
    )  # fmt: skip


def test_changes_of_two_stand_beside_each_other_again(card, three, agents, by):
    versions = [hands_in(run) for run in three]
    reject(versions[2], by)
    for version in versions[:2]:
        changes(version, by)
    again = [assign(card, agents[n], slot=n + 1, round=2) for n in range(2)]
    newer = [hands_in(run, text="better") for run in again]
    assert states(*newer) == ["submitted", "submitted"]
    assert status(card) == "review"


def test_a_newer_version_takes_the_place_of_the_older_one_of_its_slot(card, three, by, owner):
    """A person hands in while three wait: it stands for the first slot."""
    versions = [hands_in(run) for run in three]
    newest = submit_as_person(card_id=card.id, result=cast.a_result("By hand."), by=by, at=AT)
    assert states(*versions, newest) == ["superseded", "submitted", "submitted", "submitted"]
    assert status(card) == "review"


def test_an_acceptance_is_undone_by_newer_work_of_any_slot(card, three, by):
    versions = [hands_in(run) for run in three]
    accept(versions[1], by)
    newest = submit_as_person(card_id=card.id, result=cast.a_result("By hand."), by=by, at=AT)
    assert states(versions[1], newest) == ["superseded", "submitted"]
    assert status(card) == "review"


# --- runs that do not succeed ------------------------------------------------------------


def test_one_that_fails_leaves_the_others_at_work_and_is_given_anew(card, three, agents, room):
    fail(three[1])
    assert (status(card), live(card)) == ("working", [1, 3])
    other = cast.an_agent(room, "Dee")
    assert assign(card, other, slot=2, attempt=2).fence == 4


def test_one_that_handed_in_is_judged_once_all_others_have_failed(card, three, by):
    version = hands_in(three[0])
    fail(three[1])
    assert status(card) == "working"
    cast.says(three[2], Declined("Not mine."))
    assert status(card) == "review"
    accept(version, by)
    assert status(card) == "done"


def test_a_card_on_which_all_failed_is_ready(card, three):
    for run in three:
        fail(run)
    assert (status(card), live(card)) == ("ready", [])


def test_one_that_fails_after_its_round_leaves_what_others_handed_in(card, three, agents, by):
    versions = [hands_in(run) for run in three]
    for version in versions[:2]:
        changes(version, by)
    reject(versions[2], by)
    again = [assign(card, agents[n], slot=n + 1, round=2) for n in range(2)]
    kept = hands_in(again[0], text="better")
    fail(again[1])
    assert (status(card), states(kept)) == ("review", ["submitted"])


def test_what_people_asked_for_is_told_to_whoever_tries_after_a_failed_round(room, agents, by):
    card = cast.a_card(room)
    changes(hands_in(assign(card, agents[0])), by)
    fail(assign(card, agents[0], round=2))
    again = assign(card, agents[1], attempt=2, round=2)
    assert again.feedback == "Name the line."


def test_a_cancelled_card_stops_all_of_them(card, three, by):
    hands_in(three[0])
    cancel_card(card_id=card.id, by=by, at=AT)
    assert (status(card), live(card)) == ("cancelled", [])
    assert sorted(run.state for run in card.runs.all()) == ["submitted", "superseded", "superseded"]


def test_a_person_who_takes_the_card_takes_it_from_all(card, three, owner, by):
    hands_in(three[0])
    take_card(card_id=card.id, by=by, at=AT)
    assert card.runs.get(state__in=LIVE_RUN).person_id == owner.id
    assert status(card) == "working"


def test_an_independent_card_that_a_person_took_is_not_given_to_agents(card, agents, by):
    take_card(card_id=card.id, by=by, at=AT)
    with refused("card_not_free"):
        assign(card, agents[0], slot=2)


# --- asks --------------------------------------------------------------------------------


def asks(run):
    cast.says(run, Question(ref="q", message_md="Which?"))
    return Ask.objects.get(run=run)


@pytest.mark.parametrize("end", ["fails", "hands in", "declines"])
def test_a_card_waits_for_people_only_as_long_as_somebody_asks(card, three, end):
    asks(three[0])
    assert status(card) == "waiting"
    if end == "fails":
        fail(three[0])
    elif end == "declines":
        cast.says(three[0], Declined("Not mine."))
    else:
        hands_in(three[0])
    assert (status(card), live(card)) == ("working", [2, 3])
    assert next_owners([Card.objects.get(id=card.id)])[card.id].kind == "agent"


def test_a_card_goes_on_waiting_for_another_question(card, three):
    asks(three[0])
    asks(three[1])
    fail(three[0])
    assert status(card) == "waiting"
    assert next_owners([Card.objects.get(id=card.id)])[card.id].kind == "people"


def test_an_answer_lets_its_own_run_go_on(card, three, by):
    asked = asks(three[0])
    answer = {"action": "accept", "content": {"answer": "This."}}
    answer_ask(ask_id=asked.id, answer=answer, by=by, at=AT)
    three[0].refresh_from_db()
    assert (three[0].state, status(card)) == ("working", "working")


def test_others_hand_in_while_one_waits_for_an_answer(card, three):
    asks(three[0])
    for run in three[1:]:
        hands_in(run)
    assert (status(card), live(card)) == ("waiting", [1])
    fail(three[0])
    assert status(card) == "review"
