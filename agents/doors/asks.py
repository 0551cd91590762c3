"""What a worker asks of a person: a question with a small form, or leave for an exact action."""

import re
from typing import cast

from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json
from workspace.commands.asks import DECISIONS
from workspace.reports import PermissionWanted, Question

KIB = 1024
MOST_PROPERTIES = 20
FORMATS = ("email", "uri", "date", "date-time")
KINDS = ("execute", "edit", "delete", "network", "spend", "other")
RISKS = ("low", "medium", "high")
# Asked for by URL, never in a form: what is typed here is kept and shown.
_SECRET_NAME = re.compile(
    r"passw|secret|token|api.?key|credential|private.?key|cvv|\bpin\b", re.IGNORECASE
)
_ACTION_FIELDS = frozenset({"command", "argv", "cwd", "env_keys", "paths", "url", "amount", "text"})


def read_question(fields: Fields) -> Question:
    schema = fields.object_or_none("schema")
    return Question(
        ref=fields.text("id", most=128),
        message_md=fields.text("message_md", most=16_000),
        schema=None if schema is None else read_form(schema),
        url=fields.link_or("url", ""),
        blocking=fields.flag_or("blocking", True),
        default_after=fields.whole_or_none("default_after", least=1, most=604_800),
    )


def read_form(schema: Fields) -> dict[str, Json]:
    """The flat subset of JSON Schema that a form can show. Raises Malformed for anything else."""
    schema.choice("type", ("object",))
    properties = schema.object("properties")
    raw = cast("dict[str, Json]", schema.raw("properties"))
    if not 1 <= len(raw) <= MOST_PROPERTIES:
        raise Malformed(properties.at, "too_many" if raw else "empty", limit=MOST_PROPERTIES)
    read: dict[str, Json] = {name: _property(name, properties) for name in raw}
    required = schema.texts("required", most=MOST_PROPERTIES)
    for name in required:
        if name not in read:
            raise Malformed(f"{schema.at}/required", "unknown_value", allowed=sorted(read))
    return {"type": "object", "properties": read, "required": list(required)}


def _property(name: str, properties: Fields) -> Json:
    field = properties.object(name)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", name):
        raise Malformed(field.at, "bad_name")
    if _SECRET_NAME.search(name) or _SECRET_NAME.search(field.text_or("title", "", most=200)):
        raise Malformed(field.at, "secret_in_form")
    kind = field.choice("type", ("string", "number", "integer", "boolean", "array"))
    kept: dict[str, Json] = {"type": kind}
    for note in ("title", "description"):
        if field.has(note):
            kept[note] = field.text(note, most=500, least=0)
    if kind == "string":
        _text_property(field, kept)
    elif kind == "array":
        items = field.object("items")
        items.choice("type", ("string",))
        kept["items"] = {"type": "string", "enum": _choices(items)}
    elif kind in ("number", "integer"):
        for bound in ("minimum", "maximum"):
            if (limit := field.number_or_none(bound, least=-1e15, most=1e15)) is not None:
                kept[bound] = limit
    _default(field, kept)
    return kept


def _text_property(field: Fields, kept: dict[str, Json]) -> None:
    if field.has("enum"):
        kept["enum"] = _choices(field)
    if field.has("format"):
        kept["format"] = field.choice("format", FORMATS)
    for bound in ("minLength", "maxLength"):
        if (limit := field.whole_or_none(bound, most=100_000)) is not None:
            kept[bound] = limit


def _choices(field: Fields) -> list[Json]:
    found = field.texts("enum", most=100)
    if not found or len(set(found)) != len(found):
        raise Malformed(f"{field.at}/enum", "named_twice" if found else "empty")
    return list(found)


def _default(field: Fields, kept: dict[str, Json]) -> None:
    default = field.raw("default")
    if default is None:
        return
    if isinstance(default, dict) or (isinstance(default, str) and len(default) > 2000):
        raise Malformed(f"{field.at}/default", "not_a_plain_value")
    kept["default"] = default


def read_permission(fields: Fields) -> PermissionWanted:
    action = fields.object("action")
    raw = cast("dict[str, Json]", fields.raw("action"))
    _check_action(action, raw)
    return PermissionWanted(
        ref=fields.text("id", most=128),
        title=fields.text("title", most=200),
        kind=fields.choice("kind", KINDS),
        action=raw,
        action_digest=fields.text_or("action_digest", "", most=80),
        risk=fields.choice_or("risk", "medium", RISKS),
        reason_md=fields.text_or("reason_md", "", most=16_000),
        options=_options(fields),
        expires_at=fields.time_or_none("expires_at"),
    )


def _check_action(action: Fields, raw: dict[str, Json]) -> None:
    # A person must see the whole of what they allow: nothing unknown, nothing empty.
    for name in raw:
        if name not in _ACTION_FIELDS:
            raise Malformed(f"{action.at}/{name}", "unknown_field", allowed=sorted(_ACTION_FIELDS))
    said = [action.text_or(name, "", most=8 * KIB) for name in ("command", "url", "amount", "text")]
    argv = action.texts("argv", most=200, longest=8 * KIB)
    paths = action.texts("paths", most=200, longest=1000)
    action.text_or("cwd", "", most=1000)
    action.texts("env_keys", most=100)
    if not any(part.strip() for part in (*said, *argv, *paths)):
        raise Malformed(action.at, "empty_action")


def _options(fields: Fields) -> tuple[str, ...]:
    options = fields.texts("options", most=4, longest=20)
    for option in options:
        if option not in DECISIONS:
            raise Malformed(f"{fields.at}/options", "unknown_value", allowed=list(DECISIONS))
    return options or ("allow_once", "reject_once")
