"""A scripted chat-completions server for trials: real HTTP, lawful answers, no intelligence.

Whatever a trial measures with it says so: it shows that the machinery around a model holds, never
how well a model judges.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAME = "scripted-model"
PIECE = 2_000  # characters of one streamed chunk

Asked = dict[str, Any]
Heard = Callable[[str, Asked, str], None]  # kind, what was asked, the whole user message


def plan(asked: Asked) -> Asked:
    """Side by side, and one card that builds on the rest."""
    skills = asked["skills"] or [""]
    cards = [
        {
            "ref": f"c{n}",
            "title": f"Findings, part {n}",
            "brief": f"Collect the findings of part {n} of the goal.\nState: finding {n} (items)",
            "criteria": [f"Part {n} names the source of every finding."],
            "skills": [skills[n % len(skills)]],
            "kind": "report",
            "depends_on": [],
        }
        for n in range(1, 13)
    ]
    cards.append(
        cards[0]
        | {"ref": "c13", "title": "Summary", "depends_on": [one["ref"] for one in cards]}
        | {"brief": "Sum up the findings of all parts."}
    )
    return {"cards": cards, "note": "Parts side by side, then a summary."}


def assign(asked: Asked) -> Asked:
    """For every card the workers with its skills, the most successful first."""
    ranked = []
    for card in asked["cards"]:
        able = [
            one for one in asked["workers"] if set(card["skills"]) <= set(one.get("skills", ()))
        ]
        able.sort(key=lambda one: (one["load"] - one["capacity"] >= 0, -(one["success"] or 0)))
        if able:
            ids = [one["agent_id"] for one in able[:8]]
            why = "It has the best record."
            ranked.append({"card_id": card["card_id"], "agent_ids": ids, "why": why})
    return {"cards": ranked, "cannot": "" if ranked else "Nobody has the skills."}


def diagnose(asked: Asked) -> Asked:
    """Another agent, as long as that is allowed; a rewrite where a person turned it down."""
    card, remedies = asked["card"], asked["remedies"]
    answer: Asked = {
        "remedy": "ask", "cause": "unknown", "note": "Scripted.", "brief": "", "criteria": [],
        "parts": [], "question": "How should this go on?",
    }  # fmt: skip
    if asked["failure"] == "rejected" and "rewrite" in remedies and card["criteria"]:
        brief = card["brief"].split("\nNote: ")[0] + "\nNote: begin with the sources."
        more = {"brief": brief, "criteria": card["criteria"], "question": ""}
        return answer | {"remedy": "rewrite", "cause": "criteria_not_met"} | more
    for remedy in ("reassign", "retry"):
        if remedy in remedies:
            return answer | {"remedy": remedy, "cause": "wrong_worker", "question": ""}
    return answer


def check(asked: Asked) -> Asked:
    """A criterion is met where a file says so word for word."""
    rows = []
    for one in asked["criteria"]:
        said = f"Done: {one['text']}"
        file = next((file["name"] for file in asked["files"] if said in file["text"]), None)
        met = file is not None and len(said) <= 280
        rows.append(
            {
                "n": one["n"],
                "verdict": "met" if met else "cannot_tell",
                "evidence": said if met else "",
                "file": file or "",
            }
        )
    return {"rows": rows}


def read(asked: Asked) -> Asked:
    words = asked["texts"][0]["text"].split()[:6] if asked["texts"] else []
    return {
        "outcome": "stuck", "cause": "tool_error", "percent": None,
        "quotes": [" ".join(words)] if any(any(c.isalnum() for c in w) for w in words) else [],
        "has_instructions": False,
    }  # fmt: skip


def reconcile(asked: Asked) -> Asked:
    return {"verdict": "cannot_tell", "why": "Scripted.", "claim_ids": []}


def reply(asked: Asked) -> Asked:
    return {"text": f"The goal is still: {asked['goal'][:200]}", "wants": "none"}


def course(asked: Asked) -> Asked:
    return {"verdict": "serves", "why": "Scripted.", "card_ids": [], "suggestion": ""}


def compose(asked: Asked) -> Asked:
    sections = [
        {"card_id": one["card_id"], "heading": one["title"], "sentence": "It is here."}
        for one in asked["parts"]
    ]
    return {"title": "Findings", "overview": "What was asked for is here.", "sections": sections}


ANSWERS: dict[str, Callable[[Asked], Asked]] = {
    "plan": plan, "assign": assign, "diagnose": diagnose, "check": check, "read": read,
    "reconcile": reconcile, "reply": reply, "course": course, "compose": compose,
}  # fmt: skip


class ModelServer:
    """A running service on a free port. `away`: it answers 503 until that is taken back."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.away = False
        self.asked = self.refused = 0
        self.errors: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, body: dict[str, Any]) -> str | None:
        """The text of the completion; None while it is away."""
        self.asked += 1
        if self.away:
            self.refused += 1
            return None
        kind = body["response_format"]["json_schema"]["name"]
        user = next(one for one in body["messages"] if one["role"] == "user")["content"]
        text = user if isinstance(user, str) else user[0]["text"]
        asked = json.loads(text)
        try:
            self.heard(kind, asked, text)
            return json.dumps({"cannot": ""} | ANSWERS[kind](asked))
        except Exception as error:  # noqa: BLE001 - told in the report, not to the client
            self.errors.append(f"{kind}: {error!r}")
            return "{}"


def handler_for(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            text = server.answer(body)
            if text is None:
                error = {"error": {"type": "server_error", "message": "scripted outage"}}
                self.send(503, "application/json", json.dumps(error).encode())
            elif body.get("stream"):
                self.send(200, "text/event-stream", b"".join(events(text)))
            else:
                self.send(200, "application/json", completion(text))

        def send(self, status: int, media_type: str, payload: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: what was asked is counted."""

    return Handler


def events(text: str) -> Iterator[bytes]:
    for at in range(0, len(text), PIECE):
        yield event([{"index": 0, "delta": {"content": text[at : at + PIECE]}}])
    yield event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    yield event([], usage=usage(text))
    yield b"data: [DONE]\n\n"


def event(choices: list[Asked], **more: Any) -> bytes:
    body = envelope("chat.completion.chunk", choices) | more
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return json.dumps(envelope("chat.completion", choices) | {"usage": usage(text)}).encode()


def usage(text: str) -> dict[str, int]:
    """Made up: nobody counts tokens here."""
    return {"prompt_tokens": 1_000, "completion_tokens": len(text) // 4, "total_tokens": 1_000}


def envelope(kind: str, choices: list[Asked]) -> Asked:
    return {"id": "cmpl-1", "object": kind, "created": 0, "model": NAME, "choices": choices}


@contextmanager
def model_server(heard: Heard) -> Iterator[ModelServer]:
    """A server for the length of a `with` block."""
    server = ModelServer(heard)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
