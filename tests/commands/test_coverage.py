"""A room may demand that claims name their sources."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import hands_in
from tests.commands.refusing import later, refused
from workspace.commands.callbacks import receive
from workspace.commands.reviews import submit_as_person
from workspace.commands.rooms import edit_room
from workspace.models import Artifact, Claim, Deliverable, Event, Received, Source
from workspace.policy import RoomPolicy
from workspace.reports import ClaimMade, InboundEvent, SourceAdded, SourceNamed
from workspace.verify import verify

ONE, TWO = ClaimMade("c1", "default timeout", 10, "s"), ClaimMade("c2", "retries", 3)
DOCS = SourceNamed({"url": "https://docs.example/timeouts"}, ("c1",))
BOTH = SourceNamed({"url": "https://docs.example/both"}, ("c1", "c2"))


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


@pytest.fixture
def demanding(room, by):
    """A room that takes nothing of whose claims less than three fourths name a source."""
    return edit_room(room_id=room.id, changes={"policy": {"coverage_needed": 0.75}}, by=by, at=AT)


def send(run, *claims, sources=(), id="e1", at=AT):
    said = cast.a_result(claims=claims, sources=sources)
    event = InboundEvent(id=id, type="result", said=said)
    return receive(run_id=run.id, credentials=cast.credentials(run), events=[event], at=at)


@pytest.mark.parametrize(
    ("claims", "sources", "covered"),
    [
        ((), (), None),
        ((ONE,), (), 0.0),
        ((ONE, TWO), (DOCS,), 0.5),
        ((ONE, TWO), (BOTH,), 1.0),
        ((ONE, TWO), (DOCS, DOCS), 0.5),
        ((ONE,), (SourceNamed({"url": "https://docs.example"}, ("c9",)),), 0.0),
    ],
)
def test_coverage_is_the_share_of_claims_that_name_a_source(run, claims, sources, covered):
    send(run, *claims, sources=sources)
    assert Deliverable.objects.get().coverage == covered


def test_without_a_demand_any_coverage_is_taken(run):
    assert hands_in(run, ONE, TWO).state == "submitted"


def test_too_little_coverage_is_refused_and_changes_nothing(demanding, run):
    before = Event.objects.count()
    with refused("coverage_too_low", covered=0.5, needed=0.75):
        send(run, ONE, TWO, sources=(DOCS,))
    run.refresh_from_db()
    run.card.refresh_from_db()
    assert (run.state, run.card.status, run.card.versions) == ("offered", "working", 0)
    for kept in (Deliverable, Claim, Source, Artifact, Received):
        assert not kept.objects.exists()
    assert Event.objects.count() == before


def test_what_was_refused_may_be_sent_again_under_the_same_id(demanding, run):
    with refused("coverage_too_low"):
        send(run, ONE, TWO, sources=(DOCS,))
    answer = send(run, ONE, TWO, sources=(BOTH,), at=later(5))
    assert (answer["accepted"], Deliverable.objects.get().coverage) == (1, 1.0)
    assert send(run, ONE, TWO, sources=(BOTH,), at=later(6))["duplicates"] == 1


def test_a_source_named_before_counts(demanding, run):
    cast.says(run, SourceAdded(BOTH))
    assert hands_in(run, ONE, TWO).coverage == 1.0


def test_work_without_claims_is_taken(demanding, run):
    assert hands_in(run).coverage is None


def test_people_are_held_to_it_too(demanding, card, by):
    result = cast.a_result(claims=(ONE,))
    with refused("coverage_too_low"):
        submit_as_person(card_id=card.id, result=result, by=by, at=AT)
    card.refresh_from_db()
    assert (card.status, card.runs.count()) == ("ready", 0)


@pytest.mark.parametrize("name", ["same_steps", "alternating_steps", "steps_without_news"])
def test_one_step_makes_no_loop(room, by, name):
    with refused("one_is_no_loop", field=name):
        edit_room(room_id=room.id, changes={"policy": {name: 1}}, by=by, at=AT)
    for kept in (0, 2):
        edit_room(room_id=room.id, changes={"policy": {name: kept}}, by=by, at=AT)
    assert getattr(RoomPolicy.of({name: 1}), name) == getattr(RoomPolicy(), name)


@pytest.mark.parametrize(
    ("given", "code"),
    [(1.01, "over_one"), (-0.1, "not_a_number"), (True, "not_a_number"), ("all", "not_a_number"),
     (float("nan"), "not_a_number"), (float("inf"), "not_a_number"), (None, "not_a_number")],
)  # fmt: skip
def test_a_demand_that_is_no_share_is_refused(room, by, given, code):
    with refused(code, field="coverage_needed"):
        edit_room(room_id=room.id, changes={"policy": {"coverage_needed": given}}, by=by, at=AT)
