"""Calls with an `Idempotency-Key`: one effect and one answer, however often they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from workspace.errors import Refused
from workspace.keys import decrypted, encrypted
from workspace.models import IdempotentAnswer
from workspace.models.prepared import Prepared

KEPT_FOR = timedelta(hours=24)
OLDEST = Prepared(
    lambda workspace_id, scope: (
        IdempotentAnswer.objects.filter(workspace_id=workspace_id, scope=scope)
        .order_by("at", "id")
        .values_list("id", "at")[:20]
    )
)
KEPT = Prepared(
    lambda workspace_id, scope, key: IdempotentAnswer.objects.select_for_update().filter(
        workspace_id=workspace_id, scope=scope, key=key
    )
)
Answer = tuple[int, Any]  # HTTP status and JSON


@transaction.atomic
def answer_once(
    *, workspace_id: str, scope: str, key: str, body_sha256: str, act: Callable[[], Answer],
    at: datetime,
) -> Answer:  # fmt: skip
    """What `act` answers, or answered to the same key and body within the last day.

    The effect and its answer are one transaction: a refusal or a crash leaves neither, and a
    concurrent call with the same key waits for this one. `act` must not talk to a network.
    """
    _forget_old(workspace_id, scope, at)
    row: IdempotentAnswer | None = KEPT.first(workspace_id, scope, key)
    if row is not None and row.at < at - KEPT_FOR:
        row.delete()
        row = None
    is_new = row is None
    if row is None:
        row, is_new = _kept(workspace_id, scope, key, body_sha256, at)
    if row.body_sha256 != body_sha256:
        raise Refused("idempotency_mismatch", status=422)
    if not is_new:
        return _opened(row)
    status, answer = act()
    row.status, row.answer = status, _sealed(answer)
    row.save(update_fields=["status", "answer"])
    return status, answer


def _kept(
    workspace_id: str, scope: str, key: str, body_sha256: str, at: datetime
) -> tuple[IdempotentAnswer, bool]:
    """The row of this key, and whether it is new: another call may make it at the same moment."""
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(
                workspace_id=workspace_id, scope=scope, key=key, body_sha256=body_sha256, at=at
            ), True
    except IntegrityError:
        return KEPT.one(workspace_id, scope, key), False


def _forget_old(workspace_id: str, scope: str, at: datetime) -> None:
    """The oldest are over after a day; more than those few are, once they are the oldest."""
    over = [id for id, made in OLDEST.all(workspace_id, scope) if made < at - KEPT_FOR]
    if over:
        IdempotentAnswer.objects.filter(id__in=over).delete()


def _sealed(answer: Any) -> str:
    # An answer may hold a secret that is shown once and never kept in the open.
    return encrypted(json.dumps(answer)).decode()


def _opened(row: IdempotentAnswer) -> Answer:
    if row.status is None or row.answer is None:
        raise Refused("in_progress")
    try:
        return row.status, json.loads(decrypted(str(row.answer).encode()))
    except ValueError:  # the key that sealed it has left the ring
        raise Refused("in_progress") from None
