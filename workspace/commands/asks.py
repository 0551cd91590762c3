"""Asks: what only a person can answer. Waiting always comes with one open."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import authorise, lock_ask, lock_card
from workspace.commands.moving import move_card, move_run
from workspace.commands.owed import owe_run
from workspace.commands.rules import keep_rule
from workspace.errors import Refused
from workspace.events import AskClosed, AskOpened, CardHandedOver, CardReopened, RunResumed
from workspace.models import Ask, Card, Room, Run
from workspace.models.prepared import Prepared
from workspace.permits import action_digest
from workspace.record import record
from workspace.spending import rests_of
from workspace.timings import DEFAULT
from workspace.trail import begun_anew
from workspace.transitions import ASK, LIVE_RUN, is_legal, step

OPEN_OF_CARD = Prepared(
    lambda card_id: Ask.objects.filter(card_id=card_id, state="open").order_by("opened_at", "id")
)

DECISIONS = ("allow_once", "allow_always", "reject_once", "reject_always")
ANSWERS = ("accept", "decline", "cancel")
LONGEST_ANSWER = 20_000


def open_ask(
    room: Room, card: Card, run: Run, *, kind: str, body: dict[str, Any], blocking: bool,
    ref: str, by: By, at: datetime,
) -> Ask:  # fmt: skip
    """A run's question or permission; a blocking one puts run and card to waiting.

    The same `ref` asked twice is one ask. Room, card and run are locked.
    """
    if ref and (known := Ask.objects.filter(run=run, ref=ref).first()):
        return known
    digest = action_digest(body["action"]) if kind == "permission" else ""
    ask = Ask.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, run=run, kind=kind, body=body,
        blocking=blocking, ref=ref, action_digest=digest, opened_at=at,
        expires_at=at + timedelta(seconds=run.timings["ask_rests"]),
    )  # fmt: skip
    if blocking:
        if run.state != "waiting":
            move_run(run, "ask", at=at)
        if card.status == "working":
            reason = {"code": "asked", "params": {"ask": ask.id, "kind": kind}}
            move_card(card, "ask", at=at, reason=reason)
    what = AskOpened(
        ask_id=ask.id, kind=kind, run_id=run.id, run_state=run.state, card_id=card.id,
        card_status=card.status, card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return ask


@transaction.atomic
def hand_over(*, card_id: str, packet: dict[str, Any], by: By, at: datetime) -> Ask:
    """Ask people to go on with a card, with everything that was tried."""
    room, card = lock_card(card_id)
    if card.asks.filter(state="open", kind="handoff").exists():
        raise Refused("already_handed_over")
    if card.runs.filter(state__in=LIVE_RUN).exists():
        raise Refused("card_not_free", state=card.status)
    ask = Ask.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, kind="handoff", body=packet,
        opened_at=at,
    )  # fmt: skip
    reason = {"code": "handed_over", "params": {"ask": ask.id, "why": packet.get("code", "")}}
    move_card(card, "hand_over", at=at, reason=reason)
    what = CardHandedOver(
        card_id=card.id, card_status=card.status, card_reason=card.reason, ask_id=ask.id
    )
    record(room, what, by=by, at=at)
    return ask


@transaction.atomic
def answer_ask(*, ask_id: str, answer: dict[str, Any], by: By, at: datetime) -> Ask:
    """A person's answer: `{action, content}` to a question, `{decision}` to a permission.

    A hand-off is answered by taking, giving, editing or cancelling its card. The agent is told,
    and once nothing blocking is open its run goes on.
    """
    room, card, run, ask = lock_ask(ask_id)
    authorise(room, by, "ask.answer")
    if ask.kind == "handoff":
        raise Refused("answer_by_acting", status=422)
    if ask.kind == "choice":
        raise Refused("answer_by_choosing", status=422)
    if not is_legal(ASK, ask.state, "answer"):
        raise Refused("ask_closed", state=ask.state)
    ask.answer = _checked(ask, answer)
    if ask.kind == "permission" and ask.answer["decision"].endswith("_always"):
        verb = ask.answer["decision"].partition("_")[0]
        scope = str(answer.get("scope", "card"))
        ask.answer["rule"] = keep_rule(room, ask, verb, scope, by=by, at=at)
    ask.answered_by_id = by.actor if by.is_person else None
    close_ask(room, ask, "answer", by=by, at=at)
    if run is not None and card is not None:
        _go_on(room, card, run, by=by, at=at)
        tell(run, ask, decided_by=by.actor, at=at)
    return ask


def _checked(ask: Ask, answer: dict[str, Any]) -> dict[str, Any]:
    if ask.kind == "permission":
        if answer.get("decision") not in DECISIONS:
            raise Refused("unknown_decision", status=422)
        return {"decision": answer["decision"]}
    if answer.get("action") not in ANSWERS:
        raise Refused("unknown_answer", status=422)
    if answer["action"] != "accept":
        return {"action": answer["action"], "content": None}
    schema = ask.body.get("schema") or {}
    if not schema and ask.body.get("url"):
        # It was answered there: a word about it here is welcome, and not needed.
        schema = {"properties": {"answer": {"type": "string"}}, "required": []}
    return {"action": "accept", "content": _content(schema, answer)}


def _content(schema: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer's fields, checked against the flat schema the agent sent."""
    given = answer.get("content") or {}
    fields = schema.get("properties") or {"answer": {"type": "string"}}
    required = schema.get("required", [] if schema else ["answer"])
    found: dict[str, Any] = {}
    for name, rule in fields.items():
        value = given.get(name)
        if value in (None, "", []):
            if name in required:
                raise Refused("missing", status=422, field=name)
            continue
        found[name] = _value(name, rule, value)
    return found


def _value(name: str, rule: dict[str, Any], value: Any) -> Any:
    kind = rule.get("type", "string")
    try:
        if kind == "integer":
            value = int(value)
        elif kind == "number":
            value = float(value)
            if not math.isfinite(value):
                raise ValueError
        elif kind == "boolean":
            value = value in (True, "true", "on", "1")
        elif kind == "array":
            value = [_text(item) for item in (value if isinstance(value, list) else [value])]
        else:
            value = _text(value)
    except (TypeError, ValueError, OverflowError):
        raise Refused("wrong_type", status=422, field=name, wanted=kind) from None
    choices = rule.get("enum")
    if choices and value not in choices:
        raise Refused("not_a_choice", status=422, field=name)
    return value


def _text(value: Any) -> str:
    return str(value).replace("\x00", "")[:LONGEST_ANSWER]


def close_ask(room: Room, ask: Ask, move: str, *, by: By, at: datetime) -> None:
    """Step an ask to its end and say so. The rows are locked; what waited is up to the caller."""
    ask.state = step(ASK, ask.state, move)
    ask.closed_at = at
    ask.save()
    what = AskClosed(ask_id=ask.id, ask_state=ask.state, card_id=ask.card_id)
    record(room, what, by=by, at=at)


def _go_on(room: Room, card: Card, run: Run, *, by: By, at: datetime) -> None:
    """Run and card work again once no blocking ask is open; the clock starts anew.

    A deadline is moved by as long as people took; what the run did before is no part of a loop.
    """
    if run.state != "waiting" or run.asks.filter(state="open", blocking=True).exists():
        return
    run.last_sign_at, run.trail = at, begun_anew(run.trail)
    if run.deadline_at is not None:
        began, ended = rests_of([run.id], at)[run.id][-1]
        run.deadline_at += ended - began
    move_run(run, "answer", at=at)
    if card.status == "waiting":
        move_card(card, "answer", at=at)
    what = RunResumed(run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status)
    record(room, what, by=by, at=at)


def tell(run: Run, ask: Ask, *, decided_by: str, at: datetime) -> None:
    """Tell the run's agent how its ask was answered."""
    if run.state not in LIVE_RUN:
        return
    if ask.kind == "permission":
        data = {"permission_id": ask.ref or ask.id, "ask_id": ask.id,
                **decision_told(ask, run, at=at), "decided_by": decided_by}  # fmt: skip
        owe_run(run, "permission.decided", data, at=at)
    else:
        data = {"question_id": ask.ref or ask.id, "ask_id": ask.id, **ask.answer,
                "answered_by": decided_by}  # fmt: skip
        owe_run(run, "question.answered", data, at=at)


def decision_told(ask: Ask, run: Run, *, at: datetime) -> dict[str, Any]:
    """What an agent is told of a permission that is closed: leave for this once, for this action,
    and until when. Lasting rules stay here. Leave that is over is none."""
    verb = str(ask.answer.get("decision", "")).partition("_")[0]
    until = (ask.closed_at or at) + timedelta(
        seconds=run.timings.get("permit_for", DEFAULT.permit_for)
    )
    is_told = ask.state == "answered" and not (verb == "allow" and at >= until)
    return {
        "decision": f"{verb}_once" if is_told else "cancelled",
        "action_digest": ask.action_digest, "expires_at": until.isoformat(),
    }  # fmt: skip


def close_asks(card: Card, *, by: By, at: datetime, run: Run | None = None) -> None:
    """Withdraw what is still asked about this card (or one run of it): it no longer matters."""
    still: list[Ask] = OPEN_OF_CARD.all(card.id)
    for ask in [one for one in still if run is None or one.run_id == run.id]:
        close_ask(card.room, ask, "cancel", by=by, at=at)


@transaction.atomic
def take_back(*, card_id: str, by: By, at: datetime) -> Card:
    """Withdraw a hand-off: someone who can do the card has come, so it is ready again."""
    room, card = lock_card(card_id)
    if not card.asks.filter(state="open", kind="handoff").exists():
        raise Refused("not_handed_over")
    close_asks(card, by=by, at=at)
    move_card(card, "free", at=at)
    record(room, CardReopened(card_id=card.id, card_status=card.status), by=by, at=at)
    return card
