"""Agents over the people's API: who is at a URL, how they fare, and how they are changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests import cast
from tests.api.conftest import Api, refused
from workspace.commands.agent_tokens import use_agent_token
from workspace.commands.runs import fail_run
from workspace.keys import decrypted
from workspace.models import Agent, DeliveryTry, Room

CARD = {"name": "Planner", "version": "3.1", "description": "Plans.", "url": "{base}",
        "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC", "capabilities": {},
        "defaultInputModes": ["text"], "defaultOutputModes": ["text"],
        "skills": [{"id": "plan", "name": "Planning", "description": "", "tags": []}]}  # fmt: skip
MODELS = {"object": "list", "data": [{"id": "small-1"}, {"id": "large-1"}]}


class Place(BaseHTTPRequestHandler):
    """Answers one path with one JSON document, everything else with 404."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append(self.path)
        found = server.pages.get(self.path)
        body = json.dumps(found).replace("{base}", server.base).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def place(settings: Any) -> Iterator[Any]:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    server.pages, server.asked = {}, []
    server.base = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


# --- who is there -----------------------------------------------------------------------


def test_an_agent_card_is_found_before_anything_else(api: Api, place: Any) -> None:
    place.pages = {"/.well-known/agent-card.json": CARD, "/models": MODELS}
    found = api.post("/agents/probe", {"url": place.base}).body
    assert (found["door"], found["name"], found["version"]) == ("a2a", "Planner", "3.1")
    assert found["skills"]
    assert "A2A" in found["says"]


@pytest.mark.parametrize("path", ["/models", "/v1/models"])
def test_a_list_of_models_is_found_with_their_names(api: Api, place: Any, path: str) -> None:
    place.pages = {path: MODELS}
    found = api.post("/agents/probe", {"url": place.base}).body
    assert (found["door"], found["models"]) == ("model", ["large-1", "small-1"])


def test_what_tells_nothing_of_itself_is_a_webhook(api: Api, place: Any) -> None:
    found = api.post("/agents/probe", {"url": place.base}).body
    assert (found["door"], found["code"]) == ("webhook", "found_webhook")
    assert place.asked


def test_nobody_is_asked_at_an_address_that_is_not_allowed(
    api: Api, place: Any, settings: Any
) -> None:
    settings.MUSTER_ALLOW_CIDRS = []
    answer = api.post("/agents/probe", {"url": place.base})
    assert refused(answer, 422, "private_address")
    assert place.asked == []


def test_nothing_is_kept_of_a_probe(api: Api, place: Any) -> None:
    api.post("/agents/probe", {"url": place.base})
    assert not Agent.objects.exists()


# --- joining ----------------------------------------------------------------------------


def test_a_model_joins_with_its_key_which_no_answer_shows(api: Api, place: Any) -> None:
    body = {"name": "Writer", "door": "model", "url": place.base, "key": "sk-9", "model": "small-1",
            "prompt": "You write.", "tools": ["write_file"], "work_from": "owner"}  # fmt: skip
    made = api.post("/agents", body)
    assert made.status_code == 201
    assert made.body["secret"] == ""
    agent = Agent.objects.get(id=made.body["id"])
    assert decrypted(agent.secret) == "sk-9"
    assert (agent.reach["model"], agent.work_from) == ("small-1", "owner")
    assert "sk-9" not in json.dumps(api.get(f"/agents/{agent.id}").body)


def test_who_fetches_its_work_joins_without_a_url(api: Api) -> None:
    made = api.post("/agents", {"name": "Puller", "door": "mcp"}).body
    agent = use_agent_token(token=made["secret"], at=cast.AT)
    assert agent is not None
    assert agent.id == made["id"]


def test_the_connectors_agents_join_by_pairing(api: Api) -> None:
    answer = api.post("/agents", {"name": "Laptop", "door": "connector"})
    assert refused(answer, 422, "comes_by_pairing")


# --- how it fares -----------------------------------------------------------------------


def test_its_health_says_contact_latency_failures_and_what_it_is_good_at(
    api: Api, room: Room
) -> None:
    agent = cast.an_agent(room, "Tracer")
    done = cast.a_run(cast.a_card(room, "Facts", kind="report"), agent)
    owner = room.members.get(role="owner").person
    cast.accept(cast.a_submission(done), owner)
    lost = cast.a_run(cast.a_card(room, "More", kind="table"), agent)
    fail_run(run_id=lost.id, kind="stalled", evidence={}, by=cast.SYSTEM, at=cast.AT)
    for took in (100, 200, 300):
        DeliveryTry.objects.create(
            workspace_id=room.workspace_id, agent=agent, type="card.assigned", at=cast.AT,
            status=202, took_ms=took,
        )  # fmt: skip
    health = api.get(f"/agents/{agent.id}").body["health"]
    assert health["latency"] == {"median_ms": 200, "slow_ms": 280, "of": 3}
    assert health["failures"] == {"stalled": 1}
    kinds = {one["kind"]: (one["accepted"], one["ended"]) for one in health["by_kind"]}
    assert kinds == {"report": (1, 1), "table": (0, 1)}


# --- changed ----------------------------------------------------------------------------


def test_it_is_changed_rested_resumed_and_removed(api: Api, room: Room) -> None:
    agent = cast.an_agent(room, "Tracer")
    place = f"/agents/{agent.id}"
    changed = api.patch(place, {"skills": ["docs"], "tools": ["grep"], "max_concurrency": 3}).body
    assert (changed["skills"], changed["tools"], changed["max_concurrency"]) == (
        ["docs"], ["grep"], 3,
    )  # fmt: skip
    assert changed["status"] == "verified"
    assert api.post(f"{place}/pause").body["paused"] is True
    assert api.post(f"{place}/resume").body["paused"] is False
    assert api.post(f"{place}/revoke").body["status"] == "revoked"
    assert api.get(place).status_code == 404


def test_a_new_url_has_to_be_verified_again(api: Api, room: Room, place: Any) -> None:
    agent = cast.an_agent(room, "Tracer")
    changed = api.patch(f"/agents/{agent.id}", {"url": place.base}).body
    assert changed["status"] == "unverified"


def test_a_rotated_secret_is_shown_once_and_the_old_one_counts_for_a_day(
    api: Api, room: Room
) -> None:
    agent = cast.an_agent(room, "Tracer")
    before = decrypted(agent.secret)
    shown = api.post(f"/agents/{agent.id}/rotate", {}).body["secret"]
    agent.refresh_from_db()
    assert shown == decrypted(agent.secret) != before
    assert decrypted(agent.secret_before) == before
    assert agent.secret_before_until - agent.secret_changed_at == timedelta(hours=24)


def test_others_of_the_workspace_change_nothing_about_it(api: Api, room: Room) -> None:
    agent = cast.an_agent(room, "Tracer")
    other = Api(cast.a_token(cast.a_member(room, "contributor")))
    for path, body in (("pause", {}), ("rotate", {}), ("revoke", {})):
        assert other.post(f"/agents/{agent.id}/{path}", body).status_code == 403
    assert other.patch(f"/agents/{agent.id}", {"name": "Mine"}).status_code == 403
