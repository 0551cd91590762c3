"""How agents join by each door, and how what proves them is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from workspace.actors import By
from workspace.commands.agent_tokens import make_agent_token, new_agent_token
from workspace.commands.agents import (
    SECRETS_OVERLAP,
    AgentFacts,
    authorise_agent,
    register_agent,
    rotate_secret,
)
from workspace.commands.locks import lock_agent
from workspace.errors import Refused
from workspace.events import AgentSecretRotated
from workspace.keys import encrypted
from workspace.models import Agent, Person
from workspace.record import record

# Who fetches its work looks now and then: it is given this long to come, unless it says otherwise.
FETCHED_WITHIN = 600.0
LONGEST_KEY = 2000


@transaction.atomic
def join_agent(
    *, workspace_id: str, facts: AgentFacts, door: str, key: str = "", owner: Person | None,
    by: By, at: datetime,
) -> tuple[Agent, str]:  # fmt: skip
    """An agent at any door but the connector's, whose agents come by pairing; and what is to be
    shown this once: a webhook's signing secret, or the token of one that calls us.

    `key` is what an A2A or model endpoint asks for; it is kept encrypted and shown to nobody.
    """
    if door == "connector":
        raise Refused("comes_by_pairing", status=422)
    if door == "mcp":
        timings = {"ack_within": FETCHED_WITHIN, **(facts.timings or {})}
        facts = replace(facts, timings=timings, url="")
    agent, secret = register_agent(
        workspace_id=workspace_id, facts=facts, door=door, owner=owner, by=by, at=at,
        secret=_checked(key) if door in ("a2a", "model") else "",
    )  # fmt: skip
    return agent, new_agent_token(agent, at=at) if door == "mcp" else secret


def _checked(key: str) -> str:
    key = key.strip()
    if not key.isascii() or not key.isprintable() or len(key) > LONGEST_KEY:
        raise Refused("not_a_key", status=422, field="key")
    return key


@transaction.atomic
def rotate_credential(*, agent_id: str, key: str = "", by: By, at: datetime) -> str:
    """Change what proves an agent, or us to it; what is to be shown this once, if anything.

    What was there before counts for a day more, where it is ours to say.
    """
    agent = lock_agent(agent_id)
    if agent.door == "webhook":
        return rotate_secret(agent_id=agent_id, by=by, at=at)
    if agent.door == "connector":
        raise Refused("comes_by_pairing", status=422)
    if agent.door == "mcp":
        return make_agent_token(agent_id=agent_id, by=by, at=at)
    authorise_agent(agent, by)
    if not _checked(key):
        raise Refused("missing", status=422, field="key")
    agent.secret_before, agent.secret_before_until = agent.secret, at + SECRETS_OVERLAP
    agent.secret, agent.secret_changed_at = encrypted(_checked(key)), at
    agent.save()
    record(agent.workspace, AgentSecretRotated(agent_id=agent.id), by=by, at=at)
    return ""
