"""`manage.py seed_demo --file demo.json`: the demo's agents and its room, made once."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from agents.demo.roster import GOAL, ROOM_NAME
from agents.doors.verifying import verify_agent
from workspace import queries
from workspace.actors import SYSTEM
from workspace.commands import agents, people, rooms

VERIFY_WITHIN = 20.0  # the programs have just been started


class Command(BaseCommand):
    help = "Register the demo's programs and open its room; repeated, only addresses change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", required=True, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        roster = json.loads(options["file"].read_text())["agents"]
        owner = queries.first_owner() or people.create_workspace(
            name="My workspace", owner_name="Owner", email=None, at=timezone.now()
        )
        workspace = queries.workspaces_of(owner).get()
        ids = [_agent(workspace.id, entry, owner, timezone.now()) for entry in roster]
        for agent_id in ids:
            _verify(agent_id)
        if queries.demo_room(workspace) is None:
            _open_room(workspace.id, ids, owner, timezone.now())


def _agent(workspace_id: str, entry: dict[str, Any], owner: Any, at: datetime) -> str:
    """Register this program, or tell where it listens now."""
    known = queries.agent_named(workspace_id, entry["name"])
    if known is not None:
        if known.url != entry["url"]:
            facts = agents.AgentFacts(url=entry["url"])
            agents.edit_agent(agent_id=known.id, facts=facts, by=SYSTEM, at=at)
        return known.id
    scale = float(os.environ.get("MUSTER_DEMO_TIME_SCALE", "1"))
    facts = agents.AgentFacts(
        name=entry["name"],
        url=entry["url"],
        skills=list(entry["skills"]),
        max_concurrency=entry["max_concurrency"],
        timings={name: entry[name] * scale for name in ("ack_within", "silent_after", "lease")},
        note={"code": "demo", "params": {"says": entry["note"], "fails": entry["built_to_fail"]}},
    )
    made, _ = agents.register_agent(
        workspace_id=workspace_id,
        facts=facts,
        door="webhook",
        owner=owner,
        by=SYSTEM,
        at=at,
        secret=entry["secret"],
        is_demo=True,
    )
    return made.id


def _verify(agent_id: str) -> None:
    """As a person would with the button, until the program is up."""
    deadline = time.monotonic() + VERIFY_WITHIN
    while time.monotonic() < deadline:
        if verify_agent(agent_id).status != "unverified":
            return
        time.sleep(0.3)


def _open_room(workspace_id: str, ids: list[str], owner: Any, at: datetime) -> None:
    rooms.create_room(
        workspace_id=workspace_id, name=ROOM_NAME, goal=GOAL, owner=owner, by=SYSTEM, at=at,
        is_demo=True, agents=ids,
    )  # fmt: skip
