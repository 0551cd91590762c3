"""Auditions: an agent tried in a scratch room, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, cast

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.commands.auditions import start_audition, stop_audition
from workspace.errors import NotFound
from workspace.models import Audition
from workspace.policy import needs
from workspace.queries import audition_of, auditions_for
from workspace.sentences.auditions import evidence

router = Router(tags=["agents"])


class AuditionItem(Schema):
    """`evidence` is a code with its figures, `says` the same in words."""

    code: str
    state: Literal["waiting", "running", "passed", "failed", "not_applicable", "not_tried"]
    evidence: dict[str, Any]
    says: str
    took_s: float | None
    card_id: str | None


class AuditionShape(Schema):
    id: str
    agent_id: str
    room_id: str
    state: Literal["running", "passed", "failed", "stopped"]
    version: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    passed: int
    failed: int
    items: list[AuditionItem]


class AuditionList(Schema):
    """`standing`: how the agent stands by them with the version it runs now."""

    items: list[AuditionShape]
    next: str | None
    standing: Literal["never", "passed", "failed", "outdated"]


def audition_said(audition: Audition) -> AuditionShape:
    states = [item["state"] for item in audition.items]
    return AuditionShape(
        id=audition.id, agent_id=audition.agent_id, room_id=audition.room_id,
        state=cast(Any, audition.state), version=audition.version,
        started_by=audition.started_by_id, started_at=audition.started_at,
        ended_at=audition.ended_at,
        passed=states.count("passed"), failed=states.count("failed"),
        items=[
            AuditionItem(
                code=item["code"], state=item["state"], evidence=item.get("evidence", {}),
                says=evidence(item.get("evidence")), took_s=item.get("took_s"),
                card_id=item.get("card_id"),
            )
            for item in audition.items
        ],
    )  # fmt: skip


@router.post("/agents/{row_id:agent_id}/audition", response={202: AuditionShape})
@needs("agent.manage")
def audition(request: HttpRequest, agent_id: str) -> Status[Any]:
    """Try the agent in a scratch room. It goes on by itself; look at its auditions."""
    who = caller(request)
    agent = who.agent(agent_id)

    def act() -> AuditionShape:
        return audition_said(start_audition(agent_id=agent.id, by=who.by, at=who.at))

    return once(request, act, 202)


@router.post("/agents/{row_id:agent_id}/audition/stop", response=AuditionShape)
@needs("agent.manage")
def stop(request: HttpRequest, agent_id: str) -> AuditionShape:
    """Stop the one under way: what it found by then says nothing about the agent."""
    who = caller(request)
    running = auditions_for(who.agent(agent_id)).filter(state="running").first()
    if running is None:
        raise NotFound("audition", agent_id)
    return audition_said(stop_audition(audition_id=running.id, by=who.by, at=who.at))


@router.get("/agents/{row_id:agent_id}/auditions", response=AuditionList)
@needs("agent.read")
def list_auditions(request: HttpRequest, agent_id: str, paging: Query[Paging]) -> AuditionList:
    """The agent's auditions, the newest first."""
    agent = caller(request).agent(agent_id)
    found, following = page(auditions_for(agent), paging, newest_first=True)
    return AuditionList(
        items=[audition_said(one) for one in found], next=following,
        standing=cast(Any, audition_of(agent).code),
    )  # fmt: skip
