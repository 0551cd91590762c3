"""Goals as people might write them; only `teaspoon` belongs to the demo, none to the rules."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "goal_texts"


def goal(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
