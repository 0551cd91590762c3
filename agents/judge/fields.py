"""One object of a model's answer, read field by field; whatever is wrong becomes a violation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from agents.judge.validate import MAX_REF, Findings, clean

Code = TypeVar("Code", bound=str)

MAX_TEXTS = 100


class Fields:
    """Reads typed, clean and bounded values; what was not read may be refused at the end."""

    def __init__(self, data: Mapping[str, Any], findings: Findings, path: str = "") -> None:
        self.findings = findings
        self._data = data
        self._path = path
        self._read: set[str] = set()

    def refuse(self, code: str, **params: str | int | list[str]) -> None:
        self.findings.add(code, **params)

    def refuse_the_rest(self, *but: str) -> None:
        """Every field nobody has read is one that was not asked for."""
        for name in self._data:
            if name not in self._read and name not in but:
                self.refuse("unknown_field", field=clean(f"{self._path}{name}", MAX_REF))

    def refuse_twice(self, field: str, ids: Sequence[str]) -> None:
        for one, times in Counter(ids).items():
            if times > 1 and one:
                self.refuse("duplicate", field=field, id=one)

    def text(self, name: str, limit: int) -> str:
        value = self._take(name, "")
        if isinstance(value, str):
            return clean(value, limit)
        self._wrong_type(name)
        return ""

    def line(self, name: str, limit: int) -> str:
        return " ".join(self.text(name, limit).split())

    def texts(self, name: str, *, most: int = MAX_TEXTS, limit: int = 1_000) -> tuple[str, ...]:
        """Non-empty texts, each once; more than `most` are refused, not cut."""
        values = self.entries(name, most=most)
        if all(isinstance(value, str) for value in values):
            return tuple(dict.fromkeys(one for one in (clean(v, limit) for v in values) if one))
        self._wrong_type(name)
        return ()

    def entries(self, name: str, *, most: int) -> list[Any]:
        values = self._take(name, [])
        if not isinstance(values, list | tuple):
            self._wrong_type(name)
            return []
        if len(values) > most:
            self.refuse("too_many", field=self._path + name, entries=len(values), limit=most)
            return []
        return list(values)

    def rows(self, name: str, row: type, *, most: int) -> list[Fields]:
        """The objects of a list; each has no fields but those of the dataclass it will become."""
        known = {field.name for field in fields(row)}
        found: list[Fields] = []
        for value in self.entries(name, most=most):
            if not isinstance(value, Mapping):
                self._wrong_type(name)
                continue
            found.append(Fields(value, self.findings, f"{name}."))
            found[-1].refuse_the_rest(*known)
        return found

    def one_of(self, name: str, values: Sequence[Code]) -> Code:
        """One of the codes; where it is none of them it is refused, and stands in as the last."""
        value = self._take(name, None)
        for known in values:
            if isinstance(value, str) and known == value:
                return known
        self.refuse("unknown_value", field=self._path + name)
        return values[-1]

    def offered(self, name: str, known: Collection[str], code: str) -> str:
        """An id that was offered."""
        value = self._take(name, None)
        if isinstance(value, str) and value in known:
            return value
        self.refuse(code, id=clean(str(value)[:200], MAX_REF))
        return ""

    def ids(self, name: str, known: Collection[str], code: str) -> tuple[str, ...]:
        """Ids that were offered, each at most once."""
        values = self.entries(name, most=len(known))
        offered = set(known)
        unknown = [one for one in values if not isinstance(one, str) or one not in offered]
        for one in unknown:
            self.refuse(code, id=clean(str(one)[:200], MAX_REF))
        if unknown:
            return ()
        self.refuse_twice(self._path + name, values)
        return tuple(values)

    def number(self, name: str) -> int | None:
        """A whole number or nothing; yes and no are no numbers."""
        value = self._take(name, None)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._wrong_type(name)
        return None

    def percent(self, name: str) -> int | None:
        value = self.number(name)
        if value is not None and not 0 <= value <= 100:
            self.refuse("out_of_range", field=self._path + name)
            return None
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name, None)
        if not isinstance(value, bool):
            self._wrong_type(name)
        return value is True

    def _take(self, name: str, default: Any) -> Any:
        self._read.add(name)
        return self._data.get(name, default)

    def _wrong_type(self, name: str) -> None:
        self.refuse("wrong_type", field=self._path + name)
