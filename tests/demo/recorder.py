"""A real HTTP server standing where the workspace's callback API stands, and signed deliveries.

What agents send is read by the doors' own readers, so a shape they would refuse fails here too.
"""

import hashlib
import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks.webhooks import Webhook

from agents.doors.asks import read_question
from agents.doors.callbacks import (
    read_beat,
    read_checkpoint,
    read_completion,
    read_events,
    read_failure,
)
from agents.doors.fields import Fields
from agents.doors.results import read_file_name, read_media_type

SECRET = "whsec_" + "bXVzdGVyLWRlbW8tdGVzdHMtc2VjcmV0LTMyYnl0ZXM="
TOKEN, LEASE = "rt_test", "lse_test"

Reply = tuple[int, dict[str, Any]]


class Recorder:
    """Keeps what one run's callbacks said. Start it with `with`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.completions: list[dict[str, Any]] = []
        self.failures: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.inbox: list[dict[str, Any]] = []
        self.served: dict[str, bytes] = {}
        self.asked = 0  # calls of any kind
        self.refused = 0
        self.lease_lost = False
        self.busy_for = 0  # the next so many calls are answered 503
        self.closes: set[str] = set()  # paths whose first call is cut off without an answer
        self.last_call = time.monotonic()
        self.changed = threading.Condition()
        handler = type("Handler", (CallbackHandler,), {"recorder": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    def __enter__(self) -> "Recorder":
        follow = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        follow.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def until(self, is_so: Callable[["Recorder"], object], within: float = 30.0) -> None:
        """Wait until it is so; fail with what was recorded if it never is."""
        with self.changed:
            if not self.changed.wait_for(lambda: bool(is_so(self)), timeout=within):
                raise AssertionError(
                    f"did not happen; failures {self.failures}, {self.events[-3:]}"
                )

    def file(self, name: str) -> bytes:
        """The bytes of the completed file of this name."""
        by_name = dict(map(self._file, self.completions[-1]["artifacts"]))
        return bytes(by_name[name])

    def text(self, name: str) -> str:
        return self.file(name).decode()

    def names(self) -> set[str]:
        return set(dict(map(self._file, self.completions[-1]["artifacts"])))

    def _file(self, part: dict[str, Any]) -> tuple[str, bytes]:
        """The name and bytes of what was handed in: uploaded before, or written down inside."""
        kept = self.artifacts[part["artifact_id"]] if "artifact_id" in part else part
        content = kept["content"]
        return kept["name"], content.encode() if isinstance(content, str) else content

    def claims(self) -> dict[str, dict[str, Any]]:
        return {claim["subject"]: claim for claim in self.completions[-1]["claims"]}

    def places(self, subject: str) -> list[str]:
        """`file:line` of every source of the claim about this subject."""
        claim_id = self.claims()[subject]["id"]
        sources = self.completions[-1]["sources"]
        return [f"{s['file']}:{s['lines']}" for s in sources if claim_id in s["supports"]]

    def answer_questions(self, content: dict[str, Any], action: str = "accept") -> None:
        """Put an answer to the newest question into the inbox."""
        data = {"question_id": self.questions[-1]["known_as"], "action": action}
        entry = {"type": "question.answered", "data": data | {"content": content}}
        with self.changed:
            self.inbox.append(entry | {"seq": len(self.inbox) + 1})
            self.changed.notify_all()

    def take(self, path: str, body: dict[str, Any]) -> Reply:
        if path == "/events":
            read_events(body)
            self.events += body["events"]
        elif path == "/heartbeat":
            read_beat(body)
            return 200, {"directive": "continue", "inbox": []}
        elif path == "/checkpoint":
            read_checkpoint(body)
            self.checkpoints.append(body)
        elif path == "/questions":
            read_question(Fields(body))
            known_as = f"ask_{len(self.questions) + 1}"
            self.questions.append(body | {"known_as": known_as})
            return 201, {"id": known_as}
        elif path == "/complete":
            read_completion(Fields(body))
            self.completions.append(body)
        elif path == "/fail":
            read_failure(Fields(body))
            self.failures.append(body["error"])
        else:
            return 404, {"code": "not_found"}
        return 200, {}

    def store(self, fields: dict[str, bytes]) -> Reply:
        name = read_file_name(fields["name"].decode(), "")
        read_media_type(fields["media_type"].decode(), "")
        sha256 = hashlib.sha256(fields["file"]).hexdigest()
        if sha256 != fields["sha256"].decode():
            return 422, {"code": "sha256_mismatch"}
        artifact_id = f"art_{len(self.artifacts) + 1}"
        self.artifacts[artifact_id] = {
            "name": name,
            "role": fields["role"].decode(),
            "content": fields["file"],
        }
        return 201, {"artifact_id": artifact_id}


class CallbackHandler(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        path = self.path.removeprefix("/agent/v1/runs/").partition("/")[2]
        with self.recorder.changed:
            if f"/{path}" in self.recorder.closes:
                self.recorder.closes.remove(f"/{path}")
                self.close_connection = True
                return
            refusal = self._refusal()
            if refusal:
                reply = refusal
            elif path == "artifacts":
                reply = self.recorder.store(self._form(body))
            else:
                reply = self.recorder.take(f"/{path}", json.loads(body))
            self.recorder.last_call = time.monotonic()
            self.recorder.changed.notify_all()
        self._send(reply[0], json.dumps(reply[1]).encode())

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        with self.recorder.changed:
            refusal = self._refusal()
            if refusal:
                self._send(refusal[0], json.dumps(refusal[1]).encode())
            elif parts.path in self.recorder.served:
                self._send(200, self.recorder.served[parts.path])
            elif parts.path.endswith("/inbox"):
                self._send(200, json.dumps({"items": self._news(parts.query)}).encode())
            else:
                self._send(404, b"{}")

    def _news(self, query: str) -> list[dict[str, Any]]:
        asked = parse_qs(query)
        after = int(asked["after"][0])

        def fresh() -> list[dict[str, Any]]:
            return [entry for entry in self.recorder.inbox if entry["seq"] > after]

        self.recorder.changed.wait_for(fresh, timeout=float(asked["wait"][0]))
        return fresh()

    def _refusal(self) -> Reply | None:
        self.recorder.asked += 1
        if self.recorder.busy_for:
            self.recorder.busy_for -= 1
            return 503, {}
        bearer = self.headers.get("authorization") == f"Bearer {TOKEN}"
        if not bearer or self.headers.get("muster-lease") != LEASE:
            self.recorder.refused += 1
            return 401, {"code": "bad_token"}
        if self.recorder.lease_lost:
            self.recorder.refused += 1
            return 409, {"code": "lease_lost", "kept": False}
        return None

    def _form(self, body: bytes) -> dict[str, bytes]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + body, policy=HTTP).iter_parts()
        found = re.compile(rb'name="file".*?\r\n\r\n(.*)\r\n--', re.S).search(body)
        assert found
        fields = {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in parts
        }
        return fields | {"file": found[1]}  # as it was sent: mail parsers change line ends

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The tests read the recorder instead."""


def order(recorder: Recorder, title: str, **changes: Any) -> dict[str, Any]:
    """The data of a card.assigned; `changes` replace its members."""
    run_id = changes.pop("run_id", "run_1")
    return {
        "run": {"id": run_id, "attempt": 1, "round": 1, "lease_token": LEASE},
        "card": {"id": "card_1", "title": title, "description_md": "", "labels": []},
        "inputs": [],
        "checkpoint": None,
        "context": {"comments": [], "previous_runs": []},
        "deliverable": {"kind": "document"},
        "callback": {"base_url": f"{recorder.origin}/agent/v1/runs/{run_id}", "token": TOKEN},
    } | changes


def deliver(
    port: int, kind: str, data: dict[str, Any], secret: str = SECRET, at: datetime | None = None
) -> Reply:
    """Send one signed event and return the agent's answer."""
    envelope = {"type": kind, "timestamp": "2026-11-24T09:00:00Z", "api_version": "1"}
    envelope |= {"workspace": {"id": "wsp_1", "url": "http://127.0.0.1"}}
    body = json.dumps(envelope | {"data": data})
    return send(port, body, signed(body, secret, at or datetime.now(UTC)))


def signed(body: str, secret: str, at: datetime) -> dict[str, str]:
    return {
        "webhook-id": f"evt_{hashlib.sha256(body.encode()).hexdigest()[:12]}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(
            f"evt_{hashlib.sha256(body.encode()).hexdigest()[:12]}", at, body
        ),
        "content-type": "application/json",
    }


def send(port: int, body: str, headers: dict[str, str]) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body=body.encode(), headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        connection.close()
