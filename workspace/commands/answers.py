"""Calls with an `Idempotency-Key`: one effect and one answer, however often they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace.errors import Refused
from workspace.keys import decrypted, encrypted
from workspace.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)
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
    kept = IdempotentAnswer.objects.filter(workspace_id=workspace_id, scope=scope)
    kept.filter(at__lt=at - KEPT_FOR).delete()
    row, is_new = kept.select_for_update().get_or_create(
        workspace_id=workspace_id, scope=scope, key=key,
        defaults={"body_sha256": body_sha256, "at": at},
    )  # fmt: skip
    if row.body_sha256 != body_sha256:
        raise Refused("idempotency_mismatch", status=422)
    if not is_new:
        return _opened(row)
    status, answer = act()
    row.status, row.answer = status, _sealed(answer)
    row.save(update_fields=["status", "answer"])
    return status, answer


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
