"""The lines of the page in the clients themselves: they take them, and find the board by them.

No model is asked and nobody signs in: Claude Code tries each of its servers for its list, and Codex
reads its configuration and says what it has understood.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from tests.doors_mcp.test_pulling import an_agent, api, muster
from tests.foreign import node_with
from tests.journeys.installation import Api, Installation

__all__ = ["api", "muster"]
CLAUDE = ("@anthropic-ai/claude-code@2.1.197", "node@22.23.3")
CODEX = ("@openai/codex@0.171.0", "node@22.23.3")
Snippet = Callable[[str], str]


@pytest.fixture
def snippet(muster: Installation) -> Snippet:
    page = render_to_string("doors/mcp_setup.html", {"base": muster.url})

    def of(name: str) -> str:
        found = re.search(rf'<(?:code|pre) id="mcp-{name}"[^>]*>(.*?)</(?:code|pre)>', page, re.S)
        assert found is not None
        return unescape(found[1])

    return of


def ran(home: Path, bins: Path, command: str, token: str) -> str:
    env = {"HOME": str(home), "PATH": f"{bins}:/usr/bin:/bin", "MUSTER_AGENT_TOKEN": token,
           "NO_PROXY": "127.0.0.1", "DISABLE_AUTOUPDATER": "1",
           "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}  # fmt: skip
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=home, env=env, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("is_right", "says"), [(True, "Connected"), (False, "")])
def test_claude_code_connects_by_its_line(
    muster: Installation, api: Api, tmp_path: Path, snippet: Snippet, is_right: bool, says: str
) -> None:  # fmt: skip
    bins = node_with(*CLAUDE) / "node_modules" / ".bin"
    agent_id, token = an_agent(api, f"Claude Code {is_right}")
    token = token if is_right else "mat_" + "x" * 43
    assert "muster" in ran(tmp_path, bins, snippet("claude"), token)
    listed = ran(tmp_path, bins, "claude mcp list", token)
    line = next(line for line in listed.splitlines() if line.startswith("muster:"))
    assert f"{muster.url}/mcp" in line
    assert ("Connected" in line) is is_right and says in line
    status = api.get(f"/agents/{agent_id}")["status"]
    assert status == ("verified" if is_right else "unverified")


def test_codex_reads_its_lines(muster: Installation, tmp_path: Path, snippet: Snippet) -> None:
    bins = node_with(*CODEX) / "node_modules" / ".bin"
    config = tmp_path / ".codex" / "config.toml"
    config.parent.mkdir()
    config.write_text(snippet("codex"))
    told = ran(tmp_path, bins, shlex.join(["codex", "mcp", "get", "muster", "--json"]), "mat_x")
    found = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert found["transport"]["url"] == f"{muster.url}/mcp"
    assert found["transport"]["bearer_token_env_var"] == "MUSTER_AGENT_TOKEN"
