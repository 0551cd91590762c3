"""What accepted findings say about a release: statements that each rest on lines of inputs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agents.demo.facts import literal
from agents.demo.findings import Place
from agents.demo.inputs import Given

PROBLEM, IN_ORDER, CHANGE = "problem", "in_order", "change"


@dataclass(frozen=True)
class Statement:
    """`subject` is what it is about: a problem and the change that settles it share it."""

    kind: str
    subject: str
    text: str
    origin: str  # file and line in the library
    places: tuple[Place, ...]


def about_dependencies(table: Given) -> Iterator[Statement]:
    for line, row in table.rows():
        package, pin, latest = (
            row.get("package", ""),
            row.get("pin", ""),
            row.get("latest_known", ""),
        )
        kind, text = IN_ORDER, f"`{package}` is pinned to {pin}, the newest known."
        if row.get("stale") == "yes":
            kind, text = PROBLEM, f"`{package}` is pinned to {pin}; {latest} is out."
        elif row.get("stale") != "no":
            kind, text = PROBLEM, f"Nobody knows whether `{package}` ({pin or 'no pin'}) is stale."
        origin = f"{row.get('file')}:{row.get('line')}"
        yield Statement(kind, f"dependency.{package}.pin", text, origin, (table.place(line),))


def about_tests(tests: Given) -> Iterator[Statement]:
    head = tests.head()
    failed, ran = head.get("failed"), head.get("run")
    if failed == 0 and head.get("exit_code") == 0 and ran:
        place = tests.place(tests.line_with('"exit_code"'))
        yield Statement(IN_ORDER, "tests", f"All {ran} tests pass.", "tests", (place,))
    for line, test in tests.items("tests"):
        if test.get("outcome") in ("failed", "error"):
            text = f"The test `{test.get('id')}` fails: {test.get('message', '')}."
            origin = f"{test.get('file')}:{test.get('line')}"
            yield Statement(PROBLEM, f"tests.{test.get('id')}", text, origin, (tests.place(line),))


def about_values(docs: Given, code: Given) -> Iterator[Statement]:
    """Each value the docs promise, beside the one the code uses."""
    used = {row["subject"]: (line, row) for line, row in code.rows() if row.get("subject")}
    for line, promised in docs.rows():
        subject = promised.get("subject", "")
        if subject not in used:
            continue
        code_line, real = used[subject]
        origin, setting = f"{promised['file']}:{promised['line']}", subject.removesuffix(".default")
        places = (docs.place(line), code.place(code_line))
        kind, text = IN_ORDER, f"`{setting}`: the docs and the code agree on {shown(real)}."
        if literal_or_text(promised) != literal_or_text(real):
            kind = PROBLEM
            text = f"`{setting}`: the docs promise {shown(promised)}, the code uses {shown(real)}"
            text += f" ({real['file']}:{real['line']})."
        yield Statement(kind, subject, text, origin, places)


def about_fix(fix: Given) -> Iterator[Statement]:
    for line, change in fix.items("changes"):
        origin = f"{change.get('file')}:{change.get('line')}"
        subject, note = str(change.get("settles")), str(change.get("note"))
        yield Statement(CHANGE, subject, note, origin, (fix.place(line),))


def shown(row: dict[str, str]) -> str:
    return f"{row.get('value', '')} {row.get('unit', '')}".strip()


def literal_or_text(row: dict[str, str]) -> object:
    value = literal(row.get("value", ""))
    return row.get("value") if value is None else value


READERS: dict[tuple[str, ...], Callable[..., Iterator[Statement]]] = {
    ("dependencies.csv",): about_dependencies,
    ("tests.json",): about_tests,
    ("docs-facts.csv", "code-facts.csv"): about_values,
    ("fix.json",): about_fix,
}


def statements_from(inputs: Sequence[Given]) -> tuple[list[Statement], list[str]]:
    """Every statement the inputs carry, and the names of expected files nobody gave."""
    by_name = {given.name: given for given in inputs}
    found: list[Statement] = []
    missing: list[str] = []
    for names, read in READERS.items():
        absent = [name for name in names if name not in by_name]
        if absent:
            missing += absent
        else:
            found += read(*(by_name[name] for name in names))
    return found, missing
