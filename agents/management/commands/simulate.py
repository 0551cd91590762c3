"""`manage.py simulate`: small worlds with faults, step by step; exits 1 where a promise breaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.simulator.running import Replay, reproduction
from agents.trials.report import ROOT


class Command(BaseCommand):
    help = "Simulate rooms, people, agents and workers with faults; nothing here is touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--steps", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        words = ["--steps", str(options["steps"]), "--seed", str(options["seed"])]
        done = subprocess.run(
            [sys.executable, "-m", "agents.simulator", *words],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(f"the simulator itself failed with {done.returncode}")
        found = json.loads(done.stdout)
        self.stdout.write(
            json.dumps(found, indent=1) if options["json"] else "\n".join(page(found))
        )
        if found["broken"] or found["missing"]:
            raise CommandError(
                f"{len(found['broken'])} worlds broke a promise, "
                f"{len(found['missing'])} faults or recoveries were not seen"
            )


def page(found: Mapping[str, Any]) -> Iterator[str]:
    """The figures as a person reads them."""
    yield (
        f"seed {found['seed']}: {found['steps']} steps in {found['turns']} turns and "
        f"{found['worlds']} worlds, {found['looks']} checks"
    )
    yield from (f"  {name} fired {n} times" for name, n in found["fired"].items())
    yield from (f"  missing: {one}" for one in found["missing"])
    for one in found["broken"]:
        yield from reproduction(Replay(**one["replay"]), one["why"])
    yield f"promises broken: {len(found['broken'])}"
