"""What accepted findings say about a release: statements that each rest on lines of inputs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agents.demo.facts import literal
from agents.demo.findings import Place
from agents.demo.inputs import Given

FAILED = ("failed", "error")
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
    place = tests.place(tests.line_with('"exit_code"'))
    failed = [item for item in tests.items("tests") if item[1].get("outcome") in FAILED]
    for line, test in failed:
        text = f"The test `{test.get('id')}` fails: {test.get('message', '')}."
        origin = f"{test['file']}:{test.get('line')}" if test.get("file") else "tests.log"
        yield Statement(PROBLEM, f"tests.{test.get('id')}", text, origin, (tests.place(line),))
    if head["exit_code"] == 0 and head["run"] and not failed:
        text = f"All {head['run']} tests pass."
        yield Statement(IN_ORDER, "tests", text, str(head.get("command")), (place,))
    elif not failed:
        text = f"{head['run']} tests ran, and the command ended with {head['exit_code']}."
        yield Statement(PROBLEM, "tests", text, str(head.get("command")), (place,))


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
# What a file must carry to be read as what its name says.
CARRIES = {
    "dependencies.csv": {"package", "pin", "latest_known", "stale", "file", "line"},
    "tests.json": {"exit_code", "run", "tests"},
    "docs-facts.csv": {"subject", "value", "unit", "file", "line"},
    "code-facts.csv": {"subject", "value", "unit", "file", "line"},
    "fix.json": {"exit_code_after", "changes"},
}


def statements_from(inputs: Sequence[Given]) -> tuple[list[Statement], list[str]]:
    """Every statement the inputs carry, and the names of files not given or not readable."""
    by_name = {
        given.name: given for given in inputs if CARRIES.get(given.name, {""}) <= given.carries()
    }
    found: list[Statement] = []
    missing: list[str] = []
    for names, read in READERS.items():
        absent = [name for name in names if name not in by_name]
        if absent:
            missing += absent
        else:
            found += read(*(by_name[name] for name in names))
    return found, missing
