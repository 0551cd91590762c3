"""How an agent fares, as its page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workspace.models import Agent
from workspace.queries import AgentHealth, agent_health
from workspace.shown.words import failure_word, kind_word


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and how long a bar that is."""

    word: str
    n: int
    of: int

    @property
    def percent(self) -> int:
        return round(100 * self.n / self.of) if self.of else 0


@dataclass(frozen=True, slots=True)
class HealthShown:
    facts: AgentHealth
    failures: tuple[Share, ...]
    by_kind: tuple[Share, ...]


def health_shown(agent: Agent, at: datetime) -> HealthShown:
    found = agent_health(agent, at)
    failed = sum(count for _, count in found.failures)
    return HealthShown(
        facts=found,
        failures=tuple(Share(failure_word(kind), n, failed) for kind, n in found.failures),
        by_kind=tuple(Share(kind_word(one.kind), one.accepted, one.ended) for one in found.by_kind),
    )
