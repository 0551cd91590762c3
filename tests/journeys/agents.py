"""Agents that journeys bring along: each takes a card, and then does what it was made to do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.journeys.installation import Api

TAKES_ITS_TIME = "takes its time"
COMES_BACK_EMPTY = "comes back empty"
REPORTS_STEPS = "reports steps"
STEPS_IN_ALL = 8  # of a card, over all the runs it takes


class Brought:
    """An agent's side of the wire; `does` says what becomes of a card it takes."""

    def __init__(self, name: str, does: str) -> None:
        self.name, self.does, self.key = name, does, b""
        self.taken: set[str] = set()
        self.steps: dict[str, int] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def is_genuine(self, headers: Any, body: bytes) -> bool:
        about = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
        right = hmac.new(self.key, about.encode() + body, hashlib.sha256).digest()
        listed = headers.get("webhook-signature", "").split()
        return f"v1,{base64.b64encode(right).decode()}" in listed

    def reply(self, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        data = event["data"]
        if event["type"] == "agent.verify":
            about = {"name": self.name, "version": "1", "protocol": "1", "skills": ["counting"]}
            return 200, {"challenge": data["challenge"], "agent": about}
        if event["type"] == "card.assigned" and data["run"]["id"] not in self.taken:
            self.taken.add(data["run"]["id"])
            if self.does == COMES_BACK_EMPTY:
                threading.Thread(target=self.say_done, args=(data,), daemon=True).start()
            if self.does == REPORTS_STEPS:
                threading.Thread(target=self.work, args=(data,), daemon=True).start()
            return 202, {"status": "accepted"}
        return 200, {"status": "ok"}

    def say_done(self, order: dict[str, Any]) -> None:
        """Completed, and not one file with it."""
        # The door refuses an empty completion, and the run has failed by then.
        with suppress(urllib.error.HTTPError):
            self.call(order, "/complete", {"summary_md": "All done.", "artifacts": []})

    def work(self, order: dict[str, Any]) -> None:
        """Step by step, going on where the card's last run was stopped; then one file."""
        card_id, run_id = order["card"]["id"], order["run"]["id"]
        with suppress(urllib.error.HTTPError):  # stopped: this run is over
            for n in range(self.steps.get(card_id, 0), STEPS_IN_ALL):
                step = {"kind": "action", "title": f"Count page {n + 1}", "status": "ok"}
                event = {"id": f"{run_id}-{n}", "type": "run.activity", "data": step}
                self.call(order, "/events", {"events": [event]})
                self.steps[card_id] = n + 1
                time.sleep(0.3)
            text = base64.b64encode(b"There are 8 pages.").decode()
            file = {"name": "count.md", "media_type": "text/markdown", "content_base64": text}
            self.call(order, "/complete", {"summary_md": "Counted.", "artifacts": [file]})

    def call(self, order: dict[str, Any], path: str, body: dict[str, Any]) -> None:
        """One report about a run; `HTTPError` where it is refused."""
        headers = {
            "authorization": f"Bearer {order['callback']['token']}",
            "muster-lease": order["run"]["lease_token"],
            "content-type": "application/json",
        }
        request = urllib.request.Request(
            order["callback"]["base_url"] + path, json.dumps(body).encode(), headers
        )
        urllib.request.urlopen(request, timeout=20).close()


def handler_of(agent: Brought) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            genuine = agent.is_genuine(self.headers, body)
            status, said = agent.reply(json.loads(body)) if genuine else (401, {"error": "no"})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *args: Any) -> None:
            """Nothing of it belongs into a test's output."""

    return Handler


@contextmanager
def brought(api: Api, does: str, *names: str) -> Iterator[dict[str, str]]:
    """Agents of these names, registered and verified: their ids by name."""
    agents, ids = [], {}
    try:
        for name in names:
            agent = Brought(name, does)
            agents.append(agent)
            made = api.post("/agents", {"name": name, "url": agent.url, "skills": ["counting"],
                                        "max_concurrency": 4})  # fmt: skip
            agent.key = base64.b64decode(made["secret"].removeprefix("whsec_"))
            assert api.post(f"/agents/{made['id']}/verify")["status"] == "verified"
            ids[name] = made["id"]
        yield ids
    finally:
        for agent in agents:
            agent.server.shutdown()
            agent.server.server_close()
