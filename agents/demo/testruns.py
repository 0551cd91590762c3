"""Run the tests of a library for real, and read what unittest said."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agents.demo.findings import File, Finding, Result, json_of
from agents.demo.library import Library, Text
from agents.demo.run import CannotDo, Run

COMMAND = "python -m unittest -b -v"  # -b keeps what tests print out of the lines read here
LONGEST = 15.0  # seconds; below every demo agent's silent_after
STOPPED = 124  # the exit code `timeout` would give
# A test's line, with its docstring on a second line, or a failing sub-test with its parameters.
LINE = re.compile(
    r"^ *([\w.]+) \(([\w.]+)\)(?: [(\[].*)?(?:\n.*)? \.\.\. "
    r"(ok|FAIL|ERROR|skipped|expected failure|unexpected success)",
    re.M,
)
BLOCK = re.compile(
    r"^={70}\n(?:FAIL|ERROR): ([\w.]+) \(([\w.]+)\).*?\n-{70}\n(.*?)(?=^={70}|^-{70})", re.M | re.S
)
FRAME = re.compile(r'^  File "([^"]+)", line (\d+)', re.M)
COUNTED = re.compile(r"^Ran (\d+) tests?", re.M)


@dataclass(frozen=True)
class TestResult:
    """One test. `place` (file, line) and `message` are those of its failure."""

    __test__ = False  # not a test of this project

    id: str
    outcome: str  # passed, failed, error, skipped
    file: str = ""
    line: int = 0
    message: str = ""

    @property
    def is_failure(self) -> bool:
        return self.outcome in ("failed", "error")


@dataclass(frozen=True)
class TestRun:
    __test__ = False

    exit_code: int
    results: tuple[TestResult, ...]
    log: str

    @property
    def failures(self) -> tuple[TestResult, ...]:
        return tuple(result for result in self.results if result.is_failure)

    @property
    def passed_all(self) -> bool:
        return self.exit_code == 0 and bool(self.results) and not self.failures


OUTCOMES = {
    "ok": "passed",
    "expected failure": "passed",
    "FAIL": "failed",
    "unexpected success": "failed",
    "ERROR": "error",
}


def run_tests(copy: Path) -> TestRun:
    """Run the tests in this folder once. The agent's own environment stays out of it."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *COMMAND.split()[1:]]
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
        code, said = done.returncode, done.stderr
    except subprocess.TimeoutExpired as error:
        code, said = STOPPED, (error.stderr or b"") + b"\nStopped: the tests took too long.\n"
    # The copy's folder is gone when anyone reads this, so files are named as in the library.
    log = said.decode("utf-8", errors="replace")
    for folder in (copy.resolve(), copy):
        log = log.replace(f"{folder}/", "")
    return TestRun(code, tuple(results_in(log)), log)


def results_in(log: str) -> list[TestResult]:
    """Every test the log speaks of, once; of several failing sub-tests the first."""
    broken: dict[str, str] = {}
    for name, path, text in BLOCK.findall(f"{log}\n{'-' * 70}\n"):
        broken.setdefault(id_of(name, path), text)
    found: dict[str, TestResult] = {}
    for name, path, outcome in LINE.findall(log):
        test_id = id_of(name, path)
        file, line, message = failure_in(broken.get(test_id, ""))
        result = TestResult(test_id, OUTCOMES.get(outcome, outcome), file, line, message)
        found.setdefault(test_id, result)
    return list(found.values())


def id_of(name: str, path: str) -> str:
    return path if path.endswith(f".{name}") else f"{path}.{name}"


def failure_in(traceback: str) -> tuple[str, int, str]:
    """The last line of the library in a traceback, and the error's own words."""
    frames = list(FRAME.finditer(traceback))
    own = [frame for frame in frames if not is_outside(frame[1])]
    after = traceback[frames[-1].end() :].split("\n")[1:] if frames else []
    message = next((line for line in after if line and not line.startswith(" ")), "")
    return (own[-1][1], int(own[-1][2]), message) if own else ("", 0, message)


def is_outside(file: str) -> bool:
    return file.startswith(("/", "<"))


def counted(log: str) -> int:
    match = COUNTED.search(log)
    return int(match[1]) if match else 0


def tests_json(done: TestRun) -> bytes:
    head = {
        "command": COMMAND,
        "exit_code": done.exit_code,
        "run": len(done.results),
        "failed": len(done.failures),
    }
    tests = [
        {
            "id": result.id,
            "outcome": result.outcome,
            **({"file": result.file, "line": result.line} if result.file else {}),
            **({"message": result.message} if result.message else {}),
        }
        for result in done.results
    ]
    return json_of(head, "tests", tests)


def report_md(done: TestRun) -> bytes:
    failed = [
        f"- `{result.id}` at `{result.file}:{result.line}`: {result.message}"
        for result in done.failures
    ]
    lines = [
        "# Test report",
        "",
        f"Command: `{COMMAND}`, exit code {done.exit_code}.",
        "",
        f"{len(done.results)} tests ran, {len(done.failures)} failed.",
        "",
        "## Failures",
        "",
        *(failed or ["None."]),
        "",
    ]
    return "\n".join(lines).encode()


def findings_of(done: TestRun, library: Library) -> tuple[Finding, ...]:
    log = Text("tests.log", done.log.encode())
    ran = log.place(max(1, log.line_with("Ran ")))
    found = [
        Finding("tests.run", len(done.results), f"{len(done.results)} tests ran.", (ran,)),
        Finding("tests.failed", len(done.failures), f"{len(done.failures)} tests fail.", (ran,)),
        Finding(
            "tests.exit_code", done.exit_code, f"`{COMMAND}` ends with {done.exit_code}.", (ran,)
        ),
    ]
    for result in done.failures:
        place = library.read(result.file).place(result.line) if result.file else ran
        text = f"{result.id} fails at {place}: {result.message}"
        found.append(Finding(f"tests.{result.id}", result.outcome, text, (place,)))
    return tuple(found)


def report_tests(run: Run, library: Library) -> Result:
    """The tests of the library, run once, as a card's result."""
    run.step(10, "Copying the library to a folder of its own")
    with library.copied() as copy:
        files = sorted(path.name for path in copy.glob("tests/test_*.py"))
        run.step(25, "Finding the tests", did=", ".join(files))
        run.step(40, f"Running {COMMAND}")
        done = run_tests(copy)
    if counted(done.log) > len(done.results) or not done.results:
        raise CannotDo("unreadable_tests", f"Exit code {done.exit_code}: {done.log[-600:]}")
    run.step(60, f"Exit code {done.exit_code}", did=f"{len(done.results)} tests ran")
    for number, failure in enumerate(done.failures[:5]):
        where = f"{failure.file}:{failure.line} {failure.message}"
        run.step(70 + 5 * number, f"Locating the failure of {failure.id}", did=where)
    return Result(
        summary_md=(
            f"`{COMMAND}` ended with exit code {done.exit_code}: {len(done.results)} tests ran, "
            f"{len(done.failures)} failed."
        ),
        files=(
            File("report.md", "text/markdown", report_md(done)),
            File("tests.json", "application/json", tests_json(done)),
            File("tests.log", "text/plain", done.log.encode(), role="log"),
        ),
        findings=findings_of(done, library),
    )
