"""`manage.py pilot`: play the scenarios on an installation of their own, and keep the scorecard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from agents.pilot import lift
from agents.pilot.pack import Pack
from agents.pilot.referee import compare, judge, score
from agents.pilot.report import as_text
from agents.pilot.scenario import Scenario, load_all
from agents.pilot.team import NotPlayable, scenarios_of
from agents.trials import report
from workspace import queries
from workspace.actors import SYSTEM
from workspace.commands.pilots import keep_pilot
from workspace.errors import Refused

SEED = 21
MODEL = "MUSTER_MODEL"
# What a second process measures beside the scenarios: healthy agents in virtual time.
HEALTHY = (sys.executable, "manage.py", "trial", "healthy", "--json")


class Command(BaseCommand):
    help = "Inject the faults of a real backlog, and say where coordination breaks."

    def add_arguments(self, parser: CommandParser) -> None:
        names = ", ".join(one.name for one in load_all())
        add = parser.add_argument
        add("--scenario", action="append", metavar="NAME", help=f"only this one: {names}")
        add("--seeds", type=seeds_of, default=[SEED], metavar="21 or 21-60")
        add("--judge", choices=["rules", "kimi"], default="rules",
            help="kimi: the model that MUSTER_MODEL_* names")  # fmt: skip
        add("--lift", type=Path, metavar="FILE.svg",
            help="beside round robin and no coordinator at all, with a chart")  # fmt: skip
        add("--compare", type=Path, metavar="FILE.json", help="put an older scorecard beside it")
        add(
            "--room", metavar="ROOM", help="your own room's cards, rules and agents, behind a proxy"
        )
        add("--within", type=float, default=300.0, help="seconds a room of yours is given")
        add("--json", action="store_true")
        add("--out", type=Path, help="write the scorecard as JSON to this file")
        add("--records", type=Path, help="write what the referee was given to this file")
        add("--healthy", action="store_true",
            help="and a thousand healthy runs in virtual time; takes minutes more")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        scenarios = chosen(options)
        is_wanted = options["healthy"] and not (options["lift"] or options["room"])
        beside = healthy() if is_wanted else None
        records = self.played(scenarios, options)
        verdicts = [judge(record) for record in records]
        about = report.about("pilot", options["seeds"], options["judge"])
        about["command"] = " ".join(["manage.py", *sys.argv[1:]])
        about["model"] = os.environ.get(MODEL, "") if options["judge"] == "kimi" else ""
        about["seconds"] = round(time.monotonic() - began)
        about["not_fired"] = [tag(one) for one in records if not one["fired"]]
        virtual = read(beside) if beside else {}
        card = score(verdicts, virtual, about).data()
        if options["lift"]:
            found = lift.lift(verdicts)
            card["lift"] = found.data()
            options["lift"].write_text(lift.as_svg(found))
        self.keep(card)
        self.show(card, options)
        if options["records"]:
            options["records"].write_text(json.dumps(records))
        if not card["passed"] or about["not_fired"]:
            raise CommandError("The pilot did not end as its scenarios say.")

    def played(self, scenarios: list[Scenario], options: dict[str, Any]) -> list[dict[str, Any]]:
        columns = lift.COLUMNS if options["lift"] else ("with", "without")
        env = model_settings() if options["judge"] == "kimi" else {}
        records: list[dict[str, Any]] = []
        for seed in options["seeds"]:
            pack = Pack(scenarios, columns, [seed], options["judge"], env, self.tell)
            records += pack.play()
        return records

    def tell(self, words: str) -> None:
        self.stderr.write(f"{time.strftime('%H:%M:%S')} {words}")

    def show(self, card: dict[str, Any], options: dict[str, Any]) -> None:
        if options["out"]:
            options["out"].write_text(json.dumps(card, indent=1) + "\n")
        self.stdout.write(json.dumps(card, indent=1) if options["json"] else as_text(card))
        if options["compare"]:
            before = json.loads(options["compare"].read_text())
            for one in compare(before, card):
                self.stdout.write(f"{one.name}: {one.word}")

    def keep(self, card: dict[str, Any]) -> None:
        """Where this installation has people, they see it on the page of pilots."""
        try:
            owner = queries.first_owner()
            for workspace in queries.workspaces_of(owner)[:1] if owner else ():
                keep_pilot(workspace_id=workspace.id, commit=card["about"]["commit"], facts=card,
                           by=SYSTEM, at=timezone.now())  # fmt: skip
        except (DatabaseError, Refused) as error:
            self.tell(f"The scorecard was not kept: {error}")


def seeds_of(said: str) -> Sequence[int]:
    """One number, or the first and the last of a row."""
    first, _, last = said.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        raise ArgumentTypeError(f"{said} is neither a number nor two with a dash between them")
    return range(int(first), int(last or first) + 1)


def chosen(options: dict[str, Any]) -> list[Scenario]:
    """All scenarios, or those that are named. Raises CommandError for a name there is not."""
    names = options["scenario"]
    try:
        room = options["room"]
        found = scenarios_of(room, options["within"]) if room else load_all()
    except NotPlayable as why:
        raise CommandError(str(why)) from None
    if strange := sorted(set(names or ()) - {one.name for one in found}):
        known = ", ".join(one.name for one in found)
        raise CommandError(f"There is no scenario {', '.join(strange)}. There are: {known}.")
    return [one for one in found if not names or one.name in names]


def tag(record: dict[str, Any]) -> str:
    return f"{record['scenario']} ({record['column']}, seed {record['seed']})"


def model_settings() -> dict[str, str]:
    """The model's address and key as this process knows them."""
    found = {name: said for name, said in os.environ.items() if name.startswith(MODEL)}
    if not found.get("MUSTER_MODEL_API_KEY"):
        raise CommandError("Set MUSTER_MODEL_API_KEY (and MUSTER_MODEL_BASE_URL) for --judge kimi.")
    return found


def healthy() -> subprocess.Popen[str]:
    return subprocess.Popen(
        HEALTHY, cwd=report.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def read(beside: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = beside.communicate(timeout=600)
    if beside.returncode:
        raise CommandError("The healthy runs in virtual time broke a promise: see `trial healthy`.")
    found: dict[str, Any] = json.loads(said)["figures"]
    runs = found["healthy runs"]
    return {
        "seeds": found["seeds"], "runs": runs, "taken_away": found["taken away, runs"],
        "marked_stale": round(runs * found["looked stuck"]),
        "interval": found["taken away, 95 %"], "limits": found["limits"],
        "silent": found["silent runs"], "noticed": found["silent runs noticed"],
        "noticed_after": found["noticed after, of the lease"],
    }  # fmt: skip
