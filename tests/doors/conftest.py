"""A run with its tokens, and a client that calls back as its agent would."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests import cast
from workspace.models import Run


@dataclass
class Caller:
    """Calls the callback API of one run."""

    run: Run
    client: Client
    token: str
    lease: str

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Muster-Lease": self.lease, **more}

    def post(self, call: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/agent/v1/runs/{self.run.id}/{call}",
            data=raw,
            content_type="application/json",
            headers=self.headers(**headers),
        )

    def upload(self, **fields: Any) -> Any:
        return self.client.post(
            f"/agent/v1/runs/{self.run.id}/artifacts", data=fields, headers=self.headers()
        )

    def get(self, path: str) -> Any:
        return self.client.get(f"/agent/v1/{path}", headers=self.headers())

    def now(self) -> Run:
        self.run.refresh_from_db()
        return self.run


def caller(run: Run) -> Caller:
    shown = cast.credentials(run)
    # A server error must be seen as an answer, as an agent would see it.
    client = Client(raise_request_exception=False)
    return Caller(run, client, shown.run_token, shown.lease_token)


@pytest.fixture
def room(db):
    return cast.a_room(cast.an_owner())


@pytest.fixture
def agent(room):
    return cast.an_agent(room, skills=("code",))


@pytest.fixture
def card(room):
    return cast.a_card(room)


@pytest.fixture
def calls(card, agent) -> Caller:
    return caller(cast.a_run(card, agent))
