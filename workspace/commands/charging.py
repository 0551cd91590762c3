"""Spending: spoken for before a model is asked, settled after; charged for what runs have used.

No event is recorded here: a budget's row is the last that is locked, and streams come before it.
Where a share of a budget that matters is passed, its rooms are woken and the coordinator tells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from workspace.errors import Refused
from workspace.models import (
    Agent,
    Budget,
    Card,
    Judgement,
    Reservation,
    Room,
    Run,
    Seat,
    Tick,
)
from workspace.models.prepared import Prepared
from workspace.record import hint
from workspace.spending import (
    DAY,
    EVER,
    WARN_AT,
    amount_text,
    day_began,
    day_of,
    facts_of,
    rests_of,
    worked,
)

# Whether anything at all is limited, of the three a run counts against.
LIMITED = Prepared(
    lambda room_id, card_id, agent_id: Budget.objects.filter(
        subject_id__in=[room_id, card_id, agent_id]
    ).values_list("id", flat=True)[:1]
)
# A call that was not settled by then may have happened: its worst case counts as spent.
SETTLED_WITHIN = timedelta(minutes=15)
CENTS = Decimal("0.000001")  # what a row can hold
MOST = Decimal(100_000_000_000)  # of one call: what a provider says beyond it is not believed
FULL = Decimal(999_999_999_999)  # what a row can hold
Amounts = Mapping[str, Decimal | int | float]


def exact(amount: Decimal | int | float) -> Decimal:
    """As a row holds it. What is no amount is refused."""
    found = Decimal(str(amount))
    if not found.is_finite() or found < 0:
        raise Refused("not_finite", status=422)
    return min(found, MOST).quantize(CENTS)


def locked(
    workspace_id: str, subjects: Collection[str], whats: Collection[str], at: datetime
) -> list[Budget]:
    """The rows that count at `at`, locked in order; a day's row is made when it is first used.

    One query where nothing is limited. What a budget per day is made from is never locked: whoever
    goes from one call to the next holds days' rows already.
    """
    if len(subjects) == 3 and LIMITED.first(*subjects) is None:
        return []
    today = day_of(at)
    wanted = Budget.objects.filter(
        workspace_id=workspace_id, subject_id__in=subjects, what__in=whats
    )
    known = list(wanted.filter(period__in=(EVER, DAY, today)).order_by("id"))
    if not known:
        return []
    dated = {(row.subject_id, row.what) for row in known if row.period == today}
    for row in known:
        if row.period == DAY and (row.subject_id, row.what) not in dated:
            Budget.objects.get_or_create(
                workspace_id=workspace_id, subject_id=row.subject_id, what=row.what, period=today,
                defaults={"cap": row.cap, "asked_at": None if row.cap else at},
            )  # fmt: skip
    return in_order(wanted.filter(period__in=(EVER, today)))


def in_order(rows: QuerySet[Budget]) -> list[Budget]:
    """Locked as everyone locks them: what counts for ever first, then the newest day."""
    return list(rows.select_for_update(no_key=True).order_by("-period", "id"))


@transaction.atomic
def reserve(*, room: Room, subjects: Sequence[str], wanted: Amounts, ref: str, at: datetime) -> int:
    """Speak for the worst case of one call; in how many budgets that was done.

    `Refused("over_budget")` names the budget that does not hold it; nothing is reserved then.
    What was reserved under the same `ref` and never settled counts as spent.
    """
    return _reserve(locked(room.workspace_id, subjects, list(wanted), at), wanted, ref, at)


def reserve_for(*, judgement_id: str, wanted: Amounts, at: datetime) -> int:
    """`reserve` for a question to a model: it counts against its room, and its card if it is
    about one. Settled by the judgement's id."""
    asked = Judgement.objects.select_related("room").get(id=judgement_id)
    card = Q(id=asked.subject_id) | Q(runs=asked.subject_id) | Q(deliverables=asked.subject_id)
    about = asked.room.cards.filter(card).values_list("id", flat=True).distinct()
    subjects = [asked.room_id, *about]
    return reserve(room=asked.room, subjects=subjects, wanted=wanted, ref=asked.id, at=at)


def _reserve(rows: list[Budget], wanted: Amounts, ref: str, at: datetime) -> int:
    before = {row.id: _level(row) for row in rows}
    _give_up(rows, ref, at)
    made = []
    for row in rows:
        amount = exact(wanted[row.what])
        if row.cap == 0 or row.spent + row.reserved + amount > row.cap:
            wanted_here = {"wanted": amount_text(amount)}
            raise Refused("over_budget", status=409, **facts_of(row), **wanted_here)
        row.reserved += amount
        made.append(
            Reservation(workspace_id=row.workspace_id, budget=row, ref=ref, amount=amount, at=at)
        )
    _save(rows, before, at)
    Reservation.objects.bulk_create(made)
    return len(made)


def _give_up(rows: list[Budget], ref: str, at: datetime) -> None:
    """Old reservations, and those of a try that went down, are taken to have been used whole."""
    if not rows:
        return
    known = {row.id: row for row in rows}
    lost = Reservation.objects.filter(budget__in=rows, settled_at=None).filter(
        Q(ref=ref) | Q(at__lte=at - SETTLED_WITHIN)
    )
    for one in lost:
        _settle(known[one.budget_id], one, one.amount, at)


def _settle(row: Budget, one: Reservation, actual: Decimal, at: datetime) -> None:
    row.reserved -= one.amount
    row.spent = min(row.spent + actual, FULL)
    one.amount, one.settled_at = actual, at
    one.save(update_fields=["amount", "settled_at"])


@transaction.atomic
def settle(*, ref: str, actual: Amounts, at: datetime) -> None:
    """What a reserved call did cost; said twice, it counts once.

    Of what `actual` does not name, the worst case counts; of a call that took too long, at
    least the worst case.
    """
    ids = Reservation.objects.filter(ref=ref, settled_at=None).values_list("budget_id", flat=True)
    rows = in_order(Budget.objects.filter(id__in=list(ids))) if ids else []
    _settle_all(rows, ref, actual, at)


def _settle_all(rows: list[Budget], ref: str, actual: Amounts, at: datetime) -> None:
    if not rows:
        return
    known = {row.id: row for row in rows}
    before = {row.id: _level(row) for row in rows}
    for one in Reservation.objects.filter(ref=ref, settled_at=None, budget__in=rows):
        row = known[one.budget_id]
        cost = exact(actual[row.what]) if row.what in actual else one.amount
        if one.at <= at - SETTLED_WITHIN:
            cost = max(cost, one.amount)
        _settle(row, one, cost, at)
    _save(rows, before, at)


@transaction.atomic
def charge(
    *, room: Room, subjects: Sequence[str], amounts: Amounts, ref: str, began: datetime,
    at: datetime,
) -> None:  # fmt: skip
    """Count what has happened already, also beyond a cap; `began` is when it was begun."""
    rows = locked(room.workspace_id, subjects, list(amounts), at)
    _charge(rows, lambda row: exact(amounts[row.what]), ref, began, at)


def _charge(
    rows: list[Budget], cost: Callable[[Budget], Decimal], ref: str, began: datetime, at: datetime
) -> None:
    before = {row.id: _level(row) for row in rows}
    made = []
    for row in rows:
        amount = cost(row)
        row.spent = min(row.spent + amount, FULL)
        made.append(
            Reservation(
                workspace_id=row.workspace_id,
                budget=row,
                ref=ref,
                amount=amount,
                at=began,
                settled_at=at,
            )
        )
    Reservation.objects.bulk_create(made)
    _save(rows, before, at)


def charge_run(run: Run, *, at: datetime) -> None:
    """The wall time of an agent's run that has just ended; its room, card and run are locked.

    A day is charged for the part of the run that fell into it, the day of its end.
    """
    if run.agent_id is None or run.offered_at is None or run.offered_at >= at:
        return
    rows = locked(run.workspace_id, subjects_of(run), ["seconds"], at)
    if not rows:
        return
    offered, rests = run.offered_at, rests_of([run.id], at).get(run.id, [])

    def cost(row: Budget) -> Decimal:
        since = offered if row.period == EVER else max(offered, day_began(at))
        return worked(since, at, rests)

    _charge(rows, cost, run.id, run.queued_at, at)


def take_steps(run: Run, wanted: int, *, at: datetime) -> tuple[int, dict[str, Any]]:
    """Charge a run's steps; how many may be kept, and which budget held no more, if one did.

    Never more than the cap: what an agent reports beyond it is not kept.
    """
    if wanted <= 0:
        return 0, {}
    rows = locked(run.workspace_id, subjects_of(run), ["steps"], at)
    if not rows:
        return wanted, {}
    before = {row.id: _level(row) for row in rows}
    tightest = min(rows, key=lambda row: row.cap - row.spent - row.reserved)
    left = tightest.cap - tightest.spent - tightest.reserved
    kept = min(wanted, max(int(left), 0))
    for row in rows:
        row.spent += kept
    _save(rows, before, at)
    return kept, {} if kept == wanted else facts_of(tightest)


def require_within(room: Room, card: Card, agent: Agent, *, at: datetime) -> None:
    """`Refused("over_budget")` if a budget that a new run would count against is used up."""
    if LIMITED.first(room.id, card.id, agent.id) is None:
        return
    rows = Budget.objects.filter(
        workspace_id=room.workspace_id, subject_id__in=[room.id, card.id, agent.id],
        period__in=(EVER, DAY, day_of(at)),
    )  # fmt: skip
    for row in rows.order_by("id"):
        # The row a day's rows are made from never has anything spent: it stops at a cap of 0.
        if row.spent + row.reserved >= row.cap:
            raise Refused("over_budget", status=409, **facts_of(row))


def subjects_of(run: Run) -> list[str]:
    """Whose budgets a run counts against, all at once."""
    return [run.room_id, run.card_id, *([run.agent_id] if run.agent_id else [])]


def _level(row: Budget) -> tuple[int, bool]:
    """How much is gone (1 from where it is warned of, 2 once it is all), and whether what is
    spoken for by calls under way leaves room for anything."""
    gone = 2 if row.spent >= row.cap else 1 if row.spent >= row.cap * WARN_AT else 0
    return gone, row.spent + row.reserved >= row.cap


def _save(rows: Collection[Budget], before: Mapping[str, tuple[int, bool]], at: datetime) -> None:
    """Save, and have the coordinator look where a budget has come to another level."""
    Budget.objects.bulk_update(rows, ["spent", "reserved"])
    passed = [row.subject_id for row in rows if _level(row) != before[row.id]]
    if passed:
        wake(passed, at)


def wake(subjects: list[str], at: datetime) -> None:
    """A timer that is due for every room these count in, agents' rooms included."""
    rooms = set(Room.objects.filter(id__in=subjects).values_list("id", flat=True))
    rooms |= set(Card.objects.filter(id__in=subjects).values_list("room_id", flat=True))
    rooms |= set(Seat.objects.filter(agent_id__in=subjects).values_list("room_id", flat=True))
    for room_id in sorted(rooms):
        Tick.objects.filter(room_id=room_id).update(due_at=at)
        hint("tick", room_id)
