"""Each kind of failure, as its rule or command really stores it, shows something that was seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.apply import apply
from agents.coordinator.moves import FailRun
from agents.coordinator.plan import plan
from agents.doors.effects import take_outcome
from agents.doors.outcomes import Outcome, SecretMismatch, TryAgain, Unacceptable
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import hands_in
from tests.commands.refusing import later
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.commands.reviews import roll_back
from workspace.models import Delivery, Run
from workspace.reports import Accepted, Activity, Failure, Result
from workspace.sentences import evidence
from workspace.transitions import FAILURES

TOO_OFTEN = 99


@pytest.fixture
def run(db: None) -> Run:
    """An agent was sent a card that builds on another card's accepted version."""
    owner = cast.an_owner()
    room = cast.a_room(owner)
    first = cast.a_card(room, "First")
    agent = cast.an_agent(room, max_concurrency=2)
    cast.accept(hands_in(cast.a_run(first, agent)), owner)
    return cast.a_run(cast.a_card(room, "Second", depends_on=[first]), agent)


def ticks(run: Run, after: float) -> None:
    """The coordinator looks at the room then, and ends what its rules end."""
    board = observe(run.room_id, later(after))
    assert board is not None
    ends = tuple(move for move in plan(board).moves if isinstance(move, FailRun))
    assert apply(ends, board, later(after)) == []


def sent(outcome: Outcome) -> Callable[[Run], None]:
    def then(run: Run) -> None:
        delivery = Delivery.objects.get(run=run, type="card.assigned")
        Delivery.objects.filter(id=delivery.id).update(tries=TOO_OFTEN)
        delivery.refresh_from_db()
        take_outcome(delivery, outcome, at=AT, chance=0.5)

    return then


def says(*said: object, after: float | None = None) -> Callable[[Run], None]:
    def then(run: Run) -> None:
        for one in said:
            cast.says(run, one)  # type: ignore[arg-type]
        if after is not None:
            ticks(run, after)

    return then


def is_due(run: Run) -> None:
    cast.says(run, Accepted())
    Run.objects.filter(id=run.id).update(deadline_at=later(20))
    ticks(run, 21)


def loses_its_input(run: Run) -> None:
    version = run.inputs.get().deliverable
    owner = By(run.room.members.get(role="owner").person_id)
    roll_back(deliverable_id=version.id, reason="Wrong.", by=owner, at=AT)
    ticks(run, 1)


def uses_up_its_budget(run: Run) -> None:
    owner = By(run.room.members.get(role="owner").person_id)
    set_budget(
        room_id=run.room_id, subject_id=run.card_id, what="steps", period="ever", cap=1, by=owner,
        at=AT,
    )  # fmt: skip
    says(Activity(kind="action", title="One"), Activity(kind="action", title="Two"), after=1)(run)


ENDS: list[tuple[str, Callable[[Run], None]]] = [
    ("unreachable", sent(TryAgain("timeout", {}))),
    ("rejected_delivery", sent(Unacceptable("status", {"status": 400}))),
    ("rate_limited", sent(TryAgain("throttled", {"status": 429}))),
    ("misconfigured", sent(SecretMismatch(401))),
    ("no_ack", lambda run: ticks(run, 31)),
    ("stalled", says(Accepted(), after=901)),
    ("looping", says(*[Activity(kind="action", title="open retry.py")] * 5, after=1)),
    ("deadline", is_due),
    ("over_budget", uses_up_its_budget),
    ("stale_input", loses_its_input),
    ("empty_completion", says(Result("All done.", ()))),
    ("error", says(Failure("boom", "It broke."))),
    ("error", says(Failure("error", ""))),
    *((kind, says(Failure(kind, ""))) for kind in (
        "checks_failed", "contradicted", "rate_limited", "over_budget", "misconfigured",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "end"), ENDS, ids=[f"{n}-{k}" for n, (k, _) in enumerate(ENDS)])
def test_what_was_seen_of_a_failure_is_shown(
    run: Run, kind: str, end: Callable[[Run], None]
) -> None:
    end(run)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", kind)
    shown = evidence(kind, run.reason["params"])
    assert shown
    assert all(one.text and "%(" not in one.text for one in shown)


def test_every_kind_of_failure_is_shown_here() -> None:
    assert {kind for kind, _ in ENDS} == set(FAILURES)


def test_an_agent_that_never_answered_has_no_last_sign_of_life(run: Run) -> None:
    ticks(run, 31)
    run.refresh_from_db()
    texts = [one.text for one in evidence("no_ack", run.reason["params"])]
    assert "No sign of life since it was sent the card:" in texts
    assert "Last sign of life:" not in texts


def test_an_input_that_was_rolled_back_is_counted(run: Run) -> None:
    loses_its_input(run)
    run.refresh_from_db()
    (shown,) = evidence("stale_input", run.reason["params"])
    assert shown.text.startswith("1 input was rolled back")
