"""The demo agents: which there are, and the port and secret each one keeps from start to start."""

import base64
import contextlib
import importlib
import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workspace.up.children import Part
from workspace.up.environment import write_private
from workspace.up.parts import DEMO
from workspace.up.ports import HOST, free_port, is_free

FILE = "demo.json"


def prepare_agents(home: Path, roster: str) -> list[dict[str, Any]]:
    """The roster with `port`, `url` and `secret` for each agent, kept in home/demo.json.

    An agent keeps its secret for ever, and its port as long as nobody else took it.
    """
    entries = importlib.import_module(roster).ROSTER
    before = {agent["name"]: agent for agent in _kept(home)}
    agents = [_prepared(asdict(entry), before.get(entry.name, {})) for entry in entries]
    write_private(home / FILE, json.dumps({"agents": agents}, indent=1) + "\n")
    return agents


def agent_part(agent: Mapping[str, Any], environment: Mapping[str, str]) -> Part:
    """How one demo agent is run. It gets its own secret, and none of the installation's."""
    keep = {name: value for name, value in environment.items() if name not in PRIVATE}
    told = {"MUSTER_AGENT_SECRET": agent["secret"], "MUSTER_AGENT_PORT": str(agent["port"])}
    return Part(
        name=str(agent["name"]).lower(),
        command=(sys.executable, "-m", str(agent["module"])),
        env={**keep, **told},
        core=False,
        stop_stage=DEMO,
        grace=2.0,
    )


PRIVATE = {
    "MUSTER_SECRET_KEY",
    "MUSTER_KEYRING",
    "MUSTER_MODEL_API_KEY",
    "DATABASE_URL",
    "REDIS_URL",
}


def _prepared(entry: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    port = before.get("port")
    if not isinstance(port, int) or not is_free(port):
        port = free_port()
    secret = before.get("secret") or _new_secret()
    return {**entry, "port": port, "url": f"http://{HOST}:{port}/", "secret": secret}


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _kept(home: Path) -> list[dict[str, Any]]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads((home / FILE).read_text())["agents"]
        return [agent for agent in kept if isinstance(agent.get("name"), str)]
    return []
