"""What holds in every scenario, and how it is noticed when it does not."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from agents.pilot.referee import judge
from tests.pilot.referee.played import Play, sha
from workspace.actors import By
from workspace.commands.agents import revoke_agent
from workspace.reports import Accepted, Progress

Record = dict[str, Any]


def broke(record: Record) -> set[str]:
    return set(judge(record).broke)


def evidence(record: Record, check: str) -> dict[str, Any]:
    return dict(next(one for one in judge(record).outcomes if one.check == check).evidence)


def lines(record: Record, what: str) -> list[Record]:
    return [one for one in record["logs"] if one["what"] == what]


def events(record: Record, kind: str) -> list[Record]:
    return [one for one in record["events"] if one["type"] == kind]


def test_a_room_that_went_well_breaks_nothing(plain: Record) -> None:
    verdict = judge(plain)
    assert verdict.ends_as_said, verdict.outcomes
    assert evidence(plain, "lost")["of"] > 5
    assert evidence(plain, "unauthorised")["of"] == len(plain["events"])


def test_the_order_in_which_logs_were_collected_says_nothing(plain: Record) -> None:
    told = judge(plain).data()
    for seed in range(10):
        random.Random(seed).shuffle(plain["logs"])
        random.Random(seed).shuffle(plain["person"])
        assert judge(plain).data() == told


def test_events_shuffled_doubled_or_dropped_are_noticed(plain: Record) -> None:
    for seed in range(100):
        for spoil in (shuffle, double, drop):
            spoilt = copy.deepcopy(plain)
            spoil(spoilt["events"], random.Random(seed))
            assert "whole" in broke(spoilt), (spoil.__name__, seed)


def test_log_lines_doubled_or_dropped_are_noticed(plain: Record) -> None:
    for seed in range(100):
        for spoil in (double, drop):
            spoilt = copy.deepcopy(plain)
            spoil(spoilt["logs"], random.Random(seed))
            assert "whole" in broke(spoilt), (spoil.__name__, seed)


@pytest.mark.parametrize("what", ["call", "handed_in"])
def test_a_dropped_line_is_noticed_also_where_lines_bear_no_numbers(
    plain: Record, what: str
) -> None:
    for line in plain["logs"]:
        del line["n"]
    assert broke(plain) == set()
    for one in lines(plain, what):
        if what == "call" and not set(one["kinds"]) & {"run.progress", "run.activity"}:
            continue  # its result is missed by the line beside it
        spoilt = {**plain, "logs": [line for line in plain["logs"] if line is not one]}
        assert "doubled" in broke(spoilt)


def test_a_doubled_call_is_noticed_also_where_lines_bear_no_numbers(plain: Record) -> None:
    for line in plain["logs"]:
        del line["n"]
    for one in lines(plain, "call"):
        assert broke({**plain, "logs": [*plain["logs"], one]}) >= {"whole", "doubled"}


def shuffle(rows: list[Any], luck: random.Random) -> None:
    before = list(rows)
    while rows == before:
        luck.shuffle(rows)


def double(rows: list[Any], luck: random.Random) -> None:
    at = luck.randrange(len(rows))
    rows.insert(luck.randrange(len(rows) + 1), rows[at])


def drop(rows: list[Any], luck: random.Random) -> None:
    # The last line of a log may be missing without a gap; the last event may not.
    last = 0 if "seq" in rows[0] else 1
    rows.pop(luck.randrange(len(rows) - last))


def test_a_result_that_was_taken_and_is_nowhere_is_lost(plain: Record) -> None:
    plain["export"]["deliverables"].pop()
    assert "lost" in broke(plain)


def test_a_result_whose_bytes_changed_is_lost(plain: Record) -> None:
    plain["export"]["deliverables"][0]["files"][0]["sha256"] = sha("other")
    assert evidence(plain, "lost")["what"][0]["why"] == "other_bytes"


def test_a_step_that_was_taken_and_is_not_counted_is_lost(plain: Record) -> None:
    events(plain, "run.progressed")[-1]["data"]["steps"] -= 1
    assert "lost" in broke(plain)


def test_an_event_that_was_answered_with_success_but_not_taken_is_lost(plain: Record) -> None:
    lines(plain, "call")[0]["accepted"] -= 1
    assert "lost" in broke(plain)


def test_a_verdict_that_was_answered_with_success_and_is_not_on_record_is_lost(
    plain: Record,
) -> None:
    act = {"at": plain["ended_at"], "did": "reject", "on": "dlv_none", "status": 200}
    assert "lost" in broke({**plain, "person": [*plain["person"], act]})
    refused = {**act, "status": 409}
    assert "lost" not in broke({**plain, "person": [*plain["person"], refused]})


def test_a_step_counted_twice_is_doubled(plain: Record) -> None:
    events(plain, "run.progressed")[-1]["data"]["steps"] += 1
    assert "doubled" in broke(plain)


def test_an_event_taken_twice_is_doubled(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    for _ in range(3):  # a repetition is answered with success and takes nothing
        play.call("Ann", run, Accepted(), Progress(step="reading"), ids=("one", "two"))
    record = play.record()
    assert broke(record) == set()
    lines(record, "call")[1]["accepted"] = 1
    assert broke(record) == {"doubled"}


def test_a_call_whose_answer_never_came_may_have_counted_or_not(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.call("Ann", run, Progress(step="reading"), ids=("one",))
    lines({"logs": play.logs}, "call")[0].update(status=None, accepted=None)
    play.call("Ann", run, Progress(step="reading"), ids=("one",))
    assert broke(play.record()) == set()
    play.call("Ann", run, Progress(step="writing"), ids=("two",))
    play.logs[-1].update(status=503, accepted=None)
    assert broke(play.record()) == set()


def test_what_a_second_try_sent_may_have_been_taken_at_the_first(plain: Record) -> None:
    call = lines(plain, "call")[0]
    call.update(accepted=0, tries=2)
    assert broke(plain) == set()
    call.update(tries=1)
    assert broke(plain) == {"lost"}


def test_two_versions_of_one_run_are_doubled(plain: Record) -> None:
    versions = plain["export"]["deliverables"]
    versions[1]["run_id"] = versions[0]["run_id"]
    assert "doubled" in broke(plain)


def test_two_accepted_versions_of_one_card_are_doubled(plain: Record) -> None:
    for version in plain["export"]["deliverables"]:
        version["state"] = "accepted"
    assert "doubled" in broke(plain)


def test_two_live_runs_of_one_card_are_doubled(plain: Record) -> None:
    events(plain, "run.submitted")[0]["data"]["run_state"] = "working"
    assert "doubled" in broke(plain)


def test_a_late_result_has_to_be_kept_as_it_was_said(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.later(901)
    play.fail(run, "stalled")
    play.hand_in("Ann", run, "too late")
    record = play.record()
    assert broke(record) == set()
    events(record, "run.write_refused")[0]["data"]["kept"] = False
    assert broke(record) == {"lost"}


def test_an_empty_completion_is_refused_on_the_record_and_so_not_lost(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.hand_in("Ann", run, "")
    record = play.record()
    lines(record, "handed_in")[0]["sha256"] = sha("invented")
    assert broke(record) == set()
    events(record, "run.failed")[0]["data"]["failure"] = "error"
    assert broke(record) == {"lost"}


def test_a_breach_that_verify_found_is_told(plain: Record) -> None:
    assert broke({**plain, "verify": ["I3 done without acceptance"]}) == {"verify"}
    assert broke({**plain, "verify": None}) == {"verify"}


def first(kind: str, data: Record | None = None, **change: Any) -> Callable[[Record], None]:
    def spoil(record: Record) -> None:
        one = events(record, kind)[0]
        one["data"].update(data or {})
        one.update(change)

    return spoil


AN_AGENT = "agt_stranger"
SPOILT: dict[str, Callable[[Record], None]] = {
    "an agent accepts": first("deliverable.accepted", actor=AN_AGENT),
    "the coordinator accepts": first("deliverable.accepted", actor="coordinator",
                                     cause={"rule": "r"}),
    "the system sends back": first("deliverable.changes_requested", actor="system"),
    "somebody unknown accepts": first("deliverable.accepted", actor="usr_unknown"),
    "nobody at all": first("run.offered", actor="root"),
    "another version is accepted": first("deliverable.accepted", data={"sha256": sha("other")}),
    "an agent makes a card": first("card.created", actor=AN_AGENT),
    "an agent gives work to another": first("run.queued", actor=AN_AGENT),
    "an agent speaks for another's run": first("run.accepted", actor=AN_AGENT),
    "work for an agent without a seat": first("run.queued", data={"worker": AN_AGENT}),
    "the coordinator without a reason": first("run.queued", cause={}),
    "an event nobody knows": first("run.offered", type="run.blessed"),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_an_unauthorised_effect_is_seen(plain: Record, how: str) -> None:
    SPOILT[how](plain)
    assert "unauthorised" in broke(plain)
    assert evidence(plain, "unauthorised")["unauthorised"] >= 1


@pytest.mark.parametrize("role", ["contributor", "observer"])
def test_an_acceptance_needs_the_role_at_that_time(plain: Record, role: str) -> None:
    reviewer = plain["people"]["reviewer"]
    joined = next(e for e in events(plain, "member.joined") if e["data"]["person_id"] == reviewer)
    joined["data"]["role"] = role
    assert "unauthorised" in broke(plain)


def test_an_acceptance_needs_an_opening_a_review_and_somebody_who_did_it(plain: Record) -> None:
    accepted = events(plain, "deliverable.accepted")[0]["data"]["deliverable_id"]
    for one in events(plain, "deliverable.opened"):
        if one["data"]["deliverable_id"] == accepted:
            unopened = copy.deepcopy(plain)
            unopened["events"][one["seq"] - 1]["data"]["deliverable_id"] = "dlv_other"
            assert "unauthorised" in broke(unopened)
    unreviewed = copy.deepcopy(plain)
    for version in unreviewed["export"]["deliverables"]:
        version["reviews"] = []
    assert "unauthorised" in broke(unreviewed)
    acts = [one for one in plain["person"] if one["did"] != "accept"]
    assert "unauthorised" in broke({**plain, "person": acts})


def test_a_revoked_agent_may_not_appear_again(play: Play) -> None:
    play.agent("Ann")
    play.card("facts")
    run = play.give("facts", "Ann")
    play.call("Ann", run, Progress(step="reading"))
    revoke_agent(agent_id=play.agents["Ann"].id, by=By(play.owner.id), at=play.at)
    play.later(1)
    play.call("Ann", run, Progress(step="writing"))
    assert play.logs[-1]["status"] == 401
    record = play.record()
    assert broke(record) == set()
    told = events(record, "run.progressed")[0]
    again = {**told, "seq": len(record["events"]) + 1, "prev_hash": record["events"][-1]["hash"],
             "hash": "f" * 64}  # fmt: skip
    assert "unauthorised" in broke({**record, "events": [*record["events"], again]})
