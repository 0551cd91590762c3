"""Which rooms do without what: a file in the pilot's home, written by the pilot, read by all."""

from __future__ import annotations

import json
import os
from pathlib import Path

FILE = "switches.json"
_seen: tuple[int, dict[str, str]] = (0, {})


def path_in(home: str | Path) -> Path:
    return Path(home) / FILE


def write(home: Path, off: dict[str, str]) -> None:
    """`off`: by room id the rule it does without, or the coordinator it has instead of ours."""
    part = path_in(home).with_suffix(".part")
    part.write_text(json.dumps(off))
    part.replace(path_in(home))


def off_in(room_id: str) -> str:
    """What this room does without; empty for a room that has everything."""
    global _seen
    path = path_in(os.environ["MUSTER_HOME"])
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return ""
    if changed != _seen[0]:
        _seen = (changed, json.loads(path.read_text()))
    return _seen[1].get(room_id, "")
