"""The model a workspace asks: set by its owner, its key never in the open."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused
from workspace.actors import By
from workspace.commands.models import ModelFacts, set_model
from workspace.keys import decrypted
from workspace.models import Event, Workspace

KEY = "sk-not-a-real-key"


def set_it(room, by, **facts):
    facts = {
        "base_url": "https://model.example/v1", "model": "kimi-k2.6", "profile": "moonshot",
        "api_key": KEY, **facts,
    }  # fmt: skip
    return set_model(workspace_id=room.workspace_id, facts=ModelFacts(**facts), by=by, at=AT)


def test_the_key_is_kept_encrypted_and_told_to_nobody(room, by):
    kept = set_it(room, by).settings["model"]
    assert decrypted(kept["key"].encode()) == KEY
    assert KEY not in str(Workspace.objects.values().get())
    assert KEY not in str(Event.objects.get(type="model.set").data)
    assert KEY not in repr(ModelFacts(base_url="x", model="x", profile="x", api_key=KEY))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"profile": "any"}, "unknown_profile"),
        ({"base_url": " "}, "missing"),
        ({"model": ""}, "missing"),
        ({"api_key": " "}, "missing"),
    ],
)
def test_an_endpoint_that_is_not_whole_is_refused(room, by, facts, code):
    with refused(code):
        set_it(room, by, **facts)
    assert Workspace.objects.get().settings == {}


def test_only_the_workspaces_owner_sets_it(room, reviewer):
    with refused("not_allowed", permission="model.set"):
        set_it(room, By(reviewer.id))
    stranger = cast.an_owner("Stranger", "Others")
    with refused("not_found", what="workspace"):
        set_it(room, By(stranger.id))
