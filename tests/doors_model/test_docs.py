"""The page of the model door: its example runs as it stands, and it names what there is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest

from agents.doors.model.endpoint import Caps
from agents.doors.model.probe import probe
from agents.doors.model.toolbox import TOOLS
from tests import cast
from tests.doors_model.conftest import a_worker, works
from tests.fakes.tool_model import Says, ToolModel
from tests.journeys.installation import ROOT, free_port, wait_for
from workspace.models import Room

PAGE = (ROOT / "docs" / "doors" / "model.md").read_text()
PROGRAM = ROOT / "docs" / "doors" / "model_endpoint.py"


@pytest.fixture
def sample() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(PROGRAM), str(port)], stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def test_the_sample_is_found_and_hands_in_its_file(
    room: Room, models: Callable[..., ToolModel], sample: str
) -> None:
    found = wait_for(lambda: probe(sample), 15, "the sample answers")
    assert (found.door, found.reach) == ("model", {"model": "sample"})
    agent = a_worker(room, models(lambda body: Says("")), url=found.url, model="sample", key="")
    run = works(cast.a_card(room), agent)
    assert run.state == "submitted"
    assert [file.name for file in run.deliverables.get().files.all()] == ["answer.md"]


def test_the_page_holds_the_sample_as_it_is_run() -> None:
    assert f"```python\n{PROGRAM.read_text().rstrip()}\n```" in PAGE


def test_the_page_names_every_tool_and_every_cap() -> None:
    for tool in TOOLS:
        assert f"`{tool.name}`" in PAGE
    for cap in fields(Caps):
        assert f"`{cap.name}` ({cap.default})" in PAGE
