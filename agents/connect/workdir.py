"""The folder a run works in: what it was given in, what is new or changed out.

Links are not followed out of it, and nothing is taken that was only lying there before.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agents.connect.disk import read_json, write_json

GIVEN = "inputs"
OURS = ".muster"  # the brief and what belongs to it; never handed in
RESULT = "muster-result.json"
IGNORED = frozenset(
    {".git", ".hg", OURS, "node_modules", "__pycache__", ".venv", "venv", ".cache", ".mypy_cache",
     ".pytest_cache", ".ruff_cache", ".DS_Store", RESULT}
)  # fmt: skip
MOST_FILES = 200
LARGEST = 25 * 1024 * 1024
LARGEST_OF_ALL = 100 * 1024 * 1024
MOST_SEEN = 50_000

Fetch = Callable[[str, str], bytes]  # url, sha256 → bytes
Order = dict[str, Any]


class TooMuch(Exception):
    """More lies in the folder than may be handed in."""


def prepare(folder: Path, order: Order, fetch: Fetch) -> None:
    """Put in what the card gives: inputs, attachments, earlier versions, and the brief."""
    ours = folder / OURS
    ours.mkdir(parents=True, exist_ok=True)
    (ours / ".gitignore").write_text("*\n")
    (ours / "muster.md").write_text(brief_of(order))
    for place, file in _given(order):
        target = folder / place
        if target.exists():
            continue
        content = fetch(str(file.get("url", "")), str(file.get("sha256", "")))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _given(order: Order) -> Iterator[tuple[Path, dict[str, Any]]]:
    for given in order.get("inputs") or []:
        title = _slug(str(given.get("card_title") or given.get("card_id") or "input"))
        for file in given.get("files") or []:
            yield Path(OURS, GIVEN, title, *_safe(file)), file
    context = order.get("context") or {}
    for file in context.get("attachments") or []:
        yield Path(OURS, "attachments", *_safe(file)), file
    for n, before in enumerate(context.get("previous_runs") or [], 1):
        for file in before.get("files") or []:
            yield Path(OURS, "previous", str(n), *_safe(file)), file


def _safe(file: dict[str, Any]) -> list[str]:
    parts = [part for part in str(file.get("name") or "file").split("/") if part]
    return [part for part in parts if part not in (".", "..") and "\\" not in part] or ["file"]


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:60] or "input"


def brief_of(order: Order) -> str:
    """The rules of the room and the brief, for a program that reads files."""
    given = sorted({str(place.parent) for place, _ in _given(order)})
    lines = [str(order.get("prompt") or ""), "## In this folder"]
    lines += [f"- `{place}/`: given with this card, nothing needs to be fetched" for place in given]
    lines.append(
        "- Write what you hand in as files here, outside `.muster/`. Every new or changed file is "
        "handed in; what was there before is not."
    )
    lines.append(
        f"- `{RESULT}` may hold `summary_md`, `claims` and `sources` as the agent contract has "
        "them; it is read and not handed in as a file."
    )
    return "\n".join(lines) + "\n"


def remember(folder: Path, kept: Path) -> None:
    """Note what lies there before the work begins."""
    write_json(kept, {name: _sha256(path) for name, path in files_in(folder)})


def handed_in(folder: Path, kept: Path) -> list[tuple[str, Path]]:
    """New or changed files in the order of their names. Raises TooMuch."""
    before = read_json(kept) or {}
    found = [(name, path) for name, path in files_in(folder) if before.get(name) != _sha256(path)]
    if len(found) > MOST_FILES:
        raise TooMuch(f"{len(found)} new files; {MOST_FILES} can be handed in")
    sizes = [path.stat().st_size for _, path in found]
    if any(size > LARGEST for size in sizes) or sum(sizes) > LARGEST_OF_ALL:
        raise TooMuch("the new files are larger than can be handed in")
    return found


def files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Plain files below a folder, each once; links are passed over, whatever they point at."""
    seen = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(names):
            path = Path(place, name)
            relative = path.relative_to(folder).as_posix()
            if name in IGNORED or not _is_plain(path) or not _is_sendable(relative):
                continue
            seen += 1
            if seen > MOST_SEEN:
                raise TooMuch(f"more than {MOST_SEEN} files")
            yield relative, path


def _is_plain(path: Path) -> bool:
    try:
        about = path.lstat()
    except OSError:
        return False
    # A second name of a file elsewhere is a way out of the folder like a link.
    return stat.S_ISREG(about.st_mode) and about.st_nlink == 1


def _is_sendable(name: str) -> bool:
    return name.isprintable() and "\\" not in name and len(name) <= 255


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as content:
        while piece := content.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()


def result_of(folder: Path) -> dict[str, Any]:
    """What the program says of its work beside its files; nothing where it says nothing."""
    path = folder / RESULT
    if not _is_plain(path) or path.stat().st_size > 200_000:
        return {}
    found = read_json(path)
    if not isinstance(found, dict):
        return {}
    kept = {
        name: found[name] for name in ("claims", "sources") if isinstance(found.get(name), list)
    }
    if isinstance(found.get("summary_md"), str):
        kept["summary_md"] = found["summary_md"][:16_000]
    return kept
