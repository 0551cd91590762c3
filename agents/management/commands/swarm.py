"""`manage.py swarm`: many specialists at once in a room of their own, played and counted."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.swarm.play import Swarm

MOST_AGENTS = 300


class Command(BaseCommand):
    help = (
        "Enlist specialists of a scripted model in one room and have them work: nothing may be "
        "lost, nothing done twice. The model is scripted, everything else is real."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--agents", type=int, default=300, help="specialists at once, at most 300")
        add("--steps", type=int, default=4_000, help="about so many steps in all")
        add("--delay", type=float, default=0.0, help="seconds the model takes for an answer")
        add("--within", type=float, default=1_800.0, help="seconds it is given")
        add("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 10 <= options["agents"] <= MOST_AGENTS:
            raise CommandError("--agents is a number from 10 to 300.")
        with tempfile.TemporaryDirectory(prefix="muster-swarm-") as home:
            swarm = Swarm(
                agents=options["agents"], steps=options["steps"], home=Path(home) / "home",
                delay=options["delay"], within=options["within"], tell=self.tell,
            )  # fmt: skip
            counted = swarm.play()
        told = {**counted.figures, "wrong": counted.wrong}
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            for name, value in told.items():
                self.stdout.write(f"{name:<24} {value}")
        if counted.wrong:
            raise CommandError("; ".join(counted.wrong[:5]))

    def tell(self, words: str) -> None:
        self.stderr.write(f"{time.strftime('%H:%M:%S')} {words}")
