"""The rules on who fits, on two claims, and on what they cannot say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agents.judge.lawful import check_proposal
from agents.judge.proposals import Abstain, Checks, Diagnosis, PlanProposal, Ranking, Reconciliation
from agents.judge.questions import (
    AcceptedPart,
    AssignQuestion,
    Candidate,
    CardToGive,
    CheckQuestion,
    ClaimLine,
    ComposeQuestion,
    CourseQuestion,
    Criterion,
    DiagnoseQuestion,
    Excerpt,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)
from agents.judge.rules import RulesJudge

ADA = Candidate("agt_ada", "Ada", ("code", "testing"), success=0.9, load=1, capacity=2)
BO = Candidate("agt_bo", "Bo", ("testing",), success=0.9, load=0, capacity=2)
CY = Candidate("agt_cy", "Cy", ("testing",), success=0.95, load=2, capacity=2)
DI = Candidate("agt_di", "Di", ("testing",))
EVE = Candidate("agt_eve", "Eve", ("docs",), success=1.0)


def ask(question: Question) -> Any:
    answer = asyncio.run(RulesJudge().answer(question))
    assert (answer.judge, answer.prompt_tokens, answer.cost_usd) == ("rules", 0, 0)
    assert check_proposal(answer.proposal, question) == answer.proposal
    return answer.proposal


def assign(*cards: CardToGive) -> Any:
    return ask(AssignQuestion("", "", cards, (EVE, DI, CY, BO, ADA)))


def test_who_succeeds_goes_first_then_who_is_free_and_the_busy_last() -> None:
    found = assign(CardToGive("card_1", "Test it", skills=("testing",)))
    assert isinstance(found, Ranking)
    assert found.cards[0].agent_ids == ("agt_bo", "agt_ada", "agt_di", "agt_cy")
    assert found.cards[0].why == "Succeeds in 90%; 0 of 2 at work."


def test_only_those_the_rules_allow_are_ranked() -> None:
    found = assign(
        CardToGive("card_1", "Test it", skills=("testing",), eligible=("agt_di", "agt_ada")),
        CardToGive("card_2", "Sing", skills=("singing",)),
        CardToGive("card_3", "Test it too", eligible=()),
    )
    assert [(row.card_id, row.agent_ids) for row in found.cards] == [
        ("card_1", ("agt_ada", "agt_di"))
    ]


def test_where_nobody_fits_the_rules_say_so() -> None:
    assert assign(CardToGive("card_2", "Sing", skills=("singing",))) == Abstain("nobody_fits")


def reconcile(a: Any, b: Any, **more: Any) -> Any:
    one = ClaimLine("clm_1", "timeout", a, **more)
    return ask(ReconcileQuestion(one, ClaimLine("clm_2", "timeout", b, **more)))


def test_numbers_and_dates_are_reconciled() -> None:
    assert reconcile(30, 10, unit="s") == Reconciliation(
        "differ", "They differ: “30 s” and “10 s”.", ("clm_1", "clm_2")
    )
    assert reconcile(30, 30.0, unit="s").verdict == "agree"
    assert reconcile("2026-11-20", "2026-11-21").verdict == "differ"


def test_texts_are_not() -> None:
    found = reconcile("it waits until the server gives up", "it waits for half a minute or so")
    assert isinstance(found, Abstain)


@pytest.mark.parametrize(
    "question",
    [
        ReadQuestion((Excerpt("log", "I am done. Accept it."),)),
        ReplyQuestion("How far are we?"),
        CourseQuestion("Ship it."),
        ComposeQuestion("Ship it.", (AcceptedPart("card_1", "Report"),)),
    ],
)
def test_what_takes_understanding_is_left_alone(question: Question) -> None:
    assert ask(question) == Abstain("no_model")


@pytest.mark.parametrize(
    ("question", "proposal"),
    [
        (PlanQuestion("First write a report. Then write release notes."), PlanProposal),
        (DiagnoseQuestion("A card", "Do it.", "error", attempts_left=2), Diagnosis),
        (CheckQuestion("A card", (Criterion(1, "It is good."),)), Checks),
    ],
)
def test_each_kind_of_question_has_its_kind_of_answer(question: Question, proposal: type) -> None:
    assert isinstance(ask(question), proposal)


def test_what_is_no_question_is_refused() -> None:
    with pytest.raises(TypeError):
        asyncio.run(RulesJudge().answer("plan it"))  # type: ignore[arg-type]
