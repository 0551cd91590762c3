"""How well a comparison of claims does on labelled pairs.

About the pairs (`pairs.json`, beside the tests): they were written for Muster, by hand, before the
rules that they measure had been seen, and not by running any rules. The places, products and
figures in them are made up or common knowledge, and stand for no real source. A label says what a
careful reader would answer to "do these two statements disagree about the same thing?": `differ`,
`agree`, or `cannot_tell` where that cannot be known from the two alone: another scope, another
currency, an ambiguous date, a vague word. The labels are one author's judgement. The pairs lean
towards hard ones on purpose, so a figure here is no estimate of how often claims in rooms are read
rightly.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

from agents.coordinator.board import Claim

Label = Literal["agree", "differ", "cannot_tell"]
LABELS: tuple[Label, ...] = get_args(Label)


class Verdict(Protocol):
    """What a comparison says about two claims."""

    @property
    def kind(self) -> str: ...


Compare = Callable[[Claim, Claim], Verdict]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two claims of different cards, and what a careful reader says about them."""

    id: str
    group: str
    label: Label
    a: Claim
    b: Claim
    note: str


@dataclass(frozen=True, slots=True)
class Miss:
    """A pair that was judged otherwise than its label."""

    pair: Pair
    said: str


@dataclass(frozen=True, slots=True)
class Table:
    """What was said for each label, in all and group by group.

    `said` counts (label, answer); `by_group` holds the same for each group. `doubted`: by label,
    how many that could not be told go to the judge, and to people where it cannot tell either.
    """

    said: Mapping[tuple[str, str], int]
    by_group: Mapping[str, Mapping[tuple[str, str], int]]
    wrong: tuple[Miss, ...]
    doubted: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.said.values())

    @property
    def abstained(self) -> float:
        """The share of all pairs that were answered with "cannot tell"."""
        return share(answered(self.said, "cannot_tell"), self.total) or 0.0

    def precision(self, label: str) -> float | None:
        """Of the pairs called so, how many are; None where none was."""
        return precision(self.said, label)

    def recall(self, label: str) -> float | None:
        """Of the pairs that are so, how many were called so; None where none is."""
        return recall(self.said, label)


def load(folder: Path) -> tuple[Pair, ...]:
    """The pairs of `pairs.json` in this folder. Raises ValueError for an unknown label."""
    return read_set(folder / "pairs.json")


def load_sets(folder: Path) -> dict[str, tuple[Pair, ...]]:
    """Every set in this folder by its file's name, so that one the rules were made with can stand
    beside one they were not. Raises ValueError where a file holds no pairs, or there is none."""
    found = {file.stem: read_set(file) for file in sorted(folder.glob("*.json"))}
    if not found:
        raise ValueError(f"{folder}: no pairs")
    return found


def read_set(file: Path) -> tuple[Pair, ...]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return tuple(read_pair(row) for row in rows)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file.name}: not a list of pairs: {error}") from error


def read_pair(row: Mapping[str, Any]) -> Pair:
    if row["label"] not in LABELS:
        raise ValueError(f"{row['id']}: unknown label")
    return Pair(
        id=row["id"],
        group=row["group"],
        label=cast(Label, row["label"]),
        a=read_claim(row["id"], "a", row["a"]),
        b=read_claim(row["id"], "b", row["b"]),
        note=row["note"],
    )


def read_claim(pair_id: str, side: str, row: Mapping[str, Any]) -> Claim:
    name = f"{pair_id}-{side}"
    return Claim(
        id=f"claim-{name}",
        deliverable_id=f"deliverable-{name}",
        card_id=f"card-{name}",
        subject=row["subject"],
        value=row["value"],
        unit=row["unit"],
        text=row["text"],
    )


def measure(
    pairs: Iterable[Pair], compare: Compare, is_doubt: Callable[[Any], bool] = lambda verdict: False
) -> Table:
    """Every pair compared once, in the order given. `is_doubt`: of an answer that cannot tell."""
    doubted: Counter[str] = Counter()
    said: Counter[tuple[str, str]] = Counter()
    by_group: dict[str, Counter[tuple[str, str]]] = {}
    wrong: list[Miss] = []
    for pair in pairs:
        verdict = compare(pair.a, pair.b)
        answer = verdict.kind
        doubted[pair.label] += answer == "cannot_tell" and is_doubt(verdict)
        said[pair.label, answer] += 1
        by_group.setdefault(pair.group, Counter())[pair.label, answer] += 1
        if answer != pair.label:
            wrong.append(Miss(pair, answer))
    return Table(said, by_group, tuple(wrong), doubted)


def precision(said: Mapping[tuple[str, str], int], label: str) -> float | None:
    return share(said.get((label, label), 0), answered(said, label))


def recall(said: Mapping[tuple[str, str], int], label: str) -> float | None:
    labelled = sum(count for (true, _), count in said.items() if true == label)
    return share(said.get((label, label), 0), labelled)


def answered(said: Mapping[tuple[str, str], int], answer: str) -> int:
    return sum(count for (_, given), count in said.items() if given == answer)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# -- for people ----------------------------------------------------------------------------------


def sets_as_markdown(tables: Mapping[str, Table]) -> str:
    """Every set's figures in one table, then each set by itself."""
    rows = [[name, *row] for name, table in tables.items() for row in answers(table)]
    together = grid(["set", "answer", "said", "precision", "recall"], rows)
    noticed = [[name, *row] for name, table in tables.items() for row in noticing(table)]
    head = ["set", "label", "pairs", "a conflict at once", "put to the judge or people", "quiet"]
    each = [f"## {name}\n\n{as_markdown(table)}" for name, table in tables.items()]
    return "\n\n".join([together, grid(head, noticed), *each])


def noticing(table: Table) -> list[list[str]]:
    """What becomes of the pairs of each label: an abstention that is asked about is not quiet."""
    rows = []
    for label in ("differ", "agree", "cannot_tell"):
        pairs = sum(n for (true, _), n in table.said.items() if true == label)
        at_once, asked = table.said.get((label, "differ"), 0), table.doubted.get(label, 0)
        quiet = pairs - at_once - asked
        rows.append([words(label), str(pairs), str(at_once), str(asked), str(quiet)])
    return rows


def answers(table: Table) -> list[list[str]]:
    """For each answer: how often it was said, how often rightly, how much of what is so."""
    return [
        [
            words(label), str(answered(table.said, label)), percent(table.precision(label)),
            percent(table.recall(label)),
        ]
        for label in ("differ", "agree", "cannot_tell")
    ]  # fmt: skip


def as_markdown(table: Table) -> str:
    """The table as Markdown: in all, confusion, group by group, and every pair judged wrongly."""
    parts = [in_all(table), confusion(table), groups(table), misses(table.wrong)]
    return "\n\n".join(parts) + "\n"


def in_all(table: Table) -> str:
    head = f"{table.total} pairs; cannot tell was said of {percent(table.abstained)} of them."
    return f"{head}\n\n{grid(['answer', 'said', 'precision', 'recall'], answers(table))}"


def confusion(table: Table) -> str:
    rows = [
        [label, *(str(table.said.get((label, answer), 0)) for answer in LABELS)] for label in LABELS
    ]
    return grid(["label", *(f"said {words(answer)}" for answer in LABELS)], rows)


def groups(table: Table) -> str:
    rows = [group_row(name, said) for name, said in sorted(table.by_group.items())]
    head = ["group", "pairs", "right", "said cannot tell"]
    for label in ("differ", "agree"):
        head += [f"{label}: precision", "recall"]
    return grid(head, rows)


def group_row(name: str, said: Mapping[tuple[str, str], int]) -> list[str]:
    total = sum(said.values())
    right = sum(said.get((label, label), 0) for label in LABELS)
    row = [name, str(total), str(right), str(answered(said, "cannot_tell"))]
    for label in ("differ", "agree"):
        row += [percent(precision(said, label)), percent(recall(said, label))]
    return row


def misses(wrong: Sequence[Miss]) -> str:
    """Judged wrongly first; what was merely left undecided after it."""
    ordered = sorted(wrong, key=lambda miss: miss.said == "cannot_tell")
    rows = [
        [miss.pair.id, words(miss.pair.label), words(miss.said), miss.pair.note] for miss in ordered
    ]
    return grid(["pair", "label", "said", "why the label"], rows) if rows else "No pair was missed."


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in one)} |" for one in lines)


def percent(of: float | None) -> str:
    return "none" if of is None else f"{of:.1%}"


def words(code: str) -> str:
    return code.replace("_", " ")
