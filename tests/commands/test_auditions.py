"""Starting, going through and ending an audition, and what must be refused of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.auditions.trying import end, passes, to_version
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands import auditions
from workspace.commands.agents import pause_agent
from workspace.commands.auditions import InputFile, start_audition, stop_audition
from workspace.commands.cards import CardFacts, give_card
from workspace.commands.rooms import edit_room, resume_room
from workspace.commands.starting import assign_card
from workspace.commands.ticks import due_work
from workspace.models import (
    Agent,
    Audition,
    Card,
    Deliverable,
    Event,
    Person,
    Review,
    Room,
    Run,
    Standing,
    Tick,
)
from workspace.queries import agents_of, asks_open, reviews_waiting, rooms_of
from workspace.standing import is_passed
from workspace.verify import verify

GIVEN = InputFile("Notes", "notes.md", "text/markdown", "The move is on the ninth.", "Notes.")


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def room(owner: Person) -> Room:
    return cast.a_room(owner)


@pytest.fixture
def by(owner: Person) -> By:
    return By(owner.id)


@pytest.fixture
def agent(room: Room) -> Agent:
    return cast.an_agent(room, skills=("code",))


@pytest.fixture
def audition(agent: Agent, by: By) -> Audition:
    return start_audition(agent_id=agent.id, by=by, at=AT)


def test_it_has_a_scratch_room_with_only_this_agent_and_no_one_else(
    audition: Audition, owner: Person, agent: Agent
) -> None:
    room = audition.room
    assert room.is_scratch and room.paused
    assert list(room.seats.values_list("agent_id", flat=True)) == [agent.id]
    assert list(room.members.values_list("person_id", "role")) == [(owner.id, "owner")]
    started = Event.objects.get(type="audition.started")
    assert started.data["agent_id"] == agent.id and started.stream_id == agent.workspace_id
    assert verify(later(1)) == []


def test_one_audition_of_an_agent_at_a_time(audition: Audition, agent: Agent, by: By) -> None:
    rooms = Room.objects.count()
    with refused("already_auditioned"):
        start_audition(agent_id=agent.id, by=by, at=AT)
    assert Room.objects.count() == rooms


def test_only_who_manages_the_agent_starts_and_stops_it(
    room: Room, agent: Agent, audition: Audition
) -> None:
    other = By(cast.a_member(room, "reviewer").id)
    with refused("not_allowed"):
        stop_audition(audition_id=audition.id, by=other, at=AT)
    with refused("not_allowed"):
        start_audition(agent_id=agent.id, by=other, at=AT)
    with refused("audition_needs_a_person"):
        start_audition(agent_id=agent.id, by=SYSTEM, at=AT)
    with refused("not_allowed"):
        start_audition(agent_id=agent.id, by=By(room.created_by_id, scopes=("read",)), at=AT)


def test_a_paused_agent_is_not_tried(agent: Agent, by: By) -> None:
    pause_agent(agent_id=agent.id, paused=True, by=by, at=AT)
    with refused("agent_not_usable"):
        start_audition(agent_id=agent.id, by=by, at=AT)


def test_an_item_is_given_its_inputs_without_anybody_accepting_anything(
    audition: Audition, agent: Agent
) -> None:
    card = auditions.begin_item(
        audition_id=audition.id, code="planted", card=CardFacts(title="Sum up", skills=["code"]),
        inputs=[GIVEN], at=AT,
    )  # fmt: skip
    assert card is not None
    run = assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={"code": "audition"},
        by=auditions.acting(audition), at=AT,
    )  # fmt: skip
    given = run.inputs.get().deliverable
    assert given.files.get().name == "notes.md"
    assert (given.state, given.run.person_id) == ("submitted", audition.started_by_id)
    assert not Review.objects.exists()
    with refused("illegal_move"):
        auditions.begin_item(audition_id=audition.id, code="planted", at=AT)


def test_its_room_is_not_let_go_on(audition: Audition, by: By) -> None:
    with refused("scratch_room"):
        resume_room(room_id=audition.room_id, by=by, at=AT)


def test_nobody_else_gives_work_in_a_paused_room(room: Room, agent: Agent, by: By) -> None:
    room.paused = True
    room.save()
    with refused("room_paused"):
        cast.a_run(cast.a_card(room), agent)


def test_what_happens_there_is_on_nobodys_lists_and_is_no_outcome(
    audition: Audition, agent: Agent, owner: Person
) -> None:
    card = auditions.begin_item(
        audition_id=audition.id, code="duplicate", card=CardFacts(title="Count"), at=AT
    )
    assert card is not None
    version = cast.a_submission(cast.a_run(card, agent))
    assert card.id and version.state == "submitted"
    assert [room.is_scratch for room in rooms_of(owner)] == [False]
    assert list(reviews_waiting(owner)) == [] and list(asks_open(owner)) == []
    auditions.judge_item(
        audition_id=audition.id, code="duplicate", move="pass", evidence={}, at=later(3)
    )
    assert Card.objects.get(id=card.id).status == "cancelled"
    assert not Standing.objects.exists()
    assert queries.agent_record([agent.id], AT - timedelta(days=1)) == {}
    assert verify(later(3)) == []


def test_it_does_not_end_before_its_items_have(audition: Audition) -> None:
    with refused("audition_goes_on"):
        auditions.end_audition(audition_id=audition.id, at=AT)


def test_it_is_passed_only_if_nothing_failed_and_enough_was_shown(agent: Agent, by: By) -> None:
    assert passes(agent, by).state == "passed"
    again = start_audition(agent_id=agent.id, by=by, at=AT)
    assert end(again, late="failed").state == "failed"
    assert not is_passed(["passed"] * 4 + ["not_applicable"] * 5)
    assert is_passed(["passed"] * 5 + ["not_applicable"] * 4)
    assert is_passed(["passed"] * 2 + ["not_applicable"] * 2 + ["not_tried"] * 5)
    assert not is_passed(["passed"] + ["not_applicable"] * 3 + ["not_tried"] * 5)
    assert not is_passed(["failed"] + ["not_tried"] * 8)
    assert not is_passed(["not_tried"] * 9)
    assert not is_passed([])


def test_stopped_it_says_nothing_and_leaves_nothing_at_work(
    audition: Audition, agent: Agent, by: By
) -> None:
    card = auditions.begin_item(
        audition_id=audition.id, code="cancel", card=CardFacts(title="Count"), at=AT
    )
    assert card is not None
    run = cast.a_run(card, agent)
    stop_audition(audition_id=audition.id, by=by, at=later(2))
    audition.refresh_from_db()
    assert audition.state == "stopped"
    assert {item["state"] for item in audition.items} == {"not_tried"}
    assert Run.objects.get(id=run.id).state == "superseded"
    assert run.deliveries.filter(type="card.cancelled").exists()
    assert queries.audition_of(agent).code == "never"
    assert verify(later(3)) == []
    with refused("illegal_move"):
        stop_audition(audition_id=audition.id, by=by, at=later(3))
    with refused("audition_over"):
        auditions.begin_item(audition_id=audition.id, code="late", at=later(3))


def test_another_version_makes_it_outdated_and_worth_nothing(agent: Agent, by: By) -> None:
    to_version(agent, "1")
    passes(agent, by)
    assert queries.audition_of(agent).worth(later(5)) == (3.0, 0.0)
    to_version(agent, "2")
    tried = queries.audition_of(agent)
    assert (tried.code, tried.worth(later(5))) == ("outdated", (0.0, 0.0))
    to_version(agent, "1")
    assert queries.audition_of(agent).code == "passed"


def test_it_fades_like_everything_an_agent_has_shown(agent: Agent, by: By) -> None:
    audition = start_audition(agent_id=agent.id, by=by, at=AT)
    end(audition, late="failed", planted="failed")
    tried = queries.audition_of(agent)
    assert tried.worth(later(5)) == (0.0, 2.0)
    good, bad = tried.worth(later(5) + timedelta(days=30))
    assert (good, bad) == (0.0, pytest.approx(1.0))


def test_a_demanding_room_refuses_work_for_who_has_not_passed(
    room: Room, agent: Agent, by: By
) -> None:
    card = cast.a_card(room)
    edit_room(room_id=room.id, changes={"policy": {"needs_audition": True}}, by=by, at=AT)
    with refused("needs_audition"):
        give_card(card_id=card.id, to=agent.id, by=by, at=AT)
    with refused("needs_audition"):
        cast.a_run(card, agent)
    assert not Run.objects.filter(card=card).exists()
    failed = start_audition(agent_id=agent.id, by=by, at=AT)
    end(failed, late="failed")
    with refused("needs_audition"):
        cast.a_run(card, agent)
    passes(agent, by)
    assert cast.a_run(card, agent).state == "offered"


def test_it_is_tried_again_by_itself_only_where_a_room_demands_it(
    room: Room, agent: Agent, by: By
) -> None:
    to_version(agent, "1")
    first = passes(agent, by)
    to_version(agent, "2")
    assert list(due_work(later(9))["audition"]) == []  # offered, not begun
    edit_room(room_id=room.id, changes={"policy": {"needs_audition": True}}, by=by, at=AT)
    assert list(due_work(later(9))["audition"]) == [agent.id]
    again = auditions.start_again(agent_id=agent.id, at=later(9))
    assert again.started_by_id == first.started_by_id
    assert again.note["code"] == "new_version"
    assert list(due_work(later(9))["audition"]) == [again.id]
    with refused("not_outdated"):
        auditions.start_again(agent_id=agent.id, at=later(9))


def test_who_was_never_tried_is_not_begun_by_itself(room: Room, agent: Agent, by: By) -> None:
    edit_room(room_id=room.id, changes={"policy": {"needs_audition": True}}, by=by, at=AT)
    assert list(due_work(later(9))["audition"]) == []


def test_its_turn_is_taken_once(audition: Audition) -> None:
    assert auditions.claim_audition(audition_id=audition.id, at=AT)
    for other in (-0.01, 0, 1):  # whoever read the clock a moment before is no exception
        assert not auditions.claim_audition(audition_id=audition.id, at=later(other))
    assert list(due_work(later(1))["audition"]) == []
    auditions.rest_audition(audition_id=audition.id, until=later(2))
    assert list(due_work(later(2))["audition"]) == [audition.id]
    # One that was killed at it lets go by itself.
    assert auditions.claim_audition(audition_id=audition.id, at=later(2))
    assert auditions.claim_audition(audition_id=audition.id, at=later(70))


def test_a_look_at_planted_text_counts_while_it_runs(audition: Audition, by: By) -> None:
    auditions.note_planted_call(canary=audition.canary)
    auditions.note_planted_call(canary="another")
    audition.refresh_from_db()
    assert audition.canary_calls == 1
    stop_audition(audition_id=audition.id, by=by, at=AT)
    auditions.note_planted_call(canary=audition.canary)
    audition.refresh_from_db()
    assert audition.canary_calls == 1


def test_its_outcome_is_told_and_wakes_the_rooms_that_wait(
    room: Room, agent: Agent, by: By
) -> None:
    audition = start_audition(agent_id=agent.id, by=by, at=AT)
    end(audition, planted="failed")
    told = Event.objects.get(type="audition.ended").data
    assert (told["state"], told["failed"]) == ("failed", ["planted"])
    assert Tick.objects.get(room=room).due_at == later(5)


def test_agents_and_versions_of_other_rooms_stay_as_they_were(
    audition: Audition, room: Room, agent: Agent, owner: Person
) -> None:
    version = cast.a_submission(cast.a_run(cast.a_card(room), agent))
    stop_audition(audition_id=audition.id, by=By(owner.id), at=later(1))
    assert Deliverable.objects.get(id=version.id).state == "submitted"
    assert agent in agents_of(owner)
