"""What people's answers to the coordinator's own questions do, one function a choice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import answer_ask, close_ask
from workspace.commands.budgets import RAISE, STAY, leave_stopped, raise_asked
from workspace.commands.inputs import confirm_standing, redo
from workspace.commands.judgements import plan_again
from workspace.commands.locks import authorise, lock_ask
from workspace.commands.resting import KEEPS_FAILING, MODEL, RULES, TROUBLE, use_judge
from workspace.errors import NotAllowed, Refused
from workspace.models import Ask, Card, Room, Run
from workspace.spending import USED_UP
from workspace.transitions import ASK, is_legal

Effect = Callable[[Room, Card | None, Ask, By, datetime], None]


@transaction.atomic
def choose(*, ask_id: str, choice: str, by: By, at: datetime) -> Ask:
    """A person takes one of the options that the coordinator's question named."""
    room, card, _, ask = lock_ask(ask_id)
    authorise(room, by, "ask.answer")
    if not by.is_person:
        raise NotAllowed("ask.answer")
    if ask.kind != "choice" or choice not in ask.body.get("options", []):
        raise Refused("not_a_choice", status=422, field="choice")
    if not is_legal(ASK, ask.state, "answer"):
        raise Refused("ask_closed", state=ask.state)
    ask.answer, ask.answered_by_id = {"choice": choice}, by.actor
    close_ask(room, ask, "answer", by=by, at=at)
    effect = EFFECTS.get((ask.body.get("code", ""), choice))
    if effect is not None:
        effect(room, card, ask, by, at)
    return ask


def answer_any(*, ask_id: str, answer: dict[str, Any], by: By, at: datetime) -> Ask:
    """A person's answer to an ask of any kind: what it must hold depends on the ask.

    `{choice}` to the coordinator's own question; for the rest see `asks.answer_ask`.
    """
    is_choice = Ask.objects.filter(id=ask_id, kind="choice").exists()
    if is_choice:
        return choose(ask_id=ask_id, choice=str(answer.get("choice", ""))[:64], by=by, at=at)
    return answer_ask(ask_id=ask_id, answer=answer, by=by, at=at)


def _stands(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    if card is not None:
        confirm_standing(room, card, ask, by=by, at=at)


def _redo(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    if card is None:
        return
    authorise(room, by, "deliverable.roll_back")
    run = Run.objects.get(id=ask.body["params"]["run"], card=card)
    redo(room, card, run, by=by, at=at)


def _try_again(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    use_judge(room, MODEL, {}, by=by, at=at)


def _stay(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    note = {"code": "people_chose_rules", "params": {}}
    use_judge(room, RULES, note, by=by, at=at)


def _plan_again(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    plan_again(room, by=by, at=at)


def _raise(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    raise_asked(room, ask, by=by, at=at)


def _leave_stopped(room: Room, card: Card | None, ask: Ask, by: By, at: datetime) -> None:
    leave_stopped(room, ask, by=by)


# What is not here needs no effect: the answer is on the record, and the ask is closed.
EFFECTS: dict[tuple[str, str], Effect] = {
    ("inputs_changed", "stands"): _stands,
    ("inputs_changed", "redo"): _redo,
    (TROUBLE, "try_again"): _try_again,
    (TROUBLE, "stay_with_rules"): _stay,
    (KEEPS_FAILING, "try_again"): _try_again,
    (KEEPS_FAILING, "stay_with_rules"): _stay,
    ("off_course", "plan_again"): _plan_again,
    (USED_UP, RAISE): _raise,
    (USED_UP, STAY): _leave_stopped,
}
