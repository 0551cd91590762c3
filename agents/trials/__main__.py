"""`python -m agents.trials NAME`: one trial in a home of its own, as JSON.

The installation it is started from is left alone: another database, other files, no broker.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from typing import Any


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="muster-trial-") as home:
        os.environ.update(
            MUSTER_HOME=home, DATABASE_URL=f"sqlite:///{home}/trial.sqlite3",
            MUSTER_ALLOW_CIDRS="127.0.0.0/8", MUSTER_MODEL_API_KEY="", MUSTER_LOG="WARNING",
            DJANGO_SETTINGS_MODULE="workspace.settings",
        )  # fmt: skip
        json.dump(measured(given), sys.stdout)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["five_days", "healthy", "long_run"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", choices=["rules", "model"], default="model")
    parser.add_argument("--small", action="store_true")
    return parser.parse_args()


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """Settings are read when Django is set up, so nothing of it is imported before."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from agents.trials import five_days as days
    from agents.trials import long_run as one_card

    if given.name == "healthy":
        from agents.simulator.healthy import REPORTED_ON, healthy_figures

        count = 2 if given.small else len(REPORTED_ON)
        return healthy_figures(range(given.seed, given.seed + count))
    if given.name == "long_run":
        return one_card.simulate(given.seed, is_small=given.small).as_dict()
    size = days.SMALL if given.small else days.Size()
    return days.simulate(given.seed, given.judge, size).as_dict()


if __name__ == "__main__":
    main()
