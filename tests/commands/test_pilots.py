"""Scorecards of pilots: kept as they were handed in, by whoever may."""

import pytest

from agents.pilot.referee import score
from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused
from workspace.actors import SYSTEM, By
from workspace.commands.pilots import MOST_BYTES, keep_pilot
from workspace.errors import NotFound
from workspace.models import Event, Pilot
from workspace.queries.pilots import pilot_for, pilots_of

CARD = score([], about={"commit": "abc123", "seeds": [21, 60]}).data()


def keep(room, by=SYSTEM, facts=CARD):
    return keep_pilot(workspace_id=room.workspace_id, commit="abc123", facts=facts, by=by, at=AT)


def test_a_scorecard_is_kept_as_it_was_handed_in_and_said_on_the_workspaces_stream(room, by):
    made = keep(room, by)
    kept = Pilot.objects.get()
    assert (kept.facts, kept.commit, kept.who) == (CARD, "abc123", by.actor)
    event = Event.objects.get(type="pilot.kept")
    assert event.stream_id == room.workspace_id
    assert event.data == {"pilot_id": made.id, "commit": "abc123", "passed": True}


def test_what_a_referee_did_not_give_is_no_scorecard(room):
    for name in ("about", "columns", "figures", "scenarios", "passed"):
        with refused("not_a_scorecard", missing=name):
            keep(room, facts={**CARD, name: None})
    with refused("not_a_scorecard", missing="json"):
        keep(room, facts={**CARD, "figures": {"x": float("nan")}})
    with refused("not_a_scorecard", missing="json"):
        keep(room, facts={**CARD, "figures": {"x": object()}})
    with refused("scorecard_too_large", most=MOST_BYTES):
        keep(room, facts={**CARD, "about": {"words": "x" * MOST_BYTES}})
    assert not Pilot.objects.exists()


def test_what_no_database_keeps_in_json_is_taken_out(room):
    facts = {**CARD, "about": {"said\x00": ["a\x00b", {"c": "\x00"}]}}
    assert keep(room, facts=facts).facts["about"] == {"said": ["ab", {"c": ""}]}


def test_neither_strangers_nor_agents_nor_tokens_keep_one(room, agent, by):
    stranger = cast.an_owner("Stranger", "Elsewhere")
    for actor in (stranger.id, agent.id, "coordinator"):
        with pytest.raises(NotFound):
            keep(room, By(actor))
    with refused("not_allowed"):
        keep(room, By(by.actor, scopes=("read", "write", "agents")))
    assert not Pilot.objects.exists()


def test_a_pilot_is_found_by_members_of_its_workspace_alone(room, owner):
    made = keep(room)
    assert pilot_for(owner, made.id) == made
    assert list(pilots_of(owner)) == [made]
    stranger = cast.an_owner("Stranger", "Elsewhere")
    assert not pilots_of(stranger).exists()
    with pytest.raises(NotFound):
        pilot_for(stranger, made.id)
