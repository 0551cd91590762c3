"""A value the docs promise or the code uses, in one shape, so that the two can be compared."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.demo.findings import File, Finding, Place, Result, Value, csv_of

COLUMNS = ("subject", "value", "unit", "file", "line", "quote")
UNITS = {"seconds": "s", "second": "s", "s": "s", "bytes": "bytes", "tries": "tries"}
UNITS |= {"pages": "pages", "milliseconds": "ms", "ms": "ms", "minutes": "min"}


@dataclass(frozen=True)
class Fact:
    subject: str
    value: Value
    unit: str
    place: Place

    @property
    def shown(self) -> str:
        return f"{self.value} {self.unit}".strip()


@dataclass(frozen=True)
class Disagreement:
    """The docs promise one value and the code uses another."""

    subject: str
    promised: tuple[Fact, ...]
    used: Fact

    @property
    def choices(self) -> list[str]:
        values = [str(fact.value) for fact in (*self.promised, self.used)]
        return list(dict.fromkeys(values))


def literal(text: str) -> Value | None:
    """The number or string these characters spell in Python, or None."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str | int | float) else None


def unit_in(words: str) -> str:
    """The unit the words begin with, in its short form, or nothing."""
    match = re.match(r"\s*([A-Za-z]+)", words)
    return UNITS.get(match[1].lower(), "") if match else ""


def disagreements(docs: Sequence[Fact], code: Iterable[Fact]) -> list[Disagreement]:
    found = []
    for used in code:
        promised = [fact for fact in docs if fact.subject == used.subject]
        if any(fact.value != used.value for fact in promised):
            found.append(Disagreement(used.subject, tuple(promised), used))
    return found


def result_of(facts: Sequence[Fact], file_name: str, verb: str) -> Result:
    """The facts as a table and as claims; `verb` says what the files do with a value."""
    rows = [(f.subject, f.value, f.unit, f.place.file, f.place.line, f.place.quote) for f in facts]
    findings = [
        Finding(
            f.subject, f.value, f"{f.place} {verb} {f.subject} = {f.shown}.", (f.place,), f.unit
        )
        for f in facts
    ]
    files = len({fact.place.file for fact in facts})
    return Result(
        summary_md=f"{len(facts)} facts from {files} files, each with its file and line.",
        files=(File(file_name, "text/csv", csv_of(COLUMNS, rows)),),
        findings=tuple(findings),
    )
