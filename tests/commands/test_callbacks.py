"""What agents report: once, in any order, and only with the live lease."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import coordinator
from workspace.commands.agents import revoke_agent
from workspace.commands.budgets import set_budget
from workspace.commands.callbacks import add_artifact, beat, inbox, keep_checkpoint, receive
from workspace.commands.cards import cancel_card, edit_card, take_card
from workspace.commands.runs import fail_run, mark_stale
from workspace.commands.starting import assign_card
from workspace.models import (
    Artifact,
    Ask,
    Deliverable,
    Event,
    LateResult,
    Received,
    Source,
    Step,
)
from workspace.reports import (
    Accepted,
    Activity,
    ArtifactCreated,
    Beat,
    CheckpointKept,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    Inline,
    PermissionWanted,
    Progress,
    Question,
    Result,
    SourceAdded,
    SourceNamed,
    Stopped,
    Uploaded,
)
from workspace.trail import looks_odd

RULE = coordinator(rule="lease")


def event(said, id="e1", seq=None):
    return InboundEvent(id=id, type=type(said).__name__, said=said, seq=seq)


def send(run, *events, shown=None, at=AT):
    return receive(
        run_id=run.id, credentials=shown or cast.credentials(run), events=list(events), at=at
    )


def upload(run, content=b"bytes", name="data.csv", sha256="", shown=None, at=AT):
    return add_artifact(
        run_id=run.id, credentials=shown or cast.credentials(run), name=name,
        media_type="text/csv", role="deliverable", content=content, sha256=sha256, at=at,
    )  # fmt: skip


def fail(run, at=AT):
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=at)
    run.refresh_from_db()


def state_of(run):
    run.refresh_from_db()
    run.card.refresh_from_db()
    return run.state, run.card.status


def refusals(run):
    found = Event.objects.filter(type="run.write_refused", data__run_id=run.id)
    return [(one.data["code"], one.data["kept"]) for one in found.order_by("seq")]


# --- who may speak -----------------------------------------------------------------------


def test_a_run_nobody_knows_is_refused(run):
    with refused("unknown_run"):
        receive(run_id="run_none", credentials=cast.credentials(run), events=[], at=AT)


def test_a_persons_run_takes_no_callbacks(card, by):
    take_card(card_id=card.id, by=by, at=AT)
    with refused("unknown_run"):
        send(card.runs.get(), event(Accepted()))


def test_the_token_of_another_run_is_refused(room, run):
    other = cast.a_run(cast.a_card(room), cast.an_agent(room, "Other"))
    with refused("wrong_token"):
        send(run, event(Accepted()), shown=cast.credentials(other))
    assert state_of(run) == ("offered", "working")


def test_the_lease_of_another_run_is_refused_and_logged(room, run):
    other = cast.credentials(cast.a_run(cast.a_card(room), cast.an_agent(room, "Other")))
    mixed = Credentials(cast.credentials(run).run_token, other.lease_token)
    with refused("lease_lost", kept=False):
        send(run, event(Accepted()), shown=mixed)
    assert refusals(run) == [("lease_lost", False)]


def test_a_write_without_a_lease_is_refused_and_logged(run):
    bare = Credentials(cast.credentials(run).run_token)
    with refused("lease_lost", kept=False):
        send(run, event(Progress(percent=10)), shown=bare)
    assert refusals(run) == [("lease_lost", False)]
    assert state_of(run) == ("offered", "working")


CALLS = {
    "events": lambda run: send(run, event(Progress(percent=50))),
    "heartbeat": lambda run: beat(
        run_id=run.id, credentials=cast.credentials(run), said=Beat(), after=0, at=AT
    ),
    "checkpoint": lambda run: keep_checkpoint(
        run_id=run.id, credentials=cast.credentials(run), said=CheckpointKept("x"), at=AT
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_old_lease_is_refused_and_logged_while_the_next_attempt_goes_on(room, card, run, call):
    fail(run)
    newer = cast.a_run(card, cast.an_agent(room, "Other"))
    with refused("lease_lost", state="failed", kept=False):
        CALLS[call](run)
    assert refusals(run) == [("lease_lost", False)]
    assert state_of(run)[0] == "failed"
    assert state_of(newer) == ("offered", "working")
    assert (newer.percent, newer.checkpoint) == (None, None)


def test_a_revoked_agent_is_refused_and_nothing_is_kept(run, agent, by):
    shown = cast.credentials(run)
    revoke_agent(agent_id=agent.id, by=by, at=AT)
    for call in (lambda: send(run, event(cast.a_result()), shown=shown), lambda: upload(run)):
        with refused("agent_revoked"):
            call()
    assert not LateResult.objects.exists()
    assert not Artifact.objects.exists()
    assert refusals(run) == []


# --- once --------------------------------------------------------------------------------


def test_the_same_event_sent_again_has_no_second_effect(run):
    answers = [send(run, event(Question(ref="q", message_md="Which?"))) for _ in range(3)]
    assert answers == [{"accepted": 1, "duplicates": 0, "ignored": 0}] + 2 * [
        {"accepted": 0, "duplicates": 1, "ignored": 0}
    ]
    assert Ask.objects.count() == 1


def test_one_id_twice_in_a_batch_is_taken_once(run):
    answer = send(run, event(Progress(percent=1)), event(Progress(percent=2)))
    assert answer == {"accepted": 1, "duplicates": 1, "ignored": 0}
    assert Step.objects.count() == 1


def test_a_completion_sent_again_is_answered_like_the_first(run):
    assert send(run, event(cast.a_result()))["accepted"] == 1
    assert send(run, event(cast.a_result()))["duplicates"] == 1
    assert Deliverable.objects.count() == 1
    assert refusals(run) == []


def test_two_completions_of_one_run_make_one_version(run):
    send(run, event(cast.a_result("one"), "e1"))
    with refused("run_terminal", kept=True):
        send(run, event(cast.a_result("two"), "e2"))
    assert Deliverable.objects.count() == 1


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_shuffled_batch_is_taken_in_the_agents_order(run, order):
    said = [
        event(Accepted(), "a", 1), event(Progress(percent=40), "b", 2),
        event(cast.a_result(), "c", 3), event(Progress(percent=99), "d", 4),
    ]  # fmt: skip
    answer = send(run, *[said[position] for position in order])
    assert answer == {"accepted": 3, "duplicates": 0, "ignored": 1}
    assert state_of(run) == ("submitted", "review")
    assert Deliverable.objects.count() == 1


def test_events_that_come_one_by_one_in_the_wrong_order_end_the_same(run):
    said = [event(Progress(percent=40), "b"), event(Accepted(), "a"), event(cast.a_result(), "c")]
    for each in said:
        send(run, each)
    with refused("run_terminal"):
        send(run, event(Progress(percent=50), "late"))
    assert state_of(run) == ("submitted", "review")


def test_a_refused_event_leaves_nothing_of_its_batch(run):
    with refused("unknown_artifact"):
        send(run, event(Progress(percent=10), "a"), event(ArtifactCreated("art_none"), "b"))
    assert not Received.objects.exists()
    assert state_of(run) == ("offered", "working")
    assert send(run, event(Progress(percent=10), "a"))["accepted"] == 1


# --- what is said ------------------------------------------------------------------------


def test_any_call_with_the_live_token_takes_the_work_on(run):
    send(run, event(Progress(percent=1)))
    assert state_of(run) == ("working", "working")


def test_a_batch_of_steps_is_one_event_of_the_room(run):
    said = [event(Activity(kind="action", title=f"Step {n}"), f"e{n}") for n in range(20)]
    send(run, *said, event(Progress(percent=60, note_md="Past half.", ephemeral=True), "e99"))
    assert Step.objects.count() == 20
    (found,) = Event.objects.filter(type="run.progressed")
    assert (found.data["steps"], found.data["percent"], found.data["note"]) == (
        20, 60, "Past half.",
    )  # fmt: skip


def waits(run, *percents):
    """One batch of the same sentence, each with its own percentage."""
    said = [
        event(Progress(step="Waiting for the build", percent=percent), f"e{n}")
        for n, percent in enumerate(percents)
    ]
    send(run, *said)
    run.refresh_from_db()
    return run.trail


def test_a_batch_of_one_sentence_with_a_growing_percentage_is_work_that_goes_on(run):
    trail = waits(run, 10, 20, 30, 40, 50, 60)
    assert (trail["steps"], trail["same"], looks_odd(trail)) == (6, 1, False)


@pytest.mark.parametrize("percents", [[50] * 6, [None] * 6])
def test_a_batch_of_one_sentence_without_growth_looks_odd(run, percents):
    trail = waits(run, *percents)
    assert (trail["steps"], trail["same"], looks_odd(trail)) == (6, 6, True)


def test_between_growing_percentages_the_same_actions_are_work_that_goes_on(run):
    said = []
    for n in range(6):
        said.append(event(Progress(percent=n * 10, ephemeral=True), f"p{n}"))
        said.append(event(Activity(kind="action", title="Ask the build again"), f"a{n}"))
    send(run, *said)
    run.refresh_from_db()
    assert (run.trail["steps"], looks_odd(run.trail)) == (6, False)


def test_steps_a_budget_does_not_hold_leave_no_trail(run, room, by):
    set_budget(
        room_id=room.id, subject_id=room.id, what="steps", period="ever", cap=3, by=by, at=AT
    )
    assert waits(run, *[50] * 6)["steps"] == Step.objects.count() == 3


def test_a_heartbeat_renews_the_lease_and_revives_a_stale_run(run):
    send(run, event(Accepted()))
    mark_stale(run_id=run.id, by=RULE, at=later(300))
    shown = cast.credentials(run)
    beat(run_id=run.id, credentials=shown, said=Beat(70, "Still here"), after=0, at=later(310))
    assert state_of(run) == ("working", "working")
    assert (run.last_sign_at, run.percent, run.note) == (later(310), 70, "Still here")


def test_a_question_puts_run_and_card_to_waiting(run):
    send(run, event(Question(ref="q", message_md="Which?")))
    assert state_of(run) == ("waiting", "waiting")


def test_a_question_that_blocks_nothing_leaves_the_run_at_work(run):
    send(run, event(Question(ref="q", message_md="By the way?", blocking=False)))
    assert state_of(run) == ("working", "working")


def test_a_permission_is_bound_to_the_exact_action(run):
    wanted = PermissionWanted(
        ref="p", title="Push", kind="command", action={"run": "git push"},
        action_digest="sha256:" + "0" * 64,
    )  # fmt: skip
    with refused("wrong_digest"):
        send(run, event(wanted))
    with refused("empty_action"):
        send(run, event(PermissionWanted(ref="p", title="Push", kind="command", action={})))


def test_declining_frees_the_card_and_says_why(run, agent):
    send(run, event(Declined("Not my kind of work.")))
    assert state_of(run) == ("declined", "ready")
    params = {"worker": agent.id, "said": "Not my kind of work."}
    assert run.card.reason == {"code": "declined", "params": params}


@pytest.mark.parametrize(
    ("code", "kind"), [("rate_limited", "rate_limited"), ("made_up", "error"), ("stalled", "error")]
)
def test_a_failure_is_of_a_kind_an_agent_may_name(run, code, kind):
    send(run, event(Failure(code=code, message="No luck.")))
    assert (state_of(run), run.failure) == (("failed", "ready"), kind)
    assert run.reason["params"]["said"] == "No luck."


def test_saying_stopped_without_being_told_to_stop_changes_nothing(run):
    send(run, event(Stopped()))
    assert state_of(run) == ("working", "working")


def test_sources_named_along_the_way_belong_to_the_version(run):
    place = {"file": "client.py", "lines": "4"}
    said = SourceAdded(SourceNamed(place, ("c1",)))
    send(run, event(said, "a"), event(said, "b"), event(cast.a_result(), "c"))
    assert Source.objects.get().deliverable == Deliverable.objects.get()


# --- empty and wrong ---------------------------------------------------------------------


def test_a_completion_without_files_fails_the_run(run):
    send(run, event(Result(summary_md="All done!")))
    assert (state_of(run), run.failure) == (("failed", "ready"), "empty_completion")
    assert run.reason["params"]["said"] == "All done!"
    assert not Deliverable.objects.exists()


def test_a_completion_that_names_a_file_never_sent_fails_the_run(run):
    send(run, event(Result(summary_md="x", artifacts=(Uploaded("art_none"),))))
    assert (state_of(run), run.failure) == (("failed", "ready"), "empty_completion")
    assert run.reason["params"]["missing"] == "art_none"


def test_a_completion_of_evidence_alone_fails_the_run(run):
    log = Inline(name="run.log", media_type="text/plain", content=b"ok", role="evidence")
    send(run, event(Result(summary_md="x", artifacts=(log,))))
    assert (state_of(run), run.failure) == (("failed", "ready"), "empty_completion")


def test_a_completion_cannot_use_the_file_of_another_run(room, run):
    other = cast.a_run(cast.a_card(room), cast.an_agent(room, "Other"))
    theirs, _ = upload(other)
    send(run, event(Result(summary_md="x", artifacts=(Uploaded(theirs.id),))))
    assert (state_of(run), run.failure) == (("failed", "ready"), "empty_completion")


def test_a_file_whose_bytes_do_not_match_its_sha256_is_refused(run):
    with refused("sha256_mismatch", promised="0" * 64):
        upload(run, sha256="0" * 64)
    assert not Artifact.objects.exists()


def test_the_same_file_sent_twice_is_one_artifact(run):
    first, second = upload(run)[0], upload(run)[0]
    assert first.id == second.id


@pytest.mark.parametrize("name", ["", "..", "/../", "\x07"])
def test_a_file_needs_a_name(run, name):
    with refused("bad_file_name"):
        upload(run, name=name)


def test_a_file_name_never_leads_upwards(run):
    assert upload(run, name="../../etc/passwd")[0].name == "etc/passwd"


# --- late --------------------------------------------------------------------------------


def test_a_late_completion_is_kept_and_changes_nothing(room, card, run):
    fail(run)
    newer = cast.a_run(card, cast.an_agent(room, "Other"))
    with refused("lease_lost", state="failed", kept=True):
        send(run, event(cast.a_result("late but here")))
    kept = LateResult.objects.get()
    assert (kept.run_id, kept.payload["files"]) == (run.id, ["facts.md"])
    assert Artifact.objects.get().late
    assert refusals(run) == [("lease_lost", True)]
    assert (state_of(run)[0], state_of(newer)) == ("failed", ("offered", "working"))
    assert not Deliverable.objects.exists()


def test_a_late_completion_sent_again_is_kept_once(run):
    fail(run)
    for _ in range(3):
        with refused("lease_lost", kept=True):
            send(run, event(cast.a_result("late but here")))
    assert LateResult.objects.count() == 1


def test_a_result_after_the_card_was_cancelled_is_kept(run, card, by):
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("lease_lost", state="superseded", kept=True):
        send(run, event(cast.a_result()))
    assert LateResult.objects.count() == 1
    assert state_of(run) == ("superseded", "cancelled")


def test_a_late_file_is_kept_as_late(run):
    fail(run)
    artifact, is_late = upload(run)
    assert (is_late, artifact.late) == (True, True)
    assert state_of(run) == ("failed", "ready")


def test_a_day_later_nothing_is_kept_any_more(run):
    fail(run)
    too_late = AT + timedelta(hours=24, seconds=1)
    with refused("lease_lost", kept=False):
        send(run, event(cast.a_result()), at=too_late)
    with refused("lease_lost", kept=False):
        upload(run, at=too_late)
    assert not LateResult.objects.exists()
    assert not Artifact.objects.exists()


def test_a_late_progress_is_refused_and_not_kept(run):
    fail(run)
    with refused("lease_lost", kept=False):
        send(run, event(Progress(percent=99)))
    assert not Step.objects.exists()


# --- the inbox ---------------------------------------------------------------------------


def test_the_inbox_holds_what_was_sent_after_its_assignment(card, run, by):
    edit_card(card_id=card.id, changes={"brief": "Once."}, by=by, at=AT)
    edit_card(card_id=card.id, changes={"brief": "Twice."}, by=by, at=AT)
    waiting = inbox(run, after=0)
    assert [one.type for one in waiting] == ["card.revised", "card.revised"]
    assert [one.id for one in inbox(run, waiting[0].inbox_seq)] == [waiting[1].id]


def test_a_new_attempt_has_new_tokens(card, run, agent):
    fail(run)
    again = assign_card(
        card_id=card.id, agent_id=agent.id, attempt=2, round=1, why={}, by=RULE, at=AT
    )
    assert cast.credentials(again) != cast.credentials(run)
    with refused("wrong_token"):
        send(again, event(Accepted()), shown=cast.credentials(run))
