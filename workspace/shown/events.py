"""The timeline: events as sentences, by code and parameters, newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace import sentences
from workspace.models import Ask, Card, Conflict, Event, Fact, Message, Room, Run
from workspace.shown.conflicts import value_text
from workspace.shown.who import People, Who
from workspace.shown.words import failure_word, kind_word, question_word, remedy_word, role_word

PAGE = 100


@dataclass(frozen=True, slots=True)
class ShownEvent:
    seq: int
    type: str
    at: datetime
    glyph: str
    icon: str
    who: Who
    line: SafeString
    why: str
    quote: str
    card_url: str


@dataclass(frozen=True, slots=True)
class Timeline:
    rows: tuple[ShownEvent, ...]
    older: int | None  # the number to ask for more with


# What is said of an event; {who} did it, {card} it is about, {worker} works on it.
LINES: dict[str, Any] = {
    "room.created": lazy("{who} made this room."),
    "room.edited": lazy("{who} changed the room: {changed}."),
    "room.paused": lazy("{who} paused the room."),
    "room.resumed": lazy("{who} let the room go on."),
    "room.mode_set": lazy("{who} set the coordinator to {mode}."),
    "room.judge_changed": lazy("The judge at work is now {judge}."),
    "member.joined": lazy("{person} joined as {role}."),
    "member.role_set": lazy("{who} made {person} {role}."),
    "member.removed": lazy("{person} left the room."),
    "invite.made": lazy("{who} made an invite for a {role}."),
    "invite.revoked": lazy("{who} took an invite back."),
    "agent.seated": lazy("{agent} joined the room."),
    "agent.unseated": lazy("{agent} left the room."),
    "card.created": lazy("{who} made {card}."),
    "card.edited": lazy("{who} changed {card}: {changed}."),
    "card.kept": lazy("{who} kept {card}."),
    "card.given": lazy("{who} gave {card} to {to}."),
    "card.cancelled": lazy("{who} cancelled {card}."),
    "card.reopened": lazy("{who} opened {card} again."),
    "card.handed_over": lazy("{card} was handed over to people."),
    "run.queued": lazy("{card} goes to {worker}, attempt {attempt}, round {round}."),
    "run.requeued": lazy("{card} is sent to {worker} again."),
    "run.offered": lazy("{worker} was sent {card}."),
    "run.accepted": lazy("{worker} works on {card}."),
    "run.progressed": lazy("{worker} went on with {card}."),
    "run.silent": lazy("{worker} is silent on {card} for {silent} s."),
    "run.revived": lazy("{worker} is back on {card}."),
    "run.resumed": lazy("{worker} goes on with {card}."),
    "run.submitted": lazy("{worker} submitted v{version} of {card}."),
    "run.failed": lazy("{worker} failed on {card}: {failure}."),
    "run.declined": lazy("{worker} declined {card}."),
    "run.cancelling": lazy("{worker} was told to stop on {card}."),
    "run.cancelled": lazy("{worker} stopped on {card}."),
    "run.superseded": lazy("{worker} was taken off {card}."),
    "run.write_refused": lazy("A late write of {worker} on {card} was refused."),
    "deliverable.accepted": lazy("{who} accepted v{version} of {card}."),
    "deliverable.acceptance_counted": lazy(
        "{who} accepted v{version} of {card}; {have} of {need}."
    ),
    "deliverable.changes_requested": lazy("{who} asked for changes to v{version} of {card}."),
    "deliverable.rejected": lazy("{who} rejected v{version} of {card}."),
    "deliverable.superseded": lazy("v{version} of {card} was superseded by a newer one."),
    "deliverable.rolled_back": lazy("{who} rolled v{version} of {card} back."),
    "deliverable.opened": lazy("{who} opened the deliverable of {card}."),
    "late.offered": lazy("{who} put a late result of {worker} on {card} into review."),
    "ask.opened": lazy("{worker} asks a person about {card}."),
    "ask.closed": lazy("An ask about {card} is closed."),
    "ask.raised": lazy("The coordinator asks people: {asked}"),
    "judgement.asked": lazy("The judge was asked {about}."),
    "judgement.answered": lazy("The judge ({judge}) answered."),
    "judgement.taken": lazy("The judge's answer was taken up: {outcome}."),
    "judgement.trouble": lazy("The judge had trouble."),
    "plan.taken": lazy("The goal was split into {cards} cards."),
    "message.posted": lazy("{who} said:"),
    "remedy.chosen": lazy("How to go on with {card}: {remedy}."),
    "card.split": lazy("{card} was split into {children} smaller cards."),
    "card.confirmed": lazy("{who} said that {card} stands although its inputs changed."),
    "run.inputs_changed": lazy("{worker} was given the new versions that {card} builds on."),
    "conflict.opened": lazy("Claims on {subject} disagree."),
    "conflict.doubted": lazy("Claims on {subject} may disagree: a person should look."),
    "conflict.set_aside": lazy("{who} found that what is said on {subject} does not disagree."),
    "conflict.grown": lazy("More claims are part of the conflict on {subject}."),
    "conflict.withdrawn": lazy("The conflict on {subject} is over: nothing disagrees any more."),
    "conflict.ruled": lazy("{who} ruled on {subject}: {value} holds."),
    "rule.kept": lazy("{who} keeps a lasting answer for {agent}: {decision} {program}"),
    "rule.removed": lazy("{who} took a lasting answer for {agent} back."),
    "fact.pinned": lazy("{who} pinned a fact: {subject}."),
    "fact.unpinned": lazy("{who} unpinned {subject}."),
    "attachment.added": lazy("{who} attached {name}."),
    "attachment.removed": lazy("{who} took an attachment away."),
    "sources.checked": lazy("The sources of {card} were looked up."),
    "budget.set": lazy("{who} set a budget: {cap} {what}."),
    "budget.warned": lazy("Four fifths of a budget are gone: {used} of {cap} {what}."),
    "budget.used_up": lazy("A budget is used up: {used} of {cap} {what}."),
}
GLYPHS = {
    "run.queued": "queued", "run.offered": "offered", "run.accepted": "working",
    "run.progressed": "working", "run.silent": "stale", "run.revived": "working",
    "run.resumed": "working", "run.submitted": "submitted", "run.failed": "failed",
    "run.declined": "declined", "run.cancelled": "cancelled", "run.superseded": "superseded",
    "deliverable.accepted": "accepted", "deliverable.changes_requested": "changes_requested",
    "deliverable.rejected": "rejected", "deliverable.superseded": "superseded",
    "deliverable.rolled_back": "rolled_back", "ask.opened": "waiting",
    "card.handed_over": "failed", "card.cancelled": "cancelled", "card.created": "ready",
    "room.paused": "paused", "judgement.trouble": "stale", "conflict.opened": "conflict",
    "conflict.doubted": "conflict", "conflict.set_aside": "cancelled",
    "conflict.grown": "conflict", "conflict.ruled": "accepted", "conflict.withdrawn": "cancelled",
    "late.offered": "submitted", "ask.raised": "waiting", "card.confirmed": "accepted",
    "budget.used_up": "stale",
}  # fmt: skip
ICONS = {
    "room": "grid", "member": "users", "invite": "users", "agent": "plate", "card": "file",
    "rule": "shield", "judgement": "scale", "plan": "tree", "message": "message", "ask": "message",
    "deliverable": "eye", "run": "pulse", "conflict": "fork", "fact": "pin", "remedy": "refresh",
    "attachment": "file", "budget": "coins",
}  # fmt: skip


@dataclass(slots=True)
class Told:
    """The rows that events name by id."""

    people: People
    cards: dict[str, Card]
    workers: dict[str, str]
    messages: dict[str, str]
    subjects: dict[str, str]  # of conflicts, facts and the coordinator's own questions


def timeline(
    room: Room, before: int | None = None, after: int | None = None, actor: str = ""
) -> Timeline:
    """A page of the room's events, newest first, or of one actor's; eight queries."""
    rows = Event.objects.filter(stream_id=room.id)
    if actor:
        rows = rows.filter(actor=actor)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if after is not None:
        rows = rows.filter(seq__gt=after)
    events = list(rows.order_by("-seq")[:PAGE])
    told = Told(
        People.of(room),
        {card.id: card for card in Card.objects.filter(room=room)},
        {
            id: agent or person or ""
            for id, agent, person in Run.objects.filter(
                id__in=[event.data["run_id"] for event in events if "run_id" in event.data]
            ).values_list("id", "agent_id", "person_id")
        },
        {
            # Without words of its own, what the coordinator says is a code.
            id: body or sentences.sentence(note)
            for id, body, note in Message.objects.filter(
                id__in=[event.data["message_id"] for event in events if "message_id" in event.data]
            ).values_list("id", "body", "note")
        },
        _subjects(events),
    )
    older = events[-1].seq if len(events) == PAGE and events[-1].seq > 1 else None
    return Timeline(tuple(event_shown(event, told, room.id) for event in events), older)


def _subjects(events: list[Event]) -> dict[str, str]:
    """What conflicts, facts and questions are about; events name them by id only."""

    def named(field: str, *types: str) -> set[str]:
        return {
            str(e.data[field]) for e in events if e.data.get(field) and e.type.startswith(types)
        }

    conflicts = Conflict.objects.filter(id__in=named("conflict_id", "conflict."))
    facts = Fact.objects.filter(id__in=named("fact_id", "fact."))
    asks = Ask.objects.filter(id__in=named("ask_id", "ask.raised"))
    return {
        **dict(conflicts.values_list("id", "subject")),
        **dict(facts.values_list("id", "subject")),
        **{ask.id: sentences.choice(ask.body) for ask in asks},
    }


def event_shown(event: Event, told: Told, room_id: str) -> ShownEvent:
    data = event.data
    card = told.cards.get(str(data.get("card_id")))
    line = format_html(
        str(LINES.get(event.type, event.type)),
        **{name: make(event, told, card) for name, make in WORDS.items()},
    )
    return ShownEvent(
        seq=event.seq, type=event.type, at=event.at, glyph=GLYPHS.get(event.type, ""),
        icon=ICONS.get(event.type.split(".")[0], "pulse"), who=told.people.actor(event.actor),
        line=line, why=_why(event, told), quote=_quote(event, told),
        card_url=_url(event, card, room_id),
    )  # fmt: skip


def _url(event: Event, card: Card | None, room_id: str) -> str:
    if event.type.startswith("conflict."):
        return f"/rooms/{room_id}/conflicts#conflict-{event.data['conflict_id']}"
    return f"/rooms/{room_id}/cards/{card.id}" if card else ""


def _why(event: Event, told: Told) -> str:
    if event.type == "run.queued":
        reason = event.data.get("why") or {}
        return sentences.sentence(reason.get("reason", reason), told.people)
    if event.type == "run.failed":
        return sentences.sentence(event.data.get("card_reason"), told.people)
    if event.type in ("conflict.opened", "conflict.doubted"):
        return sentences.sentence(event.data.get("reason"), told.people)
    if event.type == "judgement.trouble":
        return sentences.sentence(event.data, told.people)
    if event.type == "room.judge_changed":
        return sentences.sentence(event.data.get("note"), told.people)
    return ""


def _quote(event: Event, told: Told) -> str:
    if event.type == "message.posted":
        return told.messages.get(event.data["message_id"], "")
    return str(event.data.get("said") or event.data.get("note") or "") if _has_words(event) else ""


def _has_words(event: Event) -> bool:
    return event.type in (
        "deliverable.changes_requested", "deliverable.rejected", "deliverable.rolled_back",
        "run.declined", "run.progressed", "conflict.ruled",
    )  # fmt: skip


def _bold(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)


def _card(event: Event, told: Told, card: Card | None) -> SafeString:
    if card is None:
        return SafeString(_("a card"))
    return format_html("<b>#{} {}</b>", card.number, card.title)


def _subject(event: Event, told: Told, card: Card | None) -> SafeString:
    data = event.data
    id = str(data.get("conflict_id") or data.get("fact_id") or "")
    return _bold(str(data.get("subject") or told.subjects.get(id) or _("a subject")))


def _value(event: Event, told: Told, card: Card | None) -> SafeString:
    """What was ruled to hold, as it was said."""
    value = value_text({"value": event.data.get("value")})
    return _bold(f"{value} {event.data.get('unit') or ''}".strip())


def _about(event: Event, told: Told, card: Card | None) -> str:
    return question_word(str(event.data.get("kind") or "plan"))


def _worker(event: Event, told: Told, card: Card | None) -> SafeString:
    id = event.data.get("worker") or told.workers.get(str(event.data.get("run_id")), "")
    return _bold(told.people.name(str(id)) or _("Someone"))


def _named(field: str) -> Callable[[Event, Told, Card | None], SafeString]:
    return lambda event, told, card: _bold(told.people.name(str(event.data.get(field) or "")))


def _plain(field: str) -> Callable[[Event, Told, Card | None], str]:
    return lambda event, told, card: str(event.data.get(field, ""))


WORDS: dict[str, Callable[[Event, Told, Card | None], Any]] = {
    "who": lambda event, told, card: _bold(told.people.actor(event.actor).name),
    "card": _card,
    "worker": _worker,
    "person": _named("person_id"),
    "agent": _named("agent_id"),
    "to": _named("to"),
    "changed": lambda event, told, card: ", ".join(event.data.get("changed") or []),
    "failure": lambda event, told, card: failure_word(str(event.data.get("failure", ""))),
    "role": lambda event, told, card: role_word(str(event.data.get("role", ""))),
    "kind": lambda event, told, card: kind_word(str(event.data.get("kind", ""))),
    "silent": lambda event, told, card: round(float(event.data.get("silent_s") or 0)),
    **{name: _plain(name) for name in (
        "mode", "judge", "attempt", "round", "version", "have", "need", "cards", "used", "cap",
        "what", "name", "decision", "program",
    )},
    "subject": _subject,
    "value": _value,
    "about": _about,
    "asked": lambda event, told, card: told.subjects.get(str(event.data.get("ask_id")), ""),
    "outcome": lambda event, told, card: str(event.data.get("outcome", "")).replace("_", " "),
    "remedy": lambda event, told, card: remedy_word(str(event.data.get("remedy", ""))),
    "children": lambda event, told, card: len(event.data.get("children") or []),
}  # fmt: skip
