"""Asks: what only a person can answer, answered in the form that was asked for."""

import pytest

from agents.apply import apply
from agents.coordinator.moves import Assign, ExpireAsk
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.asks import answer_ask, hand_over, take_back
from workspace.commands.expiring import expire_ask
from workspace.commands.handoffs import go_on
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Ask, Delivery, Run, Standing
from workspace.permits import action_digest
from workspace.reports import Accepted, Activity, PermissionWanted, Question
from workspace.sentences import sentence
from workspace.trail import EMPTY
from workspace.verify import verify

PACKET = {"code": "attempts_used_up", "params": {}, "tried": []}
RULE = coordinator(rule="attempts")
FORM = {
    "type": "object",
    "properties": {
        "value": {"type": "integer", "enum": [10, 30]},
        "share": {"type": "number"},
        "sure": {"type": "boolean"},
        "tags": {"type": "array"},
        "why": {"type": "string"},
    },
    "required": ["value"],
}


def ask(run, ref="q1", schema=None, **facts):
    cast.says(run, Question(ref=ref, message_md="Which one?", schema=schema, **facts))
    return Ask.objects.get(run=run, ref=ref)


def answer(ask, by, **said):
    return answer_ask(ask_id=ask.id, answer=said, by=by, at=later(60))


def state_of(run):
    run.refresh_from_db()
    run.card.refresh_from_db()
    return run.state, run.card.status


def test_an_answer_lets_run_and_card_go_on_and_tells_the_agent(run, contributor):
    asked = ask(run)
    assert run.card_id == asked.card_id
    assert state_of(run) == ("waiting", "waiting")
    answer(asked, By(contributor.id), action="accept", content={"answer": "The code."})
    assert (state_of(run), run.last_sign_at) == (("working", "working"), later(60))
    told = Delivery.objects.get(type="question.answered")
    assert told.data["content"] == {"answer": "The code."}
    assert told.data["question_id"] == "q1"


def test_an_answer_after_many_equal_steps_does_not_end_the_run_as_a_loop(run, by):
    for _ in range(4):
        cast.says(run, Activity(kind="action", title="Look for the value"))
    asked = ask(run)
    Run.objects.filter(id=run.id).update(trail={**EMPTY, "same": 6, "last": "Look for the value"})
    answer(asked, by, action="accept", content={"answer": "The code."})
    run.refresh_from_db()
    assert (run.trail["same"], run.trail["last"]) == (0, "Look for the value")
    board = observe(run.room_id, later(61))
    assert board is not None and plan(board).moves == ()


def test_a_deadline_is_moved_by_as_long_as_people_took(run, by):
    Run.objects.filter(id=run.id).update(deadline_at=later(50))
    first, second = ask(run, "q1"), ask(run, "q2")
    answer_ask(ask_id=first.id, answer={"action": "decline"}, by=by, at=later(40))
    run.refresh_from_db()
    assert run.deadline_at == later(50)
    answer_ask(ask_id=second.id, answer={"action": "decline"}, by=by, at=later(600))
    run.refresh_from_db()
    assert run.deadline_at == later(650)


# --- asks nobody answers -----------------------------------------------------------------


def looks(room, after):
    board = observe(room.id, later(after))
    assert board is not None
    moves = plan(board).moves
    assert apply(moves, board, later(after)) == []
    return moves


WEEK = 604_800


def test_an_ask_that_runs_out_ends_its_run_without_rating_the_agent(room, run, by):
    asked = ask(run)
    cast.says(run, PermissionWanted(ref="p", title="Push", kind="command", action={"run": "git"}))
    assert looks(room, WEEK - 1) == ()
    (move,) = looks(room, WEEK)
    assert isinstance(move, ExpireAsk)
    asked.refresh_from_db()
    assert (asked.state, state_of(run)) == ("expired", ("superseded", "waiting"))
    assert (run.failure, run.reason["code"]) == ("", "nobody_answered")
    assert not Standing.objects.exists()
    (told,) = Delivery.objects.filter(type="card.cancelled")
    assert told.data == {"reason": "question_expired"}
    assert verify(later(WEEK)) == []


def test_people_get_the_card_with_what_was_asked_and_may_let_it_go_on(room, run, by):
    asked = ask(run)
    looks(room, WEEK)
    (handed,) = Ask.objects.filter(state="open")
    assert (handed.kind, handed.body["code"]) == ("handoff", "nobody_answered")
    assert handed.body["params"]["question"] == "Which one?"
    assert "in time" in sentence(handed.body)
    with refused("ask_closed", state="expired"):
        answer(asked, by, action="decline")
    go_on(card_id=run.card_id, changes={}, by=by, at=later(WEEK))
    (again,) = looks(room, WEEK + 1)
    assert isinstance(again, Assign) and again.agent_id == run.agent_id


def test_the_room_is_looked_at_when_an_ask_runs_out(room, run):
    ask(run)
    board = observe(room.id, later(1))
    assert board is not None and plan(board).next_at == later(WEEK)


def test_a_run_rests_as_long_as_one_of_its_asks_may_be_answered(room, run):
    first = ask(run)
    cast.says(run, Question(ref="q2", message_md="And this?"), at=later(60))
    assert looks(room, WEEK + 59) == ()
    (move,) = looks(room, WEEK + 60)
    assert (type(move), move.subject) == (ExpireAsk, first.id)
    assert not Ask.objects.filter(state="open").exclude(kind="handoff").exists()


def test_an_ask_that_may_be_answered_or_blocks_nothing_does_not_run_out(run):
    asked = ask(run)
    free = ask(run, "q2", blocking=False)
    for one, after in ((asked, WEEK - 1), (free, WEEK)):
        with refused("stale_move", state="open"):
            expire_ask(ask_id=one.id, by=RULE, at=later(after))
    expire_ask(ask_id=asked.id, by=RULE, at=later(WEEK))
    with refused("illegal_move"):
        expire_ask(ask_id=asked.id, by=RULE, at=later(WEEK))


def test_others_go_on_where_one_of_several_independent_runs_got_no_answer(room, agent):
    other = cast.an_agent(room, "Other")
    card = cast.a_card(room, independent_runs=2)
    first, second = [
        assign_card(
            card_id=card.id, agent_id=one.id, attempt=1, round=1, why={}, slot=slot, by=RULE, at=AT
        )
        for slot, one in ((1, agent), (2, other))
    ]
    asked = ask(first)
    cast.says(second, Accepted(), at=later(WEEK))
    expire_ask(ask_id=asked.id, by=RULE, at=later(WEEK))
    assert (state_of(first), state_of(second)[0]) == (("superseded", "working"), "working")
    assert not Ask.objects.filter(kind="handoff").exists()


def test_work_goes_on_only_when_nothing_blocking_is_open(run, by):
    first, second = ask(run, "q1"), ask(run, "q2")
    answer(first, by, action="decline")
    assert state_of(run) == ("waiting", "waiting")
    answer(second, by, action="decline")
    assert state_of(run) == ("working", "working")


def test_the_same_question_asked_twice_is_one_ask(run):
    assert ask(run).id == ask(run).id


@pytest.mark.parametrize("who", ["observer", "agent"])
def test_only_members_who_work_answer(request, run, who):
    asked = ask(run)
    with refused("not_allowed", permission="ask.answer"):
        answer(asked, By(request.getfixturevalue(who).id), action="decline")


def test_the_coordinator_never_answers_for_a_person(run):
    asked = ask(run)
    with refused("not_allowed", permission="ask.answer"):
        answer(asked, RULE, action="accept", content={"answer": "I guess 10."})


def test_an_ask_is_answered_once(run, by):
    asked = ask(run)
    answer(asked, by, action="decline")
    with refused("ask_closed", state="answered"):
        answer(asked, by, action="accept", content={"answer": "No, wait."})


def test_a_question_of_a_run_that_ended_is_closed(run, by):
    asked = ask(run)
    fail_run(run_id=run.id, kind="deadline", evidence={}, by=RULE, at=AT)
    with refused("ask_closed", state="cancelled"):
        answer(asked, by, action="decline")


def test_an_answer_is_read_by_the_form_that_was_asked_for(run, by):
    asked = ask(run, schema=FORM)
    content = {"value": "10", "share": "0.5", "sure": "on", "tags": "a", "why": "", "other": "x"}
    given = answer(asked, by, action="accept", content=content).answer
    assert given["content"] == {"value": 10, "share": 0.5, "sure": True, "tags": ["a"]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({}, "missing"),
        ({"value": "ten"}, "wrong_type"),
        ({"value": "11"}, "not_a_choice"),
        ({"value": "10", "share": "nan"}, "wrong_type"),
        ({"value": "10", "share": "inf"}, "wrong_type"),
        ({"value": "10", "share": {}}, "wrong_type"),
    ],
)
def test_an_answer_that_does_not_fit_its_form_is_refused(run, by, content, code):
    asked = ask(run, schema=FORM)
    with refused(code):
        answer(asked, by, action="accept", content=content)
    assert state_of(run) == ("waiting", "waiting")


def test_a_nul_character_in_an_answer_is_left_out(run, by):
    given = answer(ask(run), by, action="accept", content={"answer": "The\x00 code."}).answer
    assert given["content"] == {"answer": "The code."}


@pytest.mark.parametrize("said", [{}, {"action": "maybe"}, {"decision": "allow_once"}])
def test_an_answer_nobody_knows_is_refused(run, by, said):
    asked = ask(run)
    with refused("unknown_answer"):
        answer(asked, by, **said)


def test_a_permission_is_decided_for_one_exact_action(run, by):
    action = {"run": "git push", "in": "/src"}
    cast.says(run, PermissionWanted(ref="p1", title="Push", kind="command", action=action))
    asked = Ask.objects.get()
    with refused("unknown_decision"):
        answer(asked, by, decision="yes")
    answer(asked, by, decision="allow_once")
    told = Delivery.objects.get(type="permission.decided").data
    assert (told["decision"], told["action_digest"]) == ("allow_once", action_digest(action))


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert action_digest({"a": 1, "b": 2}) == action_digest({"b": 2, "a": 1})
    assert action_digest({"a": 1}) != action_digest({"a": 2})


# --- handed over -------------------------------------------------------------------------


def test_a_handed_over_card_waits_for_people(card):
    hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)
    card.refresh_from_db()
    assert (card.status, card.reason["code"]) == ("waiting", "handed_over")


def test_a_card_is_handed_over_once_and_not_while_it_is_worked_on(card, run):
    with refused("card_not_free", state="working"):
        hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)
    with refused("already_handed_over"):
        hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)


def test_a_hand_off_is_answered_by_acting(card, by):
    asked = hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)
    with refused("answer_by_acting"):
        answer(asked, by, action="accept")


def test_a_hand_off_is_taken_back_when_someone_can_do_the_card(card):
    with refused("not_handed_over"):
        take_back(card_id=card.id, by=RULE, at=AT)
    hand_over(card_id=card.id, packet=PACKET, by=RULE, at=AT)
    take_back(card_id=card.id, by=RULE, at=AT)
    card.refresh_from_db()
    assert (card.status, Ask.objects.get().state) == ("ready", "cancelled")
