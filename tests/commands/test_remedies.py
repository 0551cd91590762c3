"""How a card goes on after a run that did not succeed: what that changes, and what it must not."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered
from tests.commands.refusing import refused
from workspace.commands.cards import CardFacts, cancel_card, edit_card, take_card
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.reviews import reject_deliverable
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Ask, Card, Dependency, Event, Judgement, Remedy
from workspace.ownership import next_owners
from workspace.transitions import REMEDIES
from workspace.verify import verify

PARTS = [
    CardFacts(title="Read", skills=["docs"]),
    CardFacts(title="Compare", depends_on=["0"], kind="table"),
]
PACKET = {"code": "judge_asks", "params": {"cause": "unknown", "question": "What now?"}}
DIAGNOSIS = {
    "type": "diagnose", "remedy": "retry", "cause": "unknown", "note": "", "brief": "",
    "criteria": [], "parts": [], "question": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def promises_hold(db):
    """Whatever was chosen or refused, no promise is broken afterwards."""
    yield
    assert verify(AT) == []


@pytest.fixture
def failed(run):
    return fail(run)


def fail(run, kind="error"):
    return fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=AT)


def choose(run, remedy, judgement=None, **facts):
    chosen = Chosen(remedy=remedy, cause="tested", packet=PACKET, **facts)
    judgement_id = judgement.id if judgement else None
    return choose_remedy(run_id=run.id, chosen=chosen, judgement_id=judgement_id, by=RULE, at=AT)


def fresh(card):
    return Card.objects.get(id=card.id)


def said(card):
    card = fresh(card)
    return card.brief, card.criteria, card.revision


# --- chosen ------------------------------------------------------------------------------


@pytest.mark.parametrize("remedy", ["retry", "reassign"])
def test_trying_again_changes_nothing_about_the_card(card, failed, remedy):
    before = said(card)
    made = choose(failed, remedy)
    assert (made.remedy, made.changed, said(card)) == (remedy, {}, before)
    told = Event.objects.get(type="remedy.chosen").data
    assert (told["run_id"], told["remedy"], told["cause"]) == (failed.id, remedy, "tested")


@pytest.mark.parametrize("remedy", REMEDIES)
def test_every_remedy_is_chosen_once_a_run(failed, remedy):
    facts = {"rewrite": {"brief": "Anew."}, "split": {"parts": PARTS}}.get(remedy, {})
    choose(failed, remedy, **facts)
    # A card that people were asked about is not ready any more.
    with refused("stale_move" if remedy == "ask" else "already_chosen"):
        choose(failed, remedy, **facts)
    assert Remedy.objects.count() == 1


def test_a_remedy_nobody_knows_is_refused(failed):
    with refused("unknown_remedy", remedy="pray"):
        choose(failed, "pray")


def test_a_run_nobody_knows_is_not_found(db):
    with refused("not_found"):
        choose_remedy(run_id="run_none", chosen=Chosen(remedy="retry"), by=RULE, at=AT)


def test_a_rejected_version_is_remedied_like_a_failure(card, version, by):
    reject_deliverable(deliverable_id=version.id, reason="No.", by=by, at=AT)
    assert choose(version.run, "rewrite", brief="Name the line.").remedy == "rewrite"


def test_asking_people_hands_the_card_over(card, failed):
    choose(failed, "ask", note="What now?")
    ask = Ask.objects.get()
    assert (ask.kind, ask.body, fresh(card).status) == ("handoff", PACKET, "waiting")
    assert next_owners([fresh(card)])[card.id].kind == "people"


# --- the card has moved on ---------------------------------------------------------------


def test_nothing_is_chosen_for_a_run_that_goes_on(run):
    with refused("stale_move", state="working"):
        choose(run, "retry")


def test_nothing_is_chosen_for_a_card_a_person_took(card, failed, by):
    take_card(card_id=card.id, by=by, at=AT)
    with refused("stale_move", state="working"):
        choose(failed, "rewrite", brief="Anew.")
    assert not Remedy.objects.exists()


def test_nothing_is_chosen_once_another_run_was_given(card, failed, agent):
    fail(assign_card(card_id=card.id, agent_id=agent.id, attempt=2, round=1, why={}, by=RULE,
                     at=AT))  # fmt: skip
    with refused("stale_move", state="ready"):
        choose(failed, "retry")


def test_nothing_is_chosen_for_a_cancelled_card(card, failed, by):
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("stale_move", state="cancelled"):
        choose(failed, "retry")


# --- by a judgement ----------------------------------------------------------------------


def test_the_answer_that_is_followed_is_taken_with_it(room, failed):
    judgement = answered(room, "diagnose", failed.id, DIAGNOSIS)
    assert choose(failed, "retry", judgement).judgement_id == judgement.id
    judgement.refresh_from_db()
    assert (judgement.state, judgement.verdict["outcome"]) == ("taken", "retry")
    with refused("already_chosen"):
        choose(failed, "retry", judgement)


def test_an_answer_about_an_older_goal_changes_nothing(room, card, failed, by):
    judgement = answered(room, "diagnose", failed.id, DIAGNOSIS | {"remedy": "rewrite"})
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    before = said(card)
    with refused("stale_move", state="older_goal"):
        choose(failed, "rewrite", judgement, brief="For the old goal.")
    judgement.refresh_from_db()
    assert (judgement.state, said(card), Remedy.objects.count()) == ("answered", before, 0)


def test_an_answer_that_was_discarded_is_not_followed(room, failed):
    judgement = answered(room, "diagnose", failed.id, DIAGNOSIS)
    Judgement.objects.update(state="discarded")
    with refused("illegal_move", state="discarded"):
        choose(failed, "retry", judgement)
    assert not Remedy.objects.exists()


# --- rewritten ---------------------------------------------------------------------------


def test_a_rewrite_says_what_was_changed_and_keeps_what_the_run_was_given(card, failed):
    made = choose(failed, "rewrite", brief=" Only\x00 the client. ", criteria=[" Names  a line. "])
    assert said(card) == ("Only the client.", ["Names a line."], 2)
    assert made.changed == {
        "brief": {"before": "", "after": "Only the client."},
        "criteria": {"before": [], "after": ["Names a line."]},
    }
    failed.refresh_from_db()
    assert (failed.asked["brief"], failed.asked["revision"]) == ("", 1)
    assert Event.objects.get(type="card.edited").data["changed"] == ["brief", "criteria"]


def test_what_is_not_rewritten_stays(room, agent):
    card = cast.a_card(room, brief="Look.", criteria=["Names a line."])
    choose(fail(cast.a_run(card, agent)), "rewrite", brief="Look twice.")
    assert said(card) == ("Look twice.", ["Names a line."], 2)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"brief": "Look."},
        {"brief": " \n "},
        {"brief": "Look.", "criteria": ["Names a line."]},
        {"criteria": ["  ", "\x00"]},
    ],
)
def test_a_rewrite_that_changes_nothing_is_refused(room, agent, facts):
    card = cast.a_card(room, brief="Look.", criteria=["Names a line."])
    failed = fail(cast.a_run(card, agent))
    with refused("nothing_changed"):
        choose(failed, "rewrite", **facts)
    assert said(card) == ("Look.", ["Names a line."], 1)


def test_empty_criteria_do_not_take_those_there_are_away(room, agent):
    card = cast.a_card(room, criteria=["Names a line."])
    choose(fail(cast.a_run(card, agent)), "rewrite", brief="Anew.", criteria=[" "])
    assert said(card) == ("Anew.", ["Names a line."], 2)


def test_a_brief_of_a_million_characters_is_refused(card, failed):
    with refused("too_long", field="brief"):
        choose(failed, "rewrite", brief="x" * 1_000_000)
    assert said(card) == ("", [], 1)


def test_a_person_who_edited_in_the_meantime_is_not_overwritten_unseen(card, failed, by):
    edit_card(card_id=card.id, changes={"brief": "Mine."}, by=by, at=AT)
    made = choose(failed, "rewrite", brief="Theirs.")
    assert made.changed["brief"] == {"before": "Mine.", "after": "Theirs."}


# --- split -------------------------------------------------------------------------------


def test_a_split_makes_smaller_cards_that_the_card_then_builds_on(card, failed):
    made = choose(failed, "split", parts=PARTS)
    read, compare = fresh(card).children.order_by("number")
    assert made.changed == {"children": [read.id, compare.id]}
    assert (read.skills, compare.kind, read.depth) == (["docs"], "table", 1)
    assert set(Dependency.objects.values_list("card_id", "needs_id")) == {
        (compare.id, read.id), (card.id, read.id), (card.id, compare.id),
    }  # fmt: skip
    told = Event.objects.get(type="card.split").data
    assert (told["children"], told["revision"]) == ([read.id, compare.id], 2)


def test_a_parent_waits_for_its_parts_and_then_goes_on(card, failed, agent, owner):
    choose(failed, "split", parts=PARTS)
    parts = list(fresh(card).children.order_by("number"))
    with refused("blocked"):
        cast.a_run(card, agent)
    for part in parts:
        cast.accept(cast.a_submission(cast.a_run(part, agent)), owner)
    assert cast.a_run(card, agent).inputs.count() == 2


def test_parts_are_given_what_the_card_was_to_be_given(room, version, owner, agent):
    needed = version.card
    cast.accept(version, owner)
    card = cast.a_card(room, "Report", depends_on=[needed])
    choose(fail(cast.a_run(card, agent)), "split", parts=PARTS)
    for part in fresh(card).children.all():
        assert part.dependencies.filter(needs=needed).exists()


def test_parts_wait_no_longer_than_the_card_itself_would(room, version, agent):
    card = cast.a_card(room, "Report", depends_on=[version.card], met_when="submitted")
    choose(fail(cast.a_run(card, agent)), "split", parts=PARTS)
    first, second = fresh(card).children.order_by("number")
    assert cast.a_run(first, agent).inputs.get().deliverable_id == version.id
    met = dict(second.dependencies.values_list("needs_id", "met_when"))
    assert met == {version.card_id: "submitted", first.id: "accepted"}


def test_parts_inherit_how_urgent_the_card_is(room, agent):
    card = cast.a_card(room, "Report", priority=3)
    choose(fail(cast.a_run(card, agent)), "split", parts=PARTS)
    assert set(fresh(card).children.values_list("priority", flat=True)) == {3}


def test_a_parent_whose_part_was_cancelled_is_for_people(card, failed, by):
    choose(failed, "split", parts=PARTS)
    for part in fresh(card).children.all():
        cancel_card(card_id=part.id, by=by, at=AT)
    owner = next_owners([fresh(card)])[card.id]
    assert (owner.kind, owner.what) == ("people", "unblock")


def test_a_parent_that_people_took_the_parts_off_can_be_done(card, failed, agent, owner, by):
    choose(failed, "split", parts=PARTS)
    edit_card(card_id=card.id, changes={"depends_on": []}, by=by, at=AT)
    cast.accept(cast.a_submission(cast.a_run(card, agent)), owner)
    assert fresh(card).status == "done"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "bad_split"),
        (PARTS[:1], "bad_split"),
        ([CardFacts(title=f"Part {n}") for n in range(21)], "bad_split"),
        ([CardFacts(title=f"Part {n}") for n in range(10_000)], "bad_split"),
        ([CardFacts(title="A", depends_on=["1"]), CardFacts(title="B")], "forward_dependency"),
        ([CardFacts(title="A", depends_on=["0"]), CardFacts(title="B")], "forward_dependency"),
        ([CardFacts(title="A"), CardFacts(title="B", depends_on=["-1"])], "forward_dependency"),
        ([CardFacts(title="A"), CardFacts(title=" ")], "missing"),
        ([CardFacts(title="A"), CardFacts(title="B", kind="novel")], "unknown_kind"),
        ([CardFacts(title="A"), CardFacts(title="B", brief="x" * 1_000_000)], "too_long"),
        ([CardFacts(title="A"), CardFacts(title="B", independent_runs=9)], "too_many_independent"),
    ],
)
def test_a_split_that_breaks_a_rule_changes_nothing(card, failed, parts, code):
    with refused(code):
        choose(failed, "split", parts=parts)
    assert (Card.objects.count(), Dependency.objects.count(), said(card)) == (1, 0, ("", [], 1))


def test_work_is_split_so_deep_and_no_deeper(room, card, agent):
    for depth in (1, 2, 3):
        choose(fail(cast.a_run(card, agent)), "split", parts=PARTS)
        card = fresh(card).children.get(title="Read")
        assert card.depth == depth
    failed = fail(cast.a_run(card, agent))
    with refused("too_deep", most=3):
        choose(failed, "split", parts=PARTS)


def test_a_split_beyond_the_rooms_cards_changes_nothing(room, card, failed, by):
    edit_room(room_id=room.id, changes={"policy": {"max_cards": 2}}, by=by, at=AT)
    with refused("too_many_cards", most=2):
        choose(failed, "split", parts=PARTS)
    assert Card.objects.count() == 1


def test_a_card_may_be_split_again_with_its_first_parts_as_inputs_of_the_new(
    card, failed, agent, owner
):
    choose(failed, "split", parts=PARTS)
    for part in fresh(card).children.order_by("number"):
        cast.accept(cast.a_submission(cast.a_run(part, agent)), owner)
    choose(fail(cast.a_run(card, agent)), "split", parts=PARTS)
    assert fresh(card).children.count() == 4
    assert fresh(card).dependencies.count() == 4
