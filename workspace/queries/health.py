"""How an agent fares: when it was last heard of, how fast it answers, what fails, what succeeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from django.db.models import Count, Q

from workspace.models import Agent, DeliveryTry, Run

LOOK_BACK = timedelta(days=30)
MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from sending to the whole answer, over the newest `of` tries that had one."""

    median_ms: int
    slow_ms: int  # nine of ten are faster
    of: int


@dataclass(frozen=True, slots=True)
class KindRecord:
    """Of the runs that ended with a verdict or a failure, how many were accepted."""

    kind: str
    accepted: int
    ended: int


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """`failures`: how often runs of the last 30 days failed, by kind, the most frequent first."""

    last_seen_at: datetime | None
    latency: Latency | None
    failures: tuple[tuple[str, int], ...]
    by_kind: tuple[KindRecord, ...]
    failures_in_a_row: int
    degraded_until: datetime | None


def agent_health(agent: Agent, at: datetime) -> AgentHealth:
    """A handful of queries, however much it did. Scratch rooms do not count."""
    runs = Run.objects.filter(agent=agent, queued_at__gte=at - LOOK_BACK, room__is_scratch=False)
    failed = runs.filter(state="failed").values_list("failure").annotate(n=Count("id"))
    is_degraded = agent.degraded_until is not None and agent.degraded_until > at
    return AgentHealth(
        last_seen_at=agent.last_seen_at, latency=_latency(agent),
        failures=tuple(sorted(failed, key=lambda pair: (-pair[1], pair[0]))),
        by_kind=_by_kind(agent, at), failures_in_a_row=agent.failures_in_a_row,
        degraded_until=agent.degraded_until if is_degraded else None,
    )  # fmt: skip


def _latency(agent: Agent) -> Latency | None:
    tries = DeliveryTry.objects.filter(agent=agent, way="out", status__isnull=False)
    took = list(tries.order_by("-at").values_list("took_ms", flat=True)[:MOST_TRIES])
    if not took:
        return None
    cuts = quantiles(took, n=10, method="inclusive") if len(took) > 1 else took * 9
    return Latency(median_ms=round(cuts[4]), slow_ms=round(cuts[8]), of=len(took))


def _by_kind(agent: Agent, at: datetime) -> tuple[KindRecord, ...]:
    since = Run.objects.filter(agent=agent, ended_at__gte=at - LOOK_BACK, room__is_scratch=False)
    ended = Q(state="failed") | Q(deliverables__state__in=["accepted", "rejected", "rolled_back"])
    rows = since.filter(ended).values_list("card__kind", "deliverables__state", "id").distinct()
    found: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for kind, state, _ in rows:
        found[kind] += 1
        good[kind] += state == "accepted"
    return tuple(
        KindRecord(kind=kind, accepted=good[kind], ended=count)
        for kind, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    )
