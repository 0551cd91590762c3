"""A conversation's next move and its messages follow from its calls alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.doors.model.endpoint import Caps
from agents.doors.model.talked import (
    LEFT_OUT,
    AskModel,
    Stop,
    UseTool,
    Wait,
    claims,
    drafts,
    heard_until,
    messages,
    next_move,
    tokens_in,
)
from tests.cast import AT
from workspace.reports import Exchanged

OPENING = [{"role": "system", "content": "Who you are."}, {"role": "user", "content": "Do it."}]
CAPS = Caps()


def model(n: int, *names: str, state: str = "done", text: str = "") -> Exchanged:
    """A call of the model that asked for these tools; all under one id, as some services do."""
    made = [{"id": "call_0", "type": "function", "function": {"name": name, "arguments": "{}"}}
            for name in names]  # fmt: skip
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if made:
        message["tool_calls"] = made
    said = {"message": message} if state == "done" else {}
    return Exchanged(n=n, kind="model", state=state, begun_at=AT, said=said)


def tool(n: int, of: int, at: int = 0, state: str = "done", **more: Any) -> Exchanged:
    asked = {"at": at, "name": more.pop("name", "read_card"), "digest": more.pop("digest", str(n))}
    said = {"text": f"answer {n}", **more} if state == "done" else {}
    return Exchanged(n=n, kind="tool", state=state, begun_at=AT, of=of, asked=asked, said=said)


def told(n: int, text: str, seq: int = 0) -> Exchanged:
    return Exchanged(n=n, kind="told", state="done", begun_at=AT, asked={"seq": seq},
                     said={"text": text})  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "move"),
    [
        ([], AskModel()),
        ([model(1, state="begun")], AskModel(again=model(1, state="begun"))),
        ([model(1, "a"), tool(2, 1, state="wanted")], UseTool(tool(2, 1, state="wanted"))),
        ([model(1, "a"), tool(2, 1, state="begun")], UseTool(tool(2, 1, state="begun"))),
        ([model(1, "a"), tool(2, 1, state="waiting")], Wait()),
        ([model(1, "a"), tool(2, 1)], AskModel()),
        (
            [model(1, "a", "b"), tool(2, 1, state="waiting"), tool(3, 1, 1, state="wanted")],
            UseTool(tool(3, 1, 1, state="wanted")),
        ),
        ([model(1, "a"), tool(2, 1, state="waiting"), told(3, "Well?")], Wait()),
    ],
)
def test_what_comes_next(calls: list[Exchanged], move: object) -> None:
    assert next_move(calls, CAPS) == move


def conversation(digests: str, **more: Any) -> list[Exchanged]:
    found = []
    for digest in digests:
        n = len(found) + 1
        found += [model(n, "a"), tool(n + 1, n, digest=digest, **more)]
    return found


@pytest.mark.parametrize(("digests", "is_loop"), [("aaa", False), ("aaaa", True), ("abab", False)])
def test_the_same_call_in_a_row_is_a_loop(digests: str, is_loop: bool) -> None:
    move = next_move(conversation(digests), CAPS)
    assert isinstance(move, Stop) == is_loop
    if isinstance(move, Stop):
        assert (move.failure, move.evidence["kind"]) == ("looping", "same")


def test_wrong_calls_in_a_row_end_it_and_one_right_call_forgives_them() -> None:
    wrong = conversation("abcdefgh", wrong=True)
    move = next_move(wrong, CAPS)
    assert isinstance(move, Stop)
    assert move.failure == "error"
    n = len(wrong) + 1
    assert next_move([*wrong, model(n, "a"), tool(n + 1, n)], CAPS) == AskModel()


def test_turns_end_at_their_cap() -> None:
    assert next_move(conversation("abc"), replace_caps(turns=4)) == AskModel()
    move = next_move(conversation("abc"), replace_caps(turns=3))
    assert isinstance(move, Stop)
    assert move.evidence["code"] == "turn_cap"


def replace_caps(**more: int) -> Caps:
    return replace(CAPS, **more)


def test_answers_are_paired_by_place_and_what_was_told_comes_after_them() -> None:
    calls = [model(1, "a", "b"), tool(2, 1, 1), told(3, "By the way"), tool(4, 1, 0)]
    found = messages(OPENING, calls, 10_000)
    assert [message["role"] for message in found[2:]] == ["assistant", "tool", "tool", "user"]
    assert [message["content"] for message in found[3:]] == ["answer 4", "answer 2", "By the way"]


def test_what_has_no_words_is_not_told() -> None:
    calls = [model(1, "a"), tool(2, 1), Exchanged(n=3, kind="told", state="done", begun_at=AT)]
    assert messages(OPENING, calls, 10_000)[-1]["role"] == "tool"


def test_the_oldest_answers_make_room_first_and_the_newest_stay() -> None:
    calls = conversation("abcdefghijkl")
    calls = [
        replace(call, said={"text": "x" * 3_000}) if call.kind == "tool" else call for call in calls
    ]
    whole = messages(OPENING, calls, 1_000_000)
    fitted = messages(OPENING, calls, 9_000)
    answers = [message["content"] for message in fitted if message["role"] == "tool"]
    left_out = answers.count(LEFT_OUT)
    assert 0 < left_out <= len(answers) - 6
    assert answers[:left_out] == [LEFT_OUT] * left_out
    assert LEFT_OUT not in answers[left_out:]
    assert len(fitted) == len(whole)
    assert tokens_in(fitted) < tokens_in(whole)


def test_the_same_calls_give_the_same_messages() -> None:
    calls = conversation("abc")
    assert messages(OPENING, calls, 9_000) == messages(OPENING, list(calls), 9_000)


def test_drafts_and_claims_stand_as_they_were_said_last() -> None:
    calls = [
        model(1, "a", "b", "c"),
        tool(2, 1, file={"name": "a.md", "content": "One"}),
        tool(3, 1, 1, file={"name": "a.md", "content": "Two"}, claim=a_claim("1")),
        tool(4, 1, 2, claim=a_claim("2")),
    ]
    assert drafts(calls) == {"a.md": "Two"}
    assert [claim.value for claim in claims(calls)] == ["2"]


def a_claim(value: str) -> dict[str, str]:
    return {"id": "c1", "subject": "size", "value": value, "unit": "", "text": ""}


def test_how_far_the_inbox_was_heard_is_known_from_the_calls() -> None:
    answered = replace(tool(2, 1), asked={"at": 0, "name": "ask_person", "seq": 4})
    assert heard_until([model(1, "a"), answered, told(3, "x", seq=2)]) == 4
    assert heard_until([]) == 0
