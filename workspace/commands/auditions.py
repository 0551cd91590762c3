"""Auditions: an agent is tried in a scratch room, item by item, before it is trusted.

Whoever started one acts in it, and accepts nothing. The scratch room's lock guards the audition:
only its turn is taken by comparing, and a look at planted text is only counted.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from workspace import standing
from workspace.actors import By
from workspace.commands.agents import authorise_agent, wake_rooms
from workspace.commands.cards import CardFacts, cancel_card, create_card
from workspace.commands.locks import lock_agent, lock_room
from workspace.commands.reviews import submit_as_person
from workspace.commands.rooms import create_room, edit_room, pause_room
from workspace.errors import NotFound, Refused
from workspace.events import AuditionEnded, AuditionStarted
from workspace.models import Agent, Audition, Card, Person, Room, Tick
from workspace.queries import last_starter, outdated_and_wanted
from workspace.record import hint, record
from workspace.reports import Inline, Result
from workspace.transitions import AUDITION, AUDITION_ITEM, AUDITION_ITEMS, OPEN_CARD, is_legal, step

CLAIM_FOR = timedelta(seconds=60)
STOPS_WITHIN = 5.0  # told to stop in a scratch room, an agent has as many seconds
FOR_A_NEW_VERSION = "new_version"
ROOM_NAME, ROOM_GOAL = "Audition of {name}", "Find out how {name} works when things go wrong."


@dataclass(frozen=True, slots=True)
class InputFile:
    """What a card of an audition is given: one file that whoever started it has handed in."""

    title: str
    name: str
    media_type: str
    text: str
    summary: str


@transaction.atomic
def start_audition(
    *, agent_id: str, by: By, at: datetime, why: dict[str, Any] | None = None
) -> Audition:
    """Try an agent in a scratch room of its own; one audition of an agent at a time.

    The room is paused: its runs are watched as anywhere, and nobody but the audition gives work.
    """
    agent = Agent.objects.filter(id=agent_id).select_related("workspace").first()
    if agent is None or agent.status == "revoked":
        raise NotFound("agent", agent_id)
    authorise_agent(agent, by)
    if not by.is_person:
        raise Refused("audition_needs_a_person", status=422)
    room = _scratch_room(agent, Person.objects.get(id=by.actor), at)
    agent = lock_agent(agent_id)
    if agent.paused:
        raise Refused("agent_not_usable", status_of_agent=agent.status, paused=True)
    if agent.auditions.filter(state="running").exists():
        raise Refused("already_auditioned")
    made = Audition.objects.create(
        workspace=agent.workspace, agent=agent, version=agent.version, room=room,
        started_by_id=by.actor, started_at=at, due_at=at, note=why or {},
        canary=f"canary-{secrets.token_hex(8)}",
        items=[{"code": code, "state": "waiting", "marks": {}} for code in AUDITION_ITEMS],
    )  # fmt: skip
    what = AuditionStarted(
        audition_id=made.id, agent_id=agent.id, room_id=room.id, reason=made.note
    )
    record(agent.workspace, what, by=by, at=at)
    hint("audition", made.id)
    return made


def _scratch_room(agent: Agent, person: Person, at: datetime) -> Room:
    by = By(person.id)
    room = create_room(
        workspace_id=agent.workspace_id, name=ROOM_NAME.format(name=agent.name),
        goal=ROOM_GOAL.format(name=agent.name), owner=person, by=by, at=at, judge="rules",
        is_scratch=True, agents=[agent.id],
    )  # fmt: skip
    timings = {"cancel_within": STOPS_WITHIN}
    edit_room(room_id=room.id, changes={"timings": timings}, by=by, at=at)
    return pause_room(room_id=room.id, by=by, at=at)


def start_again(*, agent_id: str, at: datetime) -> Audition:
    """Try an agent again, as whoever had it tried the last time, because its version changed."""
    person = last_starter(agent_id)
    if person is None or agent_id not in outdated_and_wanted():
        raise Refused("not_outdated")
    why = {"code": FOR_A_NEW_VERSION, "params": {}}
    return start_audition(agent_id=agent_id, by=By(person.id), at=at, why=why)


def acting(audition: Audition) -> By:
    """Whoever started it, in this audition."""
    return By(audition.started_by_id, cause={"audition": audition.id})


@transaction.atomic
def begin_item(
    *, audition_id: str, code: str, at: datetime, card: CardFacts | None = None,
    inputs: Sequence[InputFile] = (),
) -> Card | None:  # fmt: skip
    """Begin an item that waits, with its card and what that is given; handed in, not accepted."""
    room, audition, item = _lock_item(audition_id, code)
    item["state"] = step(AUDITION_ITEM, item["state"], "begin")
    item["began_at"] = at.isoformat()
    made = None
    if card is not None:
        by = acting(audition)
        given = [_hand_in(room, one, by, at) for one in inputs]
        facts = replace(card, depends_on=given, met_when="submitted")
        made = create_card(room_id=room.id, facts=facts, by=by, at=at)
        item["card_id"] = made.id
    _save(audition)
    return made


def _hand_in(room: Room, given: InputFile, by: By, at: datetime) -> str:
    facts = CardFacts(title=given.title)
    card = create_card(room_id=room.id, facts=facts, by=by, at=at)
    file = Inline(given.name, given.media_type, given.text.encode())
    result = Result(summary_md=given.summary, artifacts=(file,))
    submit_as_person(card_id=card.id, result=result, by=by, at=at)
    return card.id


@transaction.atomic
def mark_item(*, audition_id: str, code: str, marks: dict[str, Any], at: datetime) -> None:
    """Keep what was done about an item, so that it is done once."""
    _, audition, item = _lock_item(audition_id, code)
    item["marks"] = {**item["marks"], **marks}
    _save(audition)


@transaction.atomic
def judge_item(
    *, audition_id: str, code: str, move: str, evidence: dict[str, Any], at: datetime
) -> None:
    """End an item: pass, fail, or set aside as not applicable. Its card is closed."""
    room, audition, item = _lock_item(audition_id, code)
    item["state"] = step(AUDITION_ITEM, item["state"], move)
    item["evidence"] = evidence
    took = at - datetime.fromisoformat(item["began_at"])
    item["took_s"] = round(max(took.total_seconds(), 0.0), 1)
    if code == "signature":
        audition.version = audition.agent.version
        audition.save(update_fields=["version"])
    cards = room.cards.filter(id=item.get("card_id") or "", status__in=OPEN_CARD)
    for card_id in cards.values_list("id", flat=True):
        cancel_card(card_id=card_id, by=acting(audition), at=at)
    _save(audition)


@transaction.atomic
def end_audition(*, audition_id: str, at: datetime) -> Audition:
    """Say what came of it, once every item has ended: passed by the rule, or failed.

    An agent that cannot be verified is tried no further.
    """
    room, audition = _lock(audition_id)
    states = [item["state"] for item in audition.items]
    is_unverified = audition.agent.status not in ("verified", "verified_insecure")
    if not is_unverified and any(state in ("waiting", "running") for state in states):
        raise Refused("audition_goes_on")
    _close(room, audition, "pass" if standing.is_passed(states) else "fail", {}, at=at)
    return audition


@transaction.atomic
def stop_audition(
    *, audition_id: str, by: By, at: datetime, why: dict[str, Any] | None = None
) -> Audition:
    """End it early: what it found by then says nothing about the agent."""
    room, audition = _lock(audition_id)
    authorise_agent(audition.agent, by)
    _close(room, audition, "stop", why or {}, by=by, at=at)
    return audition


def _close(
    room: Room, audition: Audition, move: str, why: dict[str, Any], *, at: datetime,
    by: By | None = None,
) -> None:  # fmt: skip
    audition.state = step(AUDITION, audition.state, move)
    audition.ended_at, audition.due_at, audition.claimed_until = at, None, None
    audition.note = why or audition.note
    for item in audition.items:
        if is_legal(AUDITION_ITEM, item["state"], "leave_out"):
            item["state"] = step(AUDITION_ITEM, item["state"], "leave_out")
    for card_id in list(room.cards.filter(status__in=OPEN_CARD).values_list("id", flat=True)):
        cancel_card(card_id=card_id, by=acting(audition), at=at)
    agent = lock_agent(audition.agent_id)
    audition.save(update_fields=["state", "items", "note", "ended_at", "due_at", "claimed_until"])
    named = {state: [] for state in ("passed", "failed")}  # type: dict[str, list[str]]
    for item in audition.items:
        named.setdefault(item["state"], []).append(item["code"])
    what = AuditionEnded(
        audition_id=audition.id, agent_id=agent.id, state=audition.state, reason=audition.note,
        version=audition.version, passed=named["passed"], failed=named["failed"],
    )  # fmt: skip
    record(agent.workspace, what, by=by or acting(audition), at=at)
    Tick.objects.filter(room=room).delete()  # this one is looked at no more
    wake_rooms(agent, at)


def _lock(audition_id: str) -> tuple[Room, Audition]:
    room_id = Audition.objects.filter(id=audition_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("audition", audition_id)
    room = lock_room(room_id)
    return room, Audition.objects.select_related("agent__workspace").get(id=audition_id)


def _lock_item(audition_id: str, code: str) -> tuple[Room, Audition, dict[str, Any]]:
    room, audition = _lock(audition_id)
    if audition.state != "running":
        raise Refused("audition_over", state=audition.state)
    return room, audition, next(item for item in audition.items if item["code"] == code)


def _save(audition: Audition) -> None:
    audition.save(update_fields=["items"])


def due_auditions(at: datetime) -> list[str]:
    """Running auditions to look at, and agents to be tried again."""
    due = Audition.objects.filter(_free(at), state="running", due_at__lte=at)
    return [*due.values_list("id", flat=True)[:20], *outdated_and_wanted()]


def _free(at: datetime) -> Q:
    # What reaches too far ahead is from before the clock was set back.
    is_over = Q(claimed_until__lte=at) | Q(claimed_until__gt=at + 2 * CLAIM_FOR)
    return Q(claimed_until=None) | is_over


def claim_audition(*, audition_id: str, at: datetime) -> bool:
    """Take this audition's turn; whether it is ours now."""
    mine = Audition.objects.filter(_free(at), id=audition_id, state="running")
    return bool(mine.update(claimed_until=at + CLAIM_FOR))


def rest_audition(*, audition_id: str, until: datetime) -> None:
    """Give the turn back; it is due again then."""
    mine = Audition.objects.filter(id=audition_id, state="running")
    mine.update(claimed_until=None, due_at=until)


def note_planted_call(*, canary: str) -> None:
    """The address that a planted text names was called: counted while its audition runs."""
    mine = Audition.objects.filter(canary=canary, state="running")
    mine.update(canary_calls=F("canary_calls") + 1)
