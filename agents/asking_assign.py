"""Board → the question who should do which ready card: who may, and what each has shown."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest

from agents.coordinator.board import Board, Card
from agents.coordinator.gates import who_is_barred
from agents.coordinator.learning import Learned
from agents.judge.questions import Candidate, CardToGive, SkillShown
from workspace.commands.agents import is_skill

MOST_CARDS = 40
MOST_ELIGIBLE = 6  # of one card: whoever is worse by the rules is not needed for an order

ANYTHING: frozenset[str] = frozenset()


def named(skills: Iterable[str]) -> tuple[str, ...]:
    """Those that are names of skills: rows may be older than the wall."""
    return tuple(skill for skill in skills if is_skill(skill))


def cards_and_workers(board: Board) -> tuple[tuple[CardToGive, ...], tuple[Candidate, ...]]:
    """The ready cards somebody may have, and the agents that may have one of them."""
    learned = Learned(board.seats)
    ready = [card for card in board.cards if is_ready(card)]
    found = [(card, eligible_for(card, board, learned)) for card in ready]
    given = [(card, indices) for card, indices in found if indices][:MOST_CARDS]
    wanted = sorted({skill for card, _ in given for skill in named(card.skills)})
    indices = sorted({index for _, several in given for index in several})
    cards = tuple(
        CardToGive(
            card.id, card.title, card.kind, named(card.skills), card.attempts + 1,
            tuple(board.seats[index].agent_id for index in several),
        )
        for card, several in given
    )  # fmt: skip
    return cards, tuple(candidate(index, wanted, learned) for index in indices)


def is_ready(card: Card) -> bool:
    return card.status == "ready" and all(needed.met for needed in card.depends_on)


def eligible_for(card: Card, board: Board, learned: Learned) -> list[int]:
    """Seats that may have the card now, the most promising first.

    Those that failed it before are offered only where there is nobody else, as the rules do.
    """
    barred = who_is_barred(card)
    failed = {run.agent_id for run in card.runs if run.state == "failed" and run.remedy != "retry"}
    skills = frozenset(card.skills)
    able = [
        index
        for index in learned.covering(skills)
        if board.seats[index].usable and board.seats[index].agent_id not in barred
    ]
    fresh = [index for index in able if board.seats[index].agent_id not in failed] or able
    estimates = learned.estimates(fresh, skills, card.kind)

    def promise(index: int) -> tuple[float, int]:
        return estimates[index].success + estimates[index].bonus, -board.seats[index].order

    return nlargest(MOST_ELIGIBLE, fresh, key=promise)


def candidate(index: int, wanted: list[str], learned: Learned) -> Candidate:
    seat = learned.seats[index]
    shown = []
    for skill in wanted:
        if skill in seat.skills:
            estimate = learned.estimate(index, frozenset([skill]), "")
            shown.append(SkillShown(skill, round(estimate.success, 3), round(estimate.seen)))
    return Candidate(
        seat.agent_id, seat.name, named(seat.skills),
        round(learned.estimate(index, ANYTHING, "").success, 3), seat.load, seat.capacity,
        tuple(shown), seat.latency_s, seat.cost_usd,
    )  # fmt: skip
