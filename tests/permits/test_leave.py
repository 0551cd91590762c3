"""Who decides about an action: the room's policy, a rule that a person kept, else a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.doors.orders import assigned, event_of
from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused
from workspace.actors import By
from workspace.commands.asks import answer_ask, decision_told
from workspace.commands.rooms import edit_room
from workspace.commands.rules import RULE_FOR, remove_rule
from workspace.models import Ask, CommandRule, Delivery, Event, Room, Run
from workspace.permits import CLASSES, action_digest
from workspace.reports import PermissionWanted

pytestmark = pytest.mark.django_db
READS, WRITES = {"argv": ["ls", "src"]}, {"argv": ["mkdir", "out"]}
RUNS, NETWORK = {"argv": ["pytest", "-q"]}, {"argv": ["curl", "https://example.org/"]}
DELETES = {"argv": ["rm", "-rf", "build"]}


@pytest.fixture
def owner():
    return cast.an_owner()


@pytest.fixture
def room(owner):
    return cast.a_room(owner)


@pytest.fixture
def agent(room):
    return cast.an_agent(room, max_concurrency=5)


@pytest.fixture
def run(room, agent):
    return cast.a_run(cast.a_card(room), agent)


def wants(run: Run, action: dict[str, Any], ref: str = "p1", *, at=AT, **more: Any) -> Ask:
    facts = {"kind": "execute", "title": "Run it", **more}
    cast.says(run, PermissionWanted(ref=ref, action=action, **facts), at=at)
    return Ask.objects.get(run=run, ref=ref)


def answers(ask: Ask, owner, decision: str, *, at=AT, **more: Any) -> Ask:
    said = {"decision": decision, **more}
    return answer_ask(ask_id=ask.id, answer=said, by=By(owner.id), at=at)


def told(run: Run) -> list[dict[str, Any]]:
    sent = Delivery.objects.filter(run=run, type="permission.decided").order_by("inbox_seq")
    return [delivery.data for delivery in sent]


def refuses(code: str, command: Any, *words: Any, **facts: Any) -> None:
    with refused(code):
        command(*words, **facts)


def policy(room: Room, owner, **kept: bool) -> None:
    edit_room(room_id=room.id, changes={"policy": kept}, by=By(owner.id), at=AT)


def test_reading_is_allowed_at_once_and_on_the_record(room, run):
    ask = wants(run, READS)
    assert (ask.state, ask.answer) == ("answered", {"decision": "allow_once", "policy": "read"})
    assert (ask.blocking, ask.body["class"], ask.answered_by) == (False, "read", None)
    run.refresh_from_db()
    assert run.state == "working"
    (decided,) = told(run)
    assert decided["decision"] == "allow_once"
    assert decided["action_digest"] == action_digest(READS)
    assert decided["decided_by"] == "policy"
    closed = Event.objects.get(type="ask.closed")
    assert (closed.actor, closed.cause) == ("system", {"rule": "permits"})


def test_writing_is_asked_about_unless_the_room_lets_it_pass(room, run, owner):
    assert wants(run, WRITES, "p1").state == "open"
    policy(room, owner, writes_without_asking=True)
    assert wants(run, WRITES, "p2").state == "answered"


def test_a_room_may_want_to_be_asked_about_reading_too(room, run, owner):
    policy(room, owner, reads_without_asking=False)
    assert wants(run, READS).state == "open"


@pytest.mark.parametrize(
    "action",
    [DELETES, NETWORK, RUNS, {"argv": ["cat", ".env"]}, {"argv": ["aws", "s3", "ls"]},
     {"command": "ls; id"}, {"argv": ["git", "commit", "-m", "x"]}],
)  # fmt: skip
def test_no_policy_allows_what_may_harm(room, run, owner, action):
    policy(room, owner, reads_without_asking=True, writes_without_asking=True)
    assert wants(run, action).state == "open"


def test_in_the_room_of_an_audition_a_person_is_always_asked(room, run):
    Room.objects.filter(id=room.id).update(is_scratch=True)
    assert wants(run, READS).state == "open"


def test_an_answer_for_always_is_kept_here_and_told_as_once(room, run, agent, owner):
    answers(wants(run, WRITES), owner, "allow_always")
    rule = CommandRule.objects.get()
    assert (rule.agent_id, rule.card_id, rule.decision) == (agent.id, run.card_id, "allow")
    assert (rule.klass, rule.program, rule.action_digest) == ("write", "mkdir", "")
    assert (rule.made_by_id, rule.expires_at) == (owner.id, AT + RULE_FOR)
    assert told(run)[0]["decision"] == "allow_once"
    assert Ask.objects.get().answer == {"decision": "allow_always", "rule": rule.id}
    assert Event.objects.get(type="rule.kept").data["program"] == "mkdir"


def test_later_equal_requests_are_answered_from_the_rule_without_waiting(room, run, owner):
    answers(wants(run, WRITES), owner, "allow_always")
    rule = CommandRule.objects.get()
    later = wants(run, {"argv": ["mkdir", "-p", "other/place"]}, "p2")
    assert (later.state, later.answer["rule"], later.answered_by) == ("answered", rule.id, None)
    assert told(run)[-1]["decided_by"] == rule.id
    rule.refresh_from_db()
    assert (rule.uses, rule.last_used_at) == (1, AT)
    run.refresh_from_db()
    assert run.state == "working"


@pytest.mark.parametrize(
    "action",
    [{"argv": ["mkdir", "/etc/x"]}, {"argv": ["mkdir", "../x"]}, {"argv": ["mkdir", ".git/x"]},
     {"argv": ["mkdir", "out", "; id"]}, {"command": "mkdir out; rm -rf ."},
     {"argv": ["touch", "x"]}, {"argv": ["mkdir", "x"], "cwd": "/etc"},
     {"argv": ["mkdir", "x"], "env_keys": ["PATH"]}, {"argv": ["sudo", "mkdir", "x"]},
     {"argv": ["mkdir", "x"], "text": "and more"}],
)  # fmt: skip
def test_a_rule_covers_nothing_that_only_begins_alike(room, run, owner, action):
    answers(wants(run, WRITES), owner, "allow_always", scope="room")
    assert wants(run, action, "p2").state == "open"


def test_what_runs_code_or_uses_the_network_is_covered_exactly(room, run, owner):
    for n, action in enumerate((RUNS, NETWORK)):
        answers(wants(run, action, f"a{n}"), owner, "allow_always")
        assert wants(run, action, f"b{n}").state == "answered"
        more = {"argv": [*action["argv"], "x"]}
        assert wants(run, more, f"c{n}").state == "open"
        elsewhere = {**action, "cwd": "other"}
        assert wants(run, elsewhere, f"d{n}").state == "open"


def test_another_work_directory_of_a_run_is_no_other_action(room, run, owner):
    def ran_in(place: str) -> dict[str, Any]:
        cwd = f"/home/me/.muster-connect/host/runs/{place}/work"
        return {"command": "pytest -q", "cwd": cwd, "text": "Shell\nRunning: pytest -q"}

    answers(wants(run, ran_in("r1"), "p1"), owner, "allow_always")
    assert wants(run, ran_in("r2"), "p2").state == "answered"
    assert wants(run, {**ran_in("r3"), "text": "Shell\nrm x"}, "p3").state == "open"
    assert wants(run, {**ran_in("r4"), "cwd": "/home/me/projects/x"}, "p4").state == "open"


@pytest.mark.parametrize("action", [DELETES, {"argv": ["printenv"]}, {"command": "ls | sh"},
                                    {"argv": ["sh", "-c", "ls"]}])  # fmt: skip
@pytest.mark.parametrize("decision", ["allow_always", "reject_always"])
def test_nothing_lasting_is_kept_of_what_is_asked_about_every_time(
    room, run, owner, action, decision
):
    ask = wants(run, action)
    refuses("never_always", answer_ask, ask_id=ask.id, answer={"decision": decision},
            by=By(owner.id), at=AT)  # fmt: skip
    ask.refresh_from_db()
    assert (ask.state, CommandRule.objects.count()) == ("open", 0)


def test_a_rule_is_one_agents_and_one_cards_or_rooms(room, run, agent, owner):
    answers(wants(run, WRITES), owner, "allow_always")
    other_agent = cast.a_run(cast.a_card(room, "Its"), cast.an_agent(room, "Other"))
    other_card = cast.a_run(cast.a_card(room, "Second"), agent)
    assert wants(other_agent, WRITES).state == "open"
    assert wants(other_card, WRITES).state == "open"
    answers(Ask.objects.get(run=other_card), owner, "allow_always", scope="room")
    third = cast.a_run(cast.a_card(room, "Third"), agent)
    assert wants(third, WRITES).state == "answered"
    elsewhere = cast.a_room(cast.an_owner("O", "Other team"))
    foreign = cast.a_run(cast.a_card(elsewhere), cast.an_agent(elsewhere, "Foreign"))
    assert wants(foreign, WRITES).state == "open"


def test_a_refusal_for_always_goes_before_leave_and_policy(room, run, owner):
    policy(room, owner, writes_without_asking=False)
    answers(wants(run, WRITES, "p1"), owner, "allow_always", scope="room")
    policy(room, owner, reads_without_asking=False)
    answers(wants(run, READS, "p2"), owner, "reject_always", scope="room")
    policy(room, owner, reads_without_asking=True)
    ask = wants(run, READS, "p3")
    assert ask.answer["decision"] == "reject_once"
    assert told(run)[-1]["decision"] == "reject_once"


def test_a_rule_that_was_removed_or_is_over_decides_nothing(room, run, owner):
    answers(wants(run, WRITES), owner, "allow_always")
    rule = CommandRule.objects.get()
    assert wants(run, WRITES, "p2", at=AT + RULE_FOR).state == "open"
    remove_rule(rule_id=rule.id, by=By(owner.id), at=AT)
    remove_rule(rule_id=rule.id, by=By(owner.id), at=AT)
    assert wants(run, WRITES, "p3").state == "open"
    rule.refresh_from_db()
    assert (rule.removed_at, rule.removed_by_id) == (AT, owner.id)
    assert Event.objects.filter(type="rule.removed").count() == 1


def test_only_who_may_answer_may_take_a_rule_back(room, run, owner):
    answers(wants(run, WRITES), owner, "allow_always")
    rule_id = CommandRule.objects.get().id
    observer = cast.a_member(room, "observer")
    stranger = cast.an_owner("Stranger", "Elsewhere")
    refuses("not_allowed", remove_rule, rule_id=rule_id, by=By(observer.id), at=AT)
    refuses("not_found", remove_rule, rule_id=rule_id, by=By(stranger.id), at=AT)
    refuses("not_found", remove_rule, rule_id="rule_none", by=By(owner.id), at=AT)
    refuses("not_allowed", remove_rule, rule_id=rule_id, by=By(run.agent_id), at=AT)


def test_an_unknown_scope_is_refused(room, run, owner):
    ask = wants(run, WRITES)
    said = {"decision": "allow_always", "scope": "world"}
    refuses("unknown_choice", answer_ask, ask_id=ask.id, answer=said, by=By(owner.id), at=AT)


def test_leave_is_for_ten_minutes_and_told_as_none_after_that(room, run, owner):
    answers(wants(run, WRITES), owner, "allow_once")
    delivery = Delivery.objects.get(run=run, type="permission.decided")
    in_time = event_of(delivery, at=AT + timedelta(seconds=599))
    assert (in_time.decision, in_time.expires_at) == ("allow_once", AT + timedelta(seconds=600))
    assert event_of(delivery, at=AT + timedelta(seconds=600)).decision == "cancelled"


def test_who_polls_hears_the_same(room, run, owner):
    ask = answers(wants(run, WRITES), owner, "allow_once")
    assert decision_told(ask, run, at=AT)["decision"] == "allow_once"
    assert decision_told(ask, run, at=AT + timedelta(seconds=600))["decision"] == "cancelled"
    withdrawn = wants(run, WRITES, "p2")
    assert decision_told(withdrawn, run, at=AT)["decision"] == "cancelled"


def test_a_refusal_does_not_run_out(room, run, owner):
    answers(wants(run, WRITES), owner, "reject_once")
    delivery = Delivery.objects.get(run=run, type="permission.decided")
    assert event_of(delivery, at=AT + timedelta(days=1)).decision == "reject_once"


def test_another_action_under_the_same_name_gets_nothing_of_the_first_ones_leave(room, run, owner):
    answers(wants(run, WRITES), owner, "allow_once")
    wanted = PermissionWanted(ref="p1", title="Run it", kind="execute", action=DELETES)
    refuses("wrong_digest", cast.says, run, wanted)
    again = wants(run, WRITES, "p1")
    assert (again.state, Ask.objects.count()) == ("answered", 1)


def test_a_digest_that_is_not_the_actions_is_refused(run):
    wanted = PermissionWanted(
        ref="p", title="Run", kind="execute", action=READS, action_digest=action_digest(DELETES)
    )
    refuses("wrong_digest", cast.says, run, wanted)


def test_an_order_says_what_leave_is_given_for_without_a_person(room, run, owner):
    every = {"commands", *CLASSES}
    run.room.refresh_from_db()
    assert assigned(run, at=AT).permissions == dict.fromkeys(every, "ask") | {"read": "allow"}
    policy(room, owner, reads_without_asking=False, writes_without_asking=True)
    run.room.refresh_from_db()
    assert assigned(run, at=AT).permissions == dict.fromkeys(every, "ask") | {"write": "allow"}
    run.room.is_scratch = True
    assert set(assigned(run, at=AT).permissions.values()) == {"ask"}
