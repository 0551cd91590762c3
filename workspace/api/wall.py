"""The wall for what people's programs send: JSON that is finite, flat enough and storable."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import BaseModel

from workspace.errors import Refused

MOST_BYTES = 1024 * 1024
DEEPEST = 32
MOST_VALUES = 10_000
LARGEST_INTEGER = 2**63 - 1  # beyond 64 bits a number fits no column
UNSTORABLE = re.compile("[\ud800-\udfff\x00]")  # what UTF-8 or a database cannot hold


class Given(BaseModel):
    """What a body says: read from a JSON object and nothing else, unlike an answer's shape."""


class StrictParser(Parser):
    """Reads bodies and query strings; raises `Refused` and nothing else."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        for values in data.lists():
            for text in (values[0], *values[1]):
                if isinstance(text, str) and UNSTORABLE.search(text):
                    raise Refused("not_readable", status=400)
        return super().parse_querydict(data, list_fields, request)


def read_json(raw: bytes) -> Any:
    """One JSON value. Refused: anything else, NaN, duplicate keys, what is too large or deep."""
    if len(raw) > MOST_BYTES:
        raise Refused("body_too_large", status=413, most=MOST_BYTES)
    try:
        value = json.loads(
            raw.decode(), parse_constant=_refuse_constant, parse_float=_finite,
            parse_int=_integer, object_pairs_hook=_object,
        )  # fmt: skip
    except RecursionError:
        raise _refused("too_deep") from None
    except ValueError:
        raise _refused("not_json") from None
    _measure(value)
    return value


def _refused(problem: str) -> Refused:
    return Refused("not_json", status=400, problem=problem)


def _refuse_constant(name: str) -> NoReturn:
    raise _refused("not_finite")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refused("not_finite")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > LARGEST_INTEGER:
        raise _refused("number_too_large")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused("duplicate_key")
    return found


def _measure(value: Any) -> None:
    """Level by level, so that depth costs no stack."""
    level, depth, seen = [value], 0, 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        if depth > DEEPEST:
            raise _refused("too_deep")
        if seen > MOST_VALUES:
            raise _refused("too_many_values")
        level = [child for node in level for child in _children(node)]


def _children(node: Any) -> list[Any]:
    if isinstance(node, str):
        check_text(node)
    elif isinstance(node, dict):
        for name in node:
            check_text(name)
        return list(node.values())
    elif isinstance(node, list):
        return node
    return []


def check_text(text: str) -> None:
    if UNSTORABLE.search(text):
        raise _refused("bad_text")
