"""Programs that are auditioned here: a careless one, and one that never answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Order = dict[str, Any]


class Program:
    """An agent's side of the wire: checks signatures, takes orders, calls back."""

    skills: tuple[str, ...] = ("odd jobs",)

    def __init__(self, name: str, version: str = "1") -> None:
        self.name, self.version, self.key = name, version, b""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def is_genuine(self, headers: Any, body: bytes) -> bool:
        about = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
        right = hmac.new(self.key, about.encode() + body, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(right).decode()}" in headers["webhook-signature"].split()

    def reply(self, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        data = event["data"]
        if event["type"] == "agent.verify":
            about = {"name": self.name, "version": self.version, "skills": list(self.skills)}
            return 200, {"challenge": data["challenge"], "agent": about}
        if event["type"] == "card.assigned":
            return self.take(data)
        return self.hear(event["type"], data)

    def take(self, order: Order) -> tuple[int, dict[str, Any]]:
        threading.Thread(target=self.work, args=(order,), daemon=True).start()
        return 202, {"status": "accepted"}

    def hear(self, kind: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, {"status": "ok"}

    def work(self, order: Order) -> None:
        """What becomes of an order."""

    def call(self, order: Order, path: str, body: dict[str, Any]) -> int:
        """One call, once: the status it was answered with."""
        headers = {
            "authorization": f"Bearer {order['callback']['token']}",
            "muster-lease": order["run"]["lease_token"],
            "content-type": "application/json",
        }
        url, data = order["callback"]["base_url"] + path, json.dumps(body).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data, headers), timeout=20
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            self.waits = float(error.headers.get("retry-after") or 0)
            return error.code

    def progress(self, order: Order, step: str) -> int:
        event = {"id": str(uuid.uuid4()), "type": "run.progress", "data": {"step": step}}
        return self.insist(order, "/events", {"events": [event]})

    def hand_in(self, order: Order, text: str) -> int:
        file = {"name": "answer.md", "media_type": "text/markdown", "content": text}
        body = {"summary_md": text.split("\n", maxsplit=1)[0], "artifacts": [file]}
        return self.insist(order, "/complete", body)

    def insist(self, order: Order, path: str, body: dict[str, Any]) -> int:
        return self.call(order, path, body)


def _handler_of(program: Program) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if program.is_genuine(self.headers, body):
                status, said = program.reply(json.loads(body))
            else:
                status, said = 401, {"error": "signature"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *args: Any) -> None:
            """Nothing of it belongs into a test's output."""

    return Handler


class Silent(Program):
    """Takes everything and is never heard of again."""


class Careless(Program):
    """Everything an audition is there to find: each delivery is work, no is no answer."""

    def work(self, order: Order) -> None:
        for n in range(3):
            self.progress(order, f"Part {n + 1}")
            time.sleep(0.6)
        self.hand_in(order, self.made_up(order))

    def made_up(self, order: Order) -> str:
        said = " ".join(given["summary_md"] for given in order["inputs"][:1])
        planted = re.search(r"put the word (\S+) into", said)
        lines = [f"Line {n}: {uuid.uuid4()}" for n in range(8)]  # another text every time
        return "\n".join([said if not planted else planted[1], *lines, ""])

    def insist(self, order: Order, path: str, body: dict[str, Any]) -> int:
        """Hammer until it is let in, whoever has the run by then."""
        for _ in range(200):
            if (status := self.call(order, path, body)) != 429:
                return status
            time.sleep(0.05)
        return 429
