"""`manage.py simulate`: small worlds with faults, step by step; exits 1 where a promise breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.simulator.running import Replay, joined, reproduction
from agents.trials.report import ROOT, about

WORLDS_APART = 100_000  # more than one process ever plays


class Command(BaseCommand):
    help = "Simulate rooms, people, agents and workers with faults; nothing here is touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--steps", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        jobs = max(1, options["jobs"])
        parts = [begun(options["seed"], -(-options["steps"] // jobs), n) for n in range(jobs)]
        found = joined([ended(part) for part in parts]).as_dict()
        found["about"] = about("simulate", [options["seed"]], "rules and a scripted model")
        found["about"]["seconds"] = round(time.monotonic() - began)
        self.stdout.write(
            json.dumps(found, indent=1) if options["json"] else "\n".join(page(found))
        )
        if found["broken"] or found["missing"]:
            raise CommandError(
                f"{len(found['broken'])} worlds broke a promise, "
                f"{len(found['missing'])} faults or recoveries were not seen"
            )


def begun(seed: int, steps: int, n: int) -> subprocess.Popen[str]:
    """The n-th process; it plays worlds of the seed that no other plays."""
    words = ["--steps", str(steps), "--seed", str(seed), "--first-world", str(n * WORLDS_APART)]
    return subprocess.Popen(
        [sys.executable, "-m", "agents.simulator", *words],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(part: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = part.communicate()
    if part.returncode:
        raise CommandError(f"the simulator itself failed with {part.returncode}")
    found: dict[str, Any] = json.loads(said)
    return found


def page(found: Mapping[str, Any]) -> Iterator[str]:
    """The figures as a person reads them."""
    about = found["about"]
    yield f"commit {about['commit']}, {about['machine']}, {about['seconds']} s"
    yield (
        f"seed {found['seed']}: {found['steps']} steps in {found['turns']} turns and "
        f"{found['worlds']} worlds, {found['looks']} checks"
    )
    yield from (f"  {name} fired {n} times" for name, n in found["fired"].items())
    yield from (f"  missing: {one}" for one in found["missing"])
    for one in found["broken"]:
        yield from reproduction(Replay(**one["replay"]), one["why"])
    yield f"promises broken: {len(found['broken'])}"
