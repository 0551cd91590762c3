"""A board in words, within a budget of tokens: what needs attention first, then what is newest.

The goal, the rules and the criteria stand beside a digest, never in it: no cut can reach them.
Nothing an agent wrote is in it but its name: steps, claims and summaries stay out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agents.coordinator.board import Board, Card
from agents.judge.questions import CardLine
from agents.judge.size import tokens_in
from agents.judge.validate import clean

TITLE = 100
SHARE_FINISHED = 4  # a quarter of the budget at most
TAIL = 60  # tokens kept for the line that says how many more there are


@dataclass(frozen=True, slots=True)
class Finished:
    """What a board leaves out: how many cards there are by status, and the newest that are over."""

    counts: Mapping[str, int] = field(default_factory=dict)
    newest: tuple[CardLine, ...] = ()


def digest(board: Board, budget_tokens: int, finished: Finished | None = None) -> str:
    """The board within so many tokens, as `size.tokens_in` counts them; the same for the same.

    What is finished stands last, in a share of its own: however much is open, it is not forgotten.
    """
    finished = finished or Finished()
    over = finished_lines(board, finished, budget_tokens // SHARE_FINISHED)
    lines: list[str] = []
    left = budget_tokens - TAIL - sum(tokens_in(line) + 1 for line in over)
    shown = 0
    ordered = by_importance(board)
    for line in summary_of(board, finished.counts):
        left -= tokens_in(line) + 1
        if left < 0:
            return "\n".join(lines)
        lines.append(line)
    for card, why in ordered:
        line = line_of(card, why)
        left -= tokens_in(line) + 1
        if left < 0:
            break
        lines.append(line)
        shown += 1
    more = Counter[str](card.status for card, _ in ordered[shown:])
    if more:
        lines.append(f"And {more.total()} more: {counted(more)}.")
    return "\n".join([*lines, *over])


def finished_lines(board: Board, finished: Finished, budget_tokens: int) -> list[str]:
    """The newest cards that are over and not on the board, as many as fit."""
    on_board = {card.id for card in board.cards}
    lines = ["Finished, newest first:"]
    left = budget_tokens - tokens_in(lines[0]) - 1
    for card in finished.newest:
        line = f"#{card.number} {card.status}: {' '.join(clean(card.title, TITLE).split())}"
        left -= tokens_in(line) + 1
        if left < 0:
            break
        if card.card_id not in on_board:
            lines.append(line)
    return lines if len(lines) > 1 else []


def card_lines(board: Board, most: int = 200) -> tuple[CardLine, ...]:
    """The cards a judge may name, most important first."""
    return tuple(
        CardLine(card.id, card.number, clean(card.title, TITLE), card.status)
        for card, _ in by_importance(board)[:most]
    )


def by_importance(board: Board) -> list[tuple[Card, str]]:
    """Every card once with why it needs attention: failed, waiting, blocked, in conflict, oldest
    review; then those that need none, newest first."""
    groups: dict[str, list[tuple[Card, str]]] = {name: [] for name in (*ATTENTION, "")}
    for card in board.cards:
        group, why = attention(card)
        groups[group].append((card, why))
    groups["review"].sort(key=lambda entry: (waiting_since(entry[0]), entry[0].number))
    groups[""].sort(key=lambda entry: (entry[0].created_at, entry[0].number), reverse=True)
    for name in ATTENTION[:-1]:
        groups[name].sort(key=lambda entry: (-entry[0].priority, entry[0].number))
    return [entry for entries in groups.values() for entry in entries]


ATTENTION = ("failed", "waiting", "blocked", "conflicts", "review")


def attention(card: Card) -> tuple[str, str]:
    """Which group a card belongs to, and why in a few words; `""` if it needs nothing."""
    newest = card.runs[0] if card.runs else None
    if card.status in ("done", "cancelled"):
        return "", ""
    if card.handed_off:
        return "failed", f"handed to people: {card.handed_off}"
    if newest is not None and newest.failure and not newest.is_live:
        return "failed", f"last run failed: {newest.failure}, attempt {newest.attempt}"
    if newest is not None and newest.state == "stale":
        return "failed", "its agent is silent"
    if card.status == "waiting" or card.has_open_ask:
        return "waiting", "waits for an answer"
    unmet = sum(not needed.met for needed in card.depends_on)
    if unmet:
        return "blocked", f"builds on {unmet} unfinished"
    if card.conflicts:
        return "conflicts", f"{len(card.conflicts)} open conflicts below it"
    if card.status == "review":
        return "review", "waits for review"
    return "", ""


def waiting_since(card: Card) -> datetime:
    signs = [run.last_sign_at for run in card.runs[:1] if run.last_sign_at]
    return signs[0] if signs else card.created_at


def line_of(card: Card, why: str) -> str:
    title = " ".join(clean(card.title, TITLE).split())
    return f"#{card.number} {card.status}: {title}" + (f" ({why})" if why else "")


def summary_of(board: Board, counts: Mapping[str, int]) -> Iterator[str]:
    """What is told of the whole board before any card."""
    statuses = Counter[str](counts or Counter(card.status for card in board.cards))
    yield f"{statuses.total()} cards" + (f": {counted(statuses)}." if statuses else ".")
    usable = sum(seat.usable for seat in board.seats)
    yield f"{len(board.seats)} agents, {usable} can be given work; mode {board.mode}."
    open_conflicts = sum(one.status == "open" for one in board.conflicts)
    if open_conflicts:
        yield f"{open_conflicts} open conflicts."
    for line in board.budgets:
        if line.warned or line.asked:
            yield f"Budget in {line.what}: {line.used:g} of {line.cap:g} used."


def counted(statuses: Counter[str]) -> str:
    order = ("triage", "ready", "working", "waiting", "review", "done", "cancelled")
    return ", ".join(f"{statuses[name]} {name}" for name in order if statuses[name])
