"""Find the one-line change that makes a failing test pass, by trying and running the tests.

Only limits are tried: the ends of ranges, and whether a comparison includes its limit.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.demo.edits import Edit, apply_edits
from agents.demo.library import Library, Text
from agents.demo.run import CannotDo, Run
from agents.demo.testruns import COMMAND, TestResult, TestRun, run_tests

MOST_TRIES = 40
OTHER_LIMIT: dict[type[ast.cmpop], str] = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
WRITTEN: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def trials(module: Text) -> Iterator[tuple[int, str]]:
    """Every line of the module with one limit moved by one: its number and how it would read."""
    nodes = list(ast.walk(ast.parse(module.text)))
    for node in nodes:
        if isinstance(node, ast.Call) and is_range(node):
            yield from moved_ends(module, node.args[min(1, len(node.args) - 1)])
    for node in nodes:
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from moved_comparison(module, node)


def is_range(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "range" and bool(call.args)


def moved_ends(module: Text, end: ast.expr) -> Iterator[tuple[int, str]]:
    if end.end_col_offset is None or end.lineno != end.end_lineno:
        return
    line = module.lines[end.lineno - 1].encode()  # ast counts columns in bytes
    before, written, after = (
        part.decode()
        for part in (
            line[: end.col_offset],
            line[end.col_offset : end.end_col_offset],
            line[end.end_col_offset :],
        )
    )
    for step in (" + 1", " - 1"):
        yield end.lineno, f"{before}{written}{step}{after}"


def moved_comparison(module: Text, node: ast.Compare) -> Iterator[tuple[int, str]]:
    kind, right = type(node.ops[0]), node.comparators[0]
    start = node.left.end_col_offset
    if kind not in WRITTEN or start is None or node.left.end_lineno != right.lineno:
        return
    line = module.lines[right.lineno - 1].encode()
    between = line[start : right.col_offset].decode()
    moved = between.replace(WRITTEN[kind], OTHER_LIMIT[kind], 1)
    yield right.lineno, line[:start].decode() + moved + line[right.col_offset :].decode()


def likely_first(modules: Sequence[Text], failure: TestResult) -> list[Text]:
    """The module a test file is named after comes first: tests/test_retry.py, then retry.py."""
    tested = Path(failure.file).stem.removeprefix("test_")
    return sorted(modules, key=lambda module: Path(module.name).stem != tested)


def sentence_of(failure: TestResult) -> str:
    """The test's name as the sentence it finishes."""
    words = failure.id.split(".")[-1].removeprefix("test_").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}."


def repair_tests(run: Run, copy: Path) -> tuple[list[Edit], list[str]]:
    """Repair the copy's failing tests one by one. Returns the edits, and what stays broken."""
    run.step(40, f"Running {COMMAND}")
    state = run_tests(copy)
    if not state.results:
        raise CannotDo("unreadable_tests", f"Exit code {state.exit_code}: {state.log[-600:]}")
    edits: list[Edit] = []
    hopeless: list[str] = []
    while failures := [f for f in state.failures if f.id not in hopeless]:
        edit = find_repair(run, copy, state, failures[0])
        if edit is None:
            hopeless.append(failures[0].id)
            continue
        edits.append(edit)
        apply_edits([edit], copy)
        state = run_tests(copy)
    return edits, [f"{test_id}: no moved limit makes it pass" for test_id in hopeless]


def find_repair(run: Run, copy: Path, before: TestRun, failure: TestResult) -> Edit | None:
    """The first trial after which this test passes and no other fails; None if there is none."""
    others = {result.id for result in before.failures} - {failure.id}
    note = f"Fixed: {sentence_of(failure)}"
    tried = 0
    for module in likely_first(Library(copy).modules(), failure):
        for line, after in trials(module):
            if tried == MOST_TRIES:
                return None
            tried += 1
            old = module.lines[line - 1]
            edit = Edit(module.name, line, old, after, f"tests.{failure.id}", note)
            run.step(45 + tried // 2, f"Trying {module.name}:{line}", did=after.strip())
            done = tests_with(edit, copy, module)
            if done.results and {result.id for result in done.failures} <= others:
                return edit
    return None


def tests_with(edit: Edit, copy: Path, module: Text) -> TestRun:
    """Run the tests with one line changed, and put the line back."""
    apply_edits([edit], copy)
    done = run_tests(copy)
    (copy / module.name).write_bytes(module.content)
    return done
