"""Calls with an idempotency key: one effect, one answer."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused
from workspace.commands.answers import answer_once
from workspace.errors import Refused
from workspace.models import Card, IdempotentAnswer


@pytest.fixture
def call(room):
    def once(key="k1", body="body", scope="tok_1", act=None, at=AT):
        def make():
            return 201, {"id": cast.a_card(room).id}

        return answer_once(
            workspace_id=room.workspace_id, scope=scope, key=key, body_sha256=body,
            act=act or make, at=at,
        )  # fmt: skip

    return once


def test_the_same_call_has_one_effect_and_one_answer(call):
    assert call() == call()
    assert Card.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(call):
    call()
    with refused("idempotency_mismatch"):
        call(body="other")
    assert Card.objects.count() == 1


def test_another_token_may_use_the_same_key(call):
    assert call(scope="tok_1") != call(scope="tok_2")


def test_a_refusal_is_not_kept(call):
    def refuse():
        raise Refused("room_paused")

    with refused("room_paused"):
        call(act=refuse)
    assert call()[0] == 201


def test_after_a_day_the_key_is_free_again(call):
    first = call()
    assert call(at=AT + timedelta(hours=24)) == first
    assert call(at=AT + timedelta(hours=24, seconds=1)) != first


def test_a_secret_in_an_answer_is_not_kept_in_the_open(call):
    call(act=lambda: (201, {"secret": "whsec_abc"}))
    assert "whsec_abc" not in str(IdempotentAnswer.objects.values().get())
    assert call()[1] == {"secret": "whsec_abc"}
