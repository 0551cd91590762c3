"""Agents: registered, verified, paused, rotated, revoked; how their endpoints fare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace.actors import SYSTEM, By
from workspace.commands.locks import authorise_workspace, lock_agent, lock_workspace
from workspace.commands.owed import owe_agent
from workspace.commands.rooms import unseat_agent
from workspace.errors import NotAllowed, Refused
from workspace.events import (
    AgentEdited,
    AgentRegistered,
    AgentSecretRotated,
    AgentStatusSet,
)
from workspace.keys import encrypted, new_webhook_secret
from workspace.models import DOORS, Agent, Delivery, Person, Run, Tick, Verification
from workspace.queries import workspace_role
from workspace.record import hint, record
from workspace.timings import DEFAULT
from workspace.transitions import LIVE_RUN

DEGRADED_AFTER = 5  # failures in a row
DEGRADED_FOR = timedelta(minutes=5)
SECRETS_OVERLAP = timedelta(hours=24)
MOST_SKILLS = 40
WORK_FROM = ("rooms", "owner")
LONGEST_SKILL = 40
MOST_WORDS = 4
SKILL = re.compile(rf"[^\W_][\w +#.;-]{{0,{LONGEST_SKILL - 1}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What registering or editing says of an agent; None leaves a field as it is."""

    name: str | None = None
    url: str | None = None
    skills: list[str] | None = None
    max_concurrency: int | None = None
    timings: dict[str, float] | None = None
    note: dict[str, Any] | None = None
    tools: list[str] | None = None
    reach: dict[str, Any] | None = None  # how its door reaches it; never a secret
    work_from: str | None = None


@transaction.atomic
def register_agent(
    *, workspace_id: str, facts: AgentFacts, door: str, owner: Person | None, by: By,
    at: datetime, secret: str = "", is_demo: bool = False,
) -> tuple[Agent, str]:  # fmt: skip
    """An agent, not verified yet, and the secret to show this once: what a webhook's events are
    signed with. `secret` may name it; at other doors it is what the agent's endpoint asks for, and
    nothing is shown.

    The URL was checked by the caller's egress before; it is checked again at every send.
    """
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "agent.register")
    if door not in DOORS:
        raise Refused("unknown_door", status=422, door=door)
    if door == "webhook":
        secret = secret or new_webhook_secret()
    agent = Agent(
        workspace=workspace, door=door, owner=owner, secret=encrypted(secret) if secret else None,
        secret_changed_at=at if secret else None, is_demo=is_demo, created_at=at,
    )  # fmt: skip
    _take(agent, facts)
    _require_own_name(agent)
    agent.save(force_insert=True)
    record(workspace, AgentRegistered(agent_id=agent.id, door=door), by=by, at=at)
    return agent, secret if door == "webhook" else ""


def _require_own_name(agent: Agent) -> None:
    if not agent.name:
        raise Refused("missing", status=422, field="name")
    others = Agent.objects.filter(workspace_id=agent.workspace_id, name=agent.name)
    if others.exclude(id=agent.id).exists():
        raise Refused("name_taken", status=409, name=agent.name)


def _take(agent: Agent, facts: AgentFacts) -> list[str]:
    """Put what `facts` says on the agent; the names of what was said."""
    said = []
    if facts.name is not None:
        agent.name = tidy_name(facts.name)
        said.append("name")
    if facts.url is not None:
        agent.url = facts.url.strip()[:2000]
        said.append("url")
    if facts.skills is not None:
        agent.skills = tidy_skills(facts.skills)
        said.append("skills")
    if facts.max_concurrency is not None:
        if not 1 <= facts.max_concurrency <= 1000:
            raise Refused("out_of_range", status=422, field="max_concurrency", least=1, most=1000)
        agent.max_concurrency, agent.is_limit_set = facts.max_concurrency, True
        said.append("max_concurrency")
    if facts.timings is not None:
        agent.timings = {**agent.timings, **_durations(facts.timings)}
        said.append("timings")
    if facts.note is not None:
        agent.note = facts.note
        said.append("note")
    if facts.tools is not None:
        agent.tools = tidy_skills(facts.tools)
        said.append("tools")
    if facts.reach is not None:
        agent.reach = {**agent.reach, **facts.reach}
        said.append("reach")
    if facts.work_from is not None:
        if facts.work_from not in WORK_FROM:
            raise Refused("unknown_choice", status=422, field="work_from")
        agent.work_from = facts.work_from
        said.append("work_from")
    return said


def tidy_name(given: str) -> str:
    """One line of characters that can be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in given).split())[:80]


def tidy_skills(given: list[str]) -> list[str]:
    """Lower case, each once, in order. Refused where one is no name of a skill, or at too many."""
    tidy = [skill for skill in dict.fromkeys(map(_tidied, given)) if skill]
    for skill in tidy:
        if not is_skill(skill):
            raise Refused("not_a_skill", status=422, skill=skill[:LONGEST_SKILL])
    if len(tidy) > MOST_SKILLS:
        raise Refused("too_many_skills", status=422, most=MOST_SKILLS)
    return tidy


def is_skill(name: str) -> bool:
    """Whether it names a skill and says nothing else: the coordinator's model reads these."""
    return SKILL.fullmatch(name) is not None and len(name.split()) <= MOST_WORDS


def _tidied(skill: object) -> str:
    return " ".join(str(skill).lower().split())


def _told_skills(given: list[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The skills an agent names itself as far as they are some, and what is said of the others."""
    named = [skill for skill in dict.fromkeys(map(_tidied, given)) if skill]
    kept = [skill for skill in named if is_skill(skill)][:MOST_SKILLS]
    left = len(named) - len(kept)
    step = {"code": "skills_not_taken", "ok": False, "params": {"count": left}, "took_ms": 0}
    return kept, [step] if left else []


def _durations(given: dict[str, float]) -> dict[str, float]:
    for name, seconds in given.items():
        if name not in DEFAULT.__dataclass_fields__:
            raise Refused("unknown_timing", status=422, name=name)
        if not 0 < seconds < 3.2e7:
            raise Refused("not_a_duration", status=422, name=name)
    silent, lease = given.get("silent_after"), given.get("lease")
    if silent and lease and lease <= silent:
        raise Refused("lease_too_short", status=422)
    return given


def authorise_agent(agent: Agent, by: By) -> None:
    """Its owner, or an owner of the workspace."""
    authorise_workspace(agent.workspace, by, "agent.manage")
    if by.actor in ("system", agent.owner_id):
        return
    person = Person.objects.get(id=by.actor)
    if workspace_role(person, agent.workspace) != "owner":
        raise NotAllowed("agent.manage")


@transaction.atomic
def edit_agent(*, agent_id: str, facts: AgentFacts, by: By, at: datetime) -> Agent:
    """A new URL must be verified again."""
    agent = lock_agent(agent_id)
    authorise_agent(agent, by)
    if agent.status == "revoked":
        raise Refused("agent_revoked")
    before = agent.url
    said = _take(agent, facts)
    _require_own_name(agent)
    agent.save()
    record(agent.workspace, AgentEdited(agent_id=agent.id, changed=said), by=by, at=at)
    if agent.url != before:
        set_status(agent, "unverified", {"code": "url_changed"}, by=by, at=at)
    return agent


@transaction.atomic
def note_verification(
    *, agent_id: str, status: str, steps: list[dict[str, Any]], said: dict[str, Any],
    by: By, at: datetime,
) -> Verification:  # fmt: skip
    """Keep what a verification found: verified, verified_insecure or unverified.

    `said` is what the agent told of itself: version, skills, tools, max_concurrency, capabilities,
    and in `reach` what its door found of how to reach it;
    it fills what nobody set by hand. Of its skills those count that are names of some.
    """
    agent = lock_agent(agent_id)
    if agent.status == "revoked":
        raise Refused("agent_revoked")
    agent.version = str(said.get("version", agent.version))[:80]
    agent.capabilities = said.get("capabilities", agent.capabilities)
    agent.reach = {**agent.reach, **said.get("reach", {})}
    if not agent.tools:
        agent.tools = _told_skills(said.get("tools", []))[0]
    if not agent.is_limit_set and (most := said.get("max_concurrency")):
        agent.max_concurrency = max(1, min(1000, int(most)))
    if not agent.skills:
        agent.skills, left = _told_skills(said.get("skills", []))
        steps = [*steps, *left]
    if status != "unverified":
        agent.verified_at, agent.failures_in_a_row, agent.degraded_until = at, 0, None
        agent.last_seen_at = at
    agent.save()
    made = Verification.objects.create(
        workspace=agent.workspace, agent=agent, at=at, status=status, steps=steps
    )
    set_status(agent, status, {}, by=by, at=at)
    return made


def set_status(agent: Agent, status: str, reason: dict[str, Any], *, by: By, at: datetime) -> None:
    agent.status, agent.status_reason = status, reason
    agent.save(update_fields=["status", "status_reason", "paused"])
    what = AgentStatusSet(agent_id=agent.id, status=status, paused=agent.paused, reason=reason)
    record(agent.workspace, what, by=by, at=at)
    wake_rooms(agent, at)


def wake_rooms(agent: Agent, at: datetime) -> None:
    """A timer that is due for every room it has a seat in: what happened is told elsewhere."""
    for room_id in agent.seats.order_by("room_id").values_list("room_id", flat=True):
        Tick.objects.filter(room_id=room_id).update(due_at=at)
        hint("tick", room_id)
        hint("live", room_id)


@transaction.atomic
def pause_agent(*, agent_id: str, paused: bool, by: By, at: datetime) -> Agent:
    """A paused agent is given no new work; its runs go on."""
    agent = lock_agent(agent_id)
    authorise_agent(agent, by)
    agent.paused = paused
    set_status(agent, agent.status, {}, by=by, at=at)
    return agent


@transaction.atomic
def rotate_secret(*, agent_id: str, by: By, at: datetime) -> str:
    """A new secret, shown this once; the old one is signed with too for a day."""
    agent = lock_agent(agent_id)
    authorise_agent(agent, by)
    secret = new_webhook_secret()
    agent.secret_before, agent.secret_before_until = agent.secret, at + SECRETS_OVERLAP
    agent.secret, agent.secret_changed_at = encrypted(secret), at
    agent.save()
    record(agent.workspace, AgentSecretRotated(agent_id=agent.id), by=by, at=at)
    return secret


def revoke_agent(*, agent_id: str, by: By, at: datetime) -> None:
    """The agent changes nothing from now on: its runs are superseded, its seats taken away."""
    with transaction.atomic():
        agent = Agent.objects.select_related("workspace").get(id=agent_id)
        authorise_agent(agent, by)
        # In one order, so that two who are revoked at once do not wait for one another.
        for room_id in list(agent.seats.order_by("room_id").values_list("room_id", flat=True)):
            unseat_agent(room_id=room_id, agent_id=agent_id, by=SYSTEM, at=at)
        agent = lock_agent(agent_id)
        if Run.objects.filter(agent=agent, state__in=LIVE_RUN).exists():
            raise Refused("agent_still_works")
        Delivery.objects.filter(agent=agent, state__in=["due", "sending"]).update(
            state="cancelled", due_at=None, ended_at=at
        )
        set_status(agent, "revoked", {"code": "revoked"}, by=by, at=at)


@transaction.atomic
def disable_agent(*, agent_id: str, reason: dict[str, Any], at: datetime) -> None:
    """Its endpoint said 410, or refused our signature: nothing more is sent until verified."""
    agent = lock_agent(agent_id)
    if agent.status not in ("revoked", "disabled"):
        set_status(agent, "disabled", reason, by=SYSTEM, at=at)


@transaction.atomic
def note_answer(*, agent_id: str, is_well: bool, at: datetime) -> Agent:
    """Count an endpoint's failures in a row; five of them rest it for five minutes."""
    agent = lock_agent(agent_id)
    if is_well:
        was_ill = agent.degraded_until is not None
        agent.failures_in_a_row, agent.degraded_until, agent.last_seen_at = 0, None, at
    else:
        was_ill = False
        agent.failures_in_a_row += 1
        if agent.failures_in_a_row >= DEGRADED_AFTER:
            agent.degraded_until = at + DEGRADED_FOR
    agent.save(update_fields=["failures_in_a_row", "degraded_until", "last_seen_at"])
    if was_ill or agent.failures_in_a_row == DEGRADED_AFTER:
        wake_rooms(agent, at)
    return agent


@transaction.atomic
def send_test_event(*, agent_id: str, by: By, at: datetime) -> Delivery:
    """Owe the agent a ping, as real deliveries are owed."""
    agent = lock_agent(agent_id)
    authorise_agent(agent, by)
    return owe_agent(agent, "ping", {}, at=at)


@transaction.atomic
def replay_delivery(*, delivery_id: str, by: By, at: datetime) -> Delivery:
    """Send a delivery that failed again, under the same webhook-id."""
    found = Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if found is None:
        raise Refused("not_found", status=404, what="delivery", id=delivery_id)
    authorise_agent(lock_agent(found.agent_id), by)
    if found.run is not None and found.run.state not in LIVE_RUN:
        raise Refused("run_terminal", state=found.run.state)
    found.state, found.due_at, found.tries, found.ended_at = "due", at, 0, None
    found.save()
    hint("owed", found.agent_id)
    return found
