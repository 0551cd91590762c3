"""What the people's API needs of the doors: is this URL one we may talk to, and who is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agents.doors.webhook.send import egress_policy
from agents.doors.webhook.verify import verify_agent
from agents.egress import EgressRefused
from agents.egress.client import system_resolve
from agents.egress.target import Target, check, read_target
from workspace.actors import By
from workspace.errors import Refused

if TYPE_CHECKING:
    from workspace.models import Verification

LOOKED_UP_WITHIN = 3.0


def check_url(url: str) -> None:
    """`Refused` for what can never be an agent's URL here: its form, scheme, port or address.

    A name nobody knows now may be known later; every send resolves and checks again.
    """
    try:
        target = read_target(url.strip())
        check(target, _addresses(target), egress_policy())
    except EgressRefused as refused:
        if refused.is_permanent:
            raise Refused(refused.code, status=422, field="url", **refused.params) from None


def _addresses(target: Target) -> list[str]:
    if target.literal is not None:
        return [str(target.literal)]
    try:
        return asyncio.run(asyncio.wait_for(system_resolve(target.host), LOOKED_UP_WITHIN))
    except (OSError, UnicodeError, TimeoutError):
        raise EgressRefused("unresolvable", {"host": target.host}) from None


def verify(agent_id: str, by: By) -> Verification:
    return verify_agent(agent_id, by=by)
