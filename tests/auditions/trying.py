"""Auditions in short: begun, judged as a test says, ended."""

from __future__ import annotations

from tests.cast import AT
from tests.commands.refusing import later
from workspace.actors import SYSTEM, By
from workspace.commands import auditions
from workspace.commands.agents import note_verification
from workspace.commands.auditions import start_audition
from workspace.models import Agent, Audition
from workspace.transitions import AUDITION_ITEMS


def end(audition: Audition, **states: str) -> Audition:
    """Every item ended as named, passed if it is not; and the audition with them."""
    moves = {"passed": "pass", "failed": "fail", "not_applicable": "set_aside"}
    for code in AUDITION_ITEMS:
        auditions.begin_item(audition_id=audition.id, code=code, at=AT)
        auditions.judge_item(
            audition_id=audition.id, code=code, move=moves[states.get(code, "passed")],
            evidence={"code": "x", "params": {}}, at=later(5),
        )  # fmt: skip
    return auditions.end_audition(audition_id=audition.id, at=later(5))


def passes(agent: Agent, by: By) -> Audition:
    return end(start_audition(agent_id=agent.id, by=by, at=AT))


def to_version(agent: Agent, version: str) -> Agent:
    said = {"version": version}
    note_verification(agent_id=agent.id, status="verified", steps=[], said=said, by=SYSTEM, at=AT)
    agent.refresh_from_db()
    return agent
