"""A2A agents as they may really be: HTTP servers on loopback that answer as they are told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = Any
NO_TASK = "00000000-0000-4000-8000-000000000000"  # what verifying asks for
METHODS = {"message/send": "SendMessage", "tasks/get": "GetTask", "tasks/cancel": "CancelTask",
           "tasks/list": "ListTasks", "tasks/resubscribe": "SubscribeToTask"}  # fmt: skip


@dataclass
class Raw:
    """An HTTP answer as it is to be sent, instead of a result."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False  # go on with the body until the caller hangs up
    cut: bool = False  # end in the middle of what was announced


@dataclass
class Fault(Exception):
    """A JSON-RPC error."""

    code: int
    message: str


@dataclass
class Call:
    method: str
    params: dict[str, Any]
    headers: dict[str, str]


Says = Callable[[dict[str, Any]], Json]


def task(state: str = "TASK_STATE_WORKING", **facts: Json) -> dict[str, Json]:
    """A task as 1.0 writes it."""
    status = {"state": state, "timestamp": facts.pop("timestamp", "2026-11-24T09:00:00Z")}
    if (said := facts.pop("said", None)) is not None:
        status["message"] = said if isinstance(said, dict) else message(said)
    return {"id": "t1", "contextId": facts.pop("context", "c1"), "status": status, **facts}


def message(text: str = "", *data: Json, id: str = "m1") -> dict[str, Json]:
    parts: list[Json] = [{"text": text}] if text else []
    return {"messageId": id, "role": "ROLE_AGENT", "parts": [*parts, *({"data": d} for d in data)]}


def artifact(*parts: Json, name: str = "answer.md") -> dict[str, Json]:
    return {"artifactId": "a1", "name": name, "parts": list(parts)}


class Scripted:
    """An agent whose card and answers are what a test says; what it was asked is kept."""

    def __init__(self, **answers: Says | Json) -> None:
        self.answers: dict[str, Says | Json] = answers
        self.calls: list[Call] = []
        self.files: dict[str, Raw] = {}
        self.redirects: dict[str, str] = {}
        self.card: Json = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.card = self.card_of(f"{self.url}rpc")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def card_of(self, address: str, **facts: Json) -> dict[str, Json]:
        interface = {"url": address, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        return {"name": "Scripted", "version": "7", "skills": [{"id": "x", "name": "odd jobs"}],
                "capabilities": {}, "supportedInterfaces": [interface], **facts}  # fmt: skip

    def of(self, method: str) -> list[dict[str, Any]]:
        return [call.params for call in self.calls if call.method == method]

    def sent(self) -> dict[str, Any]:
        """The last message it was sent."""
        return dict(self.of("SendMessage")[-1]["message"])

    def answer(self, name: str, params: dict[str, Any]) -> Json:
        says = self.answers.get(name)
        if says is None:
            raise Fault(-32001, "Task not found")
        return says(params) if callable(says) else says

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler_of(agent: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/.well-known/agent-card.json"):
                card = agent.card
                self.send(card if isinstance(card, Raw) else Raw(json.dumps(card).encode()))
            elif self.path in agent.files:
                agent.calls.append(
                    Call(self.path, {}, {k.lower(): v for k, v in self.headers.items()})
                )
                self.send(agent.files[self.path])
            else:
                self.send(Raw(b"<html>nothing here</html>", 404))

        def do_POST(self) -> None:
            if (there := agent.redirects.get(self.path)) is not None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send(Raw(b"", 307, {"Location": there}))
                return
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = METHODS.get(asked["method"], asked["method"])
            params = asked.get("params") or {}
            if params.get("id") == NO_TASK:
                name = "Verify"
            agent.calls.append(Call(name, params, self.lower()))
            try:
                told = agent.answer(name, params)
            except Fault as fault:
                error = {"code": fault.code, "message": fault.message}
                told = Raw(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode())
            if not isinstance(told, Raw):
                told = Raw(json.dumps({"jsonrpc": "2.0", "id": 1, "result": told}).encode())
            self.send(told)

        def lower(self) -> dict[str, str]:
            return {key.lower(): value for key, value in self.headers.items()}

        def send(self, raw: Raw) -> None:
            self.send_response(raw.status)
            headers = {"Content-Type": "application/json", **raw.headers}
            if not raw.endless and "Content-Length" not in headers:
                headers["Content-Length"] = str(len(raw.body) + (100 if raw.cut else 0))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(raw.body)
                while raw.endless:
                    self.wfile.write(b" " * 65536)
            except OSError:
                pass

        def log_message(self, *words: Any) -> None:
            """Quiet."""

    return Handler
