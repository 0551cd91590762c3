"""Late results: a person puts one into review, where it passes the same gate as any version."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, SUBJECT
from tests.commands.refusing import later, refused
from workspace.actors import By
from workspace.commands.agents import revoke_agent
from workspace.commands.asks import hand_over
from workspace.commands.callbacks import add_artifact
from workspace.commands.cards import cancel_card, take_card
from workspace.commands.lates import offer_late
from workspace.commands.reviews import request_changes, submit_as_person
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.errors import Refused
from workspace.models import Artifact, Ask, Card, Deliverable, Event, LateResult, Run, Standing
from workspace.reports import ClaimMade, SourceAdded, SourceNamed, Uploaded
from workspace.sentences import sentence
from workspace.verify import verify

CLAIM = ClaimMade("c1", SUBJECT, 10, "s", "It is ten.")
SOURCE = SourceNamed({"url": "https://docs.example/timeouts"}, ("c1",))


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


def comes_late(run, **facts):
    """What the agent hands in after its run was over; kept."""
    with pytest.raises(Refused) as caught:
        cast.says(run, cast.a_result("late but here", **facts), at=later(1_000))
    assert caught.value.params["kept"]
    return LateResult.objects.get(run=run)


@pytest.fixture
def over(run):
    """The agent named a source, then fell silent for too long."""
    cast.says(run, SourceAdded(SourceNamed({"file": "retry.py"}, ("c1",))))
    return fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=later(900))


@pytest.fixture
def late(over):
    return comes_late(over, claims=(CLAIM,), sources=(SOURCE,))


def offer(late, by):
    return offer_late(late_id=late.id, by=by, at=later(2_000))


def status(card):
    return Card.objects.get(id=card.id).status


def test_a_late_result_becomes_a_version_of_its_agent_and_says_that_it_came_late(late, over, by):
    version = offer(late, by)
    assert (version.state, status(version.card)) == ("submitted", "review")
    assert (version.run.agent, version.summary) == (over.agent, "Done.")
    assert version.run.previous == over and version.run_id != over.id
    assert [file.name for file in version.files.all()] == ["facts.md"]
    assert version.run.reason["params"] == {
        "run": over.id, "late": late.id, "attempt": 1, "person_id": by.actor,
    }  # fmt: skip
    assert "attempt 1" in sentence(version.run.reason)
    over.refresh_from_db()
    assert (over.state, over.failure) == ("failed", "stalled")
    late.refresh_from_db()
    assert late.became == version


def test_it_carries_its_claims_and_every_source_that_was_named(late, by):
    version = offer(late, by)
    claim = version.claims.get()
    assert (claim.ref, claim.value, claim.unit, claim.text) == ("c1", 10, "s", "It is ten.")
    places = [source.place for source in version.sources.order_by("id")]
    assert {"file": "retry.py"} in places and SOURCE.place in places
    assert version.coverage == 1.0


def test_only_a_person_accepts_it_and_its_agent_is_rated_as_for_any_version(late, by, owner, agent):
    version = offer(late, by)
    cast.accept(version, owner, at=later(3_000))
    assert status(version.card) == "done"
    row = Standing.objects.get(agent=agent, skill="", kind="")
    assert row.good > 0 and row.latency_s is None


def test_its_agent_makes_the_changes_people_ask_for(late, by, agent):
    version = offer(late, by)
    request_changes(deliverable_id=version.id, reason="Name the line.", by=by, at=later(3_000))
    again = assign_card(
        card_id=version.card_id, agent_id=agent.id, attempt=1, round=2, why={}, by=RULE,
        at=later(3_001),
    )  # fmt: skip
    assert (again.previous, again.feedback) == (version.run, "Name the line.")


def test_nothing_is_sent_to_its_agent_as_if_it_had_work_to_do(late, by):
    version = offer(late, by)
    sent = version.run.deliveries.values_list("type", "state")
    assert list(sent) == [("card.assigned", "cancelled")]


def test_it_uses_up_no_attempt_and_is_told_in_the_timeline(late, by):
    version = offer(late, by)
    assert (version.run.attempt, version.run.round, version.card.attempts) == (1, 1, 1)
    told = Event.objects.get(type="late.offered")
    assert told.actor == by.actor
    assert (told.data["late_id"], told.data["run_id"]) == (late.id, late.run_id)


def test_it_is_given_what_the_old_run_was_given(room, agent, owner, by):
    first = cast.a_card(room, "First")
    pinned = cast.accept(cast.a_submission(cast.a_run(first, agent)), owner)
    run = cast.a_run(cast.a_card(room, "Second", depends_on=[first]), agent)
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=later(900))
    result = cast.a_result("timeout is 30")
    cast.accept(submit_as_person(card_id=first.id, result=result, by=by, at=AT), owner)
    version = offer(comes_late(run), by)
    assert [given.deliverable for given in version.run.inputs.all()] == [pinned]
    assert version.manifest["inputs"] == [pinned.sha256]


def test_whoever_works_on_it_now_is_stopped(late, room, card, by):
    newer = cast.a_run(card, cast.an_agent(room, "Other"))
    offer(late, by)
    newer.refresh_from_db()
    assert (newer.state, newer.reason["code"], status(card)) == (
        "superseded", "came_late", "review",
    )  # fmt: skip


def test_a_hand_off_is_settled_by_it(late, card, by):
    hand_over(card_id=card.id, packet={"code": "too_many_attempts"}, by=RULE, at=later(1_100))
    offer(late, by)
    assert status(card) == "review"
    assert not Ask.objects.filter(state="open").exists()


def test_it_takes_the_place_of_a_version_that_waits(late, room, card, by):
    waiting = cast.a_submission(cast.a_run(card, cast.an_agent(room, "Other")))
    version = offer(late, by)
    waiting.refresh_from_db()
    assert (waiting.state, version.version, status(card)) == ("superseded", 2, "review")


def test_beside_other_independent_runs_it_takes_the_place_of_its_own(room, agent, by):
    card, other = cast.a_card(room, independent_runs=2), cast.an_agent(room, "Other")
    first, second = [
        assign_card(
            card_id=card.id, agent_id=one.id, attempt=1, round=1, why={}, slot=slot, by=RULE, at=AT
        )
        for slot, one in ((1, agent), (2, other))
    ]
    fail_run(run_id=first.id, kind="stalled", evidence={}, by=RULE, at=later(900))
    version = offer(comes_late(first), by)
    second.refresh_from_db()
    assert (version.run.slot, second.state, status(card)) == (1, "queued", "working")


# --- refused -----------------------------------------------------------------------------


def test_it_is_put_into_review_once(late, by):
    offer(late, by)
    with refused("already_offered"):
        offer(late, by)
    assert Deliverable.objects.count() == 1


def test_a_closed_card_takes_none(late, room, card, owner, by):
    other = cast.a_submission(cast.a_run(card, cast.an_agent(room, "Other")))
    cast.accept(other, owner)
    with refused("card_closed", state="done"):
        offer(late, by)


def test_a_cancelled_card_takes_none(late, card, by):
    cancel_card(card_id=card.id, by=by, at=later(1_100))
    with refused("card_closed", state="cancelled"):
        offer(late, by)


def test_nothing_of_a_revoked_agent_is_put_into_review(late, agent, by):
    revoke_agent(agent_id=agent.id, by=by, at=later(1_100))
    with refused("agent_revoked"):
        offer(late, by)
    assert not Deliverable.objects.exists()


def test_content_that_is_gone_is_not_reviewed(late, card, by):
    path = Artifact.objects.get().blob.path
    default_storage.delete(path)
    with refused("late_content_gone"):
        offer(late, by)
    default_storage.save(path, ContentFile(b"late but here"))  # for the promises
    assert (status(card), Run.objects.count()) == ("ready", 1)


def test_a_result_that_names_no_file_is_no_deliverable(over, by):
    empty = LateResult.objects.create(
        workspace_id=over.workspace_id, run=over, summary="Done.", at=later(1_000),
        payload={"files": [], "claims": []},
    )  # fmt: skip
    with refused("late_content_gone"):
        offer(empty, by)


def test_a_file_that_was_sent_in_time_is_a_part_of_it(run, by):
    kept, _ = add_artifact(
        run_id=run.id, credentials=cast.credentials(run), name="data.csv", media_type="text/csv",
        role="deliverable", content=b"a,b", sha256="", at=AT,
    )  # fmt: skip
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=later(900))
    with refused("lease_lost", kept=True):
        said = cast.a_result("late but here")
        said = type(said)(said.summary_md, (*said.artifacts, Uploaded(kept.id)))
        cast.says(run, said, at=later(1_000))
    version = offer(LateResult.objects.get(), by)
    assert [file.name for file in version.files.order_by("name")] == ["data.csv", "facts.md"]


def test_nobody_elses_work_is_taken_from_them(late, card, contributor, by):
    take_card(card_id=card.id, by=By(contributor.id), at=later(1_100))
    with refused("someone_elses_run"):
        offer(late, by)
    assert offer(late, By(contributor.id)).state == "submitted"


def test_only_people_who_work_here_may(late, observer, agent):
    for who in (By(observer.id), By(agent.id), RULE):
        with refused("not_allowed"):
            offer(late, who)
    with refused("not_found"):
        offer(late, By(cast.an_owner("Kim", workspace="Elsewhere").id))
    assert not Deliverable.objects.exists()
