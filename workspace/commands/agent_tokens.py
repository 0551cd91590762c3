"""Tokens by which agents that call us are known: made, used, rotated, taken away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from workspace.actors import By
from workspace.commands.agents import SECRETS_OVERLAP, authorise_agent
from workspace.commands.locks import lock_agent
from workspace.errors import Refused
from workspace.events import AgentSecretRotated
from workspace.keys import hashed, new_token
from workspace.models import Agent, AgentToken
from workspace.record import record

NOTED_EVERY = timedelta(minutes=1)
PREFIX = "mat"
SHOWN = 10  # characters of it that pages show


@transaction.atomic
def make_agent_token(*, agent_id: str, by: By, at: datetime) -> str:
    """A token for this agent, shown this once; those before it count for a day more."""
    agent = lock_agent(agent_id)
    authorise_agent(agent, by)
    if agent.status == "revoked":
        raise Refused("agent_revoked")
    before = agent.tokens.filter(revoked_at=None, expires_at=None)
    if before.update(expires_at=at + SECRETS_OVERLAP):
        record(agent.workspace, AgentSecretRotated(agent_id=agent.id), by=by, at=at)
    return new_agent_token(agent, at=at)


def new_agent_token(agent: Agent, *, at: datetime) -> str:
    """The part that registering shares; the agent is locked, or new."""
    token = new_token(PREFIX)
    AgentToken.objects.create(
        workspace_id=agent.workspace_id, agent=agent, prefix=token[:SHOWN],
        token_sha256=hashed(token), made_at=at,
    )  # fmt: skip
    agent.secret_changed_at = at
    agent.save(update_fields=["secret_changed_at"])
    return token


def use_agent_token(*, token: str, at: datetime) -> Agent | None:
    """The agent these characters open for, None if for nobody: wrong, expired, revoked.

    When the agent was last seen is noted at most once a minute.
    """
    is_live = Q(expires_at=None) | Q(expires_at__gt=at)
    found = (
        AgentToken.objects.filter(is_live, token_sha256=hashed(token), revoked_at=None)
        .exclude(agent__status="revoked")
        .select_related("agent", "agent__workspace", "agent__owner")
        .first()
    )
    if found is None:
        return None
    if found.last_used_at is None or at - found.last_used_at >= NOTED_EVERY:
        AgentToken.objects.filter(id=found.id).update(last_used_at=at)
        Agent.objects.filter(id=found.agent_id).update(last_seen_at=at)
    return found.agent
