"""What follows from an agent's answer: one command for the run, one count for the endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agents.doors.outcomes import (
    WAITS,
    Delivered,
    Gone,
    Outcome,
    SecretMismatch,
    TryAgain,
    Unacceptable,
    Unusable,
)
from agents.doors.retries import wait_before_next
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands.agents import disable_agent, note_answer
from workspace.commands.callbacks import receive
from workspace.commands.runs import accept_run, fail_run, requeue_run
from workspace.errors import Refused
from workspace.keys import lease_token, run_token
from workspace.reports import (
    Accepted,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    Question,
    Result,
)

if TYPE_CHECKING:
    from workspace.models import Delivery

# Only these may be answered with a result, a question or a refusal of the work.
ANSWERABLE = ("card.assigned", "card.revised", "question.answered", "permission.decided")
SPOKEN = {
    Result: "run.completed",
    Question: "question.asked",
    Declined: "run.rejected",
    Failure: "run.failed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a delivery is left in, with the code and parameters its log shows."""

    state: str
    code: str
    params: Mapping[str, Any]
    again_at: datetime | None = None

    @property
    def outcome(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


def take_outcome(delivery: "Delivery", outcome: Outcome, *, at: datetime, chance: float) -> Verdict:
    """Give the answer its one effect. A run that is over by now keeps its end."""
    try:
        verdict = _take(delivery, outcome, at, chance)
    except Refused as refused:
        verdict = Verdict("delivered", refused.code, refused.params)
    _count(delivery, outcome, at)
    return verdict


def _take(delivery: "Delivery", outcome: Outcome, at: datetime, chance: float) -> Verdict:
    match outcome:
        case TryAgain():
            return _again(delivery, outcome, at, chance)
        case SecretMismatch(status):
            return _give_up(delivery, "misconfigured", "secret_mismatch", {"status": status}, at)
        case Gone():
            return _give_up(delivery, "rejected_delivery", "gone", {"status": 410}, at)
        case Unacceptable(code, params):
            if delivery.type == "card.assigned":
                kind = "rejected_delivery" if code == "status" else "misconfigured"
                _fail(delivery, kind, {"code": code, **params}, at)
            return Verdict("failed", code, params)
        case Unusable(code, place):
            evidence = {"code": "unusable_result", "problem": code, "at": place, "kind": code}
            _fail(delivery, "error", {"said": f"{code}: {place}", **evidence}, at)
            return Verdict("delivered", "unusable_result", evidence)
        case Delivered(note, _):
            return Verdict("delivered", note or "delivered", {})
        case Accepted(external_url, _):
            _accept(delivery, external_url, at)
            return Verdict("delivered", "accepted", {})
        case _:
            return _speak(delivery, outcome, at)


def _accept(delivery: "Delivery", external_url: str, at: datetime) -> None:
    if delivery.type == "card.assigned" and delivery.run_id:
        by = By(delivery.agent_id)
        accept_run(run_id=delivery.run_id, external_url=external_url, by=by, at=at)


def _speak(
    delivery: "Delivery", said: Result | Question | Declined | Failure, at: datetime
) -> Verdict:
    """What the agent answered at once counts like the callback of the same name, and as often."""
    run, name = delivery.run, SPOKEN[type(said)]
    if run is None or delivery.type not in ANSWERABLE:
        return Verdict("delivered", "answer_ignored", {"said": name})
    event = InboundEvent(id=f"reply-{delivery.id}", type=name, said=said)
    shown = Credentials(run_token(run.id, run.fence), lease_token(run.id, run.fence))
    receive(run_id=run.id, credentials=shown, events=[event], at=at)
    return Verdict("delivered", name.replace(".", "_"), {})


def _again(delivery: "Delivery", outcome: TryAgain, at: datetime, chance: float) -> Verdict:
    wait = wait_before_next(
        delivery.type, delivery.tries, chance=chance, retry_after=outcome.retry_after
    )
    if wait is not None:
        if outcome.code == "offline" and queries.is_there(delivery.agent_id, at):
            # It came while this try found it away, and whoever has it now looks for what is due.
            wait = timedelta(0)
        if delivery.type == "card.assigned" and delivery.run_id and outcome.code != "deadline":
            # It did not get there. Where it may have, silence counts from the sending.
            requeue_run(run_id=delivery.run_id, by=SYSTEM, at=at)
        return Verdict("due", outcome.code, outcome.params, again_at=at + wait)
    kind = "rate_limited" if outcome.code == "throttled" else "unreachable"
    if delivery.type == "card.assigned":
        evidence = {"code": outcome.code, "tries": delivery.tries, **outcome.params}
        _fail(delivery, kind, evidence, at)
    return Verdict("failed", outcome.code, outcome.params)


def _give_up(
    delivery: "Delivery", kind: str, code: str, params: dict[str, Any], at: datetime
) -> Verdict:
    """Nothing more is sent to this endpoint until its owner has verified it again."""
    disable_agent(agent_id=delivery.agent_id, reason={"code": code, "params": params}, at=at)
    _fail(delivery, kind, {"code": code, **params}, at)
    return Verdict("failed", code, params)


def _fail(delivery: "Delivery", kind: str, evidence: dict[str, Any], at: datetime) -> None:
    run = delivery.run
    if run is None or delivery.type not in ANSWERABLE:
        return
    try:
        fail_run(run_id=run.id, kind=kind, evidence=evidence, by=SYSTEM, at=at)
    except Refused as refused:
        if refused.code != "run_terminal":
            raise


def _count(delivery: "Delivery", outcome: Outcome, at: datetime) -> None:
    """Five failures in a row rest an endpoint; one that is busy has not failed.

    Of an agent that comes by itself this says nothing: it was not there.
    """
    if isinstance(outcome, Delivered) and outcome.note == WAITS:
        return
    if isinstance(outcome, TryAgain) and outcome.code == "throttled":
        return
    is_well = not isinstance(outcome, TryAgain | SecretMismatch | Gone | Unacceptable)
    note_answer(agent_id=delivery.agent_id, is_well=is_well, at=at)
