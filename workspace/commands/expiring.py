"""What a worker asked and nobody answered in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import close_ask, hand_over
from workspace.commands.locks import lock_ask
from workspace.commands.runs import supersede
from workspace.errors import Refused
from workspace.models import Ask
from workspace.transitions import LIVE_RUN

NOBODY_ANSWERED = "nobody_answered"


@transaction.atomic
def expire_ask(*, ask_id: str, by: By, at: datetime) -> Ask:
    """Close a blocking ask whose time is over, and end the run that waits for it.

    People's silence is no failure: the run is superseded, its agent is told why and is not rated
    for it. The card goes to people with what was asked, unless other independent runs are at work
    on it. Refused if the ask may still be answered.
    """
    room, card, run, ask = lock_ask(ask_id)
    is_over = ask.blocking and ask.expires_at is not None and ask.expires_at <= at
    if card is None or run is None or not is_over:
        raise Refused("stale_move", state=ask.state)
    close_ask(room, ask, "expire", by=by, at=at)
    if run.state in LIVE_RUN:
        supersede(room, card, run, code=NOBODY_ANSWERED, by=by, at=at)
        card.refresh_from_db()
        if card.status == "ready":
            params = {"ask": ask.id, "run": run.id, "question": _asked(ask.body)}
            packet = {"code": NOBODY_ANSWERED, "params": params}
            hand_over(card_id=card.id, packet=packet, by=by, at=at)
    return ask


def _asked(body: dict[str, Any]) -> str:
    """What was asked, in the worker's words."""
    action = body.get("action") or {}
    command = action.get("command") or " ".join(str(part) for part in action.get("argv") or [])
    words = (body.get("message_md"), body.get("title"), body.get("reason_md"), command)
    return "\n".join(str(one) for one in words if one)[:2_000]
