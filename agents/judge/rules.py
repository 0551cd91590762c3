"""The judge that needs no model: says what can be said by rule, and abstains from the rest.

Nothing is made up. What it writes are pieces of what it was given, and sentences that say what was
counted or seen.
"""

from __future__ import annotations

from functools import singledispatch

from agents.judge.base import Answer
from agents.judge.fit import not_shown
from agents.judge.proposals import Abstain, Proposal
from agents.judge.questions import (
    AssignQuestion,
    CheckQuestion,
    ComposeQuestion,
    CourseQuestion,
    DiagnoseQuestion,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)
from agents.judge.rules_assign import rank
from agents.judge.rules_check import check
from agents.judge.rules_diagnose import diagnose
from agents.judge.rules_plan import split_goal as split_goal
from agents.judge.rules_plan import whole_goal as whole_goal
from agents.judge.rules_reconcile import reconcile


class RulesJudge:
    """Deterministic, no network, no clock."""

    name = "rules"

    async def answer(self, question: Question) -> Answer:
        """A lawful proposal, or an abstention that says what is missing."""
        return Answer(
            say(question),
            judge=self.name,
            raw_size=size_of(question),
            left_out=not_shown(question),
        )

    async def plan(self, question: PlanQuestion) -> Answer:
        """Cards for a goal that says its parts; otherwise an abstention that offers one card."""
        return await self.answer(question)


def size_of(question: Question) -> int:
    """How much was read: the goal of a plan, which is what such an answer is made from."""
    return len(question.goal.encode()) if isinstance(question, PlanQuestion) else 0


@singledispatch
def say(question: Question) -> Proposal:
    raise TypeError(f"nobody answers {type(question).__name__}")


say.register(PlanQuestion)(split_goal)
say.register(AssignQuestion)(rank)
say.register(DiagnoseQuestion)(diagnose)
say.register(CheckQuestion)(check)
say.register(ReconcileQuestion)(reconcile)


@say.register
def _(question: ReadQuestion) -> Proposal:
    """What a text means cannot be said by rule."""
    return Abstain("no_model")


@say.register
def _(question: ReplyQuestion) -> Proposal:
    return Abstain("no_model")


@say.register
def _(question: CourseQuestion) -> Proposal:
    return Abstain("no_model")


@say.register
def _(question: ComposeQuestion) -> Proposal:
    return Abstain("no_model")
