"""The secrets an agent's events are signed with."""

from datetime import datetime
from typing import TYPE_CHECKING

from workspace.keys import decrypted

if TYPE_CHECKING:
    from workspace.models import Agent


def live_secrets(agent: "Agent", at: datetime) -> list[str]:
    """The secrets that count now, the newest first. ValueError if none can be read."""
    if agent.secret is None:
        raise ValueError("this agent has no secret")
    found = [decrypted(agent.secret)]
    until = agent.secret_before_until
    if agent.secret_before is not None and until is not None and until > at:
        found.append(decrypted(agent.secret_before))
    return found
