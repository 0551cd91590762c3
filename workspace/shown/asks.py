"""Asks as forms: the flat schema an agent sent becomes fields, its text stays text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from workspace.models import Ask, Person
from workspace.sentences.permits import class_reason, class_word
from workspace.shown.choices import ShownChoice, choices_shown
from workspace.shown.handoff import Packet, packets_shown
from workspace.shown.who import Who, agent_shown, coordinator_shown

INPUTS = {"email": "email", "uri": "url", "date": "date", "date-time": "datetime-local"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an ask's form."""

    name: str
    title: str
    help: str
    shape: str  # text | area | number | yes_no | one_of | some_of
    type: str
    required: bool
    choices: tuple[str, ...]
    default: Any
    least: Any
    most: Any


@dataclass(frozen=True, slots=True)
class ShownAsk:
    id: str
    kind: str
    room_id: str
    room: str
    card_id: str
    card: str
    who: Who
    at: datetime
    expires_at: datetime | None
    message: str
    url: str
    fields: tuple[Field, ...]
    title: str
    action: tuple[tuple[str, str], ...]
    command: str
    risk: str
    klass: str
    what: str
    why: str
    covers: str  # what a lasting answer would cover; empty where none is kept
    is_empty: bool
    choice: ShownChoice | None = None
    packet: Packet | None = None


def asks_shown(asks: Iterable[Ask], person: Person) -> tuple[ShownAsk, ...]:
    rows = list(asks)
    choices, packets = choices_shown(rows, person), packets_shown(rows)
    return tuple(ask_shown(ask, choices.get(ask.id), packets.get(ask.id)) for ask in rows)


def ask_shown(
    ask: Ask, choice: ShownChoice | None = None, packet: Packet | None = None
) -> ShownAsk:
    body = ask.body
    action = body.get("action") or {}
    who = agent_shown(ask.run.agent) if ask.run and ask.run.agent else coordinator_shown()
    message = str(body.get("message_md") or body.get("reason_md") or "")
    command = _command(action)
    return ShownAsk(
        id=ask.id, kind=ask.kind, room_id=ask.room_id, room=ask.room.name,
        card_id=ask.card_id or "",
        card=f"#{ask.card.number} {ask.card.title}" if ask.card else "", who=who, at=ask.opened_at,
        expires_at=ask.expires_at, message=message, url=_web(str(body.get("url") or "")),
        fields=_fields(body) if ask.kind == "question" else (),
        title=str(body.get("title", "")), command=command,
        action=tuple((name, _exact(name, value)) for name, value in action.items()
                     if name != "command"),
        risk=str(body.get("risk", "")),
        klass=str(body.get("class", "")), what=class_word(str(body.get("class", ""))),
        why=class_reason(str(body.get("why", ""))), covers=_covers(body),
        is_empty=ask.kind == "permission" and not (command or any(map(_text, action.values()))),
        choice=choice, packet=packet,
    )  # fmt: skip


def _covers(body: dict[str, Any]) -> str:
    """What an answer for always would be kept for, in words that are ours."""
    if body.get("keeps") == "prefix":
        words = [str(body.get("program", "")), *map(str, body.get("words") or ())]
        return _("every plain use of %(what)s") % {"what": " ".join(words)}
    return _("exactly this action") if body.get("keeps") == "exact" else ""


def _command(action: dict[str, Any]) -> str:
    said = action.get("command") or " ".join(str(part) for part in action.get("argv") or [])
    return str(said).strip()


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _exact(name: str, value: Any) -> str:
    """Where one word ends and the next begins is part of the action; so is what cannot be seen."""
    return json.dumps(value) if name == "argv" else _text(value)


def _text(value: Any) -> str:
    said = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return said.strip()


def _fields(body: dict[str, Any]) -> tuple[Field, ...]:
    """A form; none where the person answers elsewhere and only says here that it is done."""
    schema = body.get("schema")
    if not schema and body.get("url"):
        return ()
    if not schema or not schema.get("properties"):
        return (Field("answer", _("Answer"), "", "area", "text", True, (), "", None, None),)
    required = schema.get("required") or []
    return tuple(
        _field(name, rule, name in required) for name, rule in schema["properties"].items()
    )


def _field(name: str, rule: dict[str, Any], required: bool) -> Field:
    kind = rule.get("type", "string")
    shape, choices = "text", tuple(rule.get("enum") or ())
    if kind == "boolean":
        shape = "yes_no"
    elif kind == "array":
        shape, choices = "some_of", tuple((rule.get("items") or {}).get("enum") or ())
    elif choices:
        shape = "one_of"
    elif kind in ("integer", "number"):
        shape = "number"
    elif (rule.get("maxLength") or 0) > 200:
        shape = "area"
    return Field(
        name, str(rule.get("title") or name), str(rule.get("description") or ""), shape,
        INPUTS.get(str(rule.get("format")), "text"), required, choices, rule.get("default", ""),
        rule.get("minimum"), rule.get("maximum"),
    )  # fmt: skip
