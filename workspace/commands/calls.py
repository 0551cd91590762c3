"""Requests to the coordinator's model: begun within its limits, ended with what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from workspace.commands.locks import lock_workspace
from workspace.models import Judgement, ModelCall, Workspace
from workspace.queries import account_of, held_until, model_calls

LOOK_BACK = timedelta(minutes=15)  # the longest a call may run
HowLong = Callable[[Sequence[ModelCall]], timedelta]


@transaction.atomic
def begin_call(
    *, judgement_id: str, tokens_wanted: int, wait: HowLong, at: datetime
) -> ModelCall | None:
    """Count a request that is about to be made; None if it has to wait.

    `wait` says how long, from the calls on the same account that may still count; while its
    service wants no calls at all, until then. One that waits is due again then; that is not a try
    that failed.
    """
    found = Judgement.objects.select_related("workspace").get(id=judgement_id)
    # Workspaces may share an account: all who begin a call stand in one line.
    lock_workspace(Workspace.objects.order_by("id").values_list("id", flat=True)[0])
    account = account_of(found.workspace)
    pause = wait(list(model_calls(account, at - LOOK_BACK)))
    if held := held_until(account, at):
        pause = max(pause, held - at)
    if pause > timedelta(0):
        Judgement.objects.filter(id=judgement_id, state="asking").update(
            state="wanted", due_at=at + pause, claimed_until=None, tries=max(found.tries - 1, 0)
        )
        return None
    return ModelCall.objects.create(
        workspace_id=found.workspace_id, judgement=found, at=at, tokens_wanted=tokens_wanted,
        account=account,
    )  # fmt: skip


@transaction.atomic
def end_call(
    *, call_id: int, tokens: int, cost_usd: float, outcome: str, at: datetime, asked: int = 1,
    held_for: timedelta | None = None,
) -> ModelCall:  # fmt: skip
    """The request is over: what it took, and `answered` or the code of its trouble.

    `asked`: how often the model was really asked; each time counts against its limits. `held_for`:
    how long the service wants no call on this account.
    """
    call = ModelCall.objects.select_for_update().get(id=call_id)
    call.ended_at, call.tokens, call.outcome = at, tokens, outcome[:32]
    call.cost_usd = Decimal(str(round(cost_usd, 6)))
    call.held_until = at + held_for if held_for else None
    call.save()
    ModelCall.objects.bulk_create(
        ModelCall(
            workspace_id=call.workspace_id, judgement_id=call.judgement_id, at=at, ended_at=at,
            tokens_wanted=call.tokens_wanted, tokens=0, cost_usd=0, outcome="asked_again",
            account=call.account,
        )
        for _ in range(asked - 1)
    )  # fmt: skip
    return call
