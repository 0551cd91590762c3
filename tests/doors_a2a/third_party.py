"""Agents nobody wrote for Muster, each in an environment of its own."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.foreign import python_with
from tests.journeys.installation import ROOT, free_port, wait_for

PROGRAMS = Path(__file__).parent / "programs"
# What the page of this door shows is what is run here.
EXAMPLE = ROOT / "docs" / "doors" / "a2a_agent.py"
UVICORN = "uvicorn==0.54.0"
PACKAGES = {
    "fasta2a": ("fasta2a==2.1.1", "pydantic-ai-slim[openai]==2.68.0", UVICORN),
    "sdk-one": ("a2a-sdk[http-server]==1.3.0", UVICORN),
    "sdk-zero": ("a2a-sdk[http-server]==0.3.0", UVICORN),
}
FIRST_START_WITHIN = 90.0


class Process:
    """A program, one of those beside this file unless it is a path, on a port of loopback."""

    def __init__(self, name: str, program: str | Path, *words: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        python = python_with(*PACKAGES[name])
        self.process = subprocess.Popen([python, str(PROGRAMS / program), str(self.port), *words])
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
def running(name: str, program: str | Path, *words: str) -> Iterator[str]:
    """Its URL, as long as it runs."""
    process = Process(name, program, *words)
    try:
        yield process.url
    finally:
        process.stop()
