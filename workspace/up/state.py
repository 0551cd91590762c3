"""home/up.json: what runs here now, for the next start, other terminals and tests."""

import contextlib
import json
from pathlib import Path
from typing import Any

from workspace.up.environment import write_private

NAME = "up.json"


def write_state(home: Path, state: dict[str, Any]) -> None:
    write_private(home / NAME, json.dumps(state, indent=1) + "\n")


def read_state(home: Path) -> dict[str, Any]:
    """What the last start wrote; empty when there was none or it stopped cleanly."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads((home / NAME).read_text())
        if isinstance(state, dict):
            return state
    return {}


def remove_state(home: Path) -> None:
    (home / NAME).unlink(missing_ok=True)
