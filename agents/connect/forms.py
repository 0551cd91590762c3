"""A program's question as the flat form that the workspace shows."""

from __future__ import annotations

from typing import Any

KEPT = ("title", "description", "minimum", "maximum", "minLength", "maxLength", "default")


def form_of(schema: Any) -> dict[str, Any] | None:
    """The form, or None where it asks for what a flat form cannot hold."""
    fields = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(fields, dict) or not fields:
        return None
    shown = {}
    for name, rule in fields.items():
        field = _field(rule) if isinstance(rule, dict) else None
        if field is None:
            return None
        shown[str(name)] = field
    required = [name for name in schema.get("required") or [] if name in shown]
    return {"type": "object", "properties": shown, "required": required}


def _field(rule: dict[str, Any]) -> dict[str, Any] | None:
    kind = rule.get("type")
    if kind not in ("string", "number", "integer", "boolean", "array"):
        return None
    field = {name: rule[name] for name in KEPT if isinstance(rule.get(name), str | int | float)}
    field["type"] = kind
    source = rule.get("items") if kind == "array" else rule
    choices = _choices(source if isinstance(source, dict) else {})
    if kind == "array":
        if not choices:
            return None
        field["items"] = {"type": "string", "enum": choices}
    elif kind == "string" and choices:
        field["enum"] = choices
    return field


def _choices(rule: dict[str, Any]) -> list[str]:
    listed = rule.get("enum")
    if not isinstance(listed, list):
        among = rule.get("oneOf") or rule.get("anyOf") or []
        listed = [one.get("const") for one in among if isinstance(one, dict)]
    return [one for one in dict.fromkeys(listed) if isinstance(one, str) and one][:100]
