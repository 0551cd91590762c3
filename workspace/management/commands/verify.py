"""`manage.py verify [--json]`: check the promises; exit 1 on a breach."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from workspace.verify import CHECKS, verify


class Command(BaseCommand):
    help = "Check the promises I1–I12 against what is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        breaches = verify(timezone.now())
        if options["json"]:
            found = [breach._asdict() for breach in breaches]
            self.stdout.write(json.dumps({"checked": list(CHECKS), "breaches": found}, indent=1))
        else:
            for breach in breaches:
                self.stdout.write(f"{breach.promise} {breach.subject}: {breach.says}")
            self.stdout.write(f"{len(CHECKS)} promises checked, {len(breaches)} breaches")
        if breaches:
            sys.exit(1)
