"""The wall for JSON from outside: what gets past it is finite, flat enough, and storable."""

import json
import math
import re
from typing import NoReturn, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

KIB = 1024
DEEPEST = 32
MOST_NODES = 10_000
# Beyond 64 bits a number fits no column of ours; longer digits also cost quadratic time to read.
_LARGEST_INTEGER = 2**63 - 1
_MOST_DIGITS = 19
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


class JsonRefused(ValueError):
    """Bytes that are not taken as JSON; `code` says why."""

    def __init__(self, code: str, **params: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def parse_json(raw: bytes, *, max_bytes: int = 256 * KIB) -> Json:
    """Read one JSON value strictly. Raises JsonRefused, and nothing else, for any bytes.

    Refused beside broken syntax: NaN and infinities, duplicate keys, lone surrogates and NUL,
    integers beyond 64 bits, more than 32 levels or 10,000 values.
    """
    if len(raw) > max_bytes:
        raise JsonRefused("too_large", limit=max_bytes)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonRefused("not_utf8") from None
    try:
        value: Json = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_without_duplicates,
        )
    except JsonRefused:
        raise
    except RecursionError:
        raise JsonRefused("too_deep", limit=DEEPEST) from None
    except ValueError:
        raise JsonRefused("not_json") from None
    _measure(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise JsonRefused("not_finite")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JsonRefused("not_finite")
    return number


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS or abs(int(digits)) > _LARGEST_INTEGER:
        raise JsonRefused("number_too_large")
    return int(digits)


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonRefused("duplicate_key")
    return found


def _measure(value: Json) -> None:
    nodes = 0
    level: list[Json] = [value]
    depth = 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > DEEPEST:
            raise JsonRefused("too_deep", limit=DEEPEST)
        if nodes > MOST_NODES:
            raise JsonRefused("too_many_values", limit=MOST_NODES)
        level = [child for node in level for child in _children(node)]


def _children(node: Json) -> list[Json]:
    if isinstance(node, str):
        check_text(node)
    elif isinstance(node, list):
        return node
    elif isinstance(node, dict):
        for name in node:
            check_text(name)
        return list(node.values())
    return []


def check_json(value: Json) -> None:
    """Hold a value that somebody else has parsed to the same measure. Raises JsonRefused."""
    _measure(value)


def check_text(text: str) -> None:
    """Refuse a text that UTF-8 or a database cannot hold."""
    if _UNSTORABLE.search(text):
        raise JsonRefused("bad_text")
