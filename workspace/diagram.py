"""The README's state diagrams, drawn from the tables in `transitions`."""

from __future__ import annotations

from pathlib import Path

from workspace import transitions
from workspace.transitions import Table

TABLES = {
    "card": transitions.CARD,
    "run": transitions.RUN,
    "deliverable": transitions.DELIVERABLE,
}


def mermaid(table: Table) -> str:
    """A Mermaid state diagram; moves between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, move), after in table.items():
        arrows.setdefault((state, after), []).append(move)
    lines = [
        f"    {state} --> {after}: {', '.join(moves)}" for (state, after), moves in arrows.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    direction LR", *lines, "```"])


def drawn(text: str) -> str:
    """`text` with what stands between `<!-- NAME -->` and `<!-- end NAME -->` drawn anew."""
    for name, table in TABLES.items():
        start, end = f"<!-- {name} -->", f"<!-- end {name} -->"
        if start in text:
            before, rest = text.split(start, 1)
            after = rest.split(end, 1)[1]
            text = f"{before}{start}\n{mermaid(table)}\n{end}{after}"
    return text


if __name__ == "__main__":
    readme = Path(__file__).resolve().parent.parent / "README.md"
    readme.write_text(drawn(readme.read_text()))
