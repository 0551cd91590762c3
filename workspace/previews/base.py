"""A file as previews get it, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LONGEST = 400_000  # bytes that are shown; the whole is downloaded


@dataclass(frozen=True, slots=True)
class File:
    """One file of a deliverable with its bytes."""

    id: str
    name: str
    media_type: str
    size: int
    content: bytes

    @property
    def ending(self) -> str:
        return self.name.rsplit(".", 1)[-1].lower() if "." in self.name else ""

    @property
    def text(self) -> str:
        return self.content[:LONGEST].decode("utf-8", "replace")

    @property
    def is_text(self) -> bool:
        if self.media_type.startswith("text/") or self.media_type in TEXT_TYPES:
            return True
        return b"\x00" not in self.content[:4096] and _reads_as_text(self.content[:4096])

    @property
    def is_cut(self) -> bool:
        return len(self.content) > LONGEST


TEXT_TYPES = {"application/json", "application/xml", "application/toml", "application/yaml"}


def _reads_as_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a template under previews/ shows, with the facts it needs."""

    template: str
    facts: dict[str, Any] = field(default_factory=dict)
    flush: bool = False
