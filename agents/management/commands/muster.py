"""`manage.py muster AGENT [--json]`: the audition, on the running installation."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from workspace import queries
from workspace.actors import By
from workspace.commands.auditions import start_audition
from workspace.errors import Refused
from workspace.sentences import refusal
from workspace.shown.auditions import Scorecard, scorecard

LOOK_EVERY = 0.5
Rows = Any


class Command(BaseCommand):
    help = "Try an agent (by id or name) before it is trusted; exits 1 if it did not pass."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent")
        parser.add_argument("--json", action="store_true", help="print the scorecard as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = queries.first_owner()
        agent = queries.agent_called(owner, options["agent"]) if owner else None
        if owner is None or agent is None:
            raise CommandError(f"There is no agent called {options['agent']}.")
        if not queries.is_worker_running(timezone.now()):
            raise CommandError("No worker is running. Start Muster first: manage.py up.")
        found = self._watch(_started(agent, owner), is_quiet=options["json"])
        self.stdout.write(as_json(found) if options["json"] else as_text(found, agent.name))
        if found.state != "passed":
            raise SystemExit(1)

    def _watch(self, audition_id: str, *, is_quiet: bool) -> Rows:
        """Tell of each item as it ends; the audition once it has."""
        told: set[str] = set()
        while True:
            found = queries.audition(audition_id)
            assert found is not None
            now = timezone.now()
            shown = scorecard(found, now)
            for line in shown.items:
                if line.state not in ("waiting", "running") and line.code not in told:
                    told.add(line.code)
                    if not is_quiet:
                        self.stdout.write(f"{line.state_words:<15} {line.name}")
                        self.stdout.flush()
            if not shown.is_running:
                return found
            if shown.is_waiting_for_worker:
                raise CommandError("The worker has stopped. Start Muster again; it goes on then.")
            time.sleep(LOOK_EVERY)


def _started(agent: Rows, owner: Rows) -> str:
    """Its running audition, or a new one, as its owner or the installation's."""
    running = queries.newest_audition(agent)
    if running is not None and running.state == "running":
        return str(running.id)
    try:
        return str(start_audition(agent_id=agent.id, by=By(owner.id), at=timezone.now()).id)
    except Refused as refused:
        raise CommandError(refusal(refused)) from None


def as_text(audition: Rows, name: str) -> str:
    shown: Scorecard = scorecard(audition, timezone.now())
    lines = ["", f"{name} {shown.version}".strip() + f": {shown.state}"]
    lines.append(f"{shown.passed} of {shown.count} passed, {shown.failed} failed")
    for line in shown.items:
        took = "" if line.took_ms is None else f" ({line.took_ms / 1000:.1f} s)"
        lines += ["", f"{line.state_words}: {line.name}{took}"]
        lines += [f"  {line.evidence}"] if line.evidence else []
    return "\n".join(lines)


def as_json(audition: Rows) -> str:
    shown = scorecard(audition, timezone.now())
    items = [
        {
            "code": item["code"],
            "state": item["state"],
            "evidence": item.get("evidence", {}),
            "took_s": item.get("took_s"),
            "says": line.evidence,
            "url": line.url,
        }
        for item, line in zip(audition.items, shown.items, strict=True)
    ]
    told = {
        "id": audition.id,
        "agent_id": audition.agent_id,
        "version": audition.version,
        "state": audition.state,
        "passed": shown.passed,
        "failed": shown.failed,
        "items": items,
    }
    return json.dumps(told, indent=1)
