"""The scorecard of an audition, and how an agent stands with its own, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workspace.models import Audition
from workspace.queries import Tried, is_worker_running
from workspace.sentences import auditions as words

GLYPHS = {
    "waiting": "queued", "running": "working", "passed": "accepted", "failed": "failed",
    "not_applicable": "cancelled", "not_tried": "cancelled", "stopped": "cancelled",
    "never": "queued", "outdated": "waiting",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Badge:
    """Beside an agent's name."""

    code: str
    glyph: str
    words: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    code: str
    name: str
    state: str
    glyph: str
    state_words: str
    evidence: str
    took_ms: int | None
    url: str  # the card it was tried with


@dataclass(frozen=True, slots=True)
class Scorecard:
    id: str
    state: str
    glyph: str
    is_running: bool
    version: str
    started_at: datetime
    ended_at: datetime | None
    note: str
    passed: int
    failed: int
    ended: int
    count: int
    items: tuple[ItemLine, ...]
    is_waiting_for_worker: bool


def badge_of(tried: Tried) -> Badge:
    code = "running" if tried.is_running else tried.code
    return Badge(code, GLYPHS[code], words.standing_word(code, tried.failed))


def scorecard(audition: Audition, now: datetime) -> Scorecard:
    states = [item["state"] for item in audition.items]
    is_running = audition.state == "running"
    return Scorecard(
        id=audition.id, state=audition.state, glyph=GLYPHS[audition.state], is_running=is_running,
        version=audition.version, started_at=audition.started_at, ended_at=audition.ended_at,
        note=words.note(audition.note), passed=states.count("passed"),
        failed=states.count("failed"), count=len(states),
        ended=sum(state not in ("waiting", "running") for state in states),
        items=tuple(_line(item, audition.room_id) for item in audition.items),
        is_waiting_for_worker=is_running and not is_worker_running(now),
    )  # fmt: skip


def _line(item: dict[str, Any], room_id: str) -> ItemLine:
    took, card_id = item.get("took_s"), item.get("card_id")
    return ItemLine(
        code=item["code"], name=words.item_name(item["code"]), state=item["state"],
        glyph=GLYPHS[item["state"]], state_words=words.item_state(item["state"]),
        evidence=words.evidence(item.get("evidence")),
        took_ms=None if took is None else round(took * 1000),
        url=f"/rooms/{room_id}/cards/{card_id}" if card_id else "",
    )  # fmt: skip
