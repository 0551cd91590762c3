"""What the people's API needs of the agents' side: is this URL one we may talk to, and who is
there; what a manual room's coordinator suggests, and carrying that out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents import probing, suggesting
from agents.allowed import egress_policy
from agents.doors.verifying import verify_agent
from agents.egress import EgressRefused
from agents.egress.client import system_resolve
from agents.egress.target import Target, check, read_target
from workspace.actors import By
from workspace.errors import Refused
from workspace.reports import Suggestion, SuggestionEdit

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


def probe(url: str) -> dict[str, Any]:
    """What is at this URL, which was checked before."""
    return {k: v for k, v in asdict(probing.probe(url)).items() if k != "reach"}


def verify(agent_id: str, by: By) -> Verification:
    return verify_agent(agent_id, by=by)


def suggestions(room_id: str, at: datetime) -> list[Suggestion]:
    return suggesting.listed(room_id, at)


def confirm_suggestions(
    room_id: str, keys: Sequence[str], edits: Mapping[str, SuggestionEdit], confirmed_by: str,
    at: datetime,
) -> list[tuple[str, Refused | None]]:  # fmt: skip
    """Per key why it was refused, if it was."""
    found = suggesting.confirm_suggestions(room_id, keys, edits, confirmed_by, at)
    return [(one.key, one.refused) for one in found]
