"""Verifying an agent: a signed challenge, then a wrong signature."""

import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from agents.allowed import egress_policy
from agents.doors.base import Finding
from agents.doors.events import AgentVerify, WorkspaceRef, envelope
from agents.doors.webhook.handshake import (
    AboutAgent,
    HandshakeStep,
    new_challenge,
    read_challenge_answer,
    read_probe_answer,
    status_of,
)
from agents.doors.webhook.secrets import live_secrets
from agents.doors.webhook.sign import signed_headers, wrongly_signed_headers
from agents.egress import Answer, EgressRefused, Outbound, fetch
from workspace.queries import timings

if TYPE_CHECKING:
    from workspace.models import Agent


def shake_hands(agent: "Agent") -> Finding:
    """Ask the agent at its URL to prove that it holds the secret and checks signatures."""
    steps, about = _handshake(agent)
    probed = steps[1] if len(steps) > 1 else None
    return Finding(
        status=status_of(steps[0], probed),
        steps=[asdict(step) for step in steps],
        said=_said(about),
    )


def _handshake(agent: "Agent") -> tuple[list[HandshakeStep], AboutAgent | None]:
    challenge = new_challenge()
    at = datetime.now(UTC)
    try:
        known = live_secrets(agent, at)
    except ValueError:
        return [HandshakeStep("secret_unreadable", False)], None
    body = _body(agent, challenge, at)
    headers = signed_headers(known, webhook_id=_webhook_id(), at=at, body=body)
    echoed, about = read_challenge_answer(_send(agent, headers, body), challenge)
    if not echoed.ok:
        return [echoed], None
    # Another challenge: an agent that only remembers the first must not pass by chance.
    body = _body(agent, new_challenge(), at)
    headers = wrongly_signed_headers(webhook_id=_webhook_id(), at=datetime.now(UTC), body=body)
    return [echoed, read_probe_answer(_send(agent, headers, body))], about


def _webhook_id() -> str:
    return f"evt_{secrets.token_hex(13)}"


def _body(agent: "Agent", challenge: str, at: datetime) -> bytes:
    ref = WorkspaceRef(agent.workspace_id, settings.MUSTER_URL)
    sent = envelope(AgentVerify(agent.id, challenge), workspace=ref, at=at)
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()


def _send(agent: "Agent", headers: dict[str, str], body: bytes) -> Answer | EgressRefused:
    limits = timings(agent.workspace, None, agent)
    request = Outbound(
        method="POST",
        url=agent.url,
        headers=headers,
        body=body,
        deadline=limits.verify_within,
        connect=limits.connect_within,
    )
    try:
        return fetch(request, policy=egress_policy())
    except EgressRefused as refused:
        return refused


def _said(about: AboutAgent | None) -> dict[str, Any]:
    if about is None:
        return {}
    told: dict[str, Any] = {
        "version": about.version,
        "skills": list(about.skills),
        "tools": list(about.tools),
        "capabilities": about.capabilities,
        "max_concurrency": about.max_concurrency,
    }
    return {name: value for name, value in told.items() if value}
