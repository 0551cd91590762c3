"""Agents over the people's API, with a real program at the other end of the URL."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.api.conftest import Api, refused
from tests.cast import a_member, a_room, a_token, an_agent
from workspace.models import Agent, Person, Room, Seat


class Program(BaseHTTPRequestHandler):
    """Echoes a challenge if its signature holds; how well it checks is the server's `manners`."""

    def do_POST(self) -> None:
        server: Any = self.server
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if server.manners == "checks" and not self.is_signed(raw, server.secret):
            self.answer(401, {})
            return
        challenge = json.loads(raw)["data"]["challenge"]
        echoed = "something else" if server.manners == "forgets" else challenge
        self.answer(200, {"challenge": echoed, "agent": {"name": "x", "version": "2"}})

    def is_signed(self, raw: bytes, secret: str) -> bool:
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + raw
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return mine in self.headers["webhook-signature"].split()

    def answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def program(settings: Any) -> Iterator[Any]:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Program)
    server.secret, server.manners = "", "checks"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def url_of(program: Any) -> str:
    return f"http://127.0.0.1:{program.server_address[1]}/hook"


def test_an_agent_is_registered_verified_and_seated(api: Api, room: Room, program: Any) -> None:
    made = api.post("/agents", {
        "name": "Tracer", "url": url_of(program), "skills": ["Code", "code"], "silent_after": 8,
        "lease": 15, "max_concurrency": 2,
    })  # fmt: skip
    assert made.status_code == 201
    assert (made.body["status"], made.body["skills"]) == ("unverified", ["code"])
    assert made.body["timings"] == {"silent_after": 8, "lease": 15}
    program.secret = made.body["secret"]
    verified = api.post(f"/agents/{made.body['id']}/verify", {})
    assert verified.body["status"] == "verified", verified.body
    assert all(step["ok"] for step in verified.body["steps"])
    seat = api.post(f"/rooms/{room.id}/agents", {"agent_id": made.body["id"]})
    assert seat.status_code == 201
    assert api.get(f"/rooms/{room.id}").body["agents"][0]["agent_id"] == made.body["id"]


@pytest.mark.parametrize("manners, status", [
    ("checks", "unverified"), ("forgets", "unverified"), ("trusts", "verified_insecure"),
])  # fmt: skip
def test_an_agent_is_verified_only_as_far_as_it_proves(
    api: Api, program: Any, manners: str, status: str
) -> None:
    made = api.post("/agents", {"name": "Tracer", "url": url_of(program)}).body
    program.secret, program.manners = "whsec_" + base64.b64encode(b"x" * 32).decode(), manners
    found = api.post(f"/agents/{made['id']}/verify").body
    assert found["status"] == status
    assert [step["code"] for step in found["steps"] if not step["ok"]]


def test_an_agent_nobody_answers_for_is_unverified(api: Api, program: Any) -> None:
    url = url_of(program)
    program.shutdown()
    program.server_close()
    made = api.post("/agents", {"name": "Nobody", "url": url}).body
    found = api.post(f"/agents/{made['id']}/verify")
    assert (found.status_code, found.body["status"]) == (200, "unverified")


def test_the_secret_is_shown_this_once(api: Api) -> None:
    made = api.post("/agents", {"name": "Tracer", "url": "https://203.1.1.1/hook"}).body
    listed = api.get("/agents")
    assert listed.body["items"][0]["id"] == made["id"]
    assert made["secret"] not in listed.content.decode()


@pytest.mark.parametrize("url, code", [
    ("", "not_a_url"), ("tracer", "not_a_url"), ("https://", "not_a_url"),
    ("https://exa mple.org/", "not_a_url"), ("ftp://203.1.1.1/", "scheme"),
    ("http://203.1.1.1/", "scheme"), ("file:///etc/passwd", "scheme"),
    ("https://user:word@203.1.1.1/", "userinfo"), ("https://203.1.1.1:22/", "port"),
    ("https://127.0.0.1/", "private_address"), ("https://10.0.0.1/", "private_address"),
    ("https://169.254.169.254/latest", "private_address"), ("https://[::1]/", "private_address"),
    ("https://[::ffff:10.0.0.1]/", "numeric_host"), ("https://localhost/", "private_address"),
    ("https://2130706433/", "numeric_host"), ("https://0x7f.1/", "numeric_host"),
])  # fmt: skip
def test_a_url_nobody_may_be_sent_to_is_refused(
    api: Api, settings: Any, url: str, code: str
) -> None:
    settings.MUSTER_ALLOW_CIDRS = []
    problem = refused(api.post("/agents", {"name": "Tracer", "url": url}), 422, code)
    assert problem["field"] == "url"
    assert not Agent.objects.exists()


@pytest.mark.parametrize("body, code", [
    ({"url": "https://203.1.1.1/"}, "invalid_body"),
    ({"name": " ", "url": "https://203.1.1.1/"}, "missing"),
    ({"name": "x", "url": "https://203.1.1.1/", "door": "window"}, "unknown_door"),
    ({"name": "x", "url": "https://203.1.1.1/", "skills": "code"}, "invalid_body"),
    ({"name": "x", "url": "https://203.1.1.1/", "lease": -1}, "invalid_body"),
    ({"name": "x", "url": "https://203.1.1.1/", "lease": 5, "silent_after": 9}, "lease_too_short"),
    ({"name": "x", "url": "https://203.1.1.1/", "max_concurrency": 0}, "invalid_body"),
    ({"name": "x", "url": ["https://203.1.1.1/"]}, "invalid_body"),
])  # fmt: skip
def test_an_agent_that_cannot_be_is_refused(api: Api, body: dict[str, Any], code: str) -> None:
    refused(api.post("/agents", body), 422, code)
    assert not Agent.objects.exists()


def test_a_name_is_taken_once(api: Api) -> None:
    body = {"name": "Tracer", "url": "https://203.1.1.1/hook"}
    assert api.post("/agents", body).status_code == 201
    refused(api.post("/agents", body), 409, "name_taken")


def test_agents_of_another_workspace_are_not_there(room: Room, stranger: Person) -> None:
    agent, api = an_agent(room), Api(a_token(stranger))
    assert api.get("/agents").body["items"] == []
    refused(api.post(f"/agents/{agent.id}/verify"), 404, "not_found")


def test_only_its_owner_or_the_workspaces_has_an_agent_verified(room: Room) -> None:
    agent = an_agent(room)
    api = Api(a_token(a_member(room, "contributor")))
    refused(api.post(f"/agents/{agent.id}/verify"), 403, "not_allowed")


def test_an_agent_of_another_workspace_gets_no_seat(room: Room, stranger: Person, api: Api) -> None:
    theirs = an_agent(a_room(stranger))
    answer = api.post(f"/rooms/{room.id}/agents", {"agent_id": theirs.id})
    refused(answer, 404, "not_found")
    assert not Seat.objects.filter(room=room).exists()
