"""The fix: asked about, too broad at first, three lines when changes are requested."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.demo.edits import diff_of, reformat
from agents.demo.library import SHIPPED
from agents.demo.testruns import run_tests
from tests.demo.conftest import Start, line_of
from tests.demo.recorder import Recorder, deliver, order

SUBJECT = "client.timeout.default"
REQUESTED = {
    "id": "run_0",
    "outcome": "changes_requested",
    "feedback_md": "The patch rewrites whole files. Touch only the lines the fix needs.",
}


def ask_and_answer(port: int, recorder: Recorder, value: str, **changes: Any) -> None:
    asked = len(recorder.questions)
    handed_in = len(recorder.completions)
    assert deliver(port, "card.assigned", order(recorder, "Fix", **changes))[0] == 202
    recorder.until(lambda r: len(r.questions) > asked)
    recorder.answer_questions({SUBJECT: value})
    recorder.until(lambda r: len(r.completions) > handed_in or r.failures)


def second_round(**context: Any) -> dict[str, Any]:
    return {"run_id": "run_2", "context": {"comments": [], "previous_runs": [REQUESTED]} | context}


def changed_lines(diff: str, sign: str) -> list[str]:
    lines = [line for line in diff.split("\n") if line.startswith(sign)]
    return [line[1:] for line in lines if not line.startswith(sign * 3)]


def applied(diff: bytes, to: Path) -> None:
    shutil.copytree(SHIPPED, to)
    subprocess.run(["git", "apply", "-"], input=diff, cwd=to, check=True)


@pytest.fixture
def git_apply() -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")


def test_the_question_offers_both_values_and_says_where_they_stand(
    start: Start, recorder: Recorder
):
    ask_and_answer(start("mender"), recorder, "30")
    question = recorder.questions[0]
    assert question["schema"]["properties"][SUBJECT]["enum"] == ["30", "10"]
    assert question["blocking"] is True
    promised = line_of(SHIPPED / "README.md", "| `client.timeout` |")
    used = line_of(SHIPPED / "teaspoon/client.py", "DEFAULT_TIMEOUT = 10")
    assert f"README.md:{promised}" in question["message_md"]
    assert f"teaspoon/client.py:{used}" in question["message_md"]
    assert json.loads(recorder.checkpoints[0]["note_md"]) == {"answers": {SUBJECT: "30"}}


def test_the_first_version_rewrites_whole_files(start: Start, recorder: Recorder):
    ask_and_answer(start("mender"), recorder, "30")
    old = [line for line in (SHIPPED / "teaspoon/retry.py").read_text().split("\n") if line]
    new = set(recorder.text("teaspoon/retry.py").split("\n"))
    assert sum(line not in new for line in old) > len(old) / 2
    assert "# Kept beyond the block" not in recorder.text("teaspoon/retry.py")
    assert json.loads(recorder.file("fix.json"))["exit_code_after"] == 0


@pytest.mark.parametrize(
    ("answer", "file", "line"),
    [
        ("30", "teaspoon/client.py", "DEFAULT_TIMEOUT = 30  # seconds"),
        ("10", "README.md", "| `client.timeout` | 10 | seconds |"),
    ],
)
def test_the_second_version_touches_three_lines_and_asks_no_more(
    answer, file, line, start: Start, recorder: Recorder, tmp_path: Path, git_apply: None
):
    port = start("mender")
    ask_and_answer(port, recorder, answer)
    assert deliver(port, "card.assigned", order(recorder, "Fix", **second_round()))[0] == 202
    recorder.until(lambda r: len(r.completions) == 2)
    diff = recorder.text("patch.diff")
    assert set(changed_lines(diff, "+")) == {
        line,
        "        for attempt in range(1, self.attempts + 1):",
        '    "certifi==2026.10.18",',
    }
    assert len(changed_lines(diff, "+")) == len(changed_lines(diff, "-")) == 3
    assert len(recorder.questions) == 1
    assert {file, "teaspoon/retry.py", "pyproject.toml", "patch.diff"} <= recorder.names()
    applied(recorder.file("patch.diff"), tmp_path / "copy")
    assert (tmp_path / "copy" / file).read_bytes() == recorder.file(file)
    assert run_tests(tmp_path / "copy").passed_all


def test_the_tests_were_really_run_after_the_change(start: Start, recorder: Recorder):
    ask_and_answer(start("mender"), recorder, "30")
    log = recorder.text("tests-after.log")
    assert "Ran 25 tests" in log
    assert log.strip().endswith("OK")
    roles = {kept["name"]: kept["role"] for kept in recorder.artifacts.values()}
    assert roles["tests-after.log"] == "evidence"
    assert recorder.claims()["fix.tests_failed"]["value"] == 0


def test_a_program_that_lost_its_memory_asks_again(start: Start, recorder: Recorder):
    ask_and_answer(start("mender"), recorder, "30", **second_round())
    assert len(recorder.questions) == 1
    assert len(changed_lines(recorder.text("patch.diff"), "+")) == 3


@pytest.mark.parametrize(
    "known",
    [
        {"checkpoint": {"note_md": json.dumps({"answers": {SUBJECT: "10"}})}},
        {"context": {"comments": [{"body_md": "We agreed on a timeout of 10 s."}]}},
    ],
    ids=["checkpoint", "comment"],
)
def test_what_is_known_from_the_order_is_not_asked(known, start: Start, recorder: Recorder):
    deliver(start("prober"), "card.assigned", order(recorder, "Fix", **known))
    recorder.until(lambda r: r.completions or r.questions)
    assert recorder.questions == []
    assert "README.md" in recorder.names()


@pytest.mark.parametrize(
    "known",
    [
        {"checkpoint": {"note_md": "not json"}},
        {"checkpoint": {"note_md": json.dumps({"answers": {SUBJECT: "77"}})}},
        {"context": {"comments": [{"body_md": "Is the timeout 10 or 30?"}]}},
        {"context": {"comments": [{"body_md": "There are 10 of us. The timeout matters."}]}},
    ],
    ids=["unreadable", "not offered", "both values", "another number"],
)
def test_what_is_unclear_in_the_order_is_asked(known, start: Start, recorder: Recorder):
    deliver(start("prober"), "card.assigned", order(recorder, "Fix", **known))
    recorder.until(lambda r: r.completions or r.questions)
    assert len(recorder.questions) == 1
    assert recorder.completions == []


def test_an_answer_by_webhook_is_as_good_as_one_in_the_inbox(start: Start, recorder: Recorder):
    port = start("mender")
    deliver(port, "card.assigned", order(recorder, "Fix"))
    recorder.until(lambda r: r.questions)
    answer = {"run_id": "run_1", "question_id": recorder.questions[0]["id"], "action": "accept"}
    reply = deliver(port, "question.answered", answer | {"content": {SUBJECT: "10"}})
    assert reply == (200, {"status": "ok"})
    recorder.until(lambda r: r.completions)
    assert "README.md" in recorder.names()


def test_a_declined_question_leaves_the_value_alone_and_says_so(start: Start, recorder: Recorder):
    port = start("mender")
    deliver(port, "card.assigned", order(recorder, "Fix"))
    recorder.until(lambda r: r.questions)
    recorder.answer_questions({}, action="decline")
    recorder.until(lambda r: r.completions)
    fix = json.loads(recorder.file("fix.json"))
    assert {change["file"] for change in fix["changes"]} == {"pyproject.toml", "teaspoon/retry.py"}
    assert fix["unsolved"] == [f"{SUBJECT}: nobody said which value is meant"]


def test_an_answer_after_a_restart_frees_the_card(start: Start):
    answer = {"run_id": "run_gone", "question_id": "ask_1", "action": "accept", "content": {}}
    status, reply = deliver(start("mender"), "question.answered", answer)
    assert (status, reply["status"]) == (200, "failed")
    assert reply["error"]["retryable"] is True


def test_a_failure_no_trial_can_mend_is_named_and_not_hidden(
    start: Start, recorder: Recorder, library: Path
):
    path = library / "teaspoon/cache.py"
    path.write_text(path.read_text().replace("self._kept.clear()", "pass"))
    known = {"checkpoint": {"note_md": json.dumps({"answers": {SUBJECT: "30"}})}}
    deliver(start("prober", library), "card.assigned", order(recorder, "Fix", **known))
    recorder.until(lambda r: r.completions)
    fix = json.loads(recorder.file("fix.json"))
    assert (fix["exit_code_after"], fix["failed_after"]) == (1, 1)
    assert "test_clearing_forgets_everything" in fix["unsolved"][0]
    assert "Not repaired" in recorder.completions[0]["summary_md"]


def test_a_sound_library_needs_no_patch(start: Start, recorder: Recorder, library: Path):
    for name, old, new in (
        ("teaspoon/client.py", "DEFAULT_TIMEOUT = 10", "DEFAULT_TIMEOUT = 30"),
        ("teaspoon/retry.py", "range(1, self.attempts)", "range(1, self.attempts + 1)"),
        ("pyproject.toml", "certifi==2024.8.30", "certifi==2026.10.18"),
    ):
        path = library / name
        path.write_text(path.read_text().replace(old, new))
    deliver(start("mender", library), "card.assigned", order(recorder, "Fix"))
    recorder.until(lambda r: r.completions)
    assert recorder.names() == {"fix.json", "tests-after.log"}
    assert "Nothing to change" in recorder.completions[0]["summary_md"]
    assert recorder.questions == []


def test_a_file_without_a_last_line_end_still_makes_a_patch_that_applies(
    tmp_path: Path, git_apply: None
):
    (tmp_path / "a.txt").write_text("one\ntwo")
    diff = diff_of("a.txt", "one\ntwo", "one\nthree")
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "a.txt").read_text() == "one\nthree"


def test_a_string_over_several_lines_survives_the_reformatting(tmp_path: Path):
    path = tmp_path / "a.py"
    path.write_text('def f():\n    # why\n    if True:\n        return """a\n    b\n"""\n')
    reformat(path)
    assert "# why" not in path.read_text()
    assert "\n  if True:\n" in path.read_text()
    names: dict[str, Any] = {}
    exec(path.read_text(), names)
    assert names["f"]() == "a\n    b\n"
