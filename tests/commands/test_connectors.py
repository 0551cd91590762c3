"""Connectors: paired once, held by one session, away when nobody holds them, gone when revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from agents.observe.seats import seats
from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.agents import note_answer, pause_agent, revoke_agent
from workspace.commands.connectors import (
    HELD_FOR,
    MOST_AGENTS,
    PAIR_WITHIN,
    AgentThere,
    hold_connector,
    keep_connectors,
    known_connector,
    leave_connector,
    make_pairing,
    pair_connector,
    plain_code,
    revoke_connector,
    still_held,
)
from workspace.commands.rooms import seat_agent
from workspace.commands.starting import assign_card
from workspace.errors import NotAllowed, NotFound
from workspace.keys import hashed
from workspace.models import Agent, Connector, Delivery, Event, Pairing, Room
from workspace.outbox import due_for, due_ids

GONE = HELD_FOR.total_seconds() + 1


def paired(room: Room, by: By, name: str = "Laptop") -> tuple[Connector, str]:
    code = make_pairing(workspace_id=room.workspace_id, by=by, at=AT)
    return pair_connector(code=code, name=name, version="1.0", at=AT)


def held(
    connector: Connector, *names: str, session: str = "ses_1", at: datetime = AT, **facts: Any
) -> dict[str, Agent]:
    there = [AgentThere(name=name, **facts) for name in names or ("Helper",)]
    ids = hold_connector(
        connector_id=connector.id, session=session, version="1.0", agents=there, at=at
    )
    return {name: Agent.objects.get(id=agent_id) for name, agent_id in ids.items()}


@pytest.fixture
def connector(room: Room, by: By) -> Connector:
    return paired(room, by)[0]


@pytest.fixture
def helper(connector: Connector, room: Room, by: By) -> Agent:
    """An agent behind the connector, there and seated."""
    agent = held(connector)["Helper"]
    seat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    return agent


def given(card: Any, agent: Agent, at: datetime = AT) -> Any:
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={},
        by=coordinator(rule="best_fit"), at=at,
    )  # fmt: skip


# --- pairing -----------------------------------------------------------------------------


def test_a_code_pairs_one_connector_and_only_hashes_are_kept(room, by):
    code = make_pairing(workspace_id=room.workspace_id, by=by, at=AT)
    made, token = pair_connector(code=code, name="Laptop", version="1.0", at=AT)
    assert made.owner_id == by.actor
    assert Pairing.objects.get().code_sha256 == hashed(plain_code(code))
    assert made.token_sha256 == hashed(token) and known_connector(token) == made
    with refused("unknown_code"):
        pair_connector(code=code, name="Another", version="1.0", at=AT)


def test_a_code_is_taken_as_people_type_it(room, by):
    code = make_pairing(workspace_id=room.workspace_id, by=by, at=AT)
    typed = f"  {code.lower().replace('-', ' ')} "
    assert pair_connector(code=typed, name="Laptop", version="", at=AT)


@pytest.mark.parametrize("code", ["", "BBBB-BBBB-BBBB", "x" * 80])
def test_a_code_nobody_made_pairs_nothing(room, by, code):
    make_pairing(workspace_id=room.workspace_id, by=by, at=AT)
    with refused("unknown_code"):
        pair_connector(code=code, name="Laptop", version="", at=AT)
    assert not Connector.objects.exists()


def test_a_code_whose_time_is_over_pairs_nothing(room, by):
    code = make_pairing(workspace_id=room.workspace_id, by=by, at=AT)
    with refused("unknown_code"):
        pair_connector(code=code, name="Laptop", version="", at=AT + PAIR_WITHIN)


def test_a_confirmed_link_pairs_whoever_knows_what_it_is_the_hash_of(room, by):
    of = hashed("what the connector knows")
    for _ in range(2):  # confirmed twice
        assert make_pairing(workspace_id=room.workspace_id, by=by, at=AT, code_sha256=of) == ""
    with refused("unknown_code"):
        pair_connector(code=of, name="Laptop", version="", is_link=True, at=AT)
    known = "what the connector knows"
    assert pair_connector(code=known, name="Laptop", version="", is_link=True, at=AT)


def test_what_is_no_hash_is_no_link(room, by):
    with refused("bad_pairing"):
        make_pairing(workspace_id=room.workspace_id, by=by, at=AT, code_sha256="nonsense")


def test_a_stranger_makes_no_code_here(room):
    stranger = cast.an_owner("Stranger", "Elsewhere")
    with pytest.raises(NotFound):
        make_pairing(workspace_id=room.workspace_id, by=By(stranger.id), at=AT)


def test_a_token_without_the_scope_makes_no_code(room, owner):
    with pytest.raises(NotAllowed):
        by = By(owner.id, scopes=("read",))
        make_pairing(workspace_id=room.workspace_id, by=by, at=AT)


# --- holding -----------------------------------------------------------------------------


def test_agents_it_announces_are_registered_once_and_there(connector, owner):
    first = held(connector, "Helper", "Other", skills=("docs",))
    again = held(connector, "Helper", "Other", session="ses_2")
    assert {a.id for a in first.values()} == {a.id for a in again.values()}
    helper = first["Helper"]
    assert (helper.door, helper.status, helper.owner_id) == ("connector", "verified", owner.id)
    assert helper.skills == ["docs"] and not helper.is_away(AT)


def test_a_name_somebody_has_is_numbered(connector, agent):
    assert held(connector, agent.name)[agent.name].name == f"{agent.name} 2"


def test_an_agent_it_does_not_announce_any_more_is_away(connector):
    held(connector, "Helper", "Other")
    held(connector, "Helper", session="ses_2")
    assert Agent.objects.get(name="Other").is_away(AT)


def test_an_agent_a_person_removed_does_not_come_back(connector, helper, by):
    revoke_agent(agent_id=helper.id, by=by, at=AT)
    again = held(connector, session="ses_2")["Helper"]
    assert (again.id, again.status) == (helper.id, "revoked")
    assert Agent.objects.filter(connector=connector).count() == 1


def test_too_many_agents_are_refused(connector):
    with refused("too_many_agents", most=MOST_AGENTS):
        held(connector, *(f"Agent {n}" for n in range(MOST_AGENTS + 1)))
    assert not Agent.objects.exists()


def test_only_the_newest_session_counts(connector):
    held(connector)
    held(connector, session="ses_2")
    assert still_held({connector.id: "ses_1"}) == set()
    assert keep_connectors(sessions={connector.id: "ses_1"}, at=AT) == set()
    assert keep_connectors(sessions={connector.id: "ses_2"}, at=AT) == {connector.id}
    leave_connector(connector_id=connector.id, session="ses_1", at=AT)
    assert not Agent.objects.get().is_away(AT)


def test_nobody_says_it_is_there_and_it_is_not(connector, helper):
    assert helper.is_away(later(GONE))
    keep_connectors(sessions={connector.id: "ses_1"}, at=later(GONE - 2))
    helper.refresh_from_db()
    assert not helper.is_away(later(GONE))


def test_it_comes_back_rested(connector, helper):
    for _ in range(5):
        note_answer(agent_id=helper.id, is_well=False, at=AT)
    leave_connector(connector_id=connector.id, session="ses_1", at=AT)
    back = held(connector, session="ses_2", at=later(1))["Helper"]
    assert back.degraded_until is None and back.failures_in_a_row == 0


def test_a_pause_outlasts_its_coming_and_going(connector, helper, by):
    pause_agent(agent_id=helper.id, paused=True, by=by, at=AT)
    assert held(connector, session="ses_2")["Helper"].paused


# --- working -----------------------------------------------------------------------------


def test_an_agent_that_is_away_is_given_nothing_and_the_board_says_why(
    room, card, connector, helper
):
    leave_connector(connector_id=connector.id, session="ses_1", at=AT)
    with refused("agent_offline", agent="Helper"):
        given(card, helper)
    seat = next(one for one in seats(room, AT) if one.agent_id == helper.id)
    assert (seat.usable, seat.unusable_because) == (False, "offline")


def test_what_it_is_owed_is_left_to_who_holds_its_socket(card, connector, helper):
    run = given(card, helper)
    owed = Delivery.objects.get(run=run)
    assert due_ids(AT) == [] and due_for([connector.id], AT) == [owed.id]
    assert due_for(["con_other"], AT) == []
    # Nobody holds it any more: then it is everybody's to find it away.
    assert due_ids(later(GONE)) == [owed.id]


def test_what_was_to_be_tried_later_is_due_when_it_is_back(card, connector, helper):
    run = given(card, helper)
    leave_connector(connector_id=connector.id, session="ses_1", at=AT)
    Delivery.objects.filter(run=run).update(due_at=later(600))
    held(connector, session="ses_2", at=later(5))
    assert due_for([connector.id], later(5)) == [Delivery.objects.get(run=run).id]


# --- taking away -------------------------------------------------------------------------


def test_a_revoked_connector_opens_nothing_and_its_agents_are_gone(room, by):
    connector, token = paired(room, by)
    held(connector)
    revoke_connector(connector_id=connector.id, by=by, at=AT)
    revoke_connector(connector_id=connector.id, by=by, at=AT)
    assert known_connector(token) is None
    assert Agent.objects.get().status == "revoked"
    assert still_held({connector.id: "ses_1"}) == set()
    with refused("connector_revoked"):
        held(connector, session="ses_2")
    told = Event.objects.filter(type__startswith="connector.").values_list("type", flat=True)
    assert sorted(told) == ["connector.paired", "connector.revoked"]


def test_only_who_paired_it_or_an_owner_takes_it_away(room, connector):
    other = cast.a_member(room, "contributor")
    with pytest.raises(NotAllowed):
        revoke_connector(connector_id=connector.id, by=By(other.id), at=AT)
    assert Connector.objects.get().revoked_at is None
