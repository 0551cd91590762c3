"""Agents as they may really be: HTTP servers that answer signed events, well or badly."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.egress.wire import Wire, answer, serving

Says = Callable[[dict[str, Any]], tuple[int, Any]]


@dataclass
class Listener:
    """What an agent was sent: headers and envelopes, and whether the signatures held."""

    secret: str = ""
    checks: bool = True
    headers: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    genuine: list[bool] = field(default_factory=list)
    wire: Wire | None = None

    def url(self, host: str = "127.0.0.1") -> str:
        assert self.wire is not None
        return self.wire.url(host)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events if event["type"] == kind]


def accepts(event: dict[str, Any]) -> tuple[int, Any]:
    return 202, {"status": "accepted"}


@contextmanager
def listening(says: Says = accepts, *, secret: str = "", checks: bool = True) -> Iterator[Listener]:
    """An agent that proves its URL as it should and answers everything else with `says`."""
    agent = Listener(secret=secret, checks=checks)

    def talk(connection: Any, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
        headers = {name.lower(): value for name, value in lines}
        is_genuine = _is_genuine(agent.secret, body, headers)
        event = json.loads(body)
        agent.headers.append(headers)
        agent.events.append(event)
        agent.genuine.append(is_genuine)
        if agent.checks and agent.secret and not is_genuine:
            connection.sendall(answer(b"", "401 Unauthorized"))
        elif event["type"] == "agent.verify" and says is accepts:
            told = json.dumps({"challenge": event["data"]["challenge"]}).encode()
            connection.sendall(answer(told))
        else:
            connection.sendall(_http(*says(event)))

    with serving(talk) as wire:
        agent.wire = wire
        yield agent


def _is_genuine(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    if not secret:
        return False
    try:
        Webhook(secret).verify(body, headers)
    except Exception:  # noqa: BLE001 — the library raises more than its own error for a strange header
        return False
    return True


def _http(status: int, said: Any) -> bytes:
    extra: list[str] = []
    if isinstance(said, dict) and "headers" in said:
        extra, said = said["headers"], None
    body = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
    return answer(body, f"{status} {HTTPStatus(status).phrase}", *extra)
