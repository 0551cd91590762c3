"""How long a plan takes of a large room: a board as rooms look in the middle of their work.

The room is drawn from a seed: cards in every column with the runs that led there, agents with
records, claims of which some contradict, budgets, judgements. The floor beside it is what merely
looking once at every card, run, agent and claim costs on the same machine in the same moment.
Times are of the processor: what else a shared machine does is not counted.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

from agents.coordinator.board import (
    Board,
    BudgetLine,
    Card,
    Claim,
    Dependency,
    Judgement,
    Record,
    Run,
    Seat,
    Trail,
)
from agents.coordinator.plan import plan
from agents.coordinator.saved import board_from_json, board_to_json, plan_to_json

AGENTS, CARDS = 300, 1_000
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SKILLS = ("code", "docs", "research", "tables", "testing", "writing", "design", "data")
KINDS = ("report", "table", "patch", "document")
# Of a thousand cards in the middle of the work: how many stand in which column.
COLUMNS = {"triage": 3, "ready": 35, "working": 25, "waiting": 5, "review": 10, "done": 22}
STATES = {"working": "working", "waiting": "waiting", "review": "submitted", "done": "submitted"}
FAILURES = ("stalled", "error", "empty_completion", "no_ack", "checks_failed")
SERVICES = 120  # subjects that claims speak of
TIMES = 40


def make_board(seed: int, agents: int = AGENTS, cards: int = CARDS) -> Board:
    """A room of this size; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - the same again for a seed
    seats = tuple(make_seat(n, dice) for n in range(agents))
    columns = dice.choices(list(COLUMNS), list(COLUMNS.values()), k=cards)
    made = tuple(make_card(n, columns, seats, dice) for n in range(cards))
    claims = tuple(
        make_claim(n, card, dice)
        for n, card in enumerate(
            card for card in made if card.status in ("review", "done") for _ in range(3)
        )
    )
    return Board(
        room_id="room_1", now=NOW, goal="Describe every service of the house.", planned=True,
        rules="Name a source for every number.", cards=made, seats=seats, claims=claims,
        judgements=tuple(
            Judgement(f"jdg_{n}", "check", f"dlv_{n}", 1, "taken", "rules") for n in range(100)
        ),
        budgets=tuple(
            BudgetLine(f"bdg_{card.id}", card.id, "usd", "ever", 2.0, dice.uniform(0, 2))
            for card in made[::10]
        ),
        reviews_waiting=columns.count("review"), reviewers=12, created_at=NOW - timedelta(days=5),
        course_at=NOW - timedelta(hours=2),
    )  # fmt: skip


def make_seat(n: int, dice: random.Random) -> Seat:
    skills = tuple(dice.sample(SKILLS, dice.randint(1, 3)))
    records = tuple(
        Record(skill, kind, dice.uniform(0, 12), dice.uniform(0, 6))
        for skill in (*skills, "") for kind in (*dice.sample(KINDS, 2), "")
    )  # fmt: skip
    capacity = dice.randint(1, 4)
    return Seat(
        f"agt_{n}", f"Agent {n}", skills, capacity, load=dice.randint(0, capacity), order=n,
        usable=dice.random() > 0.05, records=records, latency_s=dice.uniform(20, 900),
        cost_usd=dice.uniform(0.01, 0.5),
    )  # fmt: skip


def make_card(n: int, columns: list[str], seats: tuple[Seat, ...], dice: random.Random) -> Card:
    status = columns[n]
    earlier = dice.sample(range(n), min(n, dice.choice((0, 0, 1, 2, 4))))
    failed = dice.choice((0, 0, 0, 1, 2)) if status not in ("triage", "done") else 0
    attempts = failed + (status in STATES)
    runs = tuple(
        make_run(n, attempt, status if attempt > failed else "", seats, dice)
        for attempt in range(attempts, 0, -1)
    )
    deliverables: dict[str, Any] = {"review": "submitted", "done": "accepted"}
    return Card(
        id=f"card_{n}", number=n, title=f"Card {n}", status=status,  # type: ignore[arg-type]
        created_at=NOW - timedelta(minutes=5 * (len(columns) - n)),
        skills=tuple(dice.sample(SKILLS, dice.choice((1, 1, 1, 2)))), kind=dice.choice(KINDS),
        depends_on=tuple(Dependency(f"card_{one}", columns[one] == "done") for one in earlier),
        priority=dice.choice((0, 0, 0, 1, 2)), attempts=attempts, rounds=min(attempts, 1),
        runs=runs, deliverable=deliverables.get(status), has_open_ask=status == "waiting",
    )  # fmt: skip


def make_run(
    n: int, attempt: int, status: str, seats: tuple[Seat, ...], dice: random.Random
) -> Run:
    """The run a card of this status stands on, or one that failed before."""
    began = NOW - timedelta(seconds=dice.uniform(5, 500))
    state: Any = STATES.get(status, "failed")
    return Run(
        id=f"run_{n}_{attempt}", worker="agent", agent_id=dice.choice(seats).agent_id, state=state,
        attempt=attempt, round=1, silent_after=timedelta(minutes=5), lease=timedelta(minutes=15),
        failure=dice.choice(FAILURES) if state == "failed" else None,
        remedy="reassign" if state == "failed" and dice.random() < 0.9 else None,
        offered_at=began, last_sign_at=began + timedelta(seconds=2), clock_rests=state == "waiting",
        trail=Trail(steps=dice.randint(1, 200), same=1, without_news=dice.randint(0, 20)),
    )  # fmt: skip


def make_claim(n: int, card: Card, dice: random.Random) -> Claim:
    """One of a hundred and more subjects; one in twenty says another number than the rest."""
    service = dice.randrange(SERVICES)
    value = 10 + service + (5 if dice.random() < 0.05 else 0)
    return Claim(
        id=f"clm_{n}", deliverable_id=f"dlv_{card.id}", card_id=card.id,
        subject=f"timeout of service {service}", value=value, unit="s",
        text=f"The timeout of service {service} is {value} seconds.",
    )  # fmt: skip


def look_once(board: Board) -> int:
    """The floor: every card, run, agent and claim is looked at, and nothing is decided."""
    seen = 0
    for card in board.cards:
        seen += card.status == "ready"
        for run in card.runs:
            seen += run.is_live
        for needed in card.depends_on:
            seen += needed.met
    for seat in board.seats:
        seen += seat.usable and seat.load < seat.capacity
        for record in seat.records:
            seen += record.good > record.bad
    for claim in board.claims:
        seen += bool(claim.subject)
    return seen


def measure(seed: int = 1, agents: int = AGENTS, cards: int = CARDS) -> dict[str, Any]:
    """Milliseconds of a plan and of its floor, and whether the saved board gives the same."""
    board = make_board(seed, agents, cards)
    first = timed(lambda: plan(board), 1)[0]
    times = timed(lambda: plan(board), TIMES)
    floors = timed(lambda: look_once(board), TIMES)
    made = plan(board)
    again = plan(board_from_json(board_to_json(board)))
    is_same = plan_to_json(again) == plan_to_json(made)
    middle, floor = statistics.median(times), statistics.median(floors)
    return {
        "agents": agents,
        "cards": cards,
        "claims": len(board.claims),
        "moves": len(made.moves),
        "first plan of a process, ms": round(first, 1),
        "plan p50, ms": round(middle, 1),
        "plan slowest of forty, ms": round(max(times), 1),
        "floor p50, ms": round(floor, 2),
        "plan by its floor": round(middle / floor, 1),
        "saved and read again, the same moves": is_same,
        "wrong": [] if is_same else ["a saved board gave other moves"],
    }


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of processor time, each of these times."""
    taken = []
    for _ in range(times):
        began = process_time()
        act()
        taken.append((process_time() - began) * 1_000)
    return taken
