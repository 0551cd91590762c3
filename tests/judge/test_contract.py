"""What every judge keeps to, with a model or without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agents.judge.base import Abstain, Judge, PlannedCard, PlanProposal, Proposal
from agents.judge.lawful import check_proposal
from agents.judge.proposals import Diagnosis
from agents.judge.questions import (
    JUDGEMENT_KINDS,
    AssignQuestion,
    CheckQuestion,
    ClaimLine,
    ComposeQuestion,
    CourseQuestion,
    DiagnoseQuestion,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_from_data, proposal_to_data
from agents.judge.validate import check_plan, is_filler
from tests.fakes.model_server import model_server
from tests.judge.asking import a_question, ask, kimi_at
from tests.judge.goals import goal
from tests.judge.samples import DIAGNOSE, QUESTIONS

JUDGES = ["rules", "kimi", "kimi-compatible", "kimi-without-stream", "kimi-after-a-re-ask"]


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    if request.param == "rules":
        yield RulesJudge()
        return
    script = ("a_list", "good") if request.param.endswith("re-ask") else ("good",)
    with model_server(*script) as server:
        server.is_hosted = request.param != "kimi-compatible"
        profile = "moonshot" if server.is_hosted else "openai-compatible"
        stream = request.param != "kimi-without-stream"
        yield kimi_at(server, profile=profile, stream=stream)


GOALS = ["teaspoon", "migration", "bakery", "club_site", "summer_fete"]


def cards_in(proposal: Proposal) -> tuple[PlannedCard, ...]:
    if isinstance(proposal, PlanProposal):
        return proposal.cards
    return (proposal.offer,) if proposal.offer else ()


@pytest.mark.parametrize("name", GOALS)
def test_a_judge_proposes_lawful_cards_or_says_it_cannot(judge: Judge, name: str) -> None:
    question = a_question(goal(name))
    answer = ask(judge, question)
    assert answer.judge == judge.name
    cards = cards_in(answer.proposal)
    assert cards
    assert len(cards) <= question.max_cards
    seen: set[str] = set()
    for card in cards:
        assert card.title
        assert card.brief
        assert set(card.skills) <= set(question.skills)
        assert card.kind in question.kinds
        assert set(card.depends_on) <= seen
        assert not any(is_filler(criterion) for criterion in card.criteria)
        seen.add(card.ref)
    proposal = PlanProposal(cards)
    assert check_plan(proposal, question, criteria_required=False) == proposal


def test_a_judge_uses_no_skill_where_none_is_offered(judge: Judge) -> None:
    cards = cards_in(ask(judge, a_question(goal("bakery"), skills=())).proposal)
    assert cards
    assert all(card.skills == () for card in cards)


def test_a_proposal_survives_being_saved(judge: Judge) -> None:
    proposal = ask(judge, a_question(goal("migration"))).proposal
    assert proposal_from_data(proposal_to_data(proposal)) == proposal


def test_the_numbers_of_an_answer_are_kept(judge: Judge) -> None:
    answer = ask(judge)
    assert answer.raw_size > 0
    assert answer.latency_ms >= 0
    if judge.name == "kimi":
        assert answer.model == "kimi-k2.6"
        assert len(answer.prompt_hash) == 64
        assert answer.prompt_tokens == 900 * answer.asked
        assert answer.completion_tokens == 250 * answer.asked
        assert answer.cached_tokens == 512 * answer.asked
    else:
        assert (answer.model, answer.prompt_tokens) == ("", 0)


def test_an_abstention_survives_being_saved() -> None:
    proposal = ask(RulesJudge(), a_question(goal("club_site"))).proposal
    assert isinstance(proposal, Abstain)
    assert proposal_from_data(proposal_to_data(proposal)) == proposal


@pytest.mark.parametrize("kind", JUDGEMENT_KINDS)
def test_a_judge_answers_every_kind_lawfully_or_abstains(judge: Judge, kind: str) -> None:
    question = QUESTIONS[kind]
    answer = ask(judge, question)
    proposal = answer.proposal
    assert answer.judge == judge.name
    assert proposal.type in (kind, "abstain")
    assert check_proposal(proposal, question) == proposal
    assert proposal_from_data(json.loads(json.dumps(proposal_to_data(proposal)))) == proposal
    assert judge.name == "rules" or proposal.type == kind


@pytest.mark.parametrize("kind", JUDGEMENT_KINDS)
def test_a_judge_says_the_same_twice(judge: Judge, kind: str) -> None:
    assert ask(judge, QUESTIONS[kind]).proposal == ask(judge, QUESTIONS[kind]).proposal


def test_a_judge_asks_people_where_the_limits_leave_nothing_else(judge: Judge) -> None:
    proposal = ask(judge, replace(DIAGNOSE, attempts_left=0)).proposal
    assert isinstance(proposal, Diagnosis)
    assert proposal.remedy == "ask"
    assert proposal.question


NOTHING_IN_THEM: tuple[Question, ...] = (
    PlanQuestion(goal=""),
    AssignQuestion(room_rules="", goal_line="", cards=(), workers=()),
    DiagnoseQuestion(title="", brief="", failure=""),
    CheckQuestion(title="", criteria=()),
    ReadQuestion(texts=()),
    ReconcileQuestion(a=ClaimLine("clm_a", ""), b=ClaimLine("clm_b", "")),
    ReplyQuestion(message=""),
    CourseQuestion(goal=""),
    ComposeQuestion(goal="", parts=()),
)


@pytest.mark.parametrize("question", NOTHING_IN_THEM, ids=lambda one: one.judgement)
def test_rules_bear_a_question_with_nothing_in_it(question: Question) -> None:
    proposal = ask(RulesJudge(), question).proposal
    assert proposal.type in (question.judgement, "abstain")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": "poem"},
        {"type": "plan", "cards": [{}]},
        {"type": "read", "outcome": "partly"},
        {"type": "assign", "cards": [{"card_id": "c", "agent_ids": [], "why": "", "more": 1}]},
        {"type": "check", "rows": 3},
    ],
)
def test_what_is_not_a_saved_proposal_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        proposal_from_data(data)
