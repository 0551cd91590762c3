"""A real installation under test: `manage.py up` on a free port with a home of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from agents.demo.roster import GOAL
from tests.migrated import copy_to

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Muster is ready: (\S+)")
START_WITHIN = 120.0
Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Found | None], within: float, saying: str) -> Found:
    """What `what` answers once it answers something; fails the test after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        if found := what():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {saying}")
        time.sleep(0.2)


class Installation:
    """One `manage.py up`. `env` shortens times or names a model; nothing is mocked."""

    def __init__(self, home: Path, *words: str, env: dict[str, str] | None = None) -> None:
        self.home, self.words, self.port = home, words, free_port()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MUSTER_", "DATABASE_"))}
        self.env = {**kept, "MUSTER_HOME": str(home), **(env or {})}
        self.sign_in = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Installation:
        """Start and wait for the ready line."""
        if not (self.home / "muster.sqlite3").exists():
            copy_to(self.home / "muster.sqlite3")
        log = self.home / f"console-{time.monotonic_ns()}.log"
        command = [sys.executable, "manage.py", "up", "--port", str(self.port),
                   "--home", str(self.home), *self.words]  # fmt: skip
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )

        def ready() -> str | None:
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"up ended: {log.read_text()[-3000:]}")
            found = READY.search(log.read_text())
            return found[1] if found else None

        self.sign_in = wait_for(ready, START_WITHIN, "the ready line")
        return self

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "up.json").read_text()))

    def pid(self, name: str) -> int:
        """The process of a part: web, worker, sweep, valkey, or a demo agent in lower case."""
        return int(self.state()["children"][name])

    def manage(self, *words: str) -> str:
        """What a management command prints. `make check` has made Django's checks."""
        env = {**self.env, "MUSTER_URL": self.url}
        unchecked = [] if words[0] == "shell" else ["--skip-checks"]  # a shell makes none
        done = subprocess.run(
            [sys.executable, "manage.py", *words, *unchecked], cwd=ROOT, env=env,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout.strip()

    def breaches(self) -> list[dict[str, str]]:
        """What `manage.py verify` finds."""
        env = {**self.env, "MUSTER_URL": self.url}
        done = subprocess.run(
            [sys.executable, "manage.py", "verify", "--json", "--skip-checks"], cwd=ROOT, env=env,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.stdout, done.stderr[-2000:]
        return list(json.loads(done.stdout)["breaches"])


class Api:
    """A person's programs: the people's API over real HTTP."""

    def __init__(self, installation: Installation, token: str) -> None:
        self.base, self.token = f"{installation.url}/api/v1", token

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def get(self, path: str) -> Any:
        status, answer = self.call("GET", path)
        assert status == 200, f"{path}: {status} {answer}"
        return answer

    def post(self, path: str, body: Any = None) -> Any:
        status, answer = self.call("POST", path, body if body is not None else {})
        assert status < 300, f"{path}: {status} {answer}"
        return answer

    def cards(self, room_id: str) -> dict[int, dict[str, Any]]:
        return {
            card["number"]: card for card in self.get(f"/rooms/{room_id}/cards?limit=200")["items"]
        }

    def agents(self) -> dict[str, str]:
        """The demo's agents: id by name."""
        return {agent["name"]: agent["id"] for agent in self.get("/agents")["items"]}

    def room_like_the_demo(self, name: str) -> str:
        """Another room with the demo's goal and agents."""
        body = {"name": name, "goal": GOAL, "agents": list(self.agents().values())}
        return str(self.post("/rooms", body)["id"])

    def demo_room(self) -> str:
        return str(self.get("/rooms")["items"][0]["id"])


class Reviewer:
    """A scripted person who accepts what waits, answers asks, and does what is handed over."""

    def __init__(self, api: Api, room_id: str) -> None:
        self.api, self.room_id = api, room_id

    def work(self) -> None:
        """One round of everything that waits for people."""
        for item in self.api.get("/reviews")["items"]:
            if item["room_id"] == self.room_id:
                self.api.get(f"/deliverables/{item['deliverable_id']}")
                self.api.call(
                    "POST", f"/deliverables/{item['deliverable_id']}/accept",
                    {"sha256": item["sha256"]},
                )  # fmt: skip
        for conflict in self.api.get(f"/rooms/{self.room_id}/conflicts")["items"]:
            if conflict["status"] == "open":
                self.api.call(
                    "POST", f"/conflicts/{conflict['id']}/rule",
                    {"claim_id": conflict["claims"][0]["id"], "reason": "The first one holds."},
                )  # fmt: skip
        for ask in self.api.get("/asks")["items"]:
            if ask["room_id"] == self.room_id:
                self._answer(ask)

    def _answer(self, ask: dict[str, Any]) -> None:
        if ask["kind"] == "handoff":
            self.api.call("POST", f"/cards/{ask['card_id']}/take", {})
            note = {
                "name": "done.md",
                "media_type": "text/markdown",
                "content": "Done by a person.",
            }
            self.api.call(
                "POST", f"/cards/{ask['card_id']}/submit",
                {"summary_md": "Done by a person.", "artifacts": [note]},
            )  # fmt: skip
            return
        if ask["kind"] == "choice":
            choice = {"choice": ask["body"]["options"][0]}
            self.api.call("POST", f"/asks/{ask['id']}/answer", choice)
            return
        fields = (ask["body"].get("schema") or {}).get("properties", {})
        content = {name: (rule.get("enum") or ["yes"])[-1] for name, rule in fields.items()}
        self.api.call("POST", f"/asks/{ask['id']}/answer", {"action": "accept", "content": content})

    def until_done(self, within: float) -> None:
        """Work until every card of the room is done."""

        def done() -> bool:
            self.work()
            cards = self.api.cards(self.room_id).values()
            return bool(cards) and all(card["status"] == "done" for card in cards)

        wait_for(done, within, "every card is done")
