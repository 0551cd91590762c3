"""Reading typed fields out of parsed JSON; past this nothing is `Any`."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from agents.doors.json_wall import Json

T = TypeVar("T")


class Malformed(ValueError):
    """A body whose shape is wrong. `at` is a JSON pointer, `code` what is wrong there."""

    def __init__(self, at: str, code: str, **params: float | str | list[str]) -> None:
        super().__init__(f"{code} at {at or '/'}")
        self.at = at
        self.code = code
        self.params = params


class Fields:
    """One JSON object being read. Unknown names are left alone, so that agents may be newer.

    Every reader raises Malformed; those with a default take it for a missing or null field.
    """

    def __init__(self, value: Json, at: str = "") -> None:
        if not isinstance(value, dict):
            raise Malformed(at, "not_an_object")
        self._value = value
        self.at = at

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def raw(self, name: str) -> Json:
        return self._value.get(name)

    def text(self, name: str, *, most: int, least: int = 1) -> str:
        """A required text of `least` to `most` characters."""
        found = self._value.get(name)
        if found is None:
            raise Malformed(self._under(name), "missing")
        if not isinstance(found, str):
            raise Malformed(self._under(name), "not_text")
        if len(found) > most:
            raise Malformed(self._under(name), "too_long", limit=most)
        if len(found.strip()) < least:
            raise Malformed(self._under(name), "empty")
        return found

    def text_or(self, name: str, default: str, *, most: int) -> str:
        return self.text(name, most=most, least=0) if self.has(name) else default

    def choice(self, name: str, among: Sequence[str]) -> str:
        found = self.text(name, most=80)
        if found not in among:
            raise Malformed(self._under(name), "unknown_value", allowed=list(among))
        return found

    def choice_or(self, name: str, default: str, among: Sequence[str]) -> str:
        return self.choice(name, among) if self.has(name) else default

    def whole(self, name: str, *, least: int = 0, most: int = 2**31 - 1) -> int:
        found = self._value.get(name)
        if found is None:
            raise Malformed(self._under(name), "missing")
        if isinstance(found, bool) or not isinstance(found, int):
            raise Malformed(self._under(name), "not_an_integer")
        if not least <= found <= most:
            raise Malformed(self._under(name), "out_of_range", least=least, most=most)
        return found

    def whole_or_none(self, name: str, *, least: int = 0, most: int = 2**31 - 1) -> int | None:
        return self.whole(name, least=least, most=most) if self.has(name) else None

    def number_or_none(self, name: str, *, least: float, most: float) -> float | None:
        found = self._value.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise Malformed(self._under(name), "not_a_number")
        if not math.isfinite(found) or not least <= found <= most:
            raise Malformed(self._under(name), "out_of_range", least=least, most=most)
        return float(found)

    def flag_or(self, name: str, default: bool) -> bool:
        found = self._value.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise Malformed(self._under(name), "not_a_boolean")
        return found

    def time_or_none(self, name: str) -> datetime | None:
        if not self.has(name):
            return None
        text = self.text(name, most=40)
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise Malformed(self._under(name), "time_without_zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            if isinstance(error, Malformed):
                raise
            raise Malformed(self._under(name), "not_a_time") from None

    def link_or(self, name: str, default: str) -> str:
        """An http(s) address to be shown; it is never fetched."""
        if not self.raw(name):
            return default
        text = self.text(name, most=2000)
        if not is_link(text):
            raise Malformed(self._under(name), "not_a_link")
        return text

    def object(self, name: str) -> "Fields":
        if name not in self._value:
            raise Malformed(self._under(name), "missing")
        return Fields(self._value[name], self._under(name))

    def object_or_none(self, name: str) -> "Fields | None":
        return self.object(name) if self.has(name) else None

    def items(self, name: str, read: Callable[["Fields"], T], *, most: int) -> tuple[T, ...]:
        """A list of objects, read one by one; missing or null is an empty list."""
        return tuple(read(Fields(each, at)) for at, each in self._listed(name, most))

    def texts(self, name: str, *, most: int, longest: int = 200) -> tuple[str, ...]:
        found = []
        for at, each in self._listed(name, most):
            if not isinstance(each, str):
                raise Malformed(at, "not_text")
            if len(each) > longest:
                raise Malformed(at, "too_long", limit=longest)
            found.append(each)
        return tuple(found)

    def _listed(self, name: str, most: int) -> list[tuple[str, Json]]:
        found = self._value.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Malformed(self._under(name), "not_a_list")
        if len(found) > most:
            raise Malformed(self._under(name), "too_many", limit=most)
        return [(f"{self._under(name)}/{n}", each) for n, each in enumerate(found)]

    def _under(self, name: str) -> str:
        return f"{self.at}/{name}"


def is_link(text: str) -> bool:
    """Whether a text is an http(s) address with a host and nothing that breaks out of a line."""
    if any(character.isspace() or not character.isprintable() for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
