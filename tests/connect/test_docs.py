"""What the connector's page says to type is typed, and what it shows as a file is read."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

from agents.connect import settings
from agents.doors.connector.holder import BEHIND, REPLACED, REVOKED, SILENT
from agents.doors.connector.socket import FLOODING, NO_HELLO, UNREADABLE
from tests.connect.running import agent_named, card_in, pairing_code, room_with, until
from tests.journeys.installation import ROOT, Api, Installation

PAGE = (ROOT / "docs" / "doors" / "connector.md").read_text()


def fenced(kind: str, holding: str) -> str:
    found: list[str] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return next(block for block in found if holding in block)


def test_the_line_of_the_page_brings_a_plain_program_to_work(
    place: Installation, api: Api, tmp_path: Path
) -> None:
    with urllib.request.urlopen(f"{place.url}/connect/muster-connect.pyz") as answer:
        (tmp_path / "muster-connect.pyz").write_bytes(answer.read())
    line = fenced("sh", "--plain").replace("https://ws.example", place.url)
    line = re.sub(r"--code \S+", f"--code {pairing_code(place)} --state {tmp_path / 'state'}", line)
    words = [sys.executable if word == "python3" else word for word in shlex.split(line)]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as running:
        try:
            room = room_with(api, agent_named(api, "Counter"), name="Counter")
            card = until(api, card_in(api, room, "Count", skills=["counting"]), "review")
        finally:
            running.terminate()
    assert card["run"]["agent_id"] == agent_named(api, "Counter")  # type: ignore[index]


def test_the_file_of_the_page_is_one(tmp_path: Path) -> None:
    path = tmp_path / "connect.toml"
    path.write_text(fenced("toml", "[[agent]]"))
    told = settings.read(["--config", str(path)])
    assert [(agent.name, agent.most, agent.is_plain) for agent in told.agents] == [
        ("Kimi Code", 2, False), ("Linter", 1, True),
    ]  # fmt: skip
    assert list(told.repos) == ["site"]


def test_the_page_names_every_code_a_socket_is_closed_with() -> None:
    for code in (UNREADABLE, NO_HELLO, REVOKED, BEHIND, REPLACED, SILENT, FLOODING):
        assert str(code) in PAGE


def test_the_page_says_that_a_script_stood_in_for_the_model() -> None:
    assert "nothing about a model" in " ".join(PAGE.split())
