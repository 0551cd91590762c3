"""The contract: whatever the door, an agent behind it behaves on the board like every other."""

from __future__ import annotations

import time

import pytest

from tests.contract.conftest import DOORS, Behind
from tests.contract.driver import ARGV

pytestmark = pytest.mark.xdist_group("contract")
QUIET = 3.0


def test_what_it_delivers_is_reviewed_and_accepted(behind: Behind) -> None:
    card = behind.given("deliver")
    version = card.until_review()
    assert [file["name"] for file in version["files"] if file["role"] == "deliverable"]
    card.accept(version)
    assert [run["state"] for run in card.runs()] == ["submitted"]


def test_it_is_seen_to_have_accepted_before_it_delivers(behind: Behind) -> None:
    card = behind.given("accept")
    card.until(lambda: card.events("run.accepted"), "it has accepted")
    assert card.now()["status"] == "working"
    card.until_review()


def test_its_steps_are_seen(behind: Behind) -> None:
    card = behind.given("progress")
    card.until_review()
    assert max(event["data"]["steps"] for event in card.events("run.progressed")) >= 3


def test_a_question_waits_for_a_person_and_its_answer_arrives(behind: Behind) -> None:
    card = behind.given("question")
    ask = card.asked("question")
    assert card.now()["status"] == "waiting"
    fields = list((ask["body"].get("schema") or {}).get("properties", {})) or ["answer"]
    card.answer(ask, action="accept", content={fields[0]: "EU"})
    assert "EU" in card.text_of(card.until_review())


@pytest.mark.parametrize(
    ("decision", "word"), [("allow_once", "allowed"), ("reject_once", "rejected")]
)
def test_a_permission_is_asked_with_the_whole_action_and_its_decision_arrives(
    behind: Behind, decision: str, word: str
) -> None:
    card = behind.given("permission")
    ask = card.asked("permission")
    action = ask["body"]["action"]
    assert action.get("argv") == ARGV or " ".join(ARGV) in action.get("command", "")
    card.answer(ask, decision=decision)
    assert word in card.text_of(card.until_review())


def test_what_it_declines_is_free_for_others(behind: Behind) -> None:
    card = behind.given("decline")
    card.until(lambda: card.events("run.declined"), "it has declined")
    assert card.runs()[0]["state"] == "declined"
    assert not card.now()["deliverables"]


def test_its_failure_is_told_in_its_own_words(behind: Behind) -> None:
    card = behind.given("fail")
    failed = card.until(lambda: card.events("run.failed"), "it has failed")[0]["data"]
    assert failed["failure"] == "error"
    assert "cannot" in str(failed["evidence"])


def test_it_stops_when_it_is_told_to(behind: Behind) -> None:
    card = behind.given("cancel")
    card.until(lambda: card.events("run.progressed"), "it is at work")
    card.api.post(f"/cards/{card.card_id}/cancel", {"reason": "not needed"})
    card.until(lambda: card.now()["status"] == "cancelled", "the card is cancelled")
    # Until it has heard of it, it may still report; from then on it does not.
    heard = time.monotonic() + 5
    while time.monotonic() < heard:
        time.sleep(0.2)
    before = len(card.events("run.write_refused"))
    time.sleep(QUIET)
    assert len(card.events("run.write_refused")) == before
    assert not card.now()["deliverables"]


def test_requested_changes_are_a_new_round_with_the_feedback(behind: Behind) -> None:
    card = behind.given("revise")
    first = card.until_review()
    reason = {"reason": "Please name the tulip."}
    card.api.post(f"/deliverables/{first['id']}/request_changes", reason)
    second = card.until_review(version=2)
    assert "tulip" in card.text_of(second)
    assert [(run["attempt"], run["round"]) for run in card.runs()] == [(1, 1), (1, 2)]
    card.accept(second)


def test_a_lost_lease_refuses_what_it_says_later(behind: Behind) -> None:
    card = behind.begun["silent"]
    failed = card.until(lambda: card.events("run.failed"), "its lease is lost")[0]["data"]
    assert failed["failure"] == "stalled"
    refused = card.until(lambda: card.events("run.write_refused"), "what it said later is refused")
    assert refused[0]["data"]["run_id"] == failed["run_id"]
    assert not card.now()["deliverables"]


def test_a_result_that_comes_late_is_kept_and_changes_nothing(behind: Behind) -> None:
    card = behind.begun["late"]
    card.until(lambda: card.events("run.failed"), "its lease is lost")
    late = card.until(lambda: card.now()["late_results"], "the late result is kept")
    assert late[0]["files"]
    assert not card.now()["deliverables"]
    assert card.now()["status"] != "review"


def test_the_promises_hold_after_all_of_it(behind: Behind) -> None:
    assert behind.place.breaches() == []


def test_every_door_is_tried() -> None:
    from workspace.models import DOORS as ALL

    assert sorted(DOORS) == sorted(ALL)
