"""Judgements: asked by a move, claimed and answered by a job, taken by a move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from workspace.actors import By, coordinator
from workspace.commands.cards import CardFacts, add_card
from workspace.commands.locks import authorise, lock_room
from workspace.commands.resting import note_answer, rest_model
from workspace.errors import Refused
from workspace.events import (
    AnswerTaken,
    JudgementAnswered,
    JudgementAsked,
    JudgementTrouble,
    PlanTaken,
)
from workspace.models import Card, Judgement, Room
from workspace.models.prepared import Prepared
from workspace.queries import timings
from workspace.record import hint, record
from workspace.transitions import JUDGEMENT, is_legal, step

OPEN = ("wanted", "asking")
MOST_TRIES = 4
LEAST_CLAIM, LONGEST_CLAIM = timedelta(seconds=90), timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)  # for the next try
TO_CLAIM = Prepared(
    lambda judgement_id: Judgement.objects.select_for_update().filter(id=judgement_id)
)


@transaction.atomic
def ask_judgement(
    *, room_id: str, kind: str, subject_id: str, revision: int, judge: str | None, by: By,
    at: datetime, about: dict[str, Any] | None = None,
) -> Judgement:  # fmt: skip
    """Put a question to a judge; an older open one on the same subject is given up.

    `about` is kept with it: ids and numbers that the question is made from.
    Where the rules are asked because the model was late, the model rests.
    """
    room = lock_room(room_id)
    if by.cause.get("rule") == "judge_late":
        rest_model(room, room.judge, "late", by=by, at=at)
    return ask(room, kind, subject_id, revision, judge, by=by, at=at, about=about)


def ask(
    room: Room, kind: str, subject_id: str, revision: int, judge: str | None, *, by: By,
    at: datetime, about: dict[str, Any] | None = None,
) -> Judgement:  # fmt: skip
    """The part of asking that people's wishes share; the room is locked."""
    for old in room.judgements.filter(kind=kind, subject_id=subject_id, state__in=OPEN):
        old.state = step(JUDGEMENT, old.state, "discard")
        old.save(update_fields=["state"])
    if kind == "course":
        room.course_at = at
        room.save(update_fields=["course_at"])
    made = Judgement.objects.create(
        workspace_id=room.workspace_id, room=room, kind=kind, subject_id=subject_id,
        revision=revision, judge=judge or room.judge, due_at=at, asked_at=at,
        asked_about=about or {},
    )  # fmt: skip
    record(room, JudgementAsked(judgement_id=made.id, kind=kind), by=by, at=at)
    hint("judge", made.id)
    return made


@transaction.atomic
def plan_room(*, room_id: str, by: By, at: datetime, judge: str | None = None) -> Judgement:
    """A person asks for the goal to be broken into cards (again)."""
    room = lock_room(room_id)
    authorise(room, by, "room.plan")
    return plan_again(room, judge=judge, by=by, at=at)


def plan_again(room: Room, *, by: By, at: datetime, judge: str | None = None) -> Judgement:
    """The part of asking for a plan that an answered ask shares; the room is locked."""
    if room.judgements.filter(kind="plan", state__in=OPEN).exists():
        raise Refused("already_planning")
    return ask(room, "plan", room.id, room.revision, judge, by=by, at=at)


def due_judgements(at: datetime) -> QuerySet[Judgement]:
    """Open ones whose time has come and that nobody has claimed.

    A time or a claim that lies further ahead than any may is from before the clock was set back,
    and so is one that was asked in what is the future now: they hold nothing up.
    """
    free = (
        Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=at + LONGEST_CLAIM)
    )
    has_come = Q(due_at=None) | Q(due_at__lte=at) | Q(due_at__gt=at + LONGEST_WAIT)
    return Judgement.objects.filter(free, has_come | Q(asked_at__gt=at), state__in=OPEN)


@transaction.atomic
def claim_judgement(*, judgement_id: str, at: datetime) -> Judgement | None:
    """Take a due judgement to answer it; None if someone has it or it is over."""
    found: Judgement | None = TO_CLAIM.first(judgement_id)
    if found is None or not due_judgements(at).filter(id=judgement_id).exists():
        return None
    found.state = step(JUDGEMENT, found.state, "claim")
    found.tries += 1
    # Whoever asks may take as long as the room waits for an answer.
    within = timings(found.room.workspace, found.room).span("judge_within")
    wanted = max(LEAST_CLAIM, within + timedelta(seconds=30))
    found.claimed_until = at + min(wanted, LONGEST_CLAIM)
    found.save()
    return found


@transaction.atomic
def note_trouble(
    *, judgement_id: str, code: str, params: Mapping[str, Any], again_at: datetime | None,
    at: datetime, facts: Mapping[str, Any] | None = None,
) -> Judgement | None:  # fmt: skip
    """A try that failed, kept with the judgement: asked again at `again_at`, or given up.

    Given up, the coordinator goes on with the rules; the room says which judge is at work.
    `facts`: which model was asked with what, if one was: see `answer_judgement`.
    """
    found = Judgement.objects.filter(id=judgement_id).first()
    if found is None:
        return None
    room = lock_room(found.room_id)
    found = Judgement.objects.select_for_update().get(id=judgement_id)
    if found.state not in OPEN:
        _fill(found, facts or {})
        return found
    for name, value in (facts or {}).items():
        setattr(found, name, value)
    found.trouble = [*found.trouble, {"code": code, "params": dict(params), "at": at.isoformat()}]
    found.state = step(JUDGEMENT, found.state, "retry" if again_at else "fail")
    found.due_at, found.claimed_until = again_at, None
    found.save()
    what = JudgementTrouble(judgement_id=found.id, code=code, params=dict(params))
    record(room, what, by=coordinator(judgement=found.id), at=at)
    if again_at is None and found.kind != "comparison":
        rest_model(room, found.judge, code, by=coordinator(judgement=found.id), at=at)
    if again_at is None:
        hint("tick", room.id)
    return found


@transaction.atomic
def answer_judgement(
    *, judgement_id: str, judge: str, proposal: dict[str, Any], verdict: dict[str, Any],
    facts: Mapping[str, Any], at: datetime,
) -> Judgement:  # fmt: skip
    """Keep a judge's validated answer. One for an older revision is discarded.

    `facts`: model, prompt_sha256, prompt_tokens, cached_tokens, completion_tokens, latency_ms.
    """
    found = Judgement.objects.filter(id=judgement_id).first()
    if found is None:
        raise Refused("not_found", status=404, what="judgement", id=judgement_id)
    room = lock_room(found.room_id)
    found = Judgement.objects.select_for_update().get(id=judgement_id)
    if not is_legal(JUDGEMENT, found.state, "answer"):
        raise Refused("judgement_closed", state=found.state)
    move = "answer" if found.revision == room.revision else "discard"
    found.state = step(JUDGEMENT, found.state, move)
    found.judge, found.proposal, found.verdict, found.answered_at = judge, proposal, verdict, at
    for name, value in facts.items():
        setattr(found, name, value)
    found.save()
    what = JudgementAnswered(
        judgement_id=found.id,
        kind=found.kind,
        judge=judge,
        abstained=proposal.get("type") == "abstain",
    )
    record(room, what, by=coordinator(judgement=found.id), at=at)
    if found.kind != "comparison":
        note_answer(room, judge, by=coordinator(judgement=found.id), at=at)
    return found


@transaction.atomic
def note_late_answer(
    *, judgement_id: str, proposal: dict[str, Any], facts: Mapping[str, Any]
) -> None:
    """An answer to a question that is closed: it stays on the record and changes nothing."""
    found = Judgement.objects.select_for_update().get(id=judgement_id)
    if found.state == "discarded" and found.proposal is None:
        found.proposal, found.verdict = proposal, {"code": "too_late", "params": {}}
        found.save(update_fields=["proposal", "verdict"])
    _fill(found, facts)


def _fill(found: Judgement, facts: Mapping[str, Any]) -> None:
    """What was put to which model, where nothing is known of it yet."""
    if facts and not found.model:
        for name, value in facts.items():
            setattr(found, name, value)
        found.save(update_fields=list(facts))


@transaction.atomic
def take_plan(
    *, judgement_id: str, cards: list[CardFacts], status: str, by: By, at: datetime
) -> list[Card]:
    """Make the cards of an answered plan, once. `depends_on` are positions in this list.

    All or none: a plan that breaks a rule changes nothing.
    """
    room_id = Judgement.objects.filter(id=judgement_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise Refused("not_found", status=404, what="judgement", id=judgement_id)
    room = lock_room(room_id)
    judgement = Judgement.objects.select_for_update().get(id=judgement_id)
    if judgement.revision != room.revision:
        raise Refused("stale_move", state=judgement.state)
    judgement.state = step(JUDGEMENT, judgement.state, "take")
    judgement.save(update_fields=["state"])
    made: list[Card] = []
    for facts in cards:
        if any(int(position) >= len(made) for position in facts.depends_on):
            raise Refused("forward_dependency", status=422, title=facts.title[:80])
        ids = [made[int(position)].id for position in facts.depends_on]
        values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
        made.append(
            add_card(room, CardFacts(**{**values, "depends_on": ids}), by=by, at=at, status=status)
        )
    record(room, PlanTaken(judgement_id=judgement.id, cards=len(made)), by=by, at=at)
    return made


def take(room: Room, judgement_id: str, outcome: str, *, by: By, at: datetime) -> Judgement:
    """An answer was put to use, or is of no use any more; the room is locked.

    Refused if it was taken before, or was asked about an older goal.
    """
    judgement = Judgement.objects.select_for_update().get(id=judgement_id, room=room)
    judgement.state = step(JUDGEMENT, judgement.state, "take")
    judgement.verdict = {**judgement.verdict, "outcome": outcome}
    judgement.save(update_fields=["state", "verdict"])
    what = AnswerTaken(judgement_id=judgement.id, kind=judgement.kind, outcome=outcome)
    record(room, what, by=by, at=at)
    return judgement


@transaction.atomic
def discard_answer(*, judgement_id: str, why: str, by: By, at: datetime) -> None:
    """An answer could not be carried out: it is of no use, and the question may be put again."""
    room_id = Judgement.objects.filter(id=judgement_id).values_list("room_id", flat=True).first()
    if room_id is None:
        return
    room = lock_room(room_id)
    judgement = Judgement.objects.select_for_update().get(id=judgement_id)
    if not is_legal(JUDGEMENT, judgement.state, "discard"):
        return
    judgement.state = step(JUDGEMENT, judgement.state, "discard")
    judgement.verdict = {**judgement.verdict, "outcome": why}
    judgement.save(update_fields=["state", "verdict"])
    what = AnswerTaken(judgement_id=judgement.id, kind=judgement.kind, outcome=why)
    record(room, what, by=by, at=at)


@transaction.atomic
def take_answer(*, judgement_id: str, outcome: str, by: By, at: datetime) -> Judgement:
    """`take`, for an answer that changes no other row."""
    room_id = Judgement.objects.filter(id=judgement_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise Refused("not_found", status=404, what="judgement", id=judgement_id)
    return take(lock_room(room_id), judgement_id, outcome, by=by, at=at)


def retry_at(at: datetime, tries: int, asked: float | None, room: Room) -> datetime | None:
    """When to ask a judge again: as it said, else doubling; None once its time is over."""
    wait = asked if asked is not None else min(2.0**tries, 20.0)
    limit = timings(room.workspace, room).judge_within
    return at + timedelta(seconds=wait) if tries < MOST_TRIES and wait <= limit else None
