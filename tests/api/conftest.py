"""The people's API, called over Django's own HTTP stack with real tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tests.cast import a_member, a_room, a_token, an_owner
from workspace.models import Person, Room


@dataclass
class Api:
    """One person's program."""

    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Answers have `.body`, parsed; `body` is JSON unless it is bytes."""
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        answer = self.client.generic(
            method, f"/api/v1{path}", raw, content_type="application/json", headers=headers
        )
        return parsed(answer)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None) -> Any:
        return self.call("PATCH", path, body)

    def upload(self, path: str, fields: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return parsed(self.client.post(f"/api/v1{path}", fields, headers=headers))


def parsed(answer: Any) -> Any:
    is_json = "json" in answer.headers.get("Content-Type", "")
    answer.body = json.loads(answer.content) if is_json and answer.content else None
    return answer


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Holds an answer to being a problem of this status and code, and returns it."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    body = answer.body
    assert (answer.status_code, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["type"].endswith(f"/problems/{code.replace('_', '-')}")
    assert body["title"] and body["detail"] and body["request_id"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return dict(body)


@pytest.fixture
def owner(db: None) -> Person:
    return an_owner()


@pytest.fixture
def room(owner: Person) -> Room:
    return a_room(owner)


@pytest.fixture
def api(owner: Person) -> Api:
    """The owner's program, with every scope."""
    return Api(a_token(owner))


@pytest.fixture
def reviewer(room: Room) -> Person:
    return a_member(room, "reviewer")


@pytest.fixture
def stranger(db: None) -> Person:
    """The owner of another workspace."""
    return an_owner("Stranger", "Elsewhere")
