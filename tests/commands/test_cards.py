"""Cards: made, edited, sorted, taken, given, cancelled."""

import pytest

from agents.apply import apply
from agents.coordinator.moves import Assign, FailRun, HandOff
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.asks import hand_over
from workspace.commands.cards import (
    CardFacts,
    cancel_card,
    create_card,
    edit_card,
    give_card,
    keep_card,
    reopen_card,
    take_card,
)
from workspace.commands.handoffs import go_on
from workspace.commands.reviews import submit_as_person
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run
from workspace.models import Ask, Card, Delivery, Event
from workspace.reports import Accepted, Progress, Question
from workspace.sentences import sentence


def make(room, by, status="ready", **facts):
    said = CardFacts(**{"title": "Facts", **facts})
    return create_card(room_id=room.id, facts=said, by=by, at=AT, status=status)


def edit(card, by, **changes):
    return edit_card(card_id=card.id, changes=changes, by=by, at=AT)


def status_of(card):
    card.refresh_from_db()
    return card.status


def told(run):
    """What the run's agent was sent after its assignment."""
    sent = Delivery.objects.filter(run=run).exclude(type="card.assigned")
    return [(one.type, one.data) for one in sent.order_by("inbox_seq")]


# --- due ---------------------------------------------------------------------------------


def test_a_due_date_is_kept_changed_and_taken_away(room, by):
    card = make(room, by, due_at=later(3_600))
    assert Card.objects.get(id=card.id).due_at == later(3_600)
    assert edit(card, by, due_at=later(7_200)).due_at == later(7_200)
    assert edit(card, by, due_at=None).due_at is None


def test_a_time_without_a_zone_is_meant_in_utc(room, by):
    assert make(room, by, due_at=later(60).replace(tzinfo=None)).due_at == later(60)


@pytest.mark.parametrize("after", [0, -1])
def test_a_due_date_that_is_over_is_refused(room, by, card, after):
    with refused("due_in_past"):
        make(room, by, due_at=later(after))
    with refused("due_in_past"):
        edit(card, by, due_at=later(after))


def test_a_due_date_that_passed_stays_when_the_rest_is_edited(room, by):
    card = make(room, by, due_at=later(60))
    changes = {"title": "Newer", "due_at": later(60)}
    assert edit_card(card_id=card.id, changes=changes, by=by, at=later(120)).title == "Newer"


def test_a_live_run_is_given_the_new_time_and_told(card, run, by):
    edit(card, by, due_at=later(600))
    run.refresh_from_db()
    assert run.deadline_at == later(600)
    assert told(run) == [("card.revised", {"changed": ["due_at"], "reason": "person_edit"})]


def looks(room, after):
    board = observe(room.id, later(after))
    assert board is not None
    moves = plan(board).moves
    assert apply(moves, board, later(after)) == []
    return moves


def test_work_that_is_not_done_in_its_time_fails_and_goes_to_people(room, agent, by):
    card = make(room, by, due_at=later(600))
    assert isinstance(looks(room, 0)[0], Assign)
    run = card.runs.get()
    cast.says(run, Accepted(), at=later(1))
    cast.says(run, Progress(percent=10), at=later(590))
    assert looks(room, 599) == ()
    (failed, *_) = looks(room, 600)
    assert isinstance(failed, FailRun) and failed.failure == "deadline"
    (over,) = looks(room, 601)
    assert isinstance(over, HandOff) and over.reason.code == "due_date_passed"
    assert sentence({"code": over.reason.code, "params": over.reason.params})


def test_people_who_let_late_work_go_on_have_it_done_without_a_deadline(room, agent, by):
    card = make(room, by, due_at=later(600))
    run = cast.a_run(card, agent)
    fail_run(run_id=run.id, kind="deadline", evidence={}, by=coordinator(rule="x"), at=later(600))
    looks(room, 601)
    go_on(card_id=card.id, changes={}, by=by, at=later(700))
    (given,) = looks(room, 701)
    assert isinstance(given, Assign)
    assert card.runs.get(state="queued").deadline_at is None


def test_people_who_give_more_time_set_the_next_deadline(room, agent, by):
    card = make(room, by, due_at=later(600))
    run = cast.a_run(card, agent)
    fail_run(run_id=run.id, kind="deadline", evidence={}, by=coordinator(rule="x"), at=later(600))
    looks(room, 601)
    go_on(card_id=card.id, changes={"due_at": later(5_000)}, by=by, at=later(700))
    looks(room, 701)
    assert card.runs.get(state="queued").deadline_at == later(5_000)


# --- made and edited ---------------------------------------------------------------------


def test_cards_are_numbered_from_one_in_each_room(room, by):
    other = cast.a_room(room.created_by, name="Other")
    assert [make(room, by).number, make(room, by).number, make(other, by).number] == [1, 2, 1]


def test_what_a_card_says_is_tidied(room, by):
    card = make(
        room, by, title="  Facts \n from\x00 code ", skills=["Code", "code ", ""],
        criteria=[" Each  names its line. ", ""], brief=" Look.\x00 ",
    )  # fmt: skip
    assert (card.title, card.skills, card.criteria, card.brief) == (
        "Facts from code", ["code"], ["Each names its line."], "Look.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"title": " \x00 "}, "missing"),
        ({"kind": "novel"}, "unknown_kind"),
        ({"brief": "x" * 100_001}, "too_long"),
        ({"depends_on": ["card_none"]}, "not_found"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(room, by, facts, code):
    with refused(code):
        make(room, by, **facts)
    assert not Card.objects.exists()


def test_a_card_cannot_depend_on_one_of_another_room(room, by):
    foreign = cast.a_card(cast.a_room(room.created_by, name="Other"))
    with refused("not_found", id=foreign.id):
        make(room, by, depends_on=[foreign.id])


def test_an_observer_makes_no_card(room, observer):
    with refused("not_allowed", permission="card.create"):
        make(room, By(observer.id))


def test_an_agent_makes_no_card(room, agent):
    with refused("not_allowed", permission="card.create"):
        make(room, By(agent.id))


def test_a_read_token_makes_no_card(room, owner):
    with refused("not_allowed", permission="card.create"):
        make(room, By(owner.id, scopes=("read",)))


def test_a_room_takes_as_many_cards_as_its_policy_says(room, by):
    edit_room(room_id=room.id, changes={"policy": {"max_cards": 1}}, by=by, at=AT)
    make(room, by)
    with refused("too_many_cards", most=1):
        make(room, by)


def test_an_edit_tells_the_live_run(card, run, by):
    edited = edit(card, by, brief="Only the client.", priority=3)
    assert (edited.brief, edited.priority, edited.revision) == ("Only the client.", 3, 2)
    said = {"changed": ["brief", "priority"], "reason": "person_edit"}
    assert told(run) == [("card.revised", said)]


def test_a_closed_card_is_not_edited(card, by):
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("card_closed", state="cancelled"):
        edit(card, by, title="Anew")


def test_a_card_cannot_depend_on_itself(card, by):
    with refused("cycle", card=1):
        edit(card, by, depends_on=[card.id])


def test_a_circle_of_cards_is_refused_and_the_old_edges_stay(room, by):
    first, second = make(room, by), None
    second = make(room, by, depends_on=[first.id])
    third = make(room, by, depends_on=[second.id])
    with refused("cycle", card=1):
        edit(first, by, depends_on=[third.id])
    assert list(third.dependencies.values_list("needs_id", flat=True)) == [second.id]
    assert not first.dependencies.exists()


def test_a_diamond_is_no_circle(room, by):
    top = make(room, by)
    sides = [make(room, by, depends_on=[top.id]) for _ in range(2)]
    bottom = make(room, by)
    edit(bottom, by, depends_on=[side.id for side in sides] + [top.id])
    assert bottom.dependencies.count() == 3


# --- taken -------------------------------------------------------------------------------


def test_a_person_who_takes_a_card_works_on_it_at_once(card, contributor):
    take_card(card_id=card.id, by=By(contributor.id), at=AT)
    run = card.runs.get()
    assert (run.state, run.person_id, status_of(card)) == ("working", contributor.id, "working")
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("who", ["observer", "agent", "coordinator"])
def test_nobody_else_takes_cards(request, card, who):
    by = coordinator(rule="x") if who == "coordinator" else By(request.getfixturevalue(who).id)
    with refused("not_allowed", permission="card.take"):
        take_card(card_id=card.id, by=by, at=AT)


def test_taking_a_card_from_an_agent_supersedes_its_run_and_tells_it(card, run, by):
    take_card(card_id=card.id, by=by, at=AT)
    run.refresh_from_db()
    assert (run.state, run.reason["code"]) == ("superseded", "taken_over")
    assert told(run) == [("card.cancelled", {"reason": "reassigned"})]
    assert Delivery.objects.get(run=run, type="card.assigned").state == "cancelled"


def test_taking_ones_own_card_again_is_refused(card, by):
    take_card(card_id=card.id, by=by, at=AT)
    with refused("already_yours"):
        take_card(card_id=card.id, by=by, at=AT)
    assert card.runs.count() == 1


def test_taking_a_card_withdraws_what_its_agent_asked(card, run, by):
    cast.says(run, Question(ref="q1", message_md="Which one?"))
    take_card(card_id=card.id, by=by, at=AT)
    assert Ask.objects.get().state == "cancelled"


@pytest.mark.parametrize("state", ["review", "done", "cancelled"])
def test_a_card_that_is_not_open_for_work_is_not_taken(card, owner, by, agent, state):
    if state == "cancelled":
        cancel_card(card_id=card.id, by=by, at=AT)
    else:
        version = cast.a_submission(cast.a_run(card, agent))
        if state == "done":
            cast.accept(version, owner)
    with refused("card_not_free", state=state):
        take_card(card_id=card.id, by=by, at=AT)


def test_a_blocked_card_is_not_taken(room, card, by):
    blocked = cast.a_card(room, "Report", depends_on=[card])
    with refused("blocked", by=1):
        take_card(card_id=blocked.id, by=by, at=AT)
    assert (status_of(blocked), blocked.given_to_person_id) == ("ready", None)


# --- given -------------------------------------------------------------------------------


def test_a_card_given_to_a_person_is_theirs_at_once(card, by, contributor):
    give_card(card_id=card.id, to=contributor.id, by=by, at=AT)
    assert card.runs.get().person_id == contributor.id


def test_a_card_given_to_an_agent_waits_for_the_coordinator(card, by, agent):
    give_card(card_id=card.id, to=agent.id, by=by, at=AT)
    assert (status_of(card), card.given_to_agent_id) == ("ready", agent.id)
    assert not card.runs.exists()


def test_giving_an_agents_card_to_another_supersedes_the_run(room, card, run, by):
    other = cast.an_agent(room, "Other")
    give_card(card_id=card.id, to=other.id, by=by, at=AT)
    run.refresh_from_db()
    assert (run.state, status_of(card)) == ("superseded", "ready")
    assert told(run) == [("card.cancelled", {"reason": "reassigned"})]


def test_a_card_is_not_given_to_an_observer(card, by, observer):
    with refused("not_a_member"):
        give_card(card_id=card.id, to=observer.id, by=by, at=AT)


def test_a_card_is_not_given_to_an_agent_of_no_seat(card, by, owner):
    elsewhere = cast.an_agent(cast.a_room(owner, name="Other"), "Elsewhere")
    with refused("not_found", what="agent"):
        give_card(card_id=card.id, to=elsewhere.id, by=by, at=AT)


# --- sorted, cancelled, reopened ---------------------------------------------------------


def test_a_proposed_card_is_kept_before_anyone_works_on_it(room, by):
    card = make(room, by, status="triage")
    with refused("card_not_free", state="triage"):
        take_card(card_id=card.id, by=by, at=AT)
    keep_card(card_id=card.id, by=by, at=AT)
    assert status_of(card) == "ready"
    with refused("illegal_move", state="ready", move="keep"):
        keep_card(card_id=card.id, by=by, at=AT)


def test_cancelling_a_card_stops_its_run(card, run, by):
    cancel_card(card_id=card.id, by=by, at=AT, said="Not needed.")
    run.refresh_from_db()
    assert (run.state, status_of(card)) == ("superseded", "cancelled")
    assert card.reason == {"code": "cancelled", "params": {"said": "Not needed."}}
    assert told(run) == [("card.cancelled", {"reason": "user"})]


def test_a_done_card_is_not_cancelled(card, run, by, owner):
    cast.accept(cast.a_submission(run), owner)
    with refused("illegal_move", state="done", move="cancel"):
        cancel_card(card_id=card.id, by=by, at=AT)


def test_a_cancelled_card_is_reopened(card, by):
    cancel_card(card_id=card.id, by=by, at=AT)
    reopen_card(card_id=card.id, by=by, at=AT)
    assert status_of(card) == "ready"
    with refused("illegal_move", state="ready"):
        reopen_card(card_id=card.id, by=by, at=AT)


def test_reopening_a_handed_over_card_withdraws_the_hand_off(card, by):
    packet = {"code": "attempts_used_up", "params": {}, "tried": []}
    hand_over(card_id=card.id, packet=packet, by=coordinator(rule="attempts"), at=AT)
    reopen_card(card_id=card.id, by=by, at=AT)
    assert (status_of(card), Ask.objects.get().state) == ("ready", "cancelled")


def test_a_card_whose_agent_waits_for_an_answer_is_not_reopened(card, run, by):
    cast.says(run, Question(ref="q1", message_md="Which one?"))
    with refused("card_not_free", state="waiting"):
        reopen_card(card_id=card.id, by=by, at=AT)


def test_the_system_cannot_cancel_as_an_agent_would(card, agent):
    with refused("not_allowed", permission="card.cancel"):
        cancel_card(card_id=card.id, by=By(agent.id), at=AT)
    cancel_card(card_id=card.id, by=SYSTEM, at=AT)
    assert status_of(card) == "cancelled"


# --- what a card builds on ---------------------------------------------------------------


def test_an_input_is_pinned_by_its_sha256_when_the_run_begins(room, card, version, owner, agent):
    cast.accept(version, owner)
    report = cast.a_card(room, "Report", depends_on=[card])
    given = cast.a_run(report, agent).inputs.get()
    assert (given.deliverable_id, given.sha256) == (version.id, version.sha256)


def test_a_dependency_is_met_by_acceptance_not_by_submission(room, card, version, owner, agent):
    report = cast.a_card(room, "Report", depends_on=[card])
    with refused("blocked", by=1):
        cast.a_run(report, agent)
    cast.accept(version, owner)
    assert cast.a_run(report, agent).inputs.count() == 1


def test_where_the_card_says_so_a_submitted_version_is_enough(room, card, version, agent):
    early = cast.a_card(room, "Draft", depends_on=[card], met_when="submitted")
    assert cast.a_run(early, agent).inputs.get().sha256 == version.sha256


def test_the_pinned_input_stays_when_a_newer_version_is_accepted(
    room, card, version, owner, agent, by
):
    cast.accept(version, owner)
    first = cast.a_run(cast.a_card(room, "Report", depends_on=[card]), agent)
    cast.a_submission(first)
    newer = submit_as_person(card_id=card.id, result=cast.a_result("timeout is 30"), by=by, at=AT)
    cast.accept(newer, owner)
    second = cast.a_run(cast.a_card(room, "Notes", depends_on=[card]), agent)
    assert first.inputs.get().sha256 == version.sha256
    assert second.inputs.get().sha256 == newer.sha256


def test_every_change_of_a_card_is_one_event(card, by):
    edit(card, by, title="Anew")
    cancel_card(card_id=card.id, by=by, at=AT)
    reopen_card(card_id=card.id, by=by, at=AT)
    found = Event.objects.filter(data__card_id=card.id).order_by("seq")
    assert list(found.values_list("type", flat=True)) == [
        "card.created", "card.edited", "card.cancelled", "card.reopened",
    ]  # fmt: skip


def test_nobody_takes_a_card_another_person_works_on(room, card, owner):
    other = cast.a_member(room, "contributor")
    take_card(card_id=card.id, by=By(other.id), at=AT)
    with refused("someone_elses_run"):
        take_card(card_id=card.id, by=By(owner.id), at=AT)
    assert card.runs.get().person_id == other.id
