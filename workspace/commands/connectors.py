"""Connectors: paired, held by the process that has their socket, left, taken away.

Where a connector is, is no event: sockets come and go. Rows say until when it counts as there,
and the rooms of its agents are woken when that changes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from workspace.actors import SYSTEM, By
from workspace.commands.agents import (
    AgentFacts,
    note_verification,
    register_agent,
    revoke_agent,
    tidy_name,
    wake_rooms,
)
from workspace.commands.locks import authorise_workspace, lock_agent, lock_workspace
from workspace.errors import NotAllowed, NotFound, Refused
from workspace.events import ConnectorPaired, ConnectorRevoked
from workspace.keys import hashed, new_token
from workspace.models import Agent, Connector, Delivery, Pairing, Person, Run, Workspace
from workspace.queries import workspace_role
from workspace.record import hint, record
from workspace.transitions import TERMINAL_RUN

PREFIX = "con"
SHOWN = 10  # characters of the token that pages show
PAIR_WITHIN = timedelta(minutes=10)
# Who holds a socket says so every few seconds; this long after the last word nobody does.
HELD_FOR = timedelta(seconds=15)
MOST_AGENTS = 32
# No vowels and nothing that looks like something else: it is read aloud and typed.
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
GROUPS, LETTERS = 3, 4
LINKED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AgentThere:
    """An agent as its connector announces it. `name` is the connector's own word for it."""

    name: str
    skills: tuple[str, ...] = ()
    version: str = ""
    max_concurrency: int = 1
    kind: str = "acp"


@transaction.atomic
def make_pairing(*, workspace_id: str, by: By, at: datetime, code_sha256: str = "") -> str:
    """Leave for one connector to join soon; answers the code to be typed, this once.

    With `code_sha256` a person confirms a connector that showed its link, and nothing is answered:
    the connector has the code.
    """
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "agent.register")
    person = Person.objects.filter(id=by.actor).first()
    if person is None:
        raise NotAllowed("agent.register")
    code = "" if code_sha256 else new_code()
    if code_sha256 and not LINKED.fullmatch(code_sha256):
        raise Refused("bad_pairing", status=422)
    kept = code_sha256 or hashed(plain_code(code))
    if Pairing.objects.filter(code_sha256=kept).exists():
        return code  # confirmed twice is confirmed once
    Pairing.objects.create(
        workspace=workspace, code_sha256=kept, made_by=person, made_at=at,
        expires_at=at + PAIR_WITHIN,
    )  # fmt: skip
    return code


def new_code() -> str:
    letters = ["".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS)]
    return "-".join(letters)


def plain_code(typed: str) -> str:
    """A typed code without what people add to it."""
    return "".join(typed.upper().split()).replace("-", "")


@transaction.atomic
def pair_connector(
    *, code: str, name: str, version: str, at: datetime, is_link: bool = False
) -> tuple[Connector, str]:
    """A connector for who shows the code, and its token, shown this once.

    Refused for a code that nobody knows, that was used, or whose time is over: all alike.
    """
    sha256 = hashed(code if is_link else plain_code(code))
    found = Pairing.objects.select_for_update(of=("self",)).select_related("workspace", "made_by")
    pairing = found.filter(code_sha256=sha256, used_at=None, expires_at__gt=at).first()
    if pairing is None:
        raise Refused("unknown_code", status=403)
    token = new_token(PREFIX)
    connector = Connector.objects.create(
        workspace=pairing.workspace, name=tidy_name(name) or "Connector", version=version[:40],
        owner=pairing.made_by, token_sha256=hashed(token), prefix=token[:SHOWN], paired_at=at,
    )  # fmt: skip
    pairing.used_at, pairing.connector = at, connector
    pairing.save(update_fields=["used_at", "connector"])
    what = ConnectorPaired(connector_id=connector.id, name=connector.name)
    record(pairing.workspace, what, by=By(pairing.made_by_id), at=at)
    return connector, token


def known_connector(token: str) -> Connector | None:
    """The connector these characters open for, None if for nobody. Reads only."""
    found = Connector.objects.filter(token_sha256=hashed(token), revoked_at=None)
    return found.select_related("workspace", "owner").first()


@transaction.atomic
def hold_connector(
    *, connector_id: str, session: str, version: str, agents: Sequence[AgentThere], at: datetime
) -> dict[str, str]:
    """Its socket is here: from now on only this session counts. Answers agent ids by their names.

    Agents it names for the first time are registered: who paired it vouches for them. What they
    are owed is due now, whenever it was to be tried again.
    """
    if len(agents) > MOST_AGENTS:
        raise Refused("too_many_agents", status=422, most=MOST_AGENTS)
    connector = _lock(connector_id)
    if connector.revoked_at is not None:
        raise Refused("connector_revoked", status=401)
    connector.session, connector.version = session, version[:40]
    connector.held_until, connector.last_seen_at = at + HELD_FOR, at
    connector.save()
    ids = {there.name: _there(connector, there, at) for there in agents}
    gone = Agent.objects.filter(connector=connector).exclude(id__in=ids.values())
    gone.update(there_until=None)
    Delivery.objects.filter(agent_id__in=ids.values(), state="due", due_at__gt=at).update(due_at=at)
    hint("live", connector.workspace_id)
    return ids


def _lock(connector_id: str) -> Connector:
    found = Connector.objects.select_for_update(of=("self",), no_key=True)
    connector = found.select_related("workspace", "owner").filter(id=connector_id).first()
    if connector is None:
        raise NotFound("connector", connector_id)
    return connector


def _there(connector: Connector, there: AgentThere, at: datetime) -> str:
    """The agent of that name behind this connector, registered if it is new, and there now."""
    known = Agent.objects.filter(connector=connector).order_by("id")
    mine = next((one for one in known if one.reach.get("as") == there.name), None)
    agent_id = mine.id if mine else _registered(connector, there, at)
    agent = lock_agent(agent_id)
    if agent.status == "revoked":
        return agent.id
    agent.connector, agent.there_until, agent.last_seen_at = connector, at + HELD_FOR, at
    agent.version, agent.max_concurrency = there.version[:80], there.max_concurrency
    agent.failures_in_a_row, agent.degraded_until = 0, None
    agent.save()
    if agent.status == "unverified":
        # The socket is the proof: whoever holds the connector's token drives this agent.
        step = {"code": "connector_online", "ok": True, "params": {}, "took_ms": 0}
        note_verification(
            agent_id=agent.id, status="verified", steps=[step], said={}, by=SYSTEM, at=at
        )
    wake_rooms(agent, at)
    return agent.id


def _registered(connector: Connector, there: AgentThere, at: datetime) -> str:
    facts = AgentFacts(
        name=_free_name(connector.workspace, there.name), skills=list(there.skills),
        max_concurrency=there.max_concurrency, reach={"as": there.name, "kind": there.kind},
    )  # fmt: skip
    made, _ = register_agent(
        workspace_id=connector.workspace_id, facts=facts, door="connector", owner=connector.owner,
        by=SYSTEM, at=at,
    )  # fmt: skip
    return made.id


def _free_name(workspace: Workspace, wanted: str) -> str:
    """The name, or with a number where another agent of the workspace has it."""
    name = tidy_name(wanted) or "Agent"
    taken = set(Agent.objects.filter(workspace=workspace).values_list("name", flat=True))
    numbered = (f"{name[:74]} {n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


@transaction.atomic
def keep_connectors(*, sessions: dict[str, str], at: datetime) -> set[str]:
    """These sockets are still held here; answers the connectors whose socket that still is."""
    rows = Connector.objects.filter(id__in=sessions, revoked_at=None)
    held = rows.values_list("id", "session")
    ours = {key for key, session in held if session == sessions[key]}
    until = at + HELD_FOR
    Connector.objects.filter(id__in=ours).update(held_until=until, last_seen_at=at)
    there = Agent.objects.filter(connector_id__in=ours).exclude(there_until=None)
    there.update(there_until=until, last_seen_at=at)
    return ours


def still_held(sessions: dict[str, str]) -> set[str]:
    """The connectors whose session this still is. Reads only."""
    rows = Connector.objects.filter(id__in=sessions, revoked_at=None)
    return {key for key, session in rows.values_list("id", "session") if session == sessions[key]}


def runs_over(connector_id: str, run_ids: Sequence[str]) -> list[str]:
    """Of these runs those that are over, as far as they are its agents'. Reads only."""
    mine = Run.objects.filter(id__in=run_ids, agent__connector_id=connector_id)
    return sorted(mine.filter(state__in=TERMINAL_RUN).values_list("id", flat=True))


def is_revoked(connector_id: str) -> bool:
    return not Connector.objects.filter(id=connector_id, revoked_at=None).exists()


@transaction.atomic
def leave_connector(*, connector_id: str, session: str, at: datetime) -> None:
    """Its socket is gone. Nothing if another session has taken over by now."""
    connector = _lock(connector_id)
    if connector.session != session:
        return
    connector.session, connector.held_until = "", None
    connector.save(update_fields=["session", "held_until"])
    for agent in connector.agents.order_by("id"):
        _away(agent, at)
    hint("live", connector.workspace_id)


def _away(agent: Agent, at: datetime) -> None:
    Agent.objects.filter(id=agent.id).update(there_until=None)
    wake_rooms(agent, at)


def revoke_connector(*, connector_id: str, by: By, at: datetime) -> None:
    """Its token opens nothing any more, and its agents are removed."""
    with transaction.atomic():
        connector = _lock(connector_id)
        _authorise(connector, by)
        if connector.revoked_at is None:
            connector.revoked_at, connector.session, connector.held_until = at, "", None
            connector.save()
            what = ConnectorRevoked(connector_id=connector.id, name=connector.name)
            record(connector.workspace, what, by=by, at=at)
    for agent_id in connector.agents.exclude(status="revoked").values_list("id", flat=True):
        revoke_agent(agent_id=agent_id, by=by, at=at)


def _authorise(connector: Connector, by: By) -> None:
    """Who paired it, or an owner of the workspace."""
    authorise_workspace(connector.workspace, by, "agent.manage")
    if by.actor in ("system", connector.owner_id):
        return
    if workspace_role(Person.objects.get(id=by.actor), connector.workspace) != "owner":
        raise NotAllowed("agent.manage")
