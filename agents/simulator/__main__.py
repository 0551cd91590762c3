"""`python -m agents.simulator`: a run in a home of its own, as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-world", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="muster-simulator-") as home:
        os.environ.update(
            MUSTER_HOME=home, DATABASE_URL=f"sqlite:///{home}/nothing.sqlite3",
            MUSTER_ALLOW_CIDRS="", MUSTER_MODEL_API_KEY="", MUSTER_LOG="ERROR",
            DJANGO_SETTINGS_MODULE="workspace.settings",
        )  # fmt: skip
        # Settings are read when Django is set up, so nothing of it is imported before.
        import django

        django.setup()
        from agents.simulator.running import Simulated, simulate

        def told(done: Simulated) -> None:
            print(f"{done.steps} steps, {len(done.broken)} broken", file=sys.stderr, flush=True)  # noqa: T201

        found = simulate(given.seed, given.steps, first_world=given.first_world, told=told)
        json.dump(found.as_dict(), sys.stdout)


if __name__ == "__main__":
    main()
