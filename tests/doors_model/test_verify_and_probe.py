"""Whether a model is where it is said to be, and what is at an address that somebody pastes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from agents.doors import sending
from agents.doors.model.probe import probe
from agents.doors.verifying import verify_agent
from tests.doors_model.conftest import KEY, a_worker
from tests.fakes.tool_model import MODEL, Says, ToolModel
from workspace.actors import By
from workspace.models import Room
from workspace.sentences import CHECKS

Models = Callable[..., ToolModel]


@pytest.fixture
def page() -> Iterator[Callable[[int, bytes], str]]:
    """An address where every path answers the same."""
    started: list[HTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def says(body: dict) -> Says:
    return Says("yes")


def test_a_listed_model_is_verified_and_tells_its_window(room: Room, models: Models) -> None:
    model = models(says)
    model.listed = {"context_length": 262_144, "supports_image_in": True}
    agent = a_worker(room, model)
    found = verify_agent(agent.id)
    agent.refresh_from_db()
    assert found.status == agent.status == "verified"
    assert [step["code"] for step in found.steps] == ["models_listed", "model_listed"]
    assert (agent.reach["window"], agent.reach["pictures"]) == (262_144, True)


def test_a_model_that_is_not_listed_is_not_verified(room: Room, models: Models) -> None:
    found = verify_agent(a_worker(room, models(says), model="gpt-none").id)
    assert (found.status, found.steps[-1]["code"]) == ("unverified", "model_not_listed")
    assert found.steps[-1]["params"]["there"] == MODEL


def test_an_endpoint_without_a_list_is_asked_itself(room: Room, models: Models) -> None:
    model = models(says)
    model.has_list = False
    found = verify_agent(a_worker(room, model).id)
    assert (found.status, found.steps[0]["code"]) == ("verified", "model_answered")
    assert model.requests[0]["messages"][0]["content"] == "Say yes."


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>", "no_list_of_models"),
        (200, b'{"data": 3}', "no_list_of_models"),
        (500, b"", "server_error"),
        (429, b"", "throttled"),
        (404, b"", "no_such_model"),
    ],
)
def test_what_is_no_endpoint_is_not_verified(
    room: Room, models: Models, page: Callable[[int, bytes], str], status: int, body: bytes,
    code: str,
) -> None:  # fmt: skip
    found = verify_agent(a_worker(room, models(says), url=page(status, body)).id)
    assert (found.status, found.steps[0]["code"]) == ("unverified", code)
    assert code in CHECKS


def test_a_test_event_asks_for_the_list(room: Room, models: Models) -> None:
    owner = By(room.members.get(role="owner").person_id)
    agent = a_worker(room, models(says))
    assert sending.send_test(agent_id=agent.id, by=owner).state == "delivered"
    other = a_worker(room, models(says), key="sk-wrong")
    assert sending.send_test(agent_id=other.id, by=owner).state == "failed"
    other.refresh_from_db()
    assert other.status == "disabled"


def test_a_pasted_base_is_found_with_and_without_its_version(models: Models) -> None:
    open_model = ToolModel(says, models=("a", "b"))
    try:
        base = open_model.base_url
        for pasted in (base, base + "/", base.removesuffix("/v1"), base + "/chat/completions"):
            found = probe(pasted)
            assert found is not None
            assert (found.door, found.url, found.models) == ("model", base, ("a", "b"))
            assert found.needs == ("model",)
    finally:
        open_model.stop()


def test_an_only_model_needs_no_choosing() -> None:
    only = ToolModel(says)
    try:
        found = probe(only.base_url)
        assert found is not None
        assert (found.needs, found.reach) == ((), {"model": MODEL})
    finally:
        only.stop()


def test_a_locked_endpoint_is_known_by_how_it_refuses(models: Models) -> None:
    model = models(says)
    found = probe(model.base_url.removesuffix("/v1"))
    assert found is not None
    assert (found.door, found.url, found.needs) == ("model", model.base_url, ("key", "model"))
    assert KEY not in json.dumps(found.params)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (404, b'{"error": "no"}'), (401, b"<html>Sign in"), (200, b'{"data": []}'),
     (200, b'{"data": [1, null]}')],
)  # fmt: skip
def test_anything_else_is_no_models_endpoint(
    page: Callable[[int, bytes], str], status: int, body: bytes
) -> None:
    assert probe(page(status, body)) is None


def test_nobody_there_is_no_models_endpoint() -> None:
    assert probe("http://127.0.0.1:9") is None
