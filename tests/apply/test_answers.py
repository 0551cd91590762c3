"""What judges' answers do: each kind once, and one that is of no use is put away."""

import pytest

from agents.apply import apply, carry_out
from agents.coordinator.moves import Reason, TakeAnswer
from agents.coordinator.plan import plan
from agents.judge.proposals import (
    Abstain,
    Checked,
    Checks,
    Course,
    Diagnosis,
    Draft,
    PlannedCard,
    Ranking,
    Reading,
    Reconciliation,
    Reply,
    Section,
)
from agents.judge.saved import proposal_to_data
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered, disagree, hands_in, two_sides
from tests.commands.refusing import refused
from workspace.actors import By
from workspace.commands.cards import take_card
from workspace.commands.messages import post_message
from workspace.commands.people import remove_member
from workspace.commands.raising import ask_people
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run
from workspace.models import Ask, Card, Deliverable, Judgement, Message, Remedy
from workspace.verify import verify

WHY = Reason("judge_answered", {"judge": "kimi", "revision": 1})
PART = PlannedCard(ref="a", title="Read", brief="Read it.", kind="report")
AFTER = PlannedCard(ref="b", title="Compare", brief="", kind="table", depends_on=("a",))


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


@pytest.fixture
def failed(run):
    return fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)


def board(room):
    found = observe(room.id, AT)
    assert found is not None
    return found


def take(room, kind, subject_id, proposal, *, before=None):
    """A judge answers and the answer is carried out; the judgement, and why it was refused."""
    judgement = answered(room, kind, subject_id, proposal_to_data(proposal))
    if before is not None:
        before()
    move = TakeAnswer(judgement_id=judgement.id, judgement=kind, subject_id=subject_id, reason=WHY)
    refusals = apply((move,), board(room), AT)
    judgement.refresh_from_db()
    return judgement, [why.code for _, why in refusals]


# --- advice ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "proposal", "outcome"),
    [
        ("read", Reading("stuck", "tool_error", 40), "noted"),
        ("check", Checks((Checked(1, "met", "line 3", "facts.md"),)), "noted"),
        ("assign", Ranking(()), "noted"),
        ("reconcile", Reconciliation("differ", "They do."), "differ"),
        ("reconcile", Reconciliation("agree"), "agree"),
        ("check", Abstain("cannot_tell"), "abstained"),
    ],
)
def test_advice_stands_beside_the_work_and_changes_nothing(room, version, kind, proposal, outcome):
    judgement, refusals = take(room, kind, version.id, proposal)
    assert (judgement.state, judgement.verdict["outcome"], refusals) == ("taken", outcome, [])
    assert (Card.objects.get().status, Deliverable.objects.get().state) == ("review", "submitted")


def test_an_answer_is_taken_once(room, version):
    judgement, _ = take(room, "check", version.id, Checks(()))
    move = TakeAnswer(
        judgement_id=judgement.id, judgement="check", subject_id=version.id, reason=WHY
    )
    with refused("illegal_move", state="taken"):
        carry_out(move, board(room), AT)
    judgement.refresh_from_db()
    assert judgement.state == "taken"


# --- diagnoses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proposal", "status", "cards"),
    [
        (Diagnosis("retry", "tool_error"), "ready", 1),
        (Diagnosis("reassign", "wrong_worker"), "ready", 1),
        (Diagnosis("rewrite", "unclear_brief", brief="Only the client."), "ready", 1),
        (Diagnosis("split", "too_large", parts=(PART, AFTER)), "ready", 3),
        (Diagnosis("ask", "missing_permission", question="May it?"), "waiting", 1),
        (Abstain("cannot_tell"), "waiting", 1),
    ],
)
def test_each_diagnosis_is_followed(room, card, failed, proposal, status, cards):
    judgement, refusals = take(room, "diagnose", failed.id, proposal)
    assert (judgement.state, refusals) == ("taken", [])
    card.refresh_from_db()
    assert (card.status, Card.objects.count()) == (status, cards)
    remedy = Remedy.objects.get()
    assert (remedy.judgement_id, remedy.remedy) == (
        judgement.id, getattr(proposal, "remedy", "ask"),
    )  # fmt: skip


def test_a_question_for_people_is_put_to_them_in_the_judges_words(room, card, failed):
    take(room, "diagnose", failed.id, Diagnosis("ask", "unknown", question="Which client?"))
    body = Ask.objects.get().body
    assert (body["code"], body["params"]["question"]) == ("judge_asks", "Which client?")


@pytest.mark.parametrize(
    ("proposal", "code"),
    [
        (Diagnosis("rewrite", brief=""), "nothing_changed"),
        (Diagnosis("rewrite", brief="x" * 1_000_000), "too_long"),
        (Diagnosis("split", parts=(PART,)), "bad_split"),
        (Diagnosis("split", parts=()), "bad_split"),
        (Checks(()), "not_a_diagnosis"),
    ],
)
def test_a_diagnosis_that_cannot_be_followed_is_put_away_and_the_card_goes_on(
    room, card, failed, proposal, code
):
    judgement, refusals = take(room, "diagnose", failed.id, proposal)
    assert (judgement.state, judgement.verdict["outcome"], refusals) == ("discarded", code, [code])
    assert (Remedy.objects.count(), Card.objects.count()) == (0, 1)
    asked = [move for move in plan(board(room)).moves if move.kind == "ask_judgement"]
    assert [(move.judgement, move.judge) for move in asked] == [("diagnose", "rules")]


def test_a_card_that_has_no_room_for_parts_goes_on_without_them(room, card, failed, by):
    edit_room(room_id=room.id, changes={"policy": {"max_cards": 1}}, by=by, at=AT)
    proposal = Diagnosis("split", parts=(PART, AFTER))
    judgement, refusals = take(room, "diagnose", failed.id, proposal)
    assert (judgement.state, refusals, Card.objects.count()) == (
        "discarded", ["too_many_cards"], 1,
    )  # fmt: skip


def test_an_answer_for_an_older_goal_changes_nothing_and_is_asked_anew(room, card, failed, by):
    def another_goal():
        edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)

    proposal = Diagnosis("rewrite", brief="For the old goal.")
    _, refusals = take(room, "diagnose", failed.id, proposal, before=another_goal)
    card.refresh_from_db()
    assert (refusals, card.brief, Remedy.objects.count()) == (["stale_move"], "", 0)
    room.refresh_from_db()
    asked = [move for move in plan(board(room)).moves if move.kind == "ask_judgement"]
    assert (asked[0].judgement, asked[0].revision) == ("diagnose", 2)


def test_an_answer_about_a_card_that_a_person_took_changes_nothing(room, card, failed, by):
    def taken():
        take_card(card_id=card.id, by=by, at=AT)

    proposal = Diagnosis("split", parts=(PART, AFTER))
    _, refusals = take(room, "diagnose", failed.id, proposal, before=taken)
    assert (refusals, Card.objects.count(), Remedy.objects.count()) == (["stale_move"], 1, 0)


# --- replies -----------------------------------------------------------------------------


def asked_by(room, by, body="@coordinator what now?"):
    return post_message(room_id=room.id, body=body, by=by, at=AT)


def test_a_reply_is_said_where_it_was_asked(room, card, by):
    asked = post_message(card_id=card.id, body="@coordinator what now?", by=by, at=AT)
    take(room, "reply", asked.id, Reply("Two cards are open."))
    said = Message.objects.get(by_coordinator=True)
    assert (said.body, said.answers_id, said.card_id) == (
        "Two cards are open.", asked.id, card.id,
    )  # fmt: skip


def test_a_judge_that_cannot_reply_says_so(room, by):
    asked = asked_by(room, by)
    take(room, "reply", asked.id, Abstain("no_words"))
    said = Message.objects.get(by_coordinator=True)
    assert (said.body, said.note) == (
        "", {"code": "cannot_reply", "params": {"judge": "rules"}},
    )  # fmt: skip


def test_a_message_is_answered_once(room, by):
    asked = asked_by(room, by)
    take(room, "reply", asked.id, Reply("This."))
    judgement, refusals = take(room, "reply", asked.id, Reply("That."))
    assert (judgement.state, refusals) == ("discarded", ["already_answered"])
    assert Message.objects.filter(by_coordinator=True).count() == 1


def test_a_person_who_asks_for_a_plan_gets_one(room, by):
    take(room, "reply", asked_by(room, by).id, Reply("I will plan again.", "plan"))
    assert Judgement.objects.filter(kind="plan").count() == 1


def test_nobody_who_left_is_planned_for(room, by, contributor):
    asked = asked_by(room, By(contributor.id))

    def left():
        remove_member(room_id=room.id, person_id=contributor.id, by=by, at=AT)

    judgement, refusals = take(room, "reply", asked.id, Reply("As you wish.", "plan"), before=left)
    assert (judgement.state, refusals) == ("taken", [])
    assert Message.objects.get(by_coordinator=True).body == "As you wish."
    assert not Judgement.objects.filter(kind="plan").exists()


def test_a_plan_under_way_is_not_asked_for_twice(room, by):
    for _ in range(2):
        take(room, "reply", asked_by(room, by).id, Reply("I will plan again.", "plan"))
    assert Judgement.objects.filter(kind="plan").count() == 1


def test_an_endless_reply_is_cut(room, by):
    take(room, "reply", asked_by(room, by).id, Reply("x" * 1_000_000))
    assert len(Message.objects.get(by_coordinator=True).body) == 20_000


def test_a_reply_wakes_nobody_and_is_not_replied_to(room, by):
    take(room, "reply", asked_by(room, by).id, Reply("@coordinator look at yourself."))
    assert board(room).calls == ()


# --- course ------------------------------------------------------------------------------


def test_a_drift_is_for_people_to_look_at(room, card):
    said = Course("drifting", "It is about trains.", (card.id,), "Drop it.")
    judgement, refusals = take(room, "course", room.id, said)
    assert (judgement.verdict["outcome"], refusals) == ("drifting", [])
    body = Ask.objects.get().body
    assert (body["code"], body["options"], body["params"]["cards"]) == (
        "off_course", ["plan_again", "carry_on"], [card.id],
    )  # fmt: skip


@pytest.mark.parametrize(
    "proposal", [Course("serves"), Course("cannot_tell"), Abstain("cannot_tell")]
)
def test_without_a_drift_nobody_is_asked(room, card, proposal):
    judgement, _ = take(room, "course", room.id, proposal)
    assert (judgement.state, Ask.objects.count()) == ("taken", 0)


def test_a_drift_that_people_are_asked_about_already_is_only_noted(room, card):
    ask_people(room_id=room.id, code="off_course", params={}, options=[], by=RULE, at=AT)
    judgement, refusals = take(room, "course", room.id, Course("drifting"))
    assert (judgement.state, refusals, Ask.objects.count()) == ("taken", [], 1)


# --- packages ----------------------------------------------------------------------------


@pytest.fixture
def part(version, owner):
    return cast.accept(version, owner)


def test_a_draft_becomes_a_package_for_people_to_judge(room, part):
    sections = (Section(part.card_id, "What the code says", "Ten seconds."),)
    take(room, "compose", room.id, Draft("Findings", "What we know.", sections))
    package = Deliverable.objects.get(run__by_coordinator=True)
    assert (package.state, package.card.title, package.card.status) == (
        "submitted", "Findings", "review",
    )  # fmt: skip


def test_a_judge_without_words_still_makes_the_package(room, part):
    take(room, "compose", room.id, Abstain("no_words"))
    assert Deliverable.objects.get(run__by_coordinator=True).card.title == f"Package: {room.name}"


def test_a_package_that_has_to_wait_for_a_ruling_is_put_away(room, part):
    def quarrel():
        disagree(room, *two_sides(room))

    judgement, refusals = take(room, "compose", room.id, Draft("Findings"), before=quarrel)
    assert (judgement.state, refusals) == ("discarded", ["conflict_open"])
    assert not Deliverable.objects.filter(run__by_coordinator=True).exists()


def test_the_package_is_made_of_what_is_accepted_when_it_is_made(room, part, agent, owner):
    def more():
        cast.accept(hands_in(cast.a_run(cast.a_card(room, "Late"), agent)), owner)

    take(room, "compose", room.id, Draft("Findings"), before=more)
    package = Deliverable.objects.get(run__by_coordinator=True)
    assert len(package.manifest["inputs"]) == 2
