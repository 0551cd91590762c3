"""Findings are true of the library at hand: they name real lines, and follow its changes."""

import csv
import io
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from agents.demo.library import SHIPPED
from tests.demo.conftest import Start, line_of
from tests.demo.recorder import Recorder, deliver, order

UNUSUAL = """\
import sys
import unittest


class Unusual(unittest.TestCase):
    def test_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                self.assertTrue(part < 1)

    def test_noise(self):
        \'\'\'Prints while it runs.\'\'\'
        print("noise", file=sys.stderr)

    @unittest.skip("not today")
    def test_later(self):
        self.fail()

    @unittest.expectedFailure
    def test_known(self):
        self.fail()


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        1 / 0

    def test_never_reached(self):
        pass
"""
FAILING = "tests.test_retry.RetryTests.test_a_call_that_keeps_failing_is_tried_as_often_as_asked"


def work(port: int, recorder: Recorder, title: str, **changes: Any) -> None:
    assert deliver(port, "card.assigned", order(recorder, title, **changes))[0] == 202
    recorder.until(lambda r: r.completions or r.failures)


def rows_of(recorder: Recorder, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(recorder.text(name))))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def test_the_dependency_table_names_the_stale_pin_and_its_line(start: Start, recorder: Recorder):
    work(start("ledger"), recorder, "Dependency table")
    rows = {row["package"]: row for row in rows_of(recorder, "dependencies.csv")}
    assert set(rows) == {"certifi", "charset-normalizer", "idna"}
    assert [name for name, row in rows.items() if row["stale"] == "yes"] == ["certifi"]
    line = line_of(SHIPPED / "pyproject.toml", "certifi==")
    assert (rows["certifi"]["file"], rows["certifi"]["line"]) == ("pyproject.toml", str(line))
    imported = line_of(SHIPPED / "teaspoon/client.py", "import certifi")
    assert rows["certifi"]["imported_in"] == f"teaspoon/client.py:{imported}"
    assert recorder.claims()["dependency.certifi.pin"]["value"] == "2024.8.30"
    assert recorder.places("dependency.certifi.pin") == [f"pyproject.toml:{line}"]


def test_a_source_carries_the_hash_and_the_words_of_its_line(start: Start, recorder: Recorder):
    work(start("ledger"), recorder, "Dependency table")
    metadata = (SHIPPED / "pyproject.toml").read_bytes()
    for source in recorder.completions[0]["sources"]:
        assert source["sha256"] == sha256(metadata).hexdigest()
        assert source["quote"] == metadata.decode().split("\n")[int(source["lines"]) - 1].strip()


def test_a_new_import_and_a_mended_pin_change_the_table(
    start: Start, recorder: Recorder, library: Path
):
    replace_in(library / "pyproject.toml", "certifi==2024.8.30", "certifi==2026.10.18")
    replace_in(library / "teaspoon/cache.py", "import time\n", "import time\n\nimport attrs\n")
    work(start("tracer", library), recorder, "Dependency table")
    rows = {row["package"]: row for row in rows_of(recorder, "dependencies.csv")}
    assert rows["certifi"]["stale"] == "no"
    assert (rows["attrs"]["pin"], rows["attrs"]["stale"]) == ("", "unknown")
    assert rows["attrs"]["file"] == "teaspoon/cache.py"


def test_the_test_report_names_the_one_failure_and_its_line(start: Start, recorder: Recorder):
    work(start("prober"), recorder, "Test report")
    tests = json.loads(recorder.file("tests.json"))
    assert (tests["command"], tests["exit_code"]) == ("python -m unittest -b -v", 1)
    assert (tests["run"], tests["failed"]) == (25, 1)
    line = line_of(SHIPPED / "tests/test_retry.py", "self.assertEqual(call.calls, 3)")
    failed = [test for test in tests["tests"] if test["outcome"] == "failed"]
    assert failed == [
        {
            "id": FAILING,
            "outcome": "failed",
            "file": "tests/test_retry.py",
            "line": line,
            "message": "AssertionError: 2 != 3",
        }
    ]
    assert recorder.places(f"tests.{FAILING}") == [f"tests/test_retry.py:{line}"]
    assert f"`tests/test_retry.py:{line}`" in recorder.text("report.md")
    assert "Ran 25 tests" in recorder.text("tests.log")


def test_another_broken_line_is_another_failure(start: Start, recorder: Recorder, library: Path):
    replace_in(library / "teaspoon/cache.py", ">= self.ttl", "> self.ttl")
    work(start("mender", library), recorder, "Test report")
    tests = json.loads(recorder.file("tests.json"))
    failed = {test["id"].split(".")[-1] for test in tests["tests"] if test["outcome"] == "failed"}
    assert failed == {FAILING.split(".")[-1], "test_a_value_is_forgotten_when_its_time_is_over"}


def test_a_library_that_cannot_be_imported_is_reported_with_its_errors(
    start: Start, recorder: Recorder, library: Path
):
    with (library / "teaspoon/cache.py").open("a") as file:
        file.write("raise RuntimeError('broken')\n")
    work(start("prober", library), recorder, "Test report")
    tests = json.loads(recorder.file("tests.json"))
    assert tests["failed"] == tests["run"] == 4
    last = len((library / "teaspoon/cache.py").read_text().splitlines())
    assert {(t["file"], t["line"]) for t in tests["tests"]} == {("teaspoon/cache.py", last)}


def test_unusual_tests_are_read_rightly(start: Start, recorder: Recorder, library: Path):
    (library / "tests/test_unusual.py").write_text(UNUSUAL)
    work(start("prober", library), recorder, "Test report")
    tests = {t["id"]: t for t in json.loads(recorder.file("tests.json"))["tests"]}
    seen = {
        id.removeprefix("tests.test_unusual."): (test["outcome"], test.get("line"))
        for id, test in tests.items()
        if id.startswith("tests.test_unusual.")
    }
    assert seen == {
        "Unusual.test_parts": ("failed", line_of(library / "tests/test_unusual.py", "part < 1")),
        "Unusual.test_noise": ("passed", None),
        "Unusual.test_later": ("skipped", None),
        "Unusual.test_known": ("passed", None),
        "Broken.setUpClass": ("error", line_of(library / "tests/test_unusual.py", "1 / 0")),
    }


def test_tests_never_see_the_secret_of_the_agent(start: Start, recorder: Recorder, library: Path):
    (library / "tests/test_secret.py").write_text(
        "import os, unittest\n\n\nclass SecretTests(unittest.TestCase):\n"
        "    def test_secret(self):\n"
        "        self.assertNotIn('MUSTER_AGENT_SECRET', os.environ)\n"
    )
    work(start("prober", library), recorder, "Test report")
    assert json.loads(recorder.file("tests.json"))["failed"] == 1


def test_a_missing_library_is_a_failure_that_says_so(
    start: Start, recorder: Recorder, tmp_path: Path
):
    work(start("ledger", tmp_path / "nowhere"), recorder, "Dependency table")
    assert recorder.failures[0]["code"] == "misconfigured"
    assert "pyproject.toml" in recorder.failures[0]["message"]


def test_docs_and_code_are_read_to_different_timeouts_on_one_subject(
    start: Start, recorder: Recorder
):
    work(start("reader"), recorder, "Facts from the docs")
    promised = recorder.claims()["client.timeout.default"]
    line = line_of(SHIPPED / "README.md", "| `client.timeout` |")
    assert recorder.places("client.timeout.default") == [f"README.md:{line}"]
    work(start("tracer"), recorder, "Facts from the code", run_id="run_2")
    recorder.until(lambda r: len(r.completions) == 2)
    used = recorder.claims()["client.timeout.default"]
    line = line_of(SHIPPED / "teaspoon/client.py", "DEFAULT_TIMEOUT = 10")
    assert recorder.places("client.timeout.default") == [f"teaspoon/client.py:{line}"]
    assert (promised["value"], promised["unit"]) == (30, "s")
    assert (used["value"], used["unit"]) == (10, "s")


def test_every_other_promise_of_the_docs_is_kept_by_the_code(start: Start, recorder: Recorder):
    work(start("tracer"), recorder, "Facts from the docs")
    docs = {
        (row["subject"], row["value"], row["unit"]) for row in rows_of(recorder, "docs-facts.csv")
    }
    work(start("ledger"), recorder, "Facts from the code", run_id="run_2")
    recorder.until(lambda r: len(r.completions) == 2)
    code = {
        (row["subject"], row["value"], row["unit"]) for row in rows_of(recorder, "code-facts.csv")
    }
    assert docs - code == {("client.timeout.default", "30", "s")}
    assert {subject for subject, *_ in docs} >= {"retry.longest_delay.default", "package.version"}


def test_a_changed_line_of_docs_or_code_is_a_changed_fact(
    start: Start, recorder: Recorder, library: Path
):
    replace_in(library / "docs/caching.md", "which is 60 seconds", "which is\n90 seconds")
    work(start("reader", library), recorder, "Facts from the docs")
    rows = rows_of(recorder, "docs-facts.csv")
    assert ("90", "4") in {(r["value"], r["line"]) for r in rows if r["file"] == "docs/caching.md"}
    replace_in(library / "teaspoon/retry.py", "attempts: int = 3", "attempts: int = 7")
    work(start("tracer", library), recorder, "Facts from the code", run_id="run_2")
    recorder.until(lambda r: len(r.completions) == 2)
    assert recorder.claims()["retry.attempts.default"]["value"] == 7


def test_people_see_the_work_move_in_rising_steps(start: Start, recorder: Recorder):
    work(start("ledger"), recorder, "Dependency table")
    percents = [e["data"]["percent"] for e in recorder.events if e["type"] == "run.progress"]
    assert len(percents) >= 5
    assert percents == sorted(percents)
    numbers = [event["seq"] for event in recorder.events]
    assert numbers == list(range(1, len(numbers) + 1))


def test_work_leaves_the_library_as_it_was(start: Start, recorder: Recorder, library: Path):
    before = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    work(start("prober", library), recorder, "Test report")
    assert {path: path.read_bytes() for path in library.rglob("*") if path.is_file()} == before


def test_the_shipped_library_has_exactly_one_failing_test(tmp_path: Path):
    copy = tmp_path / "teaspoon"
    shutil.copytree(SHIPPED, copy)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest"], cwd=copy, capture_output=True, text=True
    )
    assert "Ran 25 tests" in done.stderr
    assert "FAILED (failures=1)" in done.stderr
