"""Agents nobody wrote for Muster, each in an environment of its own under the home's cache."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.installation import free_port, wait_for

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "muster-tests" / "a2a"
PROGRAMS = Path(__file__).parent / "programs"
UVICORN = "uvicorn==0.54.0"
PACKAGES = {
    "fasta2a": ("fasta2a==2.1.1", "pydantic-ai-slim[openai]==2.68.0", UVICORN),
    "sdk-one": ("a2a-sdk[http-server]==1.3.0", UVICORN),
    "sdk-zero": ("a2a-sdk[http-server]==0.3.0", UVICORN),
}
FIRST_START_WITHIN = 90.0


def interpreter(name: str) -> str:
    """The Python that has these packages, made once; skips where they cannot be had."""
    folder = CACHE / name
    python, wanted = folder / "bin" / "python", "\n".join(PACKAGES[name])
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "packages.txt"
        if not (told.exists() and told.read_text() == wanted):
            _make(folder, PACKAGES[name])
            told.write_text(wanted)
    return str(python)


def _make(folder: Path, packages: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    made = subprocess.run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "-q",
         "--disable-pip-version-check", "--retries", "1", "--timeout", "15", *packages],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"{packages[0]} cannot be had here: {made.stderr[-300:]}")


class Process:
    """One of the programs beside this file, on a port of loopback."""

    def __init__(self, name: str, program: str, *words: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        command = [interpreter(name), str(PROGRAMS / program), str(self.port), *words]
        self.process = subprocess.Popen(command, cwd=CACHE)
        wait_for(self._answers, FIRST_START_WITHIN, f"{program} answers")

    def _answers(self) -> bool:
        assert self.process.poll() is None, "the A2A agent ended"
        try:
            urllib.request.urlopen(f"{self.url}.well-known/agent-card.json", timeout=2).close()
        except (OSError, urllib.error.URLError):
            return False
        return True

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@contextmanager
def running(name: str, program: str, *words: str) -> Iterator[str]:
    """Its URL, as long as it runs."""
    process = Process(name, program, *words)
    try:
        yield process.url
    finally:
        process.stop()
