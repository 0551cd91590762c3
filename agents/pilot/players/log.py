"""What the agents and the person write down themselves, apart from everything Muster keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


class Log:
    """Lines in the order they happened; a line is a flat dict with `at` and `what`."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def note(self, what: str, **facts: Any) -> None:
        self.lines.append({"at": datetime.now(UTC).isoformat(), "what": what, **facts})
