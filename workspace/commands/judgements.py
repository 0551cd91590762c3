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
from workspace.errors import Refused
from workspace.events import (
    AnswerTaken,
    JudgeChanged,
    JudgementAnswered,
    JudgementAsked,
    JudgementTrouble,
    PlanTaken,
)
from workspace.models import Card, Judgement, Room
from workspace.queries import timings
from workspace.record import hint, record
from workspace.transitions import JUDGEMENT, is_legal, step

OPEN = ("wanted", "asking")
MOST_TRIES = 4
CLAIM_FOR = timedelta(seconds=90)
LONGEST_WAIT = timedelta(minutes=15)  # for the next try
# Trouble with a model that waiting does not mend.
NEEDS_A_PERSON = ("configuration", "quota")


@transaction.atomic
def ask_judgement(
    *, room_id: str, kind: str, subject_id: str, revision: int, judge: str | None, by: By,
    at: datetime, about: dict[str, Any] | None = None,
) -> Judgement:  # fmt: skip
    """Put a question to a judge; an older open one on the same subject is given up.

    `about` is kept with it: ids and numbers that the question is made from.

    A plan asked of another judge than the room's says who is at work from now on, and why.
    """
    room = lock_room(room_id)
    if kind == "plan" and judge is not None and judge != room.judge:
        room.judge = judge
        room.judge_note = {"code": by.cause.get("rule", ""), "params": by.cause.get("params", {})}
        room.save(update_fields=["judge", "judge_note"])
        record(room, JudgeChanged(judge=judge, note=room.judge_note), by=by, at=at)
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
    free = Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=at + CLAIM_FOR)
    has_come = Q(due_at=None) | Q(due_at__lte=at) | Q(due_at__gt=at + LONGEST_WAIT)
    return Judgement.objects.filter(free, has_come | Q(asked_at__gt=at), state__in=OPEN)


@transaction.atomic
def claim_judgement(*, judgement_id: str, at: datetime) -> Judgement | None:
    """Take a due judgement to answer it; None if someone has it or it is over."""
    found = Judgement.objects.select_for_update().filter(id=judgement_id).first()
    if found is None or not due_judgements(at).filter(id=judgement_id).exists():
        return None
    found.state = step(JUDGEMENT, found.state, "claim")
    found.tries += 1
    found.claimed_until = at + CLAIM_FOR
    found.save()
    return found


@transaction.atomic
def note_trouble(
    *, judgement_id: str, code: str, params: Mapping[str, Any], again_at: datetime | None,
    at: datetime,
) -> Judgement | None:  # fmt: skip
    """A try that failed, kept with the judgement: asked again at `again_at`, or given up.

    Given up, the coordinator goes on with the rules; the room says which judge is at work.
    """
    found = Judgement.objects.filter(id=judgement_id).first()
    if found is None:
        return None
    room = lock_room(found.room_id)
    found = Judgement.objects.select_for_update().get(id=judgement_id)
    if found.state not in OPEN:
        return found
    found.trouble = [*found.trouble, {"code": code, "params": dict(params), "at": at.isoformat()}]
    found.state = step(JUDGEMENT, found.state, "retry" if again_at else "fail")
    found.due_at, found.claimed_until = again_at, None
    found.save()
    what = JudgementTrouble(judgement_id=found.id, code=code, params=dict(params))
    record(room, what, by=coordinator(judgement=found.id), at=at)
    if code in NEEDS_A_PERSON and found.kind != "comparison" and room.judge == found.judge:
        _rest_model(room, found, code, at=at)
    if again_at is None:
        hint("tick", room.id)
    return found


def _rest_model(room: Room, failed: Judgement, code: str, *, at: datetime) -> None:
    """What only people can mend is not tried again and again: the rules are at work until then."""
    room.judge = "rules"
    room.judge_note = {
        "code": "judge_failed", "params": {"judge": failed.judge, "failure": code},
    }  # fmt: skip
    room.save(update_fields=["judge", "judge_note"])
    what = JudgeChanged(judge=room.judge, note=room.judge_note)
    record(room, what, by=coordinator(judgement=failed.id), at=at)


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
    return found


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
