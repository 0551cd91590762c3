"""A local chat-completions service that answers by a script, over real HTTP.

`ModelServer(["quota", "good"])` answers the first request with the quota error and every later one
with a good answer of the kind that was asked for: behaviours are used up in order and the last one
stays. Streams when asked to. It refuses what the hosted service refuses: sampling settings, schema
words outside its dialect, pictures by address or as SVG, thinking with too little room for it.

    python -m tests.fakes.model_server --port 9000 --script fenced,good
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.model_answers import a_card as card_for
from tests.fakes.model_answers import a_lawful_answer

USAGE = {"prompt_tokens": 900, "completion_tokens": 250, "total_tokens": 1150, "cached_tokens": 512}
SAMPLING = ("temperature", "top_p", "n", "presence_penalty", "frequency_penalty")
NOT_IN_DIALECT = ("title", "format", "minimum", "maximum", "minItems", "maxItems", "$ref")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,(.+)", re.DOTALL)
LEAST_TO_THINK = 16_000
HTML_504 = b"<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """The JSON object in the first user message."""
        found: dict[str, Any] = json.loads(self.parts[0]["text"])
        return found

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The first user message in parts, the text first."""
        user = next(one for one in self.body["messages"] if one["role"] == "user")
        content = user["content"]
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def pictures(self) -> list[bytes]:
        """The bytes of every picture that came with it. Raises ValueError for what is none."""
        urls = [part["image_url"]["url"] for part in self.parts if part["type"] == "image_url"]
        found = [PICTURE.fullmatch(url) for url in urls]
        if not all(found):
            raise ValueError("not a picture")
        return [base64.b64decode(one.group(2), validate=True) for one in found if one]

    @property
    def kind(self) -> str:
        """What is asked for: the name of the form the answer must have."""
        return str(self.body["response_format"]["json_schema"]["name"])


@dataclass(frozen=True)
class Answer:
    """What to send back: a completion's text, or a plain HTTP answer."""

    text: str = ""
    finish: str = "stop"
    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    waits_s: float = 0.0


Behaviour = Callable[[Request], Answer]


# -- answers -------------------------------------------------------------------------------------


def a_card(ref: str, request: Request, **more: Any) -> dict[str, Any]:
    return card_for(ref, request.asked, **more)


def an_answer(request: Request) -> dict[str, Any]:
    return a_lawful_answer(request.kind, request.asked)


def with_cards(change: Callable[[Request], list[dict[str, Any]]]) -> Behaviour:
    def behave(request: Request) -> Answer:
        return Answer(json.dumps({"cards": change(request), "note": "", "cannot": ""}))

    return behave


def good(request: Request) -> Answer:
    return Answer(json.dumps(an_answer(request)))


def fenced(request: Request) -> Answer:
    return Answer(f"Here it is:\n```json\n{json.dumps(an_answer(request), indent=1)}\n```\n")


def truncated_json(request: Request) -> Answer:
    return Answer(json.dumps(an_answer(request))[:-40], finish="length")


def broken_off(request: Request) -> Answer:
    return Answer(json.dumps(an_answer(request)), breaks_off=True)


def not_a_number(request: Request) -> Answer:
    return Answer(json.dumps(an_answer(request)).replace('"cannot":', '"weight": NaN, "cannot":'))


def cannot(request: Request) -> Answer:
    nothing = {"cards": []} if request.kind == "plan" else {}
    why = {"cannot": "The goal does not say for whom."}
    return Answer(json.dumps(an_answer(request) | nothing | why))


# -- errors --------------------------------------------------------------------------------------


def error(status: int, kind: str, **headers: str) -> Behaviour:
    body = {"error": {"type": kind, "message": f"scripted {kind}"}}

    def behave(request: Request) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status=status, body=json.dumps(body).encode(), headers=sent)

    return behave


def page(status: int, body: bytes = HTML_504, **headers: str) -> Behaviour:
    return lambda request: Answer(
        status=status, body=body, content_type="text/html", headers=headers
    )


BEHAVIOURS: dict[str, Behaviour] = {
    "good": good,
    "fenced": fenced,
    "truncated_json": truncated_json,
    "broken_off": broken_off,
    "not_json": lambda request: Answer("I would begin with the docs and then look at the code."),
    "not_a_number": not_a_number,
    "deep_json": lambda request: Answer('{"cards": ' + "[" * 100_000),
    "a_list": lambda request: Answer("[1, 2]"),
    "wrong_types": lambda request: Answer('{"cards": [{"ref": 1, "title": 7, "skills": "x"}, 3]}'),
    "empty": lambda request: Answer(""),
    "empty_length": lambda request: Answer("", finish="length"),
    "stopped_by_filter": lambda request: Answer("", finish="content_filter"),
    "cannot": cannot,
    "no_cards": with_cards(lambda request: []),
    "unknown_skills": with_cards(lambda request: [a_card("c1", request, skills=["telepathy"])]),
    "unknown_kind": with_cards(lambda request: [a_card("c1", request, kind="hologram")]),
    "cycle": with_cards(
        lambda request: [
            a_card("c1", request, depends_on=["c2"]),
            a_card("c2", request, depends_on=["c1"]),
        ]
    ),
    "many_cards": with_cards(lambda request: [a_card(f"c{n}", request) for n in range(500)]),
    "filler": with_cards(lambda request: [a_card("c1", request, criteria=["Works as expected."])]),
    "no_criteria": with_cards(lambda request: [a_card("c1", request, criteria=[])]),
    "empty_title": with_cards(lambda request: [a_card("c1", request, title=" \u200b ")]),
    "dirty_text": with_cards(
        lambda request: [a_card("c1", request, title="Find\u202eings\x00 ", brief="b" * 9_000)]
    ),
    "bad_key": error(401, "invalid_authentication_error"),
    "forbidden": error(403, "permission_denied_error"),
    "retired_model": error(404, "resource_not_found_error"),
    "content_filter": error(400, "content_filter"),
    "invalid_request": error(400, "invalid_request_error"),
    "overloaded": error(429, "engine_overloaded_error", retry_after="7"),
    "rate_limited": error(429, "rate_limit_reached_error", retry_after="21"),
    "quota": error(429, "exceeded_current_quota_error"),
    "server_error": error(500, "server_error"),
    "unavailable": error(503, "server_error", retry_after="3"),
    "html_504": page(504),
    "html_200": page(200, b"<html><body>Please sign in to the Wi-Fi.</body></html>"),
    "redirect": page(302, b"", Location="http://127.0.0.1:1/elsewhere"),
    "silent": lambda request: Answer("{}", waits_s=30.0),
}


# -- the server ----------------------------------------------------------------------------------


class ModelServer:
    """A running service on a port of its own; `requests` is what it was asked, in order."""

    def __init__(self, script: Sequence[str | Behaviour], port: int = 0) -> None:
        self.requests: list[Request] = []
        self.is_hosted = True
        self._script = list(script)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler_for(self))
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def pause(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        refused = self.is_hosted and refusal(request)
        behave = refused or (BEHAVIOURS[step] if isinstance(step, str) else step)
        return behave(request)


def refusal(request: Request) -> Behaviour | None:
    """What the hosted service would refuse about this request, whatever the script says."""
    schema = json.dumps(request.body.get("response_format", {}).get("json_schema", {}))
    sampled = any(name in request.body for name in SAMPLING)
    foreign = any(f'"{word}":' in without_property_names(schema) for word in NOT_IN_DIALECT)
    try:
        blind = not all(request.pictures)
    except (ValueError, binascii.Error):
        blind = True
    if sampled or foreign or blind:
        return error(400, "invalid_request_error")
    return BEHAVIOURS["empty_length"] if is_cramped(request) else None


def is_cramped(request: Request) -> bool:
    """Thinking shares the output budget: with too little of it nothing is left to say."""
    thinks = request.body.get("thinking", {}).get("type") != "disabled"
    return bool(thinks and request.body.get("max_completion_tokens", 0) < LEAST_TO_THINK)


def without_property_names(schema: str) -> str:
    """The schema's own words; a property may be called `title`."""

    def strip(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: [strip(one) for one in value.values()] if key == "properties" else strip(value)
                for key, value in node.items()
            }
        return [strip(one) for one in node] if isinstance(node, list) else node

    return json.dumps(strip(json.loads(schema)))


def handler_for(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            models = {"object": "list", "data": [{"id": "kimi-k2.6", "context_length": 262144}]}
            found = self.path.endswith("/models")
            send(self, Answer(status=200 if found else 404, body=json.dumps(models).encode()), {})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request("POST", self.path, headers, body)
            if not self.path.endswith("/chat/completions"):
                send(self, error(404, "resource_not_found_error")(request), body)
                return
            answer = server.answer(request)
            if answer.waits_s:
                server.pause(answer.waits_s)
            send(self, answer, body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: what was asked is in `requests`."""

    return Handler


def send(handler: BaseHTTPRequestHandler, answer: Answer, body: dict[str, Any]) -> None:
    is_stream = answer.body is None and bool(body.get("stream"))
    payload = answer.body
    if payload is None:
        payload = b"".join(events(answer)) if is_stream else completion(answer)
    handler.send_response(answer.status)
    handler.send_header("Content-Type", "text/event-stream" if is_stream else answer.content_type)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.breaks_off:
        handler.send_header("Connection", "close")
        handler.close_connection = True
        payload = payload[: len(payload) // 2] if not is_stream else payload
    handler.send_header("Content-Length", str(len(payload) + (10 if answer.breaks_off else 0)))
    handler.end_headers()
    try:
        handler.wfile.write(payload)
    except OSError:
        handler.close_connection = True


def completion(answer: Answer) -> bytes:
    message = {"role": "assistant", "content": answer.text, "reasoning_content": "Thinking."}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish}
    return json.dumps(envelope("chat.completion", [choice]) | {"usage": USAGE}).encode()


def events(answer: Answer) -> Iterator[bytes]:
    """Reasoning first, then the text in pieces, then why it stopped, then usage alone."""
    yield event([delta({"role": "assistant", "reasoning_content": "Thinking."})])
    for at in range(0, len(answer.text), 37):
        yield event([delta({"content": answer.text[at : at + 37]})])
    if answer.breaks_off:
        return
    yield event([delta({}, answer.finish)])
    yield event([], usage=USAGE)
    yield b"data: [DONE]\n\n"


def delta(content: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": content, "finish_reason": finish}


def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
    return (
        b"data: " + json.dumps(envelope("chat.completion.chunk", choices) | more).encode() + b"\n\n"
    )


def envelope(kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    created = int(time.time())
    return {
        "id": "cmpl-1", "object": kind, "created": created, "model": "kimi-k2.6", "choices": choices
    }  # fmt: skip


@contextmanager
def model_server(*script: str | Behaviour) -> Iterator[ModelServer]:
    """A server for the length of a `with` block."""
    server = ModelServer(script or ("good",))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="good", help=f"of: {', '.join(BEHAVIOURS)}")
    parser.add_argument("--any-profile", action="store_true", help="take sampling settings too")
    given = parser.parse_args()
    script = given.script.split(",")
    unknown = [name for name in script if name not in BEHAVIOURS]
    if unknown:
        parser.error(f"unknown behaviours: {', '.join(unknown)}")
    server = ModelServer(script, given.port)
    server.is_hosted = not given.any_profile
    print(server.base_url, flush=True)
    with suppress(KeyboardInterrupt):
        server.serve()


if __name__ == "__main__":
    main()
