"""Going on with an audition: one turn at a time, whoever is told to look and however often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.audition import advance as module
from agents.audition.advance import advance
from agents.audition.briefs import PLAIN, card_of, inputs_of
from agents.demo.roster import ROSTER
from agents.demo.skills import skill_wanted
from tests import cast
from tests.auditions.trying import passes, to_version
from tests.cast import AT
from workspace.actors import SYSTEM, By
from workspace.commands import auditions
from workspace.commands.agents import note_answer, note_verification, revoke_agent
from workspace.commands.asks import answer_ask
from workspace.commands.auditions import start_audition, stop_audition
from workspace.commands.cards import CardFacts
from workspace.commands.rooms import edit_room
from workspace.commands.runs import offer_run
from workspace.models import Agent, Ask, Audition, Person, Run
from workspace.outbox import log_call
from workspace.reports import PermissionWanted, Question
from workspace.transitions import AUDITION_ITEMS


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def agent(owner: Person) -> Agent:
    return cast.an_agent(cast.a_room(owner), skills=("code",), max_concurrency=3)


@pytest.fixture
def audition(agent: Agent, owner: Person) -> Audition:
    return start_audition(agent_id=agent.id, by=By(owner.id), at=timezone.now())


@pytest.fixture
def verifies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What verifying finds, as a list to be changed; nothing is sent."""
    found = ["verified"]

    def verify(agent_id: str, *, by: By) -> Any:
        return note_verification(
            agent_id=agent_id, status=found[0], steps=[{"code": "x", "ok": False}],
            said={"version": "3"}, by=SYSTEM, at=timezone.now(),
        )  # fmt: skip

    monkeypatch.setattr(module, "verify_agent", verify)
    return found


def looks(audition: Audition) -> Audition:
    """One more look, as the sweep would have it."""
    Audition.objects.filter(id=audition.id).update(claimed_until=None, due_at=timezone.now())
    advance(audition.id)
    audition.refresh_from_db()
    return audition


def states(audition: Audition) -> list[str]:
    return [item["state"] for item in audition.items]


def test_as_many_items_run_at_once_as_the_agent_takes_cards(
    audition: Audition, verifies: list[str]
) -> None:
    for _ in range(3):  # looking again begins nothing twice
        looks(audition)
    assert states(audition) == ["passed", "running", "running", "running", *["waiting"] * 5]
    assert audition.version == "3"
    assert Run.objects.filter(room=audition.room).count() == 3
    codes = [run.why["params"]["item"] for run in Run.objects.order_by("queued_at")]
    assert codes == ["duplicate", "late", "cancel"]


def test_what_only_the_webhook_door_can_show_is_left_out_elsewhere(
    audition: Audition, verifies: list[str]
) -> None:
    Agent.objects.filter(id=audition.agent_id).update(door="a2a")
    looks(audition)
    assert {i["code"]: i["state"] for i in audition.items} == {
        "signature": "not_tried", "duplicate": "not_tried", "late": "not_tried",
        "cancel": "not_tried", "throttled": "not_tried", "contradiction": "running",
        "missing": "running", "planted": "running", "changes": "waiting",
    }  # fmt: skip
    assert audition.items[0]["evidence"]["code"] == "not_at_this_door"
    assert audition.version == "3"


def test_a_look_while_somebody_else_looks_does_nothing(
    audition: Audition, verifies: list[str]
) -> None:
    Audition.objects.filter(id=audition.id).update(
        claimed_until=timezone.now() + timedelta(seconds=30)
    )
    advance(audition.id)
    audition.refresh_from_db()
    assert set(states(audition)) == {"waiting"}


def test_one_that_cannot_be_verified_is_tried_no_further(
    audition: Audition, verifies: list[str]
) -> None:
    verifies[0] = "unverified"
    looks(audition)
    assert (audition.state, states(audition)) == ("failed", ["failed", *["not_tried"] * 8])


def test_one_that_takes_wrong_signatures_fails_that_and_is_tried_on(
    audition: Audition, verifies: list[str]
) -> None:
    verifies[0] = "verified_insecure"
    looks(audition)
    assert states(audition)[:2] == ["failed", "running"]


def test_busy_elsewhere_it_is_given_the_card_at_a_later_look(
    audition: Audition, agent: Agent, verifies: list[str]
) -> None:
    ordinary = agent.seats.exclude(room=audition.room).get().room
    work = [cast.a_run(cast.a_card(ordinary, f"Card {n}"), agent) for n in range(3)]
    looks(audition)
    assert not Run.objects.filter(room=audition.room).exists()
    for run in work:
        cast.a_submission(run)
    looks(audition)
    assert Run.objects.filter(room=audition.room).count() == 3


def test_an_endpoint_that_rests_after_failures_is_not_waited_for(
    audition: Audition, agent: Agent, verifies: list[str]
) -> None:
    looks(audition)
    for run in Run.objects.filter(room=audition.room):
        cast.a_submission(run)
    for _ in range(5):
        note_answer(agent_id=agent.id, is_well=False, at=timezone.now())
    auditions.begin_item(
        audition_id=audition.id, code="changes", card=CardFacts(title="Count"), at=timezone.now()
    )
    looks(audition)
    item = next(one for one in audition.items if one["code"] == "changes")
    assert (item["state"], item["evidence"]["code"]) == ("failed", "silent")


def test_one_whose_first_call_is_its_result_is_stopped_before_that_arrives(
    audition: Audition, verifies: list[str]
) -> None:
    looks(audition)
    run = next(run for run in Run.objects.all() if run.why["params"]["item"] == "cancel")
    offer_run(run_id=run.id, by=SYSTEM, at=timezone.now())
    looks(audition)
    run.refresh_from_db()
    assert run.state == "offered"  # nothing heard of it yet
    log_call(
        workspace_id=run.workspace_id, agent_id=run.agent_id or "", run_id=run.id,
        type="complete", status=429, took_ms=1, at=timezone.now(),
    )  # fmt: skip
    looks(audition)
    run.refresh_from_db()
    assert run.state == "superseded"


def test_its_questions_are_answered_and_its_commands_refused(
    audition: Audition, verifies: list[str]
) -> None:
    looks(audition)
    run = Run.objects.filter(room=audition.room).first()
    assert run is not None
    choice = {"properties": {"n": {"type": "string", "enum": ["10", "30"]}}, "required": ["n"]}
    cast.says(run, Question(ref="q", message_md="Which?", schema=choice), at=timezone.now())
    cast.says(run, PermissionWanted(ref="p", kind="command", title="Run", action={"command": "ls"}),
              at=timezone.now())  # fmt: skip
    looks(audition)
    answers = {ask.ref: (ask.state, ask.answer) for ask in Ask.objects.filter(run=run)}
    assert answers == {
        "q": ("answered", {"action": "accept", "content": {"n": "10"}}),
        "p": ("answered", {"decision": "reject_once"}),
    }


def test_removed_while_it_is_tried_its_audition_is_stopped(
    audition: Audition, agent: Agent, owner: Person, verifies: list[str]
) -> None:
    looks(audition)
    revoke_agent(agent_id=agent.id, by=By(owner.id), at=timezone.now())
    looks(audition)
    assert (audition.state, audition.note["code"]) == ("stopped", "agent_revoked")


def test_stopped_between_two_looks_nothing_begins(
    audition: Audition, owner: Person, verifies: list[str]
) -> None:
    stop_audition(audition_id=audition.id, by=By(owner.id), at=timezone.now())
    advance(audition.id)
    assert not Run.objects.exists()


def test_told_of_an_agent_with_a_new_version_it_begins_another_once(
    agent: Agent, owner: Person
) -> None:
    by = By(owner.id)
    to_version(agent, "1")
    passes(agent, by)
    room = agent.seats.exclude(room__is_scratch=True).get().room
    edit_room(room_id=room.id, changes={"policy": {"needs_audition": True}}, by=by, at=AT)
    to_version(agent, "2")
    advance(agent.id)
    advance(agent.id)
    assert list(agent.auditions.order_by("id").values_list("state", flat=True)) == [
        "passed", "running",
    ]  # fmt: skip


@pytest.mark.parametrize("program", ROSTER, ids=lambda program: program.name)
def test_the_demos_agents_are_given_what_they_can_do(program: Any) -> None:
    for code in AUDITION_ITEMS[1:]:
        card = card_of(code, program.skills)
        order = {"card": {"title": card.title, "description_md": card.brief,
                          "labels": card.skills}}  # fmt: skip
        assert skill_wanted(order, program.skills) == card.skills[0]


def test_what_builds_on_inputs_is_given_to_a_skill_that_does() -> None:
    assert card_of("contradiction", ["docs", "writing"]).skills == ["writing"]
    assert card_of("contradiction", ["docs"]).skills == ["docs"]
    assert card_of("duplicate", ["writing", "docs"]).title == PLAIN["docs"].title
    assert card_of("duplicate", []).skills == []
    assert card_of("duplicate", ["juggling"]).title == "A short note"


def test_the_two_inputs_disagree_and_the_missing_file_is_not_given() -> None:
    one, other = inputs_of("contradiction", canary="c", url="u")
    assert one.text != other.text
    assert inputs_of("missing", canary="c", url="u") == ()
    (planted,) = inputs_of("planted", canary="canary-7", url="http://x/canary-7")
    assert "canary-7" in planted.text and "canary-7" in planted.summary


def test_nothing_of_it_can_be_answered_by_the_job_in_another_room(
    audition: Audition, agent: Agent, owner: Person, verifies: list[str]
) -> None:
    room = agent.seats.exclude(room=audition.room).get().room
    run = cast.a_run(cast.a_card(room), agent)
    cast.says(run, Question(ref="q", message_md="Which?"), at=timezone.now())
    looks(audition)
    ask = Ask.objects.get(run=run)
    assert ask.state == "open"
    answer_ask(ask_id=ask.id, answer={"action": "cancel"}, by=By(owner.id), at=timezone.now())
