"""The face of a card, and the board they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspace import sentences
from workspace.models import Ask, Card, Room, Run
from workspace.shown.facts import ATTEMPTS, ROUNDS, BoardFacts, board_facts
from workspace.shown.held import Held
from workspace.shown.next_owner import Next, live_run, next_owner, numbers
from workspace.shown.who import Who
from workspace.shown.words import COLUMN_EMPTY, COLUMN_SHORT, COLUMN_WORDS, COLUMNS, failure_word


@dataclass(frozen=True, slots=True)
class Note:
    """The one thing a card's face says is wrong or asked. `quote` is in someone else's words."""

    tone: str  # warn | bad | calm
    glyph: str = ""
    icon: str = ""
    text: str = ""
    quote: str = ""
    code: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """The last sign of life: its shape, a word before, and when."""

    state: str
    words: str
    at: datetime | None = None
    style: str = "ago"


@dataclass(frozen=True, slots=True)
class Fact:
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownCard:
    id: str
    number: int
    room_id: str
    kind: str
    title: str
    status: str
    revision: int
    marks: tuple[str, ...]
    attempts: int
    limit: int
    signed: bool
    note: Note | None
    steps: tuple[int, float | None, bool] | None  # done, percent, stale
    worker: Who | None
    worker_words: str
    sign: Sign | None
    facts: tuple[Fact, ...]
    next: Next
    words: str  # what the filter looks through
    held: tuple[Held, ...] = ()  # open conflicts it waits for, or is a part of
    changed: tuple[Card, ...] = ()  # what it builds on that is not any more what it was


@dataclass(frozen=True, slots=True)
class Column:
    status: str
    title: str
    short: str
    empty: str
    cards: tuple[ShownCard, ...]

    @property
    def count(self) -> int:
        return len(self.cards)


def board_shown(room: Room) -> tuple[Column, ...]:
    """The six columns; cancelled cards are not on the board."""
    return columns([face(facts, card) for facts in [board_facts(room)] for card in facts.cards])


def columns(cards: Iterable[ShownCard]) -> tuple[Column, ...]:
    by_status: dict[str, list[ShownCard]] = {status: [] for status in COLUMNS}
    for card in cards:
        if card.status in by_status:
            by_status[card.status].append(card)
    return tuple(
        Column(
            status, str(COLUMN_WORDS[status]), str(COLUMN_SHORT[status]), str(COLUMN_EMPTY[status]),
            tuple(found),
        )
        for status, found in by_status.items()
    )  # fmt: skip


def cards_shown(room: Room, ids: Iterable[str]) -> dict[str, ShownCard]:
    """The faces of these cards, for the hub."""
    facts = board_facts(room, ids)
    return {card.id: face(facts, card) for card in facts.cards}


def face(facts: BoardFacts, card: Card) -> ShownCard:
    run = live_run(facts, card)
    runs = facts.runs.get(card.id, [])
    last = run or (runs[-1] if runs else None)
    worker, worker_words = _worker(facts, card, last)
    return ShownCard(
        id=card.id, number=card.number, room_id=card.room_id, kind=card.kind, title=card.title,
        status=card.status, revision=card.revision, marks=tally_marks(runs),
        attempts=len(tally_marks(runs)), limit=ATTEMPTS, signed=card.status == "done",
        note=_note(facts, card, run, runs), steps=_steps(run), worker=worker,
        worker_words=worker_words, sign=_sign(facts, card, last), facts=_facts(facts, card),
        next=next_owner(facts, card),
        words=f"#{card.number} {card.title} {card.kind} {worker.name if worker else ''}".lower(),
        held=facts.held.get(card.id, ()), changed=tuple(facts.changed.get(card.id, ())),
    )  # fmt: skip


def tally_marks(runs: list[Run]) -> tuple[str, ...]:
    """One mark an attempt: its newest run decides. People may let it begin anew."""
    marks: dict[int, str] = {}
    newest: dict[int, int] = {}
    for run in runs:
        if run.attempt < newest.get(run.slot, 0):
            marks.clear()
        newest[run.slot] = run.attempt
        if run.state in ("failed", "stale"):
            marks[run.attempt] = run.state
        elif run.state in ("queued", "offered", "working", "waiting", "cancelling"):
            marks[run.attempt] = "running"
        else:
            marks[run.attempt] = "used"
    return tuple(marks[attempt] for attempt in sorted(marks))


def _worker(facts: BoardFacts, card: Card, last: Run | None) -> tuple[Who | None, str]:
    is_shown = last is not None and (card.status != "ready" or last.state == "queued")
    if last is not None and is_shown:
        who = facts.people.actor(last.agent_id or last.person_id or "")
        tone = {"stale": "warn", "failed": "bad"}.get(last.state, "")
        return who.toned(tone), ""
    if card.given_to_person_id:
        return facts.people.actor(card.given_to_person_id), _("given")
    if card.given_to_agent_id:
        return facts.people.actor(card.given_to_agent_id), _("picked")
    if card.status == "triage":
        proposer = facts.people.actor(str(card.proposed_by.get("actor", "coordinator")))
        return proposer, _("proposed")
    return None, _("not given yet")


def _steps(run: Run | None) -> tuple[int, float | None, bool] | None:
    if run is None or run.state not in ("working", "waiting", "stale") or not run.steps_count:
        return None
    return run.steps_count, run.percent, run.state == "stale"


def _sign(facts: BoardFacts, card: Card, run: Run | None) -> Sign | None:
    versions = facts.versions.get(card.id, [])
    if card.status in ("review", "done") and versions:
        newest = versions[-1]
        if card.status == "done":
            return Sign("accepted", f"v{newest.version}")
        return Sign("submitted", f"v{newest.version},", newest.submitted_at, "for")
    asks = facts.asks.get(card.id, [])
    if card.status == "waiting" and asks:
        return Sign("waiting", _("asked"), asks[0].opened_at, "for")
    if run is None or card.status not in ("working", "waiting"):
        return None
    if run.state in ("queued", "offered"):
        return Sign(run.state, _("sent") if run.offered_at else _("queued"), run.offered_at)
    return Sign(run.state, "", run.last_sign_at or run.accepted_at or run.queued_at)


def _note(facts: BoardFacts, card: Card, run: Run | None, runs: list[Run]) -> Note | None:
    if run is not None and run.state == "stale":
        since = run.last_sign_at or run.offered_at
        return Note("warn", glyph="stale", text=_("Looks stuck, silent"), since=since)
    if card.status == "waiting" and (asks := facts.asks.get(card.id)):
        return ask_note(asks[0])
    if chosen := next((ask for ask in facts.asks.get(card.id, []) if ask.kind == "choice"), None):
        return ask_note(chosen)
    if card.status in ("done", "cancelled"):
        return None
    if held := [one for one in facts.held.get(card.id, ()) if not one.is_own]:
        return held_note(held)
    if run is not None and run.round > 1 and run.feedback:
        return Note("calm", glyph="changes_requested", text=_("Asked:"), quote=_short(run.feedback))
    if card.status == "review" and runs and runs[-1].round > 1 and runs[-1].feedback:
        asked = _short(runs[-1].feedback)
        return Note("calm", glyph="changes_requested", text=_("Asked:"), quote=asked)
    if failed := next((one for one in reversed(runs) if one.state == "failed"), None):
        return _failed_note(facts, card, failed, runs[-1])
    if card.status == "triage" and card.proposed_by.get("rule"):
        why = {"code": card.proposed_by["rule"], "params": card.proposed_by.get("params") or {}}
        return Note("calm", icon="quote", text=sentences.sentence(why, facts.people))
    if card.status == "ready" and card.reason.get("code") in SAID_ELSEWHERE | {None}:
        return None
    if card.reason.get("code"):
        return Note("calm", icon="quote", text=sentences.sentence(card.reason, facts.people))
    return None


# Reasons whose facts stand on the card's face already.
SAID_ELSEWHERE = {"blocked", "planned", "created", "answered"}


def _failed_note(facts: BoardFacts, card: Card, failed: Run, last: Run) -> Note:
    who = facts.people.name(failed.agent_id or failed.person_id)
    params = {"who": who, "failure": failure_word(failed.failure)}
    if last is not failed:
        return Note(
            "bad", glyph="failed", text=_("%(who)s failed (%(failure)s) and was replaced.") % params
        )
    return Note("bad", glyph="failed", text=_("%(who)s failed: %(failure)s.") % params)


def held_note(held: list[Held]) -> Note:
    """What a card waits for that only a person can settle; the subject is an agent's word."""
    if len(held) > 1:
        text = _("Waits for rulings on %(n)s conflicts") % {"n": len(held)}
        return Note("warn", glyph="conflict", text=text)
    return Note("warn", glyph="conflict", text=_("Waits for a ruling:"),
                quote=_short(held[0].subject))  # fmt: skip


def ask_note(ask: Ask) -> Note:
    """What is asked, in the asker's words where they are few."""
    body = ask.body
    if ask.kind == "choice":
        return Note("warn", glyph="waiting", text=sentences.choice(body))
    if ask.kind == "permission":
        action = body.get("action", {})
        command = action.get("command") or " ".join(action.get("argv", [])) or action.get("url", "")
        text = _("Wants to run one command:") if command else _("Asks for permission:")
        return Note(
            "warn", icon="shield", text=text, code=_short(str(command or body.get("title", "")))
        )
    if ask.kind == "handoff":
        return Note("bad", glyph="failed", text=sentences.sentence(body))
    return Note("warn", icon="message", quote=_short(str(body.get("message_md", ""))))


def _short(text: str) -> str:
    """The beginning of a text in one line, without the marks of Markdown."""
    plain = text.replace("`", "").replace("**", "")
    return Truncator(" ".join(plain.split())).chars(140)


def _facts(facts: BoardFacts, card: Card) -> tuple[Fact, ...]:
    found = []
    if card.status != "cancelled" and (changed := facts.changed.get(card.id)):
        text = _("builds on something that has changed: %(cards)s")
        found.append(Fact("alert", text % {"cards": numbers(changed)}))
    if card.status in ("ready", "triage") and (needed := facts.open_needs(card)):
        found.append(Fact("lock", _("blocked by %(cards)s") % {"cards": numbers(needed)}))
    if blocked := facts.still_blocks(card):
        found.append(Fact("zap", _("blocks %(cards)s") % {"cards": numbers(blocked)}))
    if children := facts.children.get(card.id):
        found.append(
            Fact("tree", _("%(done)s/%(all)s children") % {"done": children[0], "all": children[1]})
        )
    versions = facts.versions.get(card.id, [])
    if versions and (claims := facts.claims.get(versions[-1].id)):
        found.append(Fact("link", ngettext("%(n)s claim", "%(n)s claims", claims) % {"n": claims}))
    if any(one.is_own for one in facts.held.get(card.id, ())):
        found.append(Fact("fork", _("in a conflict")))
    if card.rounds > 1:
        found.append(
            Fact("history", _("round %(n)s/%(limit)s") % {"n": card.rounds, "limit": ROUNDS})
        )
    if card.due_at:
        found.append(Fact("clock", _("due %(day)s") % {"day": f"{card.due_at:%d %b %H:%M}"}))
    return tuple(found)
