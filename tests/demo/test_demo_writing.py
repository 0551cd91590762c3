"""Report and notes rest on the bytes of their inputs, and on nothing else."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.demo.conftest import Start
from tests.demo.recorder import Recorder, deliver, order

SUBJECT = "client.timeout.default"
FINDINGS = {
    "Dependency table": "ledger",
    "Test report": "prober",
    "Facts from the docs": "reader",
    "Facts from the code": "tracer",
    "Fix": "prober",
}
ANSWERED = {"note_md": json.dumps({"answers": {SUBJECT: "30"}})}


@pytest.fixture
def inputs(start: Start) -> dict[str, dict[str, bytes]]:
    """What the five first cards hand in, made by the agents themselves: title → name → bytes."""
    made: dict[str, dict[str, bytes]] = {}
    for title, agent in FINDINGS.items():
        with Recorder() as recorder:
            deliver(start(agent), "card.assigned", order(recorder, title, checkpoint=ANSWERED))
            recorder.until(lambda r: r.completions)
            kept = recorder.artifacts.values()
            made[title] = {file["name"]: file["content"] for file in kept}
    return made


def offered(recorder: Recorder, made: dict[str, dict[str, bytes]]) -> list[dict[str, Any]]:
    """The `inputs` of an order, whose files the recorder then serves."""
    given = []
    for number, (title, files) in enumerate(made.items(), start=1):
        listed = []
        for name, content in files.items():
            path = f"/agent/v1/files/{number}/{name}"
            recorder.served[path] = content
            entry = {"name": name, "size": len(content), "url": recorder.origin + path}
            listed.append(entry | {"sha256": hashlib.sha256(content).hexdigest()})
        identity = {"card_id": f"card_{number}", "deliverable_id": f"dlv_{number}"}
        given.append(identity | {"card_title": title, "version": 1, "files": listed})
    return given


def write(port: int, recorder: Recorder, title: str, given: list[dict[str, Any]]) -> None:
    data = order(recorder, title, inputs=given, run_id=f"run_{recorder.origin[-5:]}")
    assert deliver(port, "card.assigned", data)[0] == 202
    recorder.until(lambda r: r.completions or r.failures)


def test_the_report_says_go_with_the_fix_and_links_every_statement(
    start: Start, recorder: Recorder, inputs
):
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "go_with_fix"
    report = recorder.text("report.md")
    for origin in ("pyproject.toml:8", "tests/test_retry.py:40", "README.md:16"):
        assert f"`{origin}`" in report
    completion = recorder.completions[0]
    supported = {claim for source in completion["sources"] for claim in source["supports"]}
    assert supported == {claim["id"] for claim in completion["claims"]}
    files = {f"dlv_{n}": made for n, made in enumerate(inputs.values(), start=1)}
    for source in completion["sources"]:
        content = files[source["deliverable_id"]][source["file"]]
        assert source["sha256"] == hashlib.sha256(content).hexdigest()
        line = content.decode().split("\n")[int(source["lines"]) - 1]
        assert source["quote"] == line.strip().rstrip(",")


def test_other_bytes_of_an_input_are_another_report(start: Start, recorder: Recorder, inputs):
    table = inputs["Dependency table"]
    table["dependencies.csv"] = table["dependencies.csv"].replace(
        b"3.5.2,3.5.2,no", b"3.0.1,3.5.2,yes"
    )
    write(start("ledger"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"
    assert "`charset-normalizer` is pinned to 3.0.1; 3.5.2 is out." in recorder.text("report.md")


def test_the_library_itself_is_not_consulted(
    start: Start, recorder: Recorder, inputs, library: Path
):
    (library / "pyproject.toml").write_text("[project]\nname = 'something-else'\n")
    write(start("reader", library), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "go_with_fix"


def test_without_the_fix_it_is_no_go(start: Start, recorder: Recorder, inputs):
    del inputs["Fix"]
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"
    assert "What the fix changes\n\nNothing." in recorder.text("report.md")


def test_a_missing_finding_is_named_and_speaks_against_shipping(
    start: Start, recorder: Recorder, inputs
):
    del inputs["Test report"]
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"
    assert "No accepted, readable file tests.json was given." in recorder.text("report.md")


def test_a_fix_whose_tests_fail_does_not_settle_anything(start: Start, recorder: Recorder, inputs):
    fix = inputs["Fix"]["fix.json"]
    inputs["Fix"]["fix.json"] = fix.replace(b'"exit_code_after": 0', b'"exit_code_after": 1')
    assert inputs["Fix"]["fix.json"] != fix
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"


def test_bytes_that_do_not_match_their_sha256_fail_the_run(
    start: Start, recorder: Recorder, inputs
):
    given = offered(recorder, inputs)
    recorder.served["/agent/v1/files/1/dependencies.csv"] += b"\n"
    write(start("reader"), recorder, "Go/no-go report", given)
    assert recorder.completions == []
    assert recorder.failures[0]["code"] == "stale_input"
    assert "dependencies.csv" in recorder.failures[0]["message"]


def test_the_token_is_not_taken_to_another_place(start: Start, recorder: Recorder, inputs):
    given = offered(recorder, inputs)
    with Recorder() as elsewhere:
        elsewhere.served = recorder.served
        for file in given[0]["files"]:
            file["url"] = file["url"].replace(recorder.origin, elsewhere.origin)
        write(start("reader"), recorder, "Go/no-go report", given)
        assert elsewhere.asked == 0
    assert recorder.completions == []
    assert "not the workspace's" in recorder.failures[0]["message"]


def test_nothing_given_is_nothing_written(start: Start, recorder: Recorder):
    write(start("reader"), recorder, "Go/no-go report", [])
    assert recorder.failures[0]["code"] == "no_inputs"


@pytest.mark.parametrize("from_fix", [True, False], ids=["fix", "report alone"])
def test_the_notes_tell_the_three_changes_each_with_its_line(
    from_fix, start: Start, recorder: Recorder, inputs
):
    port = start("reader")
    write(port, recorder, "Go/no-go report", offered(recorder, inputs))
    given = {"Go/no-go report": {n: recorder.file(n) for n in recorder.names()}}
    given |= {"Fix": inputs["Fix"]} if from_fix else {}
    with Recorder() as later:
        write(port, later, "Release notes", offered(later, given))
        notes = later.text("release-notes.md")
        claims = later.completions[0]["claims"]
        sources = later.completions[0]["sources"]
    assert "`client.timeout` is 30 s by default; it was 10 s." in notes
    assert "`certifi` is pinned to 2026.10.18; it was 2024.8.30." in notes
    assert "Fixed: A call that keeps failing is tried as often as asked." in notes
    assert len(claims) == 3
    expected = ("dlv_2", "fix.json") if from_fix else ("dlv_1", "statements.json")
    assert {(source["deliverable_id"], source["file"]) for source in sources} == {expected}
    assert len({source["lines"] for source in sources}) == 3


def test_a_file_that_cannot_be_read_counts_as_missing(start: Start, recorder: Recorder, inputs):
    inputs["Test report"]["tests.json"] = b"\xff\xfenot json"
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"
    assert "No accepted, readable file tests.json was given." in recorder.text("report.md")


def test_a_run_of_tests_that_ended_badly_without_a_failure_is_a_problem(
    start: Start, recorder: Recorder, inputs
):
    bad = {"command": "python -m unittest", "exit_code": 5, "run": 0, "failed": 0, "tests": []}
    inputs["Test report"]["tests.json"] = json.dumps(bad).encode()
    write(start("reader"), recorder, "Go/no-go report", offered(recorder, inputs))
    assert recorder.claims()["release.may_ship"]["value"] == "no_go"
    assert "0 tests ran, and the command ended with 5." in recorder.text("report.md")
