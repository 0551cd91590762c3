"""`manage.py trial NAME`: measure the coordinator's rules, and say how it was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.coordinator.claims.compare import compare
from agents.coordinator.claims.topics import UNCLEAR
from agents.trials import assignment, claim_pairs, large_board, report

NAMES = ("assignment", "claims", "five_days", "healthy", "long_run", "plan")
JUDGES = {"rules": "rules", "model": "a scripted model server over HTTP"}
FIRST_SEED = {"healthy": 21}  # its limits are found on the twenty before
PAIRS = report.ROOT / "tests" / "claims"


class Command(BaseCommand):
    help = "Run one trial and print its figures; nothing of this installation is touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--seed", type=int, help="one seed instead of the usual ones")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--out", type=Path, help="write to this file as well")
        parser.add_argument("--judge", choices=sorted(JUDGES), default="model")
        parser.add_argument("--small", action="store_true", help="a short one, to see that it runs")
        parser.add_argument(
            "--pairs", type=Path, default=PAIRS, help="a folder of sets of labelled pairs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        facts, found, body = MEASURED[options["name"]](options)
        if options["json"]:
            text = json.dumps({"about": facts, "figures": found}, indent=1) + "\n"
        else:
            text = report.page(facts, body)
        self.stdout.write(text)
        if options["out"]:
            options["out"].write_text(text)
        if found.get("wrong"):
            raise CommandError(f"{len(found['wrong'])} promises of this trial were broken")


Measured = tuple[dict[str, Any], dict[str, Any], str]


def measure_assignment(options: dict[str, Any]) -> Measured:
    seeds = [options["seed"]] if options["seed"] is not None else list(assignment.REPORTED)
    size = {"agents": 12, "cards": 120} if options["small"] else {}
    rows = assignment.table(seeds, **size)
    found = {row.strategy: asdict(row) for row in rows}
    return report.about("assignment", seeds, "rules"), found, assignment.as_markdown(rows)


def measure_claims(options: dict[str, Any]) -> Measured:
    try:
        sets = claim_pairs.load_sets(options["pairs"])
    except ValueError as error:
        raise CommandError(str(error)) from error
    tables = {
        name: claim_pairs.measure(pairs, compare, lambda said: said.reason.code in UNCLEAR)
        for name, pairs in sets.items()
    }
    found = {name: figures_of(table) for name, table in tables.items()}
    return report.about("claims", [], "rules"), found, claim_pairs.sets_as_markdown(tables)


def figures_of(table: claim_pairs.Table) -> dict[str, Any]:
    return {
        "pairs": table.total,
        "abstained": table.abstained,
        "precision": {label: table.precision(label) for label in claim_pairs.LABELS},
        "recall": {label: table.recall(label) for label in claim_pairs.LABELS},
        "said": {f"{label} as {answer}": n for (label, answer), n in sorted(table.said.items())},
        "missed": [[miss.pair.id, miss.pair.label, miss.said] for miss in table.wrong],
    }


def measure_plan(options: dict[str, Any]) -> Measured:
    seed = options["seed"] if options["seed"] is not None else 1
    size = (30, 100) if options["small"] else (large_board.AGENTS, large_board.CARDS)
    found = large_board.measure(seed, *size)
    return report.about("plan", [seed], "rules"), found, report.figures(found)


def measure_apart(options: dict[str, Any]) -> Measured:
    """A trial that needs a database: in a process and a home of its own."""
    seed = options["seed"] if options["seed"] is not None else FIRST_SEED.get(options["name"], 1)
    words = [options["name"], "--seed", str(seed), "--judge", options["judge"]]
    words += ["--small"] if options["small"] else []
    done = subprocess.run(
        [sys.executable, "-m", "agents.trials", *words],
        cwd=report.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CommandError(done.stderr.strip()[-8_000:])
    found = json.loads(done.stdout)
    judge = JUDGES[options["judge"]] if options["name"] == "five_days" else "none is asked"
    return report.about(options["name"], [seed], judge), found, report.figures(found)


MEASURED = {
    "assignment": measure_assignment,
    "claims": measure_claims,
    "five_days": measure_apart,
    "healthy": measure_apart,
    "long_run": measure_apart,
    "plan": measure_plan,
}
