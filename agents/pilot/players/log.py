"""What the agents and the person write down themselves, apart from everything Muster keeps."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any


class Log:
    """Lines in the order they happened; a line is a flat dict with `at` and `what`.

    Lines of one agent are numbered, so that none can go missing unseen.
    """

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._count: Counter[str] = Counter()

    def note(self, what: str, **facts: Any) -> None:
        now = datetime.now(UTC).isoformat()
        line = {"at": now, "what": what, **facts}
        if "agent" in facts:
            self._count[facts["agent"]] += 1
            line["n"] = self._count[facts["agent"]]
        self.lines.append(line)
