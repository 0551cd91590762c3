"""Files that survive a crash: written aside and moved into place, or appended and synced."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False))


def write_text(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    aside = path.with_name(path.name + ".new")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(aside, path)
    _sync_folder(path.parent)


def read_json(path: Path) -> Any:
    """What was written, None where nothing was, or nothing that can be read."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def append_line(path: Path, value: Any, *, is_synced: bool = True) -> None:
    """Not synced, a line outlives this process but not the machine's power."""
    is_new = not path.exists()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.write(json.dumps(value, ensure_ascii=False) + "\n")
        out.flush()
        if is_synced:
            os.fsync(out.fileno())
    if is_new:
        _sync_folder(path.parent)


def read_lines(path: Path) -> list[Any]:
    """The lines that were wholly written; a crash may have cut the last one short.

    The piece that is left is taken off, so that what is appended begins a line of its own.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    whole, _, piece = raw.rpartition(b"\n")
    if piece:
        with path.open("r+b") as out:
            out.truncate(len(whole) + 1 if whole else 0)
    found = []
    for line in whole.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # not every system can; then the file itself was synced
        return
    finally:
        os.close(handle)
