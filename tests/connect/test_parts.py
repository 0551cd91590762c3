"""The connector's parts alone: what is kept on disk, what is asked, chosen, and handed in."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from agents.connect import settings, workdir
from agents.connect.actions import action_of, chosen, digest_of, is_whole, kind_of, merged
from agents.connect.asking import Asking
from agents.connect.disk import append_line, read_lines
from agents.connect.endings import ending_of
from agents.connect.forms import form_of
from agents.connect.outbox import LARGEST_BATCH, Outbox
from agents.connect.settings import Wrong
from agents.connect.steps import Steps
from agents.connect.web import here
from workspace.commands.asks import action_digest

ALLOW = {"decision": "allow_once"}


def outbox(folder: Path) -> Outbox:
    return Outbox("run_1", folder, lambda: None)


# --- the outbox --------------------------------------------------------------------------


def test_what_nobody_took_is_still_there_after_a_crash(tmp_path: Path) -> None:
    first = outbox(tmp_path)
    for n in range(3):
        first.add("run.activity", {"kind": "thought", "title": str(n)})
    first.taken(1)
    again = outbox(tmp_path)
    assert [event["data"]["title"] for event in again.batch()] == ["1", "2"]
    assert [event["seq"] for event in again.batch()] == [2, 3]
    again.add("run.accepted", {})
    assert again.batch()[-1]["seq"] == 4


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    outbox(tmp_path).add("run.accepted", {}, name="accepted")
    with (tmp_path / "outbox.jsonl").open("a") as out:
        out.write('{"id": "run_1-2", "se')
    again = outbox(tmp_path)
    again.add("run.activity", {"kind": "thought", "title": "after"})
    assert [event["seq"] for event in outbox(tmp_path).batch()] == [1, 2]


def test_what_has_a_name_is_said_once(tmp_path: Path) -> None:
    assert outbox(tmp_path).add("run.completed", {"artifacts": []}, name="completed")
    assert not outbox(tmp_path).add("run.completed", {"artifacts": ["x"]}, name="completed")


def test_a_batch_fits_into_a_frame(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    for _ in range(4):
        box.add("run.activity", {"kind": "thought", "title": "t", "output": "x" * 90_000})
    assert len(box.batch()) == 2
    assert len(json.dumps(box.batch())) < LARGEST_BATCH


def test_what_no_wire_holds_is_replaced(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.add("run.activity", {"kind": "thought", "title": "a\x00b\ud800c"})
    assert box.batch()[0]["data"]["title"] == "a\ufffdb\ufffdc"


# --- permissions -------------------------------------------------------------------------


def test_the_digest_is_the_workspaces_own() -> None:
    action = {"command": "rm -rf build # é\u2028", "argv": ["a", "b"], "cwd": "/x"}
    assert digest_of(action) == action_digest(action)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ({"title": "ls", "rawInput": {"command": "ls"}}, {"command": "ls"}),
        ({"rawInput": {"command": ["ls", "-l"]}}, {"argv": ["ls", "-l"]}),
        (
            {"title": "Bash", "content": [
                {"type": "content", "content": {"type": "text", "text": "Running: ls"}}]},
            {"text": "Bash\nRunning: ls"},
        ),
        ({"title": "rm x", "rawInput": {}}, {"text": "rm x"}),
        (
            {"title": "Edit", "locations": [{"path": "/x/a"}], "content": [
                {"type": "diff", "path": "a", "oldText": "1", "newText": "2"}]},
            {"paths": ["/x/a"], "text": "Edit\na\n--- before\n1\n+++ after\n2"},
        ),
        ({"title": "Fetch", "rawInput": {"url": "https://x.example"}},
         {"text": 'Fetch\n{"url": "https://x.example"}'}),
    ],
)  # fmt: skip
def test_all_that_is_said_of_an_action_is_shown(
    call: dict[str, Any], wanted: dict[str, Any]
) -> None:
    assert action_of(call, "/work") == {"cwd": "/work", **wanted}
    assert is_whole(call, "/work")


def test_what_was_said_of_a_call_before_counts() -> None:
    earlier = {"toolCallId": "1", "kind": "execute", "rawInput": {"command": "ls"}}
    call = merged(earlier, {"toolCallId": "1", "title": None, "rawInput": None})
    assert action_of(call, "/")["command"] == "ls" and kind_of(call) == "execute"


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"title": "  "},
        {"rawInput": {}},
        {"rawInput": {"command": "x" * 9_000}},
        {"rawInput": {"command": ["x"] * 10_000}},
    ],
)
def test_what_a_person_could_not_see_whole_is_asked_of_nobody(call: dict[str, Any]) -> None:
    assert not is_whole(call, "/work")


def test_an_option_is_chosen_by_its_kind_and_never_one_that_lasts() -> None:
    options = [
        {"optionId": "allow_once", "kind": "allow_always"}, {"optionId": "b", "kind": "allow_once"},
        {"optionId": "c", "kind": "reject_always"}, {"optionId": "d", "kind": "reject_once"},
    ]  # fmt: skip
    assert chosen(options, "allow_once") == chosen(options, "allow_always") == "b"
    assert chosen(options, "reject_once") == chosen(options, "reject_always") == "d"
    assert chosen(options[:1], "allow_once") is None
    assert chosen("nonsense", "allow_once") is None


async def asked(asking: Asking, command: str = "ls") -> str:
    return await asking.permission(
        {"title": "t", "kind": "execute", "action": {"command": command}}
    )


def answer_to(command: str, **said: str) -> dict[str, str]:
    return {**ALLOW, "action_digest": digest_of({"command": command}), **said}


def name_of(command: str, n: int = 1) -> str:
    return f"p-{digest_of({'command': command})[7:31]}-{n}"


async def test_a_decision_about_another_action_allows_nothing(tmp_path: Path) -> None:
    asking = Asking(outbox(tmp_path), tmp_path)
    asking.answered(name_of("ls"), answer_to("rm -rf /"))
    assert await asked(asking) == "reject_once"


async def test_a_decision_without_a_digest_allows_nothing(tmp_path: Path) -> None:
    asking = Asking(outbox(tmp_path), tmp_path)
    asking.answered(name_of("ls"), ALLOW)
    assert await asked(asking) == "reject_once"


async def test_what_was_allowed_once_is_asked_again_after_a_crash(tmp_path: Path) -> None:
    asking = Asking(outbox(tmp_path), tmp_path)
    asking.answered(name_of("ls"), answer_to("ls"))
    assert await asked(asking) == "allow_once"
    again = Asking(outbox(tmp_path), tmp_path)
    again.answered(name_of("ls"), answer_to("ls"))  # read again from the inbox
    waiting = asyncio.create_task(asked(again))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert outbox(tmp_path).batch()[-1]["data"]["id"] == name_of("ls", 2)
    again.cancel_all()
    assert await waiting == "cancelled"


async def test_the_same_action_twice_at_once_is_two_asks(tmp_path: Path) -> None:
    asking = Asking(outbox(tmp_path), tmp_path)
    both = [asyncio.create_task(asked(asking)) for _ in range(2)]
    await asyncio.sleep(0.05)
    asking.answered(name_of("ls"), answer_to("ls"))
    asking.answered(name_of("ls", 2), answer_to("ls", decision="reject_once"))
    assert await asyncio.gather(*both) == ["allow_once", "reject_once"]


async def test_nothing_is_asked_once_the_run_is_cancelled(tmp_path: Path) -> None:
    asking = Asking(outbox(tmp_path), tmp_path)
    asking.cancel_all()
    assert await asked(asking) == "cancelled"
    assert outbox(tmp_path).is_empty


# --- questions, steps, endings -----------------------------------------------------------


def test_a_flat_form_is_kept_and_any_other_is_declined() -> None:
    region = {"type": "string", "oneOf": [{"const": "EU", "title": "Europe"}, {"const": "US"}]}
    form = form_of({"type": "object", "properties": {"region": region}, "required": ["region"]})
    assert form == {
        "type": "object", "required": ["region"],
        "properties": {"region": {"type": "string", "enum": ["EU", "US"]}},
    }  # fmt: skip
    assert form_of({"properties": {"x": {"type": "object"}}}) is None
    assert form_of({"properties": {}}) is None and form_of("nonsense") is None


def test_pieces_of_a_message_are_one_step_and_a_call_is_told_when_it_is_over() -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    steps = Steps(lambda kind, data: said.append((kind, data)))
    for text in ("Hel", "lo"):
        content = {"type": "text", "text": text}
        steps.take({"sessionUpdate": "agent_message_chunk", "content": content})
    call = {"toolCallId": "1", "title": "Read", "rawInput": {"path": "a"}}
    steps.take({"sessionUpdate": "tool_call", **call, "status": "pending"})
    steps.take({"sessionUpdate": "tool_call_update", "toolCallId": "1", "status": "completed"})
    steps.take({"sessionUpdate": "tool_call_update", "toolCallId": "1", "status": "completed"})
    steps.take({"sessionUpdate": "something new"})
    steps.take("nonsense")
    assert [(kind, data["title"]) for kind, data in said] == [
        ("run.activity", "Hello"), ("run.activity", "Read"),
    ]  # fmt: skip
    assert steps.words == "Hello"


@pytest.mark.parametrize(
    ("stopped", "cancelled", "kind"),
    [
        ("end_turn", False, None), ("end_turn", True, None), ("refusal", False, "run.rejected"),
        ("cancelled", True, "run.cancelled"), ("cancelled", False, "run.failed"),
        ("max_tokens", False, "run.failed"), ("", False, "run.failed"),
    ],
)  # fmt: skip
def test_why_a_turn_stopped_is_how_the_run_ends(
    stopped: str, cancelled: bool, kind: str | None
) -> None:
    ended = ending_of(stopped, is_cancelled=cancelled)
    assert (ended.kind if ended else None) == kind


# --- the folder --------------------------------------------------------------------------


def test_only_what_is_new_or_changed_is_handed_in(tmp_path: Path) -> None:
    work, kept = tmp_path / "work", tmp_path / "before.json"
    work.mkdir()
    (work / "old.txt").write_text("old")
    (work / "changed.txt").write_text("1")
    workdir.remember(work, kept)
    (work / "changed.txt").write_text("2")
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "new.txt").write_text("new")
    for name in ("node_modules", ".git", "__pycache__", ".muster"):
        (work / name).mkdir()
        (work / name / "file").write_text("no")
    found = [name for name, _ in workdir.handed_in(work, kept)]
    assert found == ["changed.txt", "deep/er/new.txt"]


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    work, secret = tmp_path / "work", tmp_path / "secret"
    work.mkdir()
    secret.write_text("secret")
    (work / "soft").symlink_to(secret)
    (work / "folder").symlink_to(tmp_path)
    os.link(secret, work / "hard")
    os.mkfifo(work / "pipe")
    workdir.remember(work, tmp_path / "before.json")
    assert workdir.handed_in(work, tmp_path / "before.json") == []
    workdir_result = work / workdir.RESULT
    workdir_result.symlink_to(secret)
    assert workdir.result_of(work) == {}


def test_more_files_than_can_be_handed_in_are_said(tmp_path: Path) -> None:
    workdir.remember(tmp_path, tmp_path.parent / "before.json")
    for n in range(workdir.MOST_FILES + 1):
        (tmp_path / f"{n}.txt").write_text("x")
    with pytest.raises(workdir.TooMuch):
        workdir.handed_in(tmp_path, tmp_path.parent / "before.json")


def test_what_is_given_stays_inside_the_folder(tmp_path: Path) -> None:
    file = {"name": "../../../escaped.txt", "url": "http://x/f", "sha256": ""}
    order = {"prompt": "# Do it", "context": {"attachments": [file]}}
    workdir.prepare(tmp_path / "work", order, lambda url, sha256: b"content")
    placed = list(tmp_path.rglob("escaped.txt"))
    assert placed == [tmp_path / "work" / ".muster" / "attachments" / "escaped.txt"]
    assert "# Do it" in (tmp_path / "work" / ".muster" / "muster.md").read_text()


def test_a_token_goes_only_where_the_person_said() -> None:
    assert here("https://mine.example", "https://evil.example/agent/v1/x?a=1") == (
        "https://mine.example/agent/v1/x?a=1"
    )


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    for value in ("a", {"b": 1}):
        append_line(tmp_path / "lines", value)
    assert read_lines(tmp_path / "lines") == ["a", {"b": 1}]


# --- the command line --------------------------------------------------------------------


def test_the_command_line_names_agents_and_their_commands() -> None:
    told = settings.read(
        ["https://x.example/rooms", "--code", "C", "--max", "3", "--agent", "A=one, two", "--",
         "kimi", "acp", "--agent", "B", "--", "other", "--code", "its own"]
    )  # fmt: skip
    assert told.url == "https://x.example"
    first, second = told.agents
    assert (first.name, first.skills, first.command) == ("A", ("one", "two"), ("kimi", "acp"))
    assert second.command == ("other", "--code", "its own")
    assert first.most == 3 and told.code == "C"


@pytest.mark.parametrize(
    "words",
    [
        ["https://x.example"], ["--", "kimi"], ["ftp://x", "--", "kimi"],
        ["https://x", "--agent", "A"], ["https://x", "--agent", "A", "--"],
        ["https://x", "--agent", "A", "--", "x", "--agent", "A", "--", "y"],
        ["https://x", "--repo", "nopath", "--", "x"],
        ["https://x", "--config", "/nowhere", "--", "x"],
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_and_nothing_is_begun(words: list[str]) -> None:
    with pytest.raises(Wrong):
        settings.read(words)
