"""Each check a scenario may expect: where it comes true, and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from agents.pilot.referee import UnknownCheck, WrongRecord, judge
from agents.pilot.referee.checks import CHECKS
from agents.pilot.referee.outcome import Outcome
from tests import cast
from tests.commands.coordinating import RULE
from tests.pilot.referee.conftest import SOURCE, TEN
from tests.pilot.referee.played import Play
from workspace.actors import SYSTEM, By
from workspace.commands.asks import answer_ask, hand_over
from workspace.commands.callbacks import keep_checkpoint
from workspace.commands.rooms import set_judge
from workspace.reports import CheckpointKept, ClaimMade, Progress, Question, SourceNamed

Record = dict[str, Any]
THIRTY = ClaimMade("c1", "default timeout", 30, "s", "It is thirty.")


def told(record: Record, check: str, given: Any) -> Outcome:
    verdict = judge({**record, "expect": {check: given}})
    return next(one for one in verdict.outcomes if one.check == check)


def holds(record: Record, check: str, given: Any) -> bool:
    return told(record, check, given).ok


def test_a_check_nobody_knows_is_an_error_of_the_file(plain: Record) -> None:
    with pytest.raises(UnknownCheck, match="finished"):
        judge({**plain, "expect": {"finished": ["facts"]}})
    with pytest.raises(UnknownCheck, match="noticed"):
        judge({**plain, "expect": {"done": ["facts"]}, "breaks": ["noticed"]})


@pytest.mark.parametrize("name", ["events", "export", "column", "cards", "agents", "scenario"])
def test_what_is_no_record_is_refused(plain: Record, name: str) -> None:
    del plain[name]
    with pytest.raises(WrongRecord, match=name):
        judge(plain)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_says_where_the_record_lacks_what_it_asks_for(plain: Record, name: str) -> None:
    missing: dict[str, Any] = {
        "noticed": [{"agent": "Nobody", "limit": "silent_after"}], "quiet": ["Nobody"],
        "worked_on": {"Nobody": ["facts"]}, "accepted_from": {"nothing": "Ann"},
        "not_from": {"nothing": "Ann"}, "failed": {"nothing": ["stalled"]},
        "asked": {"nothing": 1}, "touched_only": {"nothing": {"file": "a", "lines": [1]}},
        "kept_late": 1, "no_failures": False, "judge_fell_back": True,
    }  # fmt: skip
    assert not holds(plain, name, missing.get(name, ["nothing"]))


def test_done_wants_an_acceptance_that_stands(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    version = play.make("facts", "Ann", "ten")
    assert not holds(play.record(), "done", ["facts"])
    play.accept(version)
    assert holds(play.record(), "done", ["facts"])
    play.roll_back(version)
    assert not holds(play.record(), "done", ["facts"])


def test_failures_are_compared_in_their_order_and_number(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    for kind in ("stalled", "looping"):
        play.fail(play.give("facts", "Ann"), kind)
    record = play.record()
    assert holds(record, "failed", {"facts": ["stalled", "looping"]})
    for wrong in (["looping", "stalled"], ["stalled"], ["stalled", "looping", "error"]):
        assert not holds(record, "failed", {"facts": wrong})
    assert not holds(record, "no_failures", True)


def test_whose_version_was_accepted_is_read_from_its_run(play: Play) -> None:
    play.agent("Ann")
    play.agent("Bob")
    play.card("facts")
    play.fail(play.give("facts", "Ann"), "stalled")
    version = play.make("facts", "Bob", "ten")
    assert not holds(play.record(), "not_from", {"facts": "Ann"})  # nothing is accepted yet
    play.accept(version)
    record = play.record()
    assert holds(record, "accepted_from", {"facts": "Bob"})
    assert not holds(record, "accepted_from", {"facts": "Ann"})
    assert holds(record, "not_from", {"facts": "Ann"})
    assert not holds(record, "not_from", {"facts": "Bob"})
    assert holds(record, "worked_on", {"Ann": ["facts"], "Bob": ["facts"]})
    assert not holds(record, "worked_on", {"Ann": []})
    assert holds(record, "one_version_each", ["facts"])


def test_who_worked_on_what_has_to_be_so_in_the_agents_log_too(plain: Record) -> None:
    assert holds(plain, "worked_on", {"Ann": ["facts"]})
    plain["logs"] = [one for one in plain["logs"] if one["what"] != "order"]
    assert not holds(plain, "worked_on", {"Ann": ["facts"]})


def test_two_versions_are_not_one_each(plain: Record) -> None:
    assert not holds(plain, "one_version_each", ["facts"])
    assert holds(plain, "no_failures", True)


def silent(play: Play, *, after: float) -> Record:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(10)
    play.call("Ann", run, Progress(step="reading"))
    play.later(1)
    play.log("Ann", "stuck", run_id=run.id)
    play.later(after - 1)
    play.stale(run)
    return play.record()


def test_silence_noticed_in_time_is_measured_from_the_agents_last_call(play: Play) -> None:
    record = silent(play, after=330)
    outcome = told(record, "noticed", [{"agent": "Ann", "limit": "silent_after", "within": 1.2}])
    assert outcome.ok
    assert outcome.evidence["seen"][0]["times_the_limit"] == [pytest.approx(1.1, abs=0.01)]
    assert not holds(record, "noticed", [{"agent": "Ann", "limit": "lease", "within": 1.2}])


def test_silence_may_be_asked_for_by_its_card(play: Play) -> None:
    record = silent(play, after=330)
    assert holds(record, "noticed", [{"card": "facts", "limit": "silent_after", "within": 1.2}])
    assert not holds(record, "noticed", [{"card": "facts", "limit": "silent_after", "within": 1}])
    play.card("other")
    record = play.record()
    assert not holds(record, "noticed", [{"card": "other", "limit": "silent_after"}])


def test_silence_noticed_too_late_is_not_noticed_in_time(play: Play) -> None:
    record = silent(play, after=361)
    assert not holds(record, "noticed", [{"agent": "Ann", "limit": "silent_after", "within": 1.2}])


def test_an_agent_called_silent_before_its_limit_by_its_own_log_is_not_noticed_but_wronged(
    play: Play,
) -> None:
    record = silent(play, after=330)
    call = next(one for one in record["logs"] if one["what"] == "call")
    record["logs"].append({**call, "n": 4, "at": "2026-11-24T09:03:00+00:00", "event_ids": [],
                           "kinds": [], "accepted": 0})  # fmt: skip
    record["logs"] = [one for one in record["logs"] if one["what"] != "stuck"]
    assert not holds(record, "noticed", [{"agent": "Ann", "limit": "silent_after", "within": 1.2}])
    assert judge(record).counts.shares["false_stalls"] == (1, 1)


def test_while_people_are_asked_nobody_is_silent(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(10)
    play.call("Ann", run, Question("q1", "Which?"))
    play.later(2_000)
    ask = run.asks.get()
    by = By(play.reviewer.id)
    answer = {"action": "accept", "content": {"answer": "This."}}
    answer_ask(ask_id=ask.id, answer=answer, by=by, at=play.at)
    assert judge(play.record()).counts.shares["false_stalls"] == (0, 1)
    play.later(330)
    play.stale(run)
    record = play.record()
    assert holds(record, "noticed", [{"agent": "Ann", "limit": "silent_after"}])
    assert judge(record).counts.shares["false_stalls"] == (0, 0)  # no longer a healthy one


def test_a_lease_that_ran_out_is_noticed_by_the_failure(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(950)
    play.fail(run, "stalled")
    assert holds(play.record(), "noticed", [{"agent": "Ann", "limit": "lease"}])


def test_asks_and_handoffs_of_a_card_are_counted_exactly(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    hand_over(card_id=play.cards["facts"].id, packet={"code": "tried"}, by=RULE, at=play.at)
    record = play.record()
    assert holds(record, "asked", {"facts": 1})
    assert not holds(record, "asked", {"facts": 0})
    assert not holds(record, "asked", {"facts": 2})


def chain(play: Play) -> Record:
    """`report` builds on `facts`; both are accepted."""
    play.agent("Ann")
    play.agent("Bob")
    play.card("facts")
    play.card("report", depends_on=["facts"])
    play.accept(play.make("facts", "Ann", "ten"))
    play.accept(play.make("report", "Bob", "so it is ten"))
    return play.record()


def test_work_rests_on_the_version_that_stands(play: Play) -> None:
    record = chain(play)
    assert holds(record, "rests_on_current", ["report"])
    assert not holds(record, "rests_on_current", ["facts"])  # it builds on nothing


def test_work_that_rests_on_a_version_since_replaced_is_told_apart(play: Play) -> None:
    chain(play)
    facts = play.record()["export"]["deliverables"]
    old = next(one for one in facts if one["card_id"] == play.cards["facts"].id)
    play.roll_back(type("Version", (), {"id": old["id"]})())
    play.accept(play.make("facts", "Ann", "thirty"))
    assert not holds(play.record(), "rests_on_current", ["report"])


def test_an_input_the_agent_was_never_given_is_not_rested_on(play: Play) -> None:
    record = chain(play)
    for line in record["logs"]:
        if line["what"] == "order":
            line["inputs"] = []
    assert "not told" in told(record, "rests_on_current", ["report"]).evidence["stale"]["report"][0]


def contradiction(play: Play, *, ruled: bool, goes_on_first: bool) -> Record:
    for name in ("Ann", "Bob", "Cid"):
        play.agent(name)
    play.card("code")
    play.card("docs")
    play.card("report", depends_on=["code", "docs"])
    ten = play.make("code", "Ann", "ten", claims=(TEN,), sources=(SOURCE,))
    thirty = play.make("docs", "Bob", "thirty", claims=(THIRTY,), sources=(SOURCE,))
    play.accept(ten)
    play.accept(thirty)
    if goes_on_first:
        play.give("report", "Cid")
    conflict = play.disagree(ten, thirty)
    if ruled:
        play.later(5)
        play.rule(conflict, ten.claims.get().id)
        if not goes_on_first:
            play.accept(play.make("report", "Cid", "it is ten"))
    return play.record()


def test_a_contradiction_is_ruled_before_what_builds_on_it_goes_on(play: Play) -> None:
    record = contradiction(play, ruled=True, goes_on_first=False)
    assert holds(record, "conflict_ruled_before", ["report"])
    assert not holds(record, "conflict_ruled_before", ["code"])  # it builds on no claim


def test_a_card_that_began_before_anybody_knew_of_a_contradiction_did_nothing_wrong(
    play: Play,
) -> None:
    record = contradiction(play, ruled=True, goes_on_first=True)
    assert holds(record, "conflict_ruled_before", ["report"])


@pytest.mark.parametrize("kind", ["run.queued", "deliverable.accepted"])
def test_a_card_that_went_on_before_the_ruling_is_seen(play: Play, kind: str) -> None:
    record = contradiction(play, ruled=True, goes_on_first=False)
    ruled = next(one for one in record["events"] if one["type"] == "conflict.ruled")
    went_on = [one for one in record["events"] if one["type"] == kind][-1]
    ruled["seq"], went_on["seq"] = went_on["seq"], ruled["seq"]
    assert not holds(record, "conflict_ruled_before", ["report"])


def test_a_contradiction_nobody_ruled_is_seen(play: Play) -> None:
    record = contradiction(play, ruled=False, goes_on_first=False)
    assert not holds(record, "conflict_ruled_before", ["report"])


@pytest.mark.parametrize(
    ("claims", "sources", "ok"),
    [((TEN,), (SOURCE,), True), ((TEN,), (), False), ((), (SOURCE,), False),
     ((TEN,), (SourceNamed({"url": "https://docs.example"}, ("c2",)),), False)],
)  # fmt: skip
def test_every_claim_wants_a_source(play: Play, claims: Any, sources: Any, ok: bool) -> None:
    play.agent("Ann")
    play.card("facts")
    play.accept(play.make("facts", "Ann", "ten", claims=claims, sources=sources))
    assert holds(play.record(), "covered", ["facts"]) is ok


def two_attempts(play: Play, second: list[str]) -> Record:
    play.agent("Ann")
    play.agent("Bob")
    play.card("facts")
    run = play.give("facts", "Ann")
    for step in ("one", "two"):
        play.log("Ann", "did", run_id=run.id, card_id=run.card_id, step=step)
    keep_checkpoint(
        run_id=run.id, credentials=cast.credentials(run), said=CheckpointKept("one, two"),
        at=play.at,
    )  # fmt: skip
    play.later(901)
    play.fail(run, "stalled")
    run = play.give("facts", "Bob")
    for step in second:
        play.log("Bob", "did", run_id=run.id, card_id=run.card_id, step=step)
    return play.record()


def test_work_goes_on_where_the_attempt_before_left_it(play: Play) -> None:
    assert holds(two_attempts(play, ["three"]), "resumed", ["facts"])


def test_a_step_done_again_is_no_going_on(play: Play) -> None:
    assert not holds(two_attempts(play, ["two", "three"]), "resumed", ["facts"])


def test_one_attempt_resumes_nothing(play: Play) -> None:
    assert not holds(two_attempts(play, []), "resumed", ["facts"])


def throttled(play: Play, *, next_after: float) -> Record:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann", answered=429)
    play.log("Ann", "told_to_wait", seconds=20)
    play.later(next_after)
    play.log("Ann", "order", run_id=run.id, card_id=run.card_id, repeat=True, answered=202,
             inputs=[])  # fmt: skip
    return play.record()


def test_an_agent_that_asked_for_time_is_left_alone(play: Play) -> None:
    assert holds(throttled(play, next_after=20.5), "quiet", ["Ann"])


def test_the_order_that_was_put_off_is_not_the_call_that_came_too_early(play: Play) -> None:
    record = throttled(play, next_after=20.5)
    order = next(line for line in record["logs"] if line["what"] == "order")
    order["at"] = "2026-11-24T09:00:00.000300+00:00"  # written down after what it was answered
    assert holds(record, "quiet", ["Ann"])
    order["answered"] = 202
    assert not holds(record, "quiet", ["Ann"])


def test_an_agent_called_before_its_time_is_seen(play: Play) -> None:
    assert not holds(throttled(play, next_after=15), "quiet", ["Ann"])


def test_an_agent_that_never_asked_for_time_shows_nothing(plain: Record) -> None:
    assert not holds(plain, "quiet", ["Ann"])


def test_late_results_are_counted_by_both_sides(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(901)
    play.fail(run, "stalled")
    for _ in range(2):  # told 409, it sends again
        play.hand_in("Ann", run, "too late")
    record = play.record()
    assert holds(record, "kept_late", 1)
    assert not holds(record, "kept_late", 0)
    assert not holds(record, "kept_late", 2)
    for line in record["logs"]:
        line["kept"] = False
    assert not holds(record, "kept_late", 1)


def test_the_room_has_to_say_that_the_rules_took_over(play: Play) -> None:
    record = play.record(judge="kimi")
    assert not holds(record, "judge_fell_back", True)
    set_judge(room_id=play.room.id, judge="kimi", note={}, by=By(play.owner.id), at=play.at)
    note = {"code": "model_resting", "params": {}}
    set_judge(room_id=play.room.id, judge="rules", note=note, by=SYSTEM, at=play.at)
    assert holds(play.record(judge="kimi"), "judge_fell_back", True)
    assert not holds(play.record(judge="rules"), "judge_fell_back", True)


def test_a_revision_that_touched_only_what_it_was_asked_to(plain: Record) -> None:
    assert holds(plain, "touched_only", {"facts": {"file": "facts.md", "lines": [2]}})
    assert holds(plain, "touched_only", {"facts": {"file": "facts.md", "lines": "1-2"}})
    assert not holds(plain, "touched_only", {"facts": {"file": "facts.md", "lines": [1]}})
    assert not holds(plain, "touched_only", {"facts": {"file": "other.md", "lines": [2]}})


def test_a_revision_that_touched_another_file_or_nothing_is_seen(plain: Record) -> None:
    wanted = {"facts": {"file": "facts.md", "lines": [2]}}
    version = next(iter(plain["bases"]))
    plain["files"][version]["notes.md"] = "new"
    assert not holds(plain, "touched_only", wanted)
    plain["files"][version] = plain["bases"][version]
    assert not holds(plain, "touched_only", wanted)
    del plain["bases"][version]
    assert not holds(plain, "touched_only", wanted)


def test_what_was_accepted_is_what_its_own_agent_handed_in(plain: Record) -> None:
    assert holds(plain, "made_by_who_handed_in", ["facts"])
    for line in plain["logs"]:
        if line["what"] == "handed_in":
            line["agent"] = "Bob"
    assert not holds(plain, "made_by_who_handed_in", ["facts"])


def test_no_command_ran_says_something_only_where_one_was_wanted(plain: Record) -> None:
    assert not holds(plain, "not_ran", True)
    run = plain["logs"][0]["run_id"]
    line = {"at": plain["ended_at"], "agent": "Ann", "run_id": run, "command": "rm -rf x"}
    plain["logs"].append({**line, "what": "wanted"})
    assert holds(plain, "not_ran", True)
    plain["logs"].append({**line, "what": "ran"})
    assert not holds(plain, "not_ran", True)


def test_with_its_rule_off_a_scenario_has_to_break_as_its_file_says(plain: Record) -> None:
    broken = {**plain, "column": "without", "expect": {"done": ["nothing"], "no_failures": True}}
    assert judge({**broken, "breaks": ["done"]}).is_as_wanted
    assert not judge({**broken, "breaks": ["done", "no_failures"]}).is_as_wanted
    unbroken = {**plain, "column": "without", "expect": {"done": ["facts"]}, "breaks": ["done"]}
    assert not judge(unbroken).is_as_wanted
    assert not judge({**unbroken, "breaks": []}).is_as_wanted
