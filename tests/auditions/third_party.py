"""An agent nobody wrote for Muster: pydantic-ai behind fasta2a, in an environment of its own."""

from __future__ import annotations

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

PACKAGES = ("fasta2a==2.1.1", "pydantic-ai-slim[openai]==2.68.0", "uvicorn==0.54.0")
SERVE = """
import sys

import uvicorn
from fasta2a.pydantic_ai import agent_to_a2a
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

text = "Easy to review is what is small.\\nIt is named.\\nIt is tested.\\nIt says why.\\n"
app = agent_to_a2a(Agent(TestModel(custom_output_text=text)))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


def python_with_a2a(folder: Path) -> str:
    """The interpreter MUSTER_A2A_PYTHON names, else one made here; skips where that cannot be."""
    if named := os.environ.get("MUSTER_A2A_PYTHON"):
        return named
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    made = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
         "--retries", "1", "--timeout", "15", *PACKAGES],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"the packages of an A2A agent cannot be had here: {made.stderr[-300:]}")
    return str(python)


@contextmanager
def a2a_agent(folder: Path) -> Iterator[str]:
    """Its URL, as long as it runs."""
    python, port = python_with_a2a(folder), free_port()
    process = subprocess.Popen([python, "-c", SERVE, str(port)])
    url = f"http://127.0.0.1:{port}/"

    def answers() -> bool:
        assert process.poll() is None, "the A2A agent ended"
        try:
            urllib.request.urlopen(f"{url}.well-known/agent-card.json", timeout=2).close()
        except (OSError, urllib.error.URLError):
            return False
        return True

    try:
        wait_for(answers, 60, "the A2A agent answers")
        yield url
    finally:
        process.terminate()
        process.wait(10)
