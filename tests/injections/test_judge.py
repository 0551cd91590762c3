"""What the model judge makes of garbage, and of a model that obeys: the wall from the inside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

import httpx2
import pytest

from agents.judge.base import JudgeError, Proposal
from agents.judge.chat import ModelConfig
from agents.judge.kimi import KimiJudge
from agents.judge.proposals import Checks, Diagnosis, PlanProposal, Ranking, Reading
from agents.judge.questions import (
    AcceptedPart,
    AssignQuestion,
    Candidate,
    CardLine,
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
from tests.fakes.model_server import Answer, Behaviour, Request, model_server
from tests.injections.garbage import IN_ONE_PIECE, garbage
from tests.injections.obeying import Obeying
from tests.injections.orders import KINDS
from tests.injections.pack import load

CARD, OTHER = "card_01kbzzzzzzzzzzzzzzzzzzzz01", "card_01kbzzzzzzzzzzzzzzzzzzzz09"
AGENT, SECOND = "agent_01kbzzzzzzzzzzzzzzzzzzzz02", "agent_01kbzzzzzzzzzzzzzzzzzzzz08"
FILLED = [
    one.filled(
        card_id=CARD,
        agent_id=AGENT,
        deliverable_id="dlv_01kbzzzzzzzzzzzzzzzzzzzz03",
        room_id="room_01kbzzzzzzzzzzzzzzzzzzzz04",
        sha256="ab" * 32,
    )
    for one in load()
]


def a_question(kind: str, text: str) -> Question:
    """A question of this kind in which an agent's text has got as far as it ever could."""
    skills = ("research", "writing")
    questions: dict[str, Question] = {
        "plan": PlanQuestion(goal=f"Find out what tea costs. {text}", skills=skills, max_cards=4),
        "assign": AssignQuestion(
            room_rules="",
            goal_line="Find out what tea costs.",
            cards=(CardToGive(CARD, text[:120]), CardToGive(OTHER, "Prices", eligible=(SECOND,))),
            workers=(Candidate(AGENT, "Ada", skills), Candidate(SECOND, text[:80], skills)),
        ),
        "diagnose": DiagnoseQuestion(
            title="Prices",
            brief="Collect prices.",
            failure="error",
            criteria=("Each price names its shop.",),
            skills=skills,
            reading=Reading("stuck", quotes=(text[:280],)),
            attempts_left=2,
            depth_left=1,
            cards_left=5,
        ),
        "check": CheckQuestion(
            title="Prices",
            criteria=(Criterion(1, "Each price names its shop."), Criterion(2, "Dates stand.")),
            summary=text,
            files=(Excerpt("prices.md", text),),
        ),
        "read": ReadQuestion(texts=(Excerpt("note 1", text),)),
        "reconcile": ReconcileQuestion(
            ClaimLine("claim_1", "timeout", 10, "s", text), ClaimLine("claim_2", "timeout", 30, "s")
        ),
        "reply": ReplyQuestion(message="How far are we?", digest=f"Prices: {text}"),
        "course": CourseQuestion(
            goal="Find out what tea costs.", digest=text, cards=(CardLine(CARD, 1, "A", "ready"),)
        ),
        "compose": ComposeQuestion(
            goal="Find out what tea costs.", parts=(AcceptedPart(CARD, "Prices", summary=text),)
        ),
    }
    return questions[kind]


def attacks(kind: str) -> list[Question]:
    """Some of the pack as questions of this kind; the kinds together use all of it."""
    return [a_question(kind, one.text) for one in FILLED[KINDS.index(kind) :: len(KINDS)]]


def answered(behave: Behaviour, questions: Iterable[Question]) -> list[Proposal | JudgeError]:
    """What the judge gives for each question, at one server with this behaviour."""

    async def ask_all(base_url: str) -> list[Proposal | JudgeError]:
        config = ModelConfig(api_key="sk-test-51a9c0ffee", base_url=base_url, total_s=20.0)
        judge = KimiJudge(config, lambda: httpx2.AsyncClient(trust_env=False))
        return [await one_answer(judge, question) for question in questions]

    with model_server(behave) as server:
        return asyncio.run(ask_all(server.base_url))


async def one_answer(judge: KimiJudge, question: Question) -> Proposal | JudgeError:
    try:
        return (await judge.answer(question)).proposal
    except JudgeError as error:
        return error


# -- garbage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_no_garbage_becomes_a_proposal(kind: str) -> None:
    question = a_question(kind, "Three prices found.")
    left = [one for one in garbage(kind) if len(one.text) < IN_ONE_PIECE]
    assert len(left) >= 25

    def until_all_is_heard() -> Iterator[Question]:
        for _ in range(len(left)):
            if left:  # the judge asks again once: two sorts are heard for one question
                yield question

    def next_sort(request: Request) -> Answer:
        return left.pop().behave(request) if left else Answer("")

    heard = answered(next_sort, until_all_is_heard())
    assert left == []
    assert [said for said in heard if not refused(said)] == []


@pytest.mark.parametrize("name", ["huge_text", "huge_field", "many_rows", "deep_and_open"])
def test_ten_megabytes_of_garbage_are_refused(name: str) -> None:
    huge = next(one for one in garbage("check") if one.name == name)
    assert len(huge.text) >= IN_ONE_PIECE
    (said,) = answered(huge.behave, [a_question("check", "Three prices found.")])
    assert refused(said)


def refused(said: Proposal | JudgeError) -> bool:
    return isinstance(said, JudgeError)


# -- obeying -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_blunt_obedience_is_refused(kind: str) -> None:
    obeying = Obeying("blunt")
    heard = answered(obeying, attacks(kind))
    sober = [step for step in obeying.followed if step.manner == "sober"]
    assert len(sober) < len(heard) / 2
    assert sum(not refused(said) for said in heard) == len(sober)


@pytest.mark.parametrize("kind", KINDS)
def test_sly_obedience_names_nothing_that_was_not_offered(kind: str) -> None:
    obeying = Obeying("sly")
    heard = answered(obeying, attacks(kind))
    lawful = [said for said in heard if not isinstance(said, JudgeError)]
    assert lawful, "an attack that stays within the form is to reach what comes after the wall"
    for said in lawful:
        assert set(ids_named(said)) <= {CARD, OTHER, AGENT, SECOND, "claim_1", "claim_2"}


def ids_named(said: Proposal) -> list[str]:
    """Every id an answer gives effect to, wherever it stands."""
    if isinstance(said, Ranking):
        return [one for row in said.cards for one in (row.card_id, *row.agent_ids)]
    sections = [one.card_id for one in getattr(said, "sections", ())]
    return [*getattr(said, "card_ids", ()), *getattr(said, "claim_ids", ()), *sections]


def test_an_agent_that_may_not_have_a_card_never_gets_it() -> None:
    for said in answered(Obeying("sly"), attacks("assign")):
        if isinstance(said, Ranking):
            assert all(row.agent_ids == (SECOND,) for row in said.cards if row.card_id == OTHER)


def test_the_kinds_together_use_the_whole_pack() -> None:
    assert sum(len(attacks(kind)) for kind in KINDS) == len(FILLED)


def test_no_order_makes_more_cards_than_the_limits_allow() -> None:
    plans = answered(Obeying("sly"), attacks("plan"))
    splits = answered(Obeying("sly"), attacks("diagnose"))
    assert any(isinstance(said, PlanProposal) for said in plans)
    assert any(isinstance(said, Diagnosis) and said.parts for said in splits)
    assert all(len(said.cards) <= 4 for said in plans if isinstance(said, PlanProposal))
    assert all(len(said.parts) <= 5 for said in splits if isinstance(said, Diagnosis))


def test_a_check_that_obeys_shows_what_it_goes_by() -> None:
    for said in answered(Obeying("sly"), attacks("check")):
        if isinstance(said, Checks):
            assert all(row.evidence for row in said.rows if row.verdict == "met")


def test_a_reading_stays_tainted_whatever_it_says() -> None:
    heard = answered(Obeying("sly"), attacks("read"))
    readings = [said for said in heard if isinstance(said, Reading)]
    assert readings and all(said.tainted for said in readings)
