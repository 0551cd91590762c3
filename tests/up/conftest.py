"""Starts a supervisor in a home of its own, and looks at it from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STANDIN = (sys.executable, "-m", "tests.up.standin", "up")
REAL = (sys.executable, "manage.py", "up")
LEFT_OUT = ("MUSTER_", "REDIS_URL", "DATABASE_URL", "PORT", "DJANGO_", "STANDIN_")


class Started:
    """One `up`, its output gathered as it comes."""

    def __init__(self, command: tuple[str, ...], home: Path, *words: str, **env: str) -> None:
        self.home = home
        self.output = ""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
        self.process = subprocess.Popen(
            [*command, "--home", str(home), *words],
            cwd=ROOT,
            env={**clean, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "up.json").read_text()))

    @property
    def url(self) -> str:
        return str(self.state["url"])

    def pid(self, name: str) -> int | None:
        found = self.state["children"].get(name)
        return None if found is None else int(found)

    def every_pid(self) -> list[int]:
        return [pid for pid in self.state["children"].values() if pid]

    def health(self) -> int:
        """The status of /healthz, 0 where there is no answer."""
        return self.health_told()[0]

    def health_told(self) -> tuple[int, dict[str, Any]]:
        with contextlib.suppress(OSError, ValueError):
            try:
                with urllib.request.urlopen(self.url + "/healthz", timeout=5) as answer:
                    return int(answer.status), dict(json.load(answer))
            except urllib.error.HTTPError as refused:
                return refused.code, dict(json.load(refused))
        return 0, {}

    def until_ready(self, within: float = 90) -> "Started":
        def is_settled() -> bool:
            return "Muster is ready" in self.output or self.process.poll() is not None

        until(is_settled, within=within, about=lambda: self.output)
        assert "Muster is ready" in self.output, self.output
        return self

    def until_ended(self, within: float = 30) -> int:
        code = self.process.wait(within)
        self._reader.join(5)
        return code

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.until_ended()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def until(condition: Callable[[], bool], *, within: float, about: Callable[[], str] = str) -> None:
    """Wait for a condition; fail with what `about` tells when it does not come true."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"Not within {within} s. {about()}"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(answer.stdout.strip()) and not answer.stdout.strip().startswith("Z")


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the stand-in installation; it is stopped when the test ends."""
    everything: list[Started] = []

    def start(
        *words: str,
        command: tuple[str, ...] = STANDIN,
        home: Path = tmp_path / "home",
        port: int | None = 0,
        **env: str,
    ) -> Started:
        if port is not None and "--port" not in words:
            words = ("--port", str(port), *words)
        everything.append(Started(command, home, *words, **env))
        return everything[-1]

    yield start
    for one in everything:
        one.stop()
