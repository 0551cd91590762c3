"""Agents join by each door, and what proves them is changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.commands.refusing import refused
from workspace.actors import By
from workspace.commands.agent_tokens import make_agent_token, use_agent_token
from workspace.commands.agents import AgentFacts, revoke_agent
from workspace.commands.cards import give_card
from workspace.commands.joining import join_agent, rotate_credential
from workspace.commands.rooms import seat_agent
from workspace.keys import decrypted
from workspace.models import AgentToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return cast.an_owner()


@pytest.fixture
def room(owner):
    return cast.a_room(owner)


def join(owner, room, door, key="", **facts):
    told = AgentFacts(name=facts.pop("name", door), **facts)
    return join_agent(
        workspace_id=room.workspace_id, facts=told, door=door, key=key, owner=owner,
        by=By(owner.id), at=cast.AT,
    )  # fmt: skip


def test_a_webhook_is_given_a_secret_to_check_our_signatures_with(owner, room):
    agent, secret = join(owner, room, "webhook", url="https://agent.example/")
    assert secret.startswith("whsec_")
    assert decrypted(agent.secret) == secret


@pytest.mark.parametrize("door", ["a2a", "model"])
def test_the_key_of_an_endpoint_is_kept_encrypted_and_shown_to_nobody(owner, room, door):
    agent, secret = join(owner, room, door, key=" sk-1 ", url="https://agent.example/")
    assert secret == ""
    assert decrypted(agent.secret) == "sk-1"
    assert b"sk-1" not in bytes(agent.secret)
    open_agent, _ = join(owner, room, door, name="open", url="https://agent.example/")
    assert open_agent.secret is None


def test_who_fetches_its_work_is_known_by_a_token_and_given_time_to_come(owner, room):
    agent, token = join(owner, room, "mcp", url="https://left.example/")
    assert token.startswith("mat_")
    assert agent.url == ""
    assert agent.timings["ack_within"] == 600
    assert use_agent_token(token=token, at=cast.AT) == agent
    assert not AgentToken.objects.filter(token_sha256=token).exists()


def test_a_rotated_token_counts_for_a_day_more(owner, room):
    agent, before = join(owner, room, "mcp")
    after = make_agent_token(agent_id=agent.id, by=By(owner.id), at=cast.AT)
    for token in (before, after):
        assert use_agent_token(token=token, at=cast.AT + timedelta(hours=23)) == agent
    assert use_agent_token(token=before, at=cast.AT + timedelta(hours=25)) is None
    assert use_agent_token(token=after, at=cast.AT + timedelta(hours=25)) == agent


def test_no_token_opens_for_a_removed_agent_or_for_anybody_else(owner, room):
    agent, token = join(owner, room, "mcp")
    assert use_agent_token(token="mat_wrong", at=cast.AT) is None
    revoke_agent(agent_id=agent.id, by=By(owner.id), at=cast.AT)
    assert use_agent_token(token=token, at=cast.AT) is None


def test_a_new_key_takes_the_place_of_the_old_one(owner, room):
    agent, _ = join(owner, room, "model", key="one", url="https://model.example/v1")
    assert rotate_credential(agent_id=agent.id, key="two", by=By(owner.id), at=cast.AT) == ""
    agent.refresh_from_db()
    assert (decrypted(agent.secret), decrypted(agent.secret_before)) == ("two", "one")
    with refused("missing"):
        rotate_credential(agent_id=agent.id, by=By(owner.id), at=cast.AT)


@pytest.mark.parametrize("key", ["ключ", "a\nb", "x" * 2001])
def test_what_cannot_be_a_key_is_refused(owner, room, key):
    with refused("not_a_key"):
        join(owner, room, "model", key=key, url="https://model.example/v1")


def test_agents_behind_a_connector_join_by_pairing_alone(owner, room):
    with refused("comes_by_pairing"):
        join(owner, room, "connector")
    behind = cast.an_agent(room, "Behind")
    type(behind).objects.filter(id=behind.id).update(door="connector")
    with refused("comes_by_pairing"):
        rotate_credential(agent_id=behind.id, by=By(owner.id), at=cast.AT)


def test_an_agent_kept_by_its_owner_is_given_work_by_nobody_else(owner, room):
    agent = cast.an_agent(room, "Mine", work_from="owner")
    other = cast.a_member(room, "contributor")
    card = cast.a_card(room)
    with refused("owner_gives_work"):
        give_card(card_id=card.id, to=agent.id, by=By(other.id), at=cast.AT)
    theirs = cast.a_room(other, name="Theirs")
    with refused("owner_gives_work"):
        seat_agent(room_id=theirs.id, agent_id=agent.id, by=By(other.id), at=cast.AT)
    give_card(card_id=card.id, to=agent.id, by=By(owner.id), at=cast.AT)
    seat_agent(room_id=room.id, agent_id=agent.id, by=By(owner.id), at=cast.AT)
    with refused("unknown_choice"):
        join(owner, room, "mcp", name="x", work_from="nobody")
