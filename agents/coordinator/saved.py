"""Boards and moves as JSON, so that a saved board can be replayed to the same moves.

Driven by the fields of the dataclasses: a field added there is saved without a change here.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from agents.coordinator import moves as moves_module
from agents.coordinator.board import Board
from agents.coordinator.moves import Move, Plan

T = TypeVar("T")


def board_to_json(board: Board) -> str:
    return json.dumps(encode(board), sort_keys=True, allow_nan=False)


def board_from_json(text: str) -> Board:
    """Raises ValueError if the text is not a saved board."""
    return read_as(Board, text)


def move_to_json(move: Move) -> str:
    return json.dumps({"move": move.kind} | encode(move), sort_keys=True, allow_nan=False)


def move_from_json(text: str) -> Move:
    """Raises ValueError if the text is not a saved move."""
    data = json.loads(text)
    kind = data.pop("move", None) if isinstance(data, dict) else None
    if kind not in MOVES:
        raise ValueError(f"not a saved move: {kind!r}")
    return read_as(MOVES[kind], json.dumps(data))


def plan_to_json(plan: Plan) -> str:
    data = encode(plan)
    data["moves"] = [json.loads(move_to_json(move)) for move in plan.moves]
    return json.dumps(data, sort_keys=True, allow_nan=False)


MOVES: dict[str, type[Move]] = {
    one.kind: one
    for one in vars(moves_module).values()
    if isinstance(one, type) and issubclass(one, Move) and one is not Move
}


def encode(value: object) -> Any:
    """Plain JSON values; times as ISO 8601, spans as seconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: encode(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def read_as(wanted: type[T], text: str) -> T:
    try:
        decoded: T = decode(wanted, json.loads(text))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a saved {wanted.__name__}: {error}") from error
    return decoded


def decode(wanted: Any, value: Any) -> Any:
    """`value` as the type `wanted`; what JSON holds already is passed on."""
    if is_dataclass(wanted):
        return decode_dataclass(wanted, value)
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if wanted is timedelta:
        return timedelta(seconds=value)
    origin = get_origin(wanted)
    if origin is tuple:
        return tuple(decode(get_args(wanted)[0], item) for item in value)
    if origin is Literal and value not in get_args(wanted):
        raise ValueError(f"{value!r} is none of {get_args(wanted)}")
    if origin in (Union, types.UnionType) and value is not None:
        known = [one for one in get_args(wanted) if one is not type(None)]
        return decode(known[0], value) if len(known) == 1 else value
    return value


def decode_dataclass(wanted: Any, value: Any) -> Any:
    hints = hints_of(wanted)
    unknown = set(value) - set(hints)
    if unknown:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    return wanted(**{name: decode(hints[name], item) for name, item in value.items()})


@cache
def hints_of(wanted: type) -> dict[str, Any]:
    hints = get_type_hints(wanted)
    return {one.name: hints[one.name] for one in fields(wanted)}
