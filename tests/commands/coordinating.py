"""Rooms in which agents have claimed things and disagree, and a judge has answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests import cast
from tests.cast import AT
from workspace.actors import coordinator
from workspace.commands.conflicts import open_conflict
from workspace.commands.judgements import answer_judgement, ask_judgement
from workspace.models import Agent, Card, Claim, Conflict, Deliverable, Judgement, Room, Run
from workspace.reports import ClaimMade, Scalar

RULE = coordinator(rule="tested")
SUBJECT = "default timeout"
DIFFER = {"code": "numbers_differ", "params": {"a": "10 s", "b": "30 s"}}


def hands_in(run: Run, *claims: ClaimMade, text: str = "facts", at: datetime = AT) -> Deliverable:
    """The run's agent hands in one file and claims these things."""
    cast.says(run, cast.a_result(text, claims=claims), at=at)
    return run.deliverables.get()


def a_version(
    card: Card, agent: Agent, value: Scalar, *, subject: str = SUBJECT, unit: str = "s"
) -> Deliverable:
    """A version of the card, by the agent, that claims this value."""
    return hands_in(cast.a_run(card, agent), ClaimMade("c1", subject, value, unit))


def two_sides(room: Room, one: Scalar = 10, other: Scalar = 30) -> tuple[Claim, Claim]:
    """Two cards of two agents whose versions claim two values of one subject."""
    found = []
    for name, value in (("Reader", one), ("Tracer", other)):
        agent = cast.an_agent(room, f"{name} {room.cards_made}")
        found.append(a_version(cast.a_card(room, f"Facts of {name}"), agent, value).claims.get())
        room.refresh_from_db()
    return found[0], found[1]


def disagree(
    room: Room, *claims: Claim, key: str = SUBJECT, at: datetime = AT, **more: Any
) -> Conflict:
    """The coordinator found that these disagree."""
    ids = [claim.id for claim in claims]
    return open_conflict(
        room_id=room.id, key=key, claim_ids=ids, reason=DIFFER, by=RULE, at=at, **more
    )


def answered(
    room: Room, kind: str, subject_id: str, proposal: dict[str, Any], *, judge: str = "kimi",
    about: dict[str, Any] | None = None, at: datetime = AT,
) -> Judgement:  # fmt: skip
    """A judgement of the room that a judge has just answered with this."""
    room.refresh_from_db()
    asked = ask_judgement(
        room_id=room.id, kind=kind, subject_id=subject_id, revision=room.revision, judge=judge,
        by=RULE, at=at, about=about,
    )  # fmt: skip
    return answer_judgement(
        judgement_id=asked.id, judge=judge, proposal=proposal, verdict={"code": "valid"},
        facts={}, at=at,
    )  # fmt: skip
