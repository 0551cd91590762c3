"""Requests to a model: begun within its account's limits, ended with what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from workspace.commands.locks import lock_workspace
from workspace.models import Judgement, ModelCall, Run, Workspace
from workspace.queries import account_of, held_until, model_calls
from workspace.queries.asked import CALL_MAY_RUN

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
    account = account_of(found.workspace)
    pause = _pause(account, wait, at)
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
def begin_run_call(
    *, run_id: str, account: str, tokens_wanted: int, wait: HowLong, at: datetime,
    lost: int | None = None,
) -> ModelCall | timedelta:  # fmt: skip
    """Count a request that a run makes of its model; or how long it has to wait.

    `lost`: the call it makes again because nobody knows what became of it; it is over. What such
    calls cost stands with their run: once they count for no limit they are not kept.
    """
    pause_of = _pause(account, wait, at, over=lost)
    if pause_of > timedelta(0):
        return pause_of
    of_runs = ModelCall.objects.filter(account=account, judgement=None)
    of_runs.filter(at__lt=at - CALL_MAY_RUN).delete()
    workspace_id = Run.objects.values_list("workspace_id", flat=True).get(id=run_id)
    return ModelCall.objects.create(
        workspace_id=workspace_id, at=at, tokens_wanted=tokens_wanted, account=account
    )


def _pause(account: str, wait: HowLong, at: datetime, over: int | None = None) -> timedelta:
    """How long a call on this account has to wait now. Locks the line: one call begins at a time,
    in whichever workspace, because workspaces may share an account."""
    lock_workspace(Workspace.objects.order_by("id").values_list("id", flat=True)[0])
    if over is not None:
        lost = ModelCall.objects.filter(id=over, ended_at=None)
        lost.update(ended_at=at, tokens=0, cost_usd=0, outcome="interrupted")
    pause = wait(list(model_calls(account, at)))
    held = held_until(account, at)
    return max(pause, held - at) if held else pause


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
