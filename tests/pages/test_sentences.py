"""Every stored code becomes a sentence, whatever its parameters are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from workspace import sentences
from workspace.errors import Refused
from workspace.events import EVENTS
from workspace.models import Room
from workspace.shown.events import LINES, timeline
from workspace.shown.words import FAILURE_WORDS, KIND_WORDS, STATE_WORDS
from workspace.transitions import (
    CARD_STATES,
    DELIVERABLE_KINDS,
    DELIVERABLE_STATES,
    FAILURES,
    RUN_STATES,
)

ROOT = Path(settings.BASE_DIR)
WORKSPACES_OWN = ("workspace.", "person.", "token.", "model.", "pilot.", "audition.",
                  "connector.",
                  "agent.registered", "agent.edited", "agent.status_set",
                  "agent.secret_rotated")  # fmt: skip


def codes_in(pattern: str, *folders: str) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            found.update(re.findall(pattern, path.read_text()))
    return found


def test_every_event_of_a_room_has_a_line() -> None:
    of_rooms = {kind for kind in EVENTS if not kind.startswith(WORKSPACES_OWN)}
    assert of_rooms - LINES.keys() == set()


def test_every_state_kind_and_failure_has_a_word() -> None:
    assert {*CARD_STATES, *RUN_STATES, *DELIVERABLE_STATES} - STATE_WORDS.keys() == set()
    assert set(FAILURES) - FAILURE_WORDS.keys() == set()
    assert set(FAILURES) - sentences.REASONS.keys() == set()
    assert set(DELIVERABLE_KINDS) - KIND_WORDS.keys() == set()


def test_every_refusal_of_a_command_has_a_sentence() -> None:
    used = codes_in(r'Refused\(\s*"([a-z_0-9]+)"', "workspace/commands", "workspace/views")
    assert used - sentences.REFUSALS.keys() == set()


def test_every_reason_of_the_coordinator_has_a_sentence() -> None:
    used = codes_in(r'Reason\(\s*"([a-z_]+)"', "agents/coordinator")
    assert used - sentences.REASONS.keys() == set()


@pytest.mark.parametrize("table", [sentences.REASONS, sentences.REFUSALS])
def test_a_sentence_reads_with_all_its_parameters_or_none(table: dict[str, str]) -> None:
    for code in table:
        assert sentences.said(table, code, {}, None)
        assert sentences.refusal(Refused(code, state="done", field="name"))


def test_an_unknown_code_is_still_said() -> None:
    assert sentences.sentence({"code": "never_heard_of", "params": {"x": 1}}) == "Never heard of."
    assert sentences.sentence({}) == "" and sentences.sentence(None) == ""


def test_a_reason_inside_a_reason_is_a_sentence_too() -> None:
    said = sentences.sentence({"code": "judge_abstained", "params": {"why": "no_parts"}})
    assert "it names no parts that can be told apart" in said


def test_independent_work_that_waits_says_what_for() -> None:
    params = {"have": 1, "wanted": 2, "why": "too_many_attempts", "attempts": 4}
    said = sentences.sentence({"code": "too_few_independent", "params": params})
    assert "1 of 2" in said and "4 attempts failed" in said


def test_a_timeline_tells_every_event_once_newest_first(sample: object) -> None:
    room = Room.objects.get(id=sample.room_id)  # type: ignore[attr-defined]
    told = timeline(room)
    numbers = [row.seq for row in told.rows]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == numbers[0]
    assert not [row.type for row in told.rows if "–" in row.line or "{" in row.line]
