"""What every judge keeps to, with a model or without one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.judge.base import Abstain, Judge, PlannedCard, PlanProposal, Proposal
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_from_data, proposal_to_data
from agents.judge.validate import check_plan, is_filler
from tests.fakes.model_server import model_server
from tests.judge.asking import a_question, ask, kimi_at
from tests.judge.goals import goal

JUDGES = ["rules", "kimi", "kimi-compatible", "kimi-without-stream", "kimi-after-a-re-ask"]


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    if request.param == "rules":
        yield RulesJudge()
        return
    script = ("cycle", "good") if request.param.endswith("re-ask") else ("good",)
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


@pytest.mark.parametrize("data", [{}, {"type": "poem"}, {"type": "plan", "cards": [{}]}])
def test_what_is_not_a_saved_proposal_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        proposal_from_data(data)
