"""Kimi Code pulls a card over MCP, told of the board as the page says. Its model is scripted.

This proves the plumbing (the setup line, the handshake, the tools, their answers as Kimi passes
them on) and nothing about a model.
"""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from tests.connect.foreign_agents import KIMI
from tests.doors_mcp.test_pulling import a_card, a_room, an_agent, api, muster
from tests.fakes.tool_model import Body, Call, Says, answers, tool_model
from tests.foreign import node_with
from tests.journeys.installation import Api, Installation, wait_for

__all__ = ["api", "muster"]
TOOLS = "mcp__muster__"


def puller(body: Body) -> Says:
    """The next tool by what the ones before answered."""
    offered = {tool["function"]["name"] for tool in body.get("tools", [])}
    if f"{TOOLS}list_cards" not in offered:
        return Says("A title")  # what an agent asks beside its work
    heard = answers(body)
    if not heard:
        return calls("list_cards", {})
    told = [json.loads(found[0]) for text in heard if (found := re.search(r"\{.*\}", text, re.S))]
    if len(told) == 1:
        given = told[0]["given_to_you"]
        return calls("claim_card", {"card_id": given[0]["card_id"]}) if given else Says("Nothing.")
    handle = {name: told[1].get(name) for name in ("card_id", "lease_token")}
    if len(told) == 2:
        file = {"name": "answer.md", "media_type": "text/markdown", "content": "For the EU."}
        return calls("submit_deliverable", {**handle, "summary_md": "Done.", "artifacts": [file]})
    return Says("Handed in.")


def calls(tool: str, given: dict[str, Any]) -> Says:
    return Says(calls=(Call(f"{TOOLS}{tool}", given, id=f"call_{tool}"),))


def test_kimi_code_works_a_card_with_the_lines_of_the_page(
    muster: Installation,
    api: Api,
    tmp_path: Path,
) -> None:
    folder = node_with(*KIMI)
    agent_id, token = an_agent(api, "Kimi Code")
    home = tmp_path / "home" / ".kimi-code"
    home.mkdir(parents=True)
    page = render_to_string("doors/mcp_setup.html", {"base": muster.url, "token": token})
    found = re.search(r'<pre id="mcp-kimi"[^>]*>(.*?)</pre>', page, re.S)
    assert found is not None
    (home / "mcp.json").write_text(unescape(found[1]))
    room_id = a_room(api, "For Kimi Code", agent_id)
    api.call("PATCH", f"/rooms/{room_id}", {"mode": "manual"})
    bins = folder / "node_modules" / ".bin"
    env = {"HOME": str(tmp_path / "home"), "PATH": f"{bins}:/usr/bin:/bin",
           "NO_PROXY": "127.0.0.1", "MUSTER_AGENT_TOKEN": token}  # fmt: skip

    def run_kimi(base_url: str) -> str:
        (home / "config.toml").write_text(
            'default_model = "scripted"\n\n'
            f'[providers.local]\ntype = "openai"\nbase_url = "{base_url}"\napi_key = "none"\n\n'
            '[models.scripted]\nprovider = "local"\nmodel = "scripted"\n'
            "max_context_size = 100000\n\n"
            f'[[permission.rules]]\ndecision = "allow"\npattern = "{TOOLS}*"\n'
        )
        done = subprocess.run(
            [str(bins / "kimi"), "-p", "Look with list_cards for work and do it."],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        return done.stdout + done.stderr

    with tool_model(puller) as model:
        assert "Nothing." in run_kimi(model.base_url)
        assert api.get(f"/agents/{agent_id}")["status"] == "verified"
        api.call("PATCH", f"/rooms/{room_id}", {"mode": "auto"})
        card_id = a_card(api, room_id, "Name the region")
        wait_for(lambda: api.get(f"/cards/{card_id}")["run"], 60, "the card is given to it")
        said = run_kimi(model.base_url)
    card = api.get(f"/cards/{card_id}")
    assert card["status"] == "review", said[-2000:]
    version = api.get(f"/deliverables/{card['deliverable']['id']}")
    assert [file["name"] for file in version["files"]] == ["answer.md"]
    api.post(f"/deliverables/{version['id']}/accept", {"sha256": version["sha256"]})
    assert api.get(f"/cards/{card_id}")["status"] == "done"
