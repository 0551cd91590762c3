"""A whole installation for the pilot: `manage.py up` on a free port, in a home of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Muster is ready: (http://[^/]+)")
START_WITHIN = 180.0
# What an operator has set for the real installation does not hold for this one.
OURS = ("MUSTER_", "DATABASE_", "REDIS_", "PORT", "DJANGO_SETTINGS_MODULE")


class CannotStart(RuntimeError):
    """The installation did not come up; what it said last is in the message."""


class Installation:
    """`env` is added to what it is started with, such as a model's address."""

    def __init__(self, home: Path, env: dict[str, str] | None = None) -> None:
        self.home = home
        kept = {name: said for name, said in os.environ.items() if not name.startswith(OURS)}
        self.env = {
            **kept,
            "MUSTER_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "agents.pilot.settings",
            **(env or {}),
        }
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once web, worker and sweep answer. Raises CannotStart."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "console.log"
        words = [sys.executable, "manage.py", "up", "--no-demo", "--port", "0",
                 "--home", str(self.home)]  # fmt: skip
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_WITHIN
        while not (found := READY.search(log.read_text())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(log.read_text()[-3000:])
            time.sleep(0.1)
        self.url = found[1]

    def manage(self, *words: str) -> tuple[int, str]:
        """The exit code of a management command, and what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, capture_output=True, text=True,
            env={**self.env, "MUSTER_URL": self.url}, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout.strip() or done.stderr.strip()

    def token(self) -> str:
        """A personal token of the first owner, with every scope."""
        code, said = self.manage("api_token")
        if code:
            raise CannotStart(said)
        return said.splitlines()[-1]

    def breaches(self) -> list[dict[str, Any]]:
        """What `manage.py verify` finds."""
        _, said = self.manage("verify", "--json")
        return list(json.loads(said)["breaches"])

    def pid_of(self, part: str) -> int:
        """The process of a part: web, worker, sweep or valkey."""
        return int(json.loads((self.home / "up.json").read_text())["children"][part])

    def kill(self, part: str) -> None:
        """As a machine would: without a word. What watches over it starts it again."""
        os.killpg(self.pid_of(part), signal.SIGKILL)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
