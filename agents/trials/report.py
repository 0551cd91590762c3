"""A trial's figures as a Markdown table or JSON, each with how and where it was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

OURS = "our own measurement"
ROOT = Path(__file__).resolve().parents[2]


def about(trial: str, seeds: Sequence[int], judge: str) -> dict[str, Any]:
    """What anybody needs to know to run it again, and where these figures come from."""
    return {
        "trial": trial,
        "commit": commit(),
        "seeds": list(seeds),
        "judge": judge,
        "machine": machine(),
        "source": OURS,
    }


def commit() -> str:
    """The commit of this tree, marked where files differ from it; empty outside a repository."""
    try:
        found = git("rev-parse", "--short=12", "HEAD")
        return f"{found} with changes" if git("status", "--porcelain") else found
    except (OSError, subprocess.SubprocessError):
        return ""


def git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=10,
    )  # fmt: skip
    return done.stdout.strip()


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def head(facts: Mapping[str, Any]) -> str:
    """The lines above a table."""
    seeds = facts["seeds"]
    told = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}" if seeds else "none"
    rows = {
        "commit": facts["commit"] or "unknown",
        "seeds": told,
        "machine": facts["machine"],
        "judge": facts["judge"],
        "source": facts["source"],
    }
    return "\n".join(f"- {name}: {value}" for name, value in rows.items())


def page(facts: Mapping[str, Any], body: str) -> str:
    return f"## {facts['trial']}\n\n{head(facts)}\n\n{body.strip()}\n"


def figures(found: Mapping[str, Any]) -> str:
    """Nested figures as one table, each named by the way to it."""
    rows = [f"| {name} | {value} |" for name, value in flat(found)]
    return "\n".join(["| what | figure |", "|---|---:|", *rows])


def flat(found: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in found.items():
        name = f"{before}{key}".replace("_", " ").replace("|", "/")
        if isinstance(value, Mapping) and value:
            rows += flat(value, f"{name}: ")
        else:
            rows.append((name, shown(value)))
    return rows


def shown(value: Any) -> str:
    """One cell: lists by their entries, nothing as "none"."""
    if isinstance(value, list | tuple | Mapping):
        return ", ".join(shown(one) for one in value) or "none"
    if value is None or value == "":
        return "none"
    return str(value).replace("|", "/")
