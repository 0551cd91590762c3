"""Budgets: set, raised and taken away by owners; warned and asked about by the coordinator."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from workspace.actors import By, coordinator
from workspace.commands.asks import close_ask
from workspace.commands.charging import CENTS, in_order, locked, wake
from workspace.commands.locks import authorise, lock_room
from workspace.commands.raising import raise_ask
from workspace.errors import NotAllowed, NotFound, Refused
from workspace.events import BudgetSet, BudgetUsedUp, BudgetWarned
from workspace.models import Ask, Budget, Room
from workspace.policy import require_scope
from workspace.queries.budgets import owns_agent
from workspace.record import record
from workspace.spending import (
    DAY,
    EVER,
    USED_UP,
    WARN_AT,
    WHATS,
    Line,
    amount_text,
    covers,
    day_of,
    facts_of,
    is_counted,
    lines,
)

STAY = "stay_stopped"
RAISE = "raise_by_half"
MOST = Decimal(100_000_000_000)
LONGEST_NUMBER = 40
WHOLE = ("tokens", "steps")


def tidy_cap(what: str, given: object) -> Decimal:
    """The cap as a row holds it: a finite number that is not negative; tokens and steps whole."""
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        raise Refused("not_an_amount", status=422, field="cap")
    text = str(given).strip()
    try:
        cap = Decimal(text[:LONGEST_NUMBER])
    except InvalidOperation:
        raise Refused("not_an_amount", status=422, field="cap") from None
    if not cap.is_finite():
        raise Refused("not_finite", status=422, field="cap")
    if len(text) > LONGEST_NUMBER or not 0 <= cap <= MOST:
        raise Refused("out_of_range", status=422, field="cap", least=0, most=int(MOST))
    if what in WHOLE and cap != cap.to_integral_value():
        raise Refused("not_a_whole_number", status=422, field="cap")
    return cap.quantize(CENTS)


@transaction.atomic
def set_budget(
    *, room_id: str, subject_id: str, what: str, period: str, cap: object, by: By, at: datetime
) -> Budget:
    """Limit what the room, one of its cards or an agent seated in it may use, in all or a day.

    Raised above what is used, an open ask about it is closed and work goes on; lowered below
    it, things stop at once.
    """
    room, around = _lock_rooms(room_id, str(subject_id))
    _authorise(room, subject_id, by)
    if what not in WHATS:
        raise Refused("unknown_budget", status=422, what=str(what)[:40])
    if period not in (EVER, DAY):
        raise Refused("unknown_period", status=422, period=str(period)[:40])
    amount = tidy_cap(what, cap)
    if amount and not is_counted(subject_id, what):
        # What agents spend themselves nobody here can see: the meter would stand at nothing.
        raise Refused("not_counted_of_agents", status=422, field="cap", what=what)
    kept, counted = _put(room, subject_id, what, period, amount, at)
    known = BudgetSet(
        budget_id=kept.id, subject_id=subject_id, what=what, period=period, cap=amount_text(amount)
    )
    record(room, known, by=by, at=at)
    _after_change(room, counted, around, by=by, at=at)
    return kept


def _lock_rooms(room_id: str, subject_id: str) -> tuple[Room, list[Ask]]:
    """This room, and those where people are asked about the same subject: agents work in several.

    In one order, so that two who set an agent's budgets do not wait for one another. With it what
    is asked in the rooms that are locked now.
    """
    asks = Ask.objects.filter(
        state="open", kind="choice", body__code=USED_UP, body__params__subject_id=subject_id
    )
    ids = sorted({room_id, *asks.values_list("room_id", flat=True)})
    rooms = {id: lock_room(id) for id in ids}
    return rooms[room_id], list(asks.filter(room_id__in=ids).select_related("room"))


def _authorise(room: Room, subject_id: str, by: By) -> None:
    """The room's owners for room and cards; for an agent, which works in other rooms too, only
    who owns it or the workspace."""
    authorise(room, by, "room.read")
    scopes = list(by.scopes) if by.scopes is not None else None
    require_scope(scopes, "budget.set")
    kind = covers(room, subject_id)
    if kind is None:
        raise NotFound("budget_subject", str(subject_id)[:80])
    if kind != "agent":
        authorise(room, by, "budget.set")
    elif not owns_agent(room, subject_id, by.actor):
        raise NotAllowed("agent.manage")


def _put(
    room: Room, subject_id: str, what: str, period: str, cap: Decimal, at: datetime
) -> tuple[Budget, Budget]:
    """The row that is kept, and the one that counts now: for a day, today's."""
    facts = {"workspace_id": room.workspace_id, "subject_id": subject_id, "what": what}
    kept, is_new = Budget.objects.get_or_create(**facts, period=period, defaults={"cap": cap})
    rows = locked(room.workspace_id, [subject_id], [what], at)
    counted_period = day_of(at) if period == DAY else EVER
    counted = next(row for row in rows if row.period == counted_period)
    if not is_new:
        Budget.objects.filter(id__in=[kept.id, counted.id]).update(cap=cap)
    kept.cap = counted.cap = cap
    return kept, counted


def _after_change(room: Room, counted: Budget, asks: list[Ask], *, by: By, at: datetime) -> None:
    """What the new cap makes of warnings and asks. Whoever set it knows that it is used up."""
    line = next(one for one in lines(room, at, with_closed=True) if one.id == counted.id)
    if line.gone < line.cap * WARN_AT:
        counted.warned_at = None
    counted.asked_at = at if line.used >= line.cap else None
    counted.save(update_fields=["warned_at", "asked_at"])
    if line.used >= line.cap:
        record(room, BudgetUsedUp(**_told(facts_of(line))), by=by, at=at)
    else:
        _close(asks, [counted.id], by=by, at=at)
    wake([counted.subject_id], at)  # agents work in several rooms


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in ("of", "period")}


def _close(asks: list[Ask], budget_ids: list[str], *, by: By, at: datetime) -> None:
    """What was asked about these no longer matters, in whichever room it was asked."""
    for ask in asks:
        if ask.body["params"]["budget_id"] in budget_ids:
            close_ask(ask.room, ask, "cancel", by=by, at=at)


@transaction.atomic
def remove_budget(*, room_id: str, budget_id: str, by: By, at: datetime) -> None:
    """Take a limit away, with what was counted against it."""
    kept = Budget.objects.filter(id=str(budget_id), period__in=(EVER, DAY)).first()
    room, asks = _lock_rooms(room_id, kept.subject_id if kept else "")
    authorise(room, by, "room.read")
    row = Budget.objects.filter(id=str(budget_id), workspace_id=room.workspace_id).first()
    if row is None or row.period not in (EVER, DAY) or covers(room, row.subject_id) is None:
        raise NotFound("budget", str(budget_id)[:80])
    _authorise(room, row.subject_id, by)
    rows = Budget.objects.filter(
        workspace_id=room.workspace_id, subject_id=row.subject_id, what=row.what
    )
    gone = rows.exclude(period=EVER) if row.period == DAY else rows.filter(period=EVER)
    ids = [one.id for one in in_order(gone)]
    gone.filter(id__in=ids).delete()
    # An empty cap: none holds any more.
    what = BudgetSet(
        budget_id=budget_id, subject_id=row.subject_id, what=row.what, period=row.period, cap=""
    )
    record(room, what, by=by, at=at)
    _close(asks, ids, by=by, at=at)
    wake([row.subject_id], at)


@transaction.atomic
def warn_budget(*, room_id: str, budget_id: str, by: By, at: datetime) -> Budget:
    """Say once that most of a budget is gone."""
    room = lock_room(room_id)
    line, row = _counted(room, budget_id, at)
    if row.warned_at is not None or line.gone < line.cap * WARN_AT:
        raise Refused("stale_move", state="warned" if row.warned_at else "fine")
    row.warned_at = at
    row.save(update_fields=["warned_at"])
    record(room, BudgetWarned(**_told(facts_of(line))), by=by, at=at)
    return row


@transaction.atomic
def ask_about_budget(
    *, room_id: str, budget_id: str, by: By, at: datetime, wanted: str = ""
) -> Ask:
    """Tell people once that a budget is used up, or holds no further call, and ask for more.

    `wanted`: what the call that did not fit may take.
    """
    room = lock_room(room_id)
    line, row = _counted(room, budget_id, at)
    if row.asked_at is not None:
        raise Refused("already_asked")
    row.asked_at = at
    row.save(update_fields=["asked_at"])
    facts = {**facts_of(line), "budget_id": row.id}
    record(room, BudgetUsedUp(**_told(facts)), by=by, at=at)
    if wanted:
        facts["wanted"] = wanted
    options = [RAISE, STAY] if line.cap else [STAY]
    body = {"code": USED_UP, "params": facts, "options": options}
    return raise_ask(room, kind="choice", body=body, by=by, at=at)


def tell_refused(*, room_id: str, why: Refused, judgement_id: str, at: datetime) -> None:
    """A call did not fit into a budget: people are asked about it, unless they were."""
    by = coordinator(rule=why.code, judgement=judgement_id)
    facts = {"budget_id": why.params["budget_id"], "wanted": why.params.get("wanted", "")}
    with suppress(Refused):
        ask_about_budget(room_id=room_id, by=by, at=at, **facts)


def _counted(room: Room, budget_id: str, at: datetime) -> tuple[Line, Budget]:
    """The cap as it stands in this room, and its row under lock: for a day, today's."""
    row = Budget.objects.filter(id=budget_id, workspace_id=room.workspace_id).first()
    if row is None:
        raise NotFound("budget", budget_id)
    period = EVER if row.period == EVER else day_of(at)
    rows = locked(room.workspace_id, [row.subject_id], [row.what], at)
    counted = next((one for one in rows if one.period == period), None)
    line = next((one for one in lines(room, at) if counted and one.id == counted.id), None)
    if counted is None or line is None:
        raise NotFound("budget", budget_id)
    return line, counted


def leave_stopped(room: Room, ask: Ask, *, by: By) -> None:
    """Refused to whoever could not raise it either: it is asked once, and they are not to close
    it for those who can."""
    params = ask.body["params"]
    if Budget.objects.filter(id=params["budget_id"], workspace_id=room.workspace_id).exists():
        _authorise(room, params["subject_id"], by)


def raise_asked(room: Room, ask: Ask, *, by: By, at: datetime) -> None:
    """What answering the ask with "raise by half" does, by more where a call wants more; the room
    is locked, the ask closes with its answer. Refused to whoever may not set the budget."""
    row = Budget.objects.filter(
        id=ask.body["params"]["budget_id"], workspace_id=room.workspace_id
    ).first()
    if row is None:
        return  # taken away in the meantime: nothing holds any more
    _authorise(room, row.subject_id, by)
    used = row.spent + row.reserved
    wanted = Decimal(ask.body["params"].get("wanted") or 0)
    more = max(max(row.cap, used) * Decimal("1.5"), used + wanted)
    whole = more.to_integral_value(ROUND_CEILING) if row.what in WHOLE else more
    cap = tidy_cap(row.what, min(whole, MOST))
    period = EVER if row.period == EVER else DAY
    kept, counted = _put(room, row.subject_id, row.what, period, cap, at)
    told = BudgetSet(
        budget_id=kept.id, subject_id=row.subject_id, what=row.what, period=period,
        cap=amount_text(cap),
    )  # fmt: skip
    record(room, told, by=by, at=at)
    counted.warned_at = counted.asked_at = None
    counted.save(update_fields=["warned_at", "asked_at"])
    wake([row.subject_id], at)
