"""The page where agents join: what is found at a URL, and the form that fits it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import cast
from workspace.commands.agent_tokens import use_agent_token
from workspace.models import Agent

pytestmark = pytest.mark.django_db
CARD = {"name": "Planner <b>", "version": "3.1", "protocolVersion": "0.3.0", "capabilities": {},
        "preferredTransport": "JSONRPC", "skills": [{"id": "p", "name": "Planning", "tags": []}],
        "defaultInputModes": ["text"], "defaultOutputModes": ["text"]}  # fmt: skip
MODELS = {"object": "list", "data": [{"id": "small-1"}, {"id": "large-1"}]}
NO_KEY = {"error": {"message": "no key"}}


class Place(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        found = server.pages.get(self.path)
        body = json.dumps(found).encode()
        self.send_response(404 if found is None else 401 if found is NO_KEY else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def place(settings: Any) -> Iterator[Any]:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    server.pages = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def owner() -> Any:
    return cast.an_owner()


@pytest.fixture
def page(client: Any, owner: Any) -> Any:
    client.force_login(owner)
    return client


def looked(page: Any, place: Any, **headers: str) -> str:
    answer = page.post("/agents/look", {"url": place.url}, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_agent_card_fills_the_form_and_says_what_was_found(page: Any, place: Any) -> None:
    place.pages = {"/.well-known/agent-card.json": {**CARD, "url": place.url}}
    text = looked(page, place)
    assert "An A2A agent" in text
    assert "It speaks A2A 0.3 over JSONRPC." in text
    assert 'name="door" value="a2a"' in text
    assert "Planner &lt;b&gt;" in text and "Planner <b>" not in text
    assert "Planning" in text


def test_a_models_endpoint_offers_its_models_and_asks_for_a_key(page: Any, place: Any) -> None:
    place.pages = {"/v1/models": MODELS}
    text = looked(page, place)
    assert 'name="door" value="model"' in text
    assert "2 models." in text
    assert '<option value="small-1">' in text
    assert 'name="key" type="password"' in text


def test_an_endpoint_that_lists_nothing_without_a_key_asks_for_both(page: Any, place: Any) -> None:
    place.pages = {"/v1/models": NO_KEY}
    text = looked(page, place)
    assert 'name="model" required' in text and 'name="key" type="password"' in text
    assert "It names its models only to whoever has its key" in text


def test_a_script_is_answered_with_the_form_alone(page: Any, place: Any) -> None:
    text = looked(page, place, **{"HX-Request": "true"})
    assert text.lstrip().startswith('<div id="register-form">')
    assert 'name="door" value="webhook"' in text


def test_an_address_that_may_not_be_asked_is_told_in_the_form(
    page: Any, place: Any, settings: Any
) -> None:
    settings.MUSTER_ALLOW_CIDRS = []
    answer = page.post("/agents/look", {"url": place.url})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_who_speaks_mcp_gets_a_token_shown_once(page: Any) -> None:
    text = page.post("/agents/register", {"door": "mcp", "name": "Puller"}).content.decode()
    token = text.partition('id="secret">')[2].partition("<")[0]
    agent = Agent.objects.get(name="Puller")
    assert use_agent_token(token=token, at=cast.AT) == agent
    assert token not in page.get(f"/agents/{agent.id}").content.decode()


def test_a_model_is_verified_as_it_joins(page: Any, place: Any) -> None:
    place.pages = {"/v1/models": MODELS}
    given = {"door": "model", "name": "Writer", "url": f"{place.url}/v1", "model": "small-1",
             "key": "sk-7", "prompt": "You write.", "work_from": "owner"}  # fmt: skip
    text = page.post("/agents/register", given).content.decode()
    agent = Agent.objects.get(name="Writer")
    assert (agent.status, agent.reach["model"], agent.work_from) == (
        "verified", "small-1", "owner",
    )  # fmt: skip
    assert "sk-7" not in text


def test_what_is_wrong_with_a_change_is_said_on_the_page(page: Any, owner: Any) -> None:
    agent = cast.an_agent(cast.a_room(owner), "Tracer")
    given = {"name": "Tracer", "url": agent.url, "silent_after": "60", "lease": "10"}
    answer = page.post(f"/agents/{agent.id}/edit", given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
