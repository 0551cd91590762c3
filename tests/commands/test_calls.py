"""Requests to the coordinator's model: within its limits, and on the record whatever comes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from agents.limits import Call, Limits, counted, wait_before
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE
from tests.commands.refusing import later
from workspace.actors import By
from workspace.commands.calls import begin_call, begin_run_call, end_call
from workspace.commands.judgements import ask_judgement, claim_judgement
from workspace.commands.models import ModelFacts, set_model
from workspace.models import Judgement, ModelCall
from workspace.queries import account_named, account_of, model_calls

ONE_AT_A_TIME = Limits(concurrency=1, rpm=0, tpm=0)


def claimed(room, at=AT, subject=""):
    """A question to the model that a worker has just taken."""
    asked = ask_judgement(
        room_id=room.id, kind="check", subject_id=subject or room.id, revision=1, judge="kimi",
        by=RULE, at=at,
    )  # fmt: skip
    return claim_judgement(judgement_id=asked.id, at=at)


def begin(judgement, limits=ONE_AT_A_TIME, tokens=100, at=AT):
    def wait(rows):
        calls = [Call(one.at, one.tokens_wanted, one.ended_at) for one in rows]
        return wait_before(calls, at, tokens, limits)

    return begin_call(judgement_id=judgement.id, tokens_wanted=tokens, wait=wait, at=at)


def end(call, at=AT, **facts):
    said = {"tokens": 90, "cost_usd": 0.0012, "outcome": "answered", **facts}
    return end_call(call_id=call.id, at=at, **said)


def test_a_request_is_counted_before_it_is_made(room):
    judgement = claimed(room)
    call = begin(judgement)
    assert (call.judgement_id, call.tokens_wanted, call.ended_at) == (judgement.id, 100, None)


def test_what_has_to_wait_is_due_again_then_and_is_no_failed_try(room):
    begin(claimed(room))
    second = claimed(room, subject="dlv_2")
    assert begin(second) is None
    second.refresh_from_db()
    assert (second.state, second.due_at, second.tries, second.claimed_until) == (
        "wanted", later(2), 0, None,
    )  # fmt: skip
    assert ModelCall.objects.count() == 1


def test_what_waited_goes_once_the_other_is_over(room):
    first = begin(claimed(room))
    second = claimed(room, subject="dlv_2")
    assert begin(second) is None
    end(first, at=later(1))
    again = claim_judgement(judgement_id=second.id, at=later(2))
    assert begin(again, at=later(2)) is not None


def test_a_question_that_was_given_up_is_not_put_back(room):
    begin(claimed(room))
    second = claimed(room, subject="dlv_2")
    Judgement.objects.filter(id=second.id).update(state="discarded")
    assert begin(second) is None
    second.refresh_from_db()
    assert second.state == "discarded"


@pytest.mark.parametrize(
    ("limits", "before"),
    [
        (Limits(concurrency=0, rpm=2, tpm=0), 2),
        (Limits(concurrency=0, rpm=0, tpm=250), 2),
        (Limits(concurrency=3, rpm=0, tpm=0), 3),
    ],
)
def test_each_limit_holds_over_all_rooms_of_a_workspace(owner, room, limits, before):
    other = cast.a_room(owner, name="Other")
    made = [
        begin(claimed(place, subject=f"dlv_{n}"), limits)
        for n, place in enumerate([room, other] * 3)
    ]
    assert [call is not None for call in made] == [n < before for n in range(6)]


def set_key(owner, key, url="https://model.example/v1"):
    facts = ModelFacts(base_url=url, model="kimi-k2.6", profile="moonshot", api_key=key)
    workspace = cast.workspace_of(owner)
    set_model(workspace_id=workspace.id, facts=facts, by=By(owner.id), at=AT)


def test_workspaces_with_keys_of_their_own_have_limits_of_their_own(owner, room):
    other = cast.an_owner("Other", "Others")
    set_key(owner, "sk-1")
    set_key(other, "sk-2")
    begin(claimed(room))
    assert begin(claimed(cast.a_room(other))) is not None


def test_workspaces_that_share_a_key_share_its_limits(owner, room, settings):
    settings.MUSTER_MODEL_API_KEY = "sk-of-the-environment"
    settings.MUSTER_MODEL_BASE_URL = "https://model.example/v1"
    other, third = cast.an_owner("Other", "Others"), cast.an_owner("Third", "Thirds")
    set_key(third, "sk-of-the-environment")
    begin(claimed(room))
    for person in (other, third):
        assert begin(claimed(cast.a_room(person))) is None


def test_the_key_cannot_be_read_out_of_a_calls_account(owner, room):
    set_key(owner, "sk-1")
    assert "sk-1" not in begin(claimed(room)).account


def test_who_is_told_to_wait_holds_every_call_of_the_account(owner, room):
    wide = Limits(concurrency=0, rpm=0, tpm=0)
    end(begin(claimed(room), wide), outcome="rate_limited", held_for=timedelta(seconds=21))
    second = claimed(room, subject="dlv_2")
    assert begin(second, wide, at=later(1)) is None
    second.refresh_from_db()
    assert second.due_at == later(21)
    assert begin(claim_judgement(judgement_id=second.id, at=later(22)), wide, at=later(22))


def test_a_call_that_never_ended_does_not_count_for_ever(room):
    begin(claimed(room))
    again = later(15 * 60 + 1)
    assert begin(claimed(room, at=again, subject="dlv_2"), at=again) is not None


def test_calls_that_count_no_longer_are_not_read(room):
    wide = Limits(concurrency=0, rpm=0, tpm=0)
    account = account_of(room.workspace)
    begin(claimed(room), wide)
    end(begin(claimed(room, subject="dlv_2"), wide), at=later(3))
    assert model_calls(account, later(60)).count() == 2
    assert model_calls(account, later(61)).count() == 1  # the other may still be under way
    assert not model_calls(account, later(15 * 60 + 1)).exists()


def test_a_clock_that_was_set_back_frees_no_place(room):
    begin(claimed(room))
    back = later(-30)
    assert begin(claimed(room, at=back, subject="dlv_2"), at=back) is None


def test_the_end_says_what_it_took_and_how_it_went(room):
    ended = end(begin(claimed(room)), at=later(3), cost_usd=0.1234567, outcome="http_500")
    assert (ended.ended_at, ended.tokens, ended.cost_usd, ended.outcome) == (
        later(3), 90, Decimal("0.123457"), "http_500",
    )  # fmt: skip


@pytest.mark.parametrize("asked", [0, 1, 2, 4])
def test_each_time_the_model_was_really_asked_counts(room, asked):
    end(begin(claimed(room)), asked=asked)
    assert ModelCall.objects.count() == max(asked, 1)
    assert ModelCall.objects.filter(outcome="asked_again").count() == max(asked - 1, 0)
    limits = Limits(concurrency=0, rpm=max(asked, 1), tpm=0)
    assert begin(claimed(room, subject="dlv_2"), limits) is None


def test_an_endless_outcome_is_cut(room):
    assert end(begin(claimed(room)), outcome="x" * 500).outcome == "x" * 32


def begin_of_run(run, limits=ONE_AT_A_TIME, at=AT, lost=None):
    return begin_run_call(
        run_id=run.id, account=account_of(run.workspace), tokens_wanted=100, lost=lost, at=at,
        wait=lambda rows: wait_before(counted(rows), at, 100, limits),
    )  # fmt: skip


def test_what_runs_ask_counts_beside_what_the_coordinator_asks(owner, room):
    run = cast.a_run(cast.a_card(room), cast.an_agent(room))
    call = begin_of_run(run)
    assert call.judgement_id is None
    assert begin(claimed(room)) is None
    assert begin_of_run(run) == timedelta(seconds=2)
    end(call, at=later(1))
    assert begin(claimed(room, at=later(2), subject="dlv_2"), at=later(2)) is not None


def test_a_call_of_which_nobody_knows_what_became_blocks_nobody_once_it_is_made_again(room):
    run = cast.a_run(cast.a_card(room), cast.an_agent(room))
    lost = begin_of_run(run)
    again = begin_of_run(run, lost=lost.id, at=later(1))
    lost.refresh_from_db()
    assert (lost.outcome, lost.ended_at, again.ended_at) == ("interrupted", later(1), None)


def test_what_runs_asked_is_kept_only_as_long_as_it_counts(room):
    run = cast.a_run(cast.a_card(room), cast.an_agent(room))
    end(begin_of_run(run))
    kept = begin(claimed(room))
    end(kept)
    newest = begin_of_run(run, at=later(15 * 60 + 1))
    assert set(ModelCall.objects.values_list("id", flat=True)) == {kept.id, newest.id}


def test_a_slash_at_the_end_of_its_address_makes_no_other_account():
    assert account_named("https://model.example/v1/", "k") == account_named(
        "https://model.example/v1", "k"
    )
