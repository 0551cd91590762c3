"""The demo's programs started for real, one process each."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.demo.library import SHIPPED
from tests.demo.recorder import SECRET, Recorder

ROOT = Path(__file__).parents[2]
Start = Callable[..., int]


def line_of(path: Path, words: str) -> int:
    """The number of the first line that holds these words."""
    text = path.read_text("utf-8")
    return text[: text.index(words)].count("\n") + 1


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as started:
        yield started


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the shipped library, to change lines of."""
    copy = tmp_path / "teaspoon"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a demo agent and return its port."""
    started: list[subprocess.Popen[str]] = []

    def start_one(name: str, library: Path = SHIPPED, pace: str = "0") -> int:
        environment = {
            "PATH": os.environ["PATH"],
            "MUSTER_AGENT_SECRET": SECRET,
            "MUSTER_AGENT_PORT": "0",
            "MUSTER_DEMO_LIBRARY": str(library),
            "MUSTER_DEMO_PACE": pace,
        }
        command = [sys.executable, "-m", f"agents.demo.{name}"]
        program = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(program)
        assert program.stdout
        said = re.search(r"http://127\.0\.0\.1:(\d+)/", program.stdout.readline())
        assert said, f"{name} did not start"
        return int(said[1])

    yield start_one
    for program in started:
        program.terminate()
        program.wait(timeout=10)
        if program.stdout:
            program.stdout.close()
