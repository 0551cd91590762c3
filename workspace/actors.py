"""Who does it, and for which request: what every command is told and every event keeps."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# The request that is being answered in this context; empty in jobs.
request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: `usr_…`, `agt_…`, `coordinator` or `system`, and why or for whom.

    `scopes` are a personal token's; None in a browser session.
    """

    actor: str
    on_behalf_of: str = ""
    cause: dict[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None
    token_id: str = ""

    @property
    def is_person(self) -> bool:
        return self.actor.startswith("usr_")


SYSTEM = By("system")


def coordinator(**cause: Any) -> By:
    """The coordinator never acts without naming its rule or judgement."""
    if not cause:
        raise ValueError("the coordinator gives a reason")
    return By("coordinator", cause=cause)
