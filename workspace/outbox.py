"""What is owed to the outside: claimed short, sent by whoever talks, marked after.

A claim that is never marked lapses after `claim_for` and the delivery is due again: at
least once, under the same webhook-id.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from workspace.models import Delivery, DeliveryTry
from workspace.models.prepared import Prepared
from workspace.timings import DEFAULT

TO_SEND = Prepared(
    lambda delivery_id: (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("agent", "agent__workspace", "run", "run__card", "run__room", "workspace")
        .filter(id=delivery_id)
    )
)
OWED = ("due", "sending")
# As long as one try may last: a sender that was killed holds nothing up longer than that.
CLAIM_FOR = timedelta(seconds=DEFAULT.deliver_within + 2)


def due_ids(at: datetime, limit: int = 50) -> list[str]:
    """Deliveries whose time has come and that nobody has claimed, oldest first.

    What is owed to agents whose connector is there is left to the process that holds its socket.
    """
    held = Q(agent__door="connector", agent__there_until__gt=at)
    mine = _due(at).exclude(held)
    return list(mine.order_by("due_at", "id").values_list("id", flat=True)[:limit])


def due_for(connectors: Collection[str], at: datetime, limit: int = 50) -> list[str]:
    """The same, of what is owed to agents of these connectors."""
    mine = _due(at).filter(agent__connector_id__in=connectors)
    return list(mine.order_by("due_at", "id").values_list("id", flat=True)[:limit])


def _due(at: datetime) -> Any:
    """What waits for a time, or is claimed, from before the clock was set back waits no more: it
    was made or last tried in what is the future now, or claimed for longer than a claim lasts.

    Others may have claimed or tried it a moment after `at` was read: only what lies further ahead
    than that by a claim's length tells of a clock. Else an order would be sent twice, and an
    agent's own Retry-After would count for nothing.
    """
    ahead = at + CLAIM_FOR
    free = Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=ahead + CLAIM_FOR)
    tried_later = DeliveryTry.objects.filter(delivery=OuterRef("pk"), at__gt=ahead)
    has_come = Q(due_at__lte=at) | Q(created_at__gt=ahead) | Exists(tried_later)
    return Delivery.objects.filter(free, has_come, state__in=OWED)


def _is_due(row: Delivery, at: datetime) -> bool:
    """`_due` of one row: every try asks it, and making the query costs more than asking it."""
    ahead = at + CLAIM_FOR
    claimed = row.claimed_until
    if row.state not in OWED or (claimed and at < claimed <= ahead + CLAIM_FOR):
        return False
    if (row.due_at and row.due_at <= at) or row.created_at > ahead:
        return True
    return DeliveryTry.objects.filter(delivery=row, at__gt=ahead).exists()


@transaction.atomic
def claim(delivery_id: str, *, at: datetime) -> Delivery | None:
    """Take a due delivery to send it; None if someone else has it or it is withdrawn."""
    found: Delivery | None = TO_SEND.first(delivery_id)
    if found is None or not _is_due(found, at):
        return None
    found.state, found.claimed_until = "sending", at + CLAIM_FOR
    found.tries += 1
    found.save(update_fields=["state", "claimed_until", "tries"])
    return found


@transaction.atomic
def mark(
    delivery: Delivery, *, state: str, outcome: dict[str, Any], status: int | None, took_ms: int,
    at: datetime, again_at: datetime | None = None,
) -> None:  # fmt: skip
    """Log a try. `state`: delivered, failed, or due again at `again_at`.

    A delivery withdrawn in the meantime is not sent again.
    """
    DeliveryTry.objects.create(
        workspace_id=delivery.workspace_id, agent_id=delivery.agent_id, delivery=delivery,
        run_id=delivery.run_id, type=delivery.type, at=at, n=delivery.tries, status=status,
        outcome=outcome, took_ms=took_ms,
    )  # fmt: skip
    ended = None if state == "due" else at
    mine = Delivery.objects.filter(id=delivery.id)
    if state == "due":
        mine = mine.exclude(state="cancelled")
    mine.update(state=state, due_at=again_at, claimed_until=None, ended_at=ended)


def log_call(
    *, workspace_id: str, agent_id: str, run_id: str | None, type: str, status: int, took_ms: int,
    at: datetime,
) -> None:  # fmt: skip
    """A call from the agent to us, beside what we sent it in its log."""
    DeliveryTry.objects.create(
        workspace_id=workspace_id, agent_id=agent_id, run_id=run_id, way="in", type=type,
        at=at, status=status, took_ms=took_ms, outcome={"code": "answered", "params": {}},
    )  # fmt: skip


def log_copy(
    delivery: Delivery, *, code: str, status: int | None, took_ms: int, at: datetime
) -> None:
    """A copy of a delivery that was sent on purpose, beside its tries; it has no effect."""
    DeliveryTry.objects.create(
        workspace_id=delivery.workspace_id, agent_id=delivery.agent_id, delivery=delivery,
        run_id=delivery.run_id, type=delivery.type, at=at, n=delivery.tries, status=status,
        outcome={"code": code, "params": {}}, took_ms=took_ms,
    )  # fmt: skip
