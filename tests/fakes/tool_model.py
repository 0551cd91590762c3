"""A local chat-completions service that calls tools by a script, over real HTTP.

The script is a function of the request's body; what it returns is said, as a stream where that was
asked for. Only the model is scripted: whoever asks it is real.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 800, "completion_tokens": 40, "total_tokens": 840, "cached_tokens": 500}
MODEL = "scripted"
Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A tool it calls. `arguments` are sent as they are where they are a text already."""

    name: str
    arguments: Any = field(default_factory=dict)
    id: str = "call_0"  # not unique, as with some services


@dataclass(frozen=True)
class Says:
    """What the model answers; or, with a `status` or `raw`, what is sent instead."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: str = ""
    status: int = 200
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    waits_s: float = 0.0
    breaks_off: bool = False
    trickles_s: float = 0.0  # between two pieces of a stream
    without_usage: bool = False

    @property
    def why(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")

    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = {"role": "assistant", "content": self.text or None}
        if self.calls:
            found["tool_calls"] = [_made(call) for call in self.calls]
        return found


def _made(call: Call) -> dict[str, Any]:
    given = call.arguments
    text = given if isinstance(given, str) else json.dumps(given)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text}}


Script = Callable[[Body], Says]


def calls(*made: tuple[str, Any] | Call, text: str = "", **more: Any) -> Says:
    found = tuple(one if isinstance(one, Call) else Call(*one) for one in made)
    return Says(text, found, **more)


def in_turn(*said: Says) -> Script:
    """One after the other in a conversation; the last one stays. Told by how often it has spoken,
    so that many conversations may go on at once."""
    return lambda body: said[min(turns(body), len(said) - 1)]


def turns(body: Body) -> int:
    """How often the model has spoken in this conversation."""
    return sum(message["role"] == "assistant" for message in body["messages"])


def order_of(body: Body) -> str:
    """The first user message as text: the brief."""
    content = next(m["content"] for m in body["messages"] if m["role"] == "user")
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def first_word(body: Body) -> str:
    """The first word of the card's title, which heads the brief."""
    return order_of(body).removeprefix("# ").split()[0]


def answers(body: Body) -> list[str]:
    """What its tools have answered so far, in order."""
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


class ToolModel:
    """A running service. `requests` is what it was asked, in order; `key` what it asks for."""

    def __init__(
        self, script: Script, *, key: str = "", models: tuple[str, ...] = (MODEL,)
    ) -> None:
        self.script, self.key, self.models = script, key, models
        self.listed: dict[str, Any] = {}
        self.has_list = True
        self.requests: list[Body] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = _Server(self)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def answer(self, body: Body) -> Says:
        with self.lock:
            self.requests.append(body)
        return self.script(body)

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def tool_model(script: Script, **more: Any) -> Iterator[ToolModel]:
    model = ToolModel(script, **more)
    try:
        yield model
    finally:
        model.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, model: ToolModel) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model


class _Handler(BaseHTTPRequestHandler):
    """One connection to the service."""

    server: _Server
    protocol_version = "HTTP/1.1"

    @property
    def model(self) -> ToolModel:
        return self.server.model

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        model = self.model
        if not (model.has_list and self.path.endswith("/v1/models")):
            self._send(404, b'{"error": {"message": "no such path"}}')
            return
        listed = [{"id": name, "object": "model", **model.listed} for name in model.models]
        self._send(200, json.dumps({"object": "list", "data": listed}).encode())

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        if not self._is_let_in():
            return
        said = self.model.answer(body)
        self.model.stopping.wait(said.waits_s)
        try:
            self._say(said, bool(body.get("stream")))
        except OSError:
            self.close_connection = True

    def _is_let_in(self) -> bool:
        key = self.model.key
        if not key or self.headers.get("authorization") == f"Bearer {key}":
            return True
        told = {"type": "invalid_authentication_error", "message": "bad key"}
        self._send(401, json.dumps({"error": told}).encode())
        return False

    def _say(self, said: Says, is_stream: bool) -> None:
        if said.raw is not None:
            self._send(said.status, said.raw, said.content_type, said.headers)
        elif is_stream:
            self._stream(said)
        else:
            choice = {"index": 0, "message": said.message(), "finish_reason": said.why}
            body = _envelope([choice]) | ({} if said.without_usage else {"usage": USAGE})
            self._send(said.status, json.dumps(body).encode())

    def _stream(self, said: Says) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        pieces = list(_events(said))
        for piece in pieces[: len(pieces) // 2] if said.breaks_off else pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            self.model.stopping.wait(said.trickles_s)

    def _send(
        self, status: int, body: bytes, kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what was asked is in `requests`."""


def _envelope(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion", "created": int(time.time()), "model": MODEL,
            "choices": choices}  # fmt: skip


def _events(said: Says) -> Iterator[bytes]:
    """Reasoning, text in pieces, calls with their arguments in pieces, the end, usage alone."""
    yield _event({"role": "assistant", "reasoning_content": "Thinking."})
    for at in range(0, len(said.text), 37):
        yield _event({"content": said.text[at : at + 37]})
    for index, call in enumerate(said.calls):
        made = _made(call)
        arguments = made["function"].pop("arguments")
        yield _event({"tool_calls": [{"index": index, **made}]})
        for at in range(0, len(arguments), 500):
            piece = {"index": index, "function": {"arguments": arguments[at : at + 500]}}
            yield _event({"tool_calls": [piece]})
    yield _event({}, said.why)
    if not said.without_usage:
        yield _data(_envelope([]) | {"usage": USAGE})
    yield b"data: [DONE]\n\n"


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _data(_envelope([{"index": 0, "delta": delta, "finish_reason": finish}]))


def _data(found: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(found).encode() + b"\n\n"
