"""A card that was tried in vain: an empty completion, a loop, a silence, what came too late."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests import cast
from workspace.actors import coordinator
from workspace.commands.judgements import answer_judgement, ask_judgement
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.runs import fail_run
from workspace.errors import Refused
from workspace.models import Agent, Card, Judgement, Remedy, Room, Run
from workspace.reports import Activity, CheckpointKept, Inline, Result

BRIEF = "Say which tests fail.\nName the line of each."
REWRITTEN = f"{BRIEF}\n\nHand in the result as at least one file."
CRITERIA = ["Each failure names its line"]
QUESTION = "Which of the two tests is meant?"


def a_tried_card(room: Room, **facts: object) -> Card:
    skills = facts.pop("skills", ["testing"])
    return cast.a_card(
        room, "Run the tests", brief=BRIEF, criteria=CRITERIA, skills=skills, **facts
    )


def comes_back_empty(card: Card, agent: Agent, at: datetime) -> Run:
    """It says it is done and hands nothing in."""
    run = cast.a_run(card, agent, at=at)
    cast.says(run, Activity(kind="thought", title="It is all fine"), at=at + timedelta(seconds=5))
    cast.says(run, Result("All done.", ()), at=at + timedelta(seconds=8))
    run.refresh_from_db()
    return run


def goes_in_circles(card: Card, agent: Agent, at: datetime, note: str = "") -> Run:
    """The same step five times; it had kept a checkpoint."""
    run = cast.a_run(card, agent, at=at)
    for n in range(5):
        step = Activity(kind="action", title="open retry.py", output="it is there")
        cast.says(run, step, at=at + timedelta(seconds=n + 1))
    if note:
        keeps(run, note, at + timedelta(seconds=6))
    evidence = {
        "agent_id": agent.id, "kind": "same", "count": 5, "limit": 5, "steps": 5,
        "last": "open retry.py",
    }  # fmt: skip
    by = coordinator(rule="looping", params=evidence)
    return fail_run(
        run_id=run.id, kind="looping", evidence=evidence, by=by, at=at + timedelta(seconds=9)
    )


def falls_silent(card: Card, agent: Agent, at: datetime) -> Run:
    run = cast.a_run(card, agent, at=at)
    later = at + timedelta(seconds=900)
    evidence = {
        "agent_id": agent.id, "silent_s": 900.0, "lease_s": 600.0, "last_sign_at": at.isoformat(),
    }  # fmt: skip
    by = coordinator(rule="stalled", params=evidence)
    return fail_run(run_id=run.id, kind="stalled", evidence=evidence, by=by, at=later)


def keeps(run: Run, note: str, at: datetime) -> None:
    from workspace.commands.callbacks import keep_checkpoint

    said = CheckpointKept(note, ())
    keep_checkpoint(run_id=run.id, credentials=cast.credentials(run), said=said, at=at)


def comes_too_late(run: Run, at: datetime, text: str = "47 passed") -> None:
    """What it hands in after its time: refused, and kept."""
    part = Inline("late.md", "text/markdown", text.encode())
    try:
        cast.says(run, Result("It was ready after all.", (part,)), at=at)
    except Refused as refused:
        assert refused.params["kept"]


def decided(run: Run, at: datetime, judge: str = "rules", **chosen: object) -> Remedy:
    """What a judge says to do after this run, carried out."""
    room = run.room
    by = coordinator(rule="needs_diagnosis")
    asked = ask_judgement(
        room_id=room.id, kind="diagnose", subject_id=run.id, revision=room.revision, judge=judge,
        by=by, at=at,
    )  # fmt: skip
    said = {
        "type": "diagnose", "remedy": chosen["remedy"], "cause": chosen.get("cause", "unknown"),
        "note": chosen.get("note", ""), "brief": chosen.get("brief", ""),
        "criteria": list(chosen.get("criteria", ())), "parts": [], "question": "",
    }  # fmt: skip
    answer_judgement(
        judgement_id=asked.id, judge=judge, proposal=said, verdict={"code": "valid", "params": {}},
        facts={}, at=at,
    )  # fmt: skip
    return choose_remedy(
        run_id=run.id, chosen=Chosen(**chosen), judgement_id=asked.id,  # type: ignore[arg-type]
        by=coordinator(judgement=asked.id, rule="judge_answered"), at=at,
    )  # fmt: skip


def rewritten(run: Run, at: datetime) -> Remedy:
    return decided(
        run, at, remedy="rewrite", cause="unclear_brief", brief=REWRITTEN, criteria=CRITERIA,
        note="The brief now says that a file is needed.",
    )  # fmt: skip


def handed_over(run: Run, at: datetime) -> Remedy:
    packet = {"code": "judge_asks", "params": {"cause": "unclear_brief", "question": QUESTION}}
    return decided(run, at, remedy="ask", cause="unclear_brief", note=QUESTION, packet=packet)


def judgement_of(remedy: Remedy) -> Judgement:
    assert remedy.judgement is not None
    return remedy.judgement
