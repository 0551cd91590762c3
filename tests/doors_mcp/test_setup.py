"""What is copied from the page is what the clients read: JSON, TOML, or words of a command."""

from __future__ import annotations

import html
import json
import re
import shlex
import tomllib
from typing import Any

import pytest
from django.template.loader import render_to_string

BASE = "https://muster.example"


@pytest.fixture
def snippets() -> dict[str, str]:
    page = render_to_string("doors/mcp_setup.html", {"base": BASE, "token": "mat_secret"})
    found = re.findall(r'<(?:code|pre) id="mcp-(\w+)"[^>]*>(.*?)</(?:code|pre)>', page, re.S)
    return {name: html.unescape(text) for name, text in found}


def test_every_client_is_told_where_the_board_is(snippets: dict[str, str]) -> None:
    assert set(snippets) == {"token", "claude", "kimi", "codex", "vscode", "cursor"}
    assert snippets["token"] == "export MUSTER_AGENT_TOKEN=mat_secret"
    kimi: Any = json.loads(snippets["kimi"])["mcpServers"]["muster"]
    assert kimi == {"url": f"{BASE}/mcp", "bearerTokenEnvVar": "MUSTER_AGENT_TOKEN"}
    codex = tomllib.loads(snippets["codex"])["mcp_servers"]["muster"]
    assert codex == {"url": f"{BASE}/mcp", "bearer_token_env_var": "MUSTER_AGENT_TOKEN"}
    vscode = json.loads(snippets["vscode"])
    assert vscode["servers"]["muster"]["url"] == f"{BASE}/mcp"
    assert vscode["inputs"][0]["id"] in vscode["servers"]["muster"]["headers"]["Authorization"]
    cursor = json.loads(snippets["cursor"])["mcpServers"]["muster"]
    assert cursor["headers"]["Authorization"] == "Bearer ${env:MUSTER_AGENT_TOKEN}"
    words = shlex.split(snippets["claude"])
    assert words[:6] == ["claude", "mcp", "add", "--transport", "http", "muster"]
    assert words[6:] == [f"{BASE}/mcp", "--header", "Authorization: Bearer $MUSTER_AGENT_TOKEN"]


def test_the_token_stands_in_one_place_only(snippets: dict[str, str]) -> None:
    assert [name for name, text in snippets.items() if "mat_secret" in text] == ["token"]
