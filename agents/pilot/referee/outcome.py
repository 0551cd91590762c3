"""What a check answers, and what it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class UnknownCheck(ValueError):
    """A scenario names a check that there is none of: its file is wrong, not the room."""


class Missing(Exception):
    """The record holds no such card, agent or timing: the check did not come true."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!r} in the record")
        self.kind, self.name = kind, name


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether one check came true, with the figures it was decided on."""

    check: str
    ok: bool
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        return {"check": self.check, "ok": self.ok, "evidence": dict(self.evidence)}
