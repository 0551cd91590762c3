"""What a run waits for people to answer; an answer may come before it is asked again.

After a restart a program asks anew for what it had asked before. The same action is the same ask,
so it is asked once, and an answer that came meanwhile counts. An answer that a program has had
counts for nothing more: leave is for once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agents.connect.actions import digest_of
from agents.connect.disk import append_line, read_lines
from agents.connect.outbox import Outbox, clean

Answer = dict[str, Any]
REJECTED: Answer = {"decision": "reject_once"}
CANCELLED: Answer = {"decision": "cancelled", "action": "cancel"}


class Asking:
    """The open asks of one run, by the names they have on the wire."""

    def __init__(self, outbox: Outbox, folder: Path) -> None:
        self._outbox = outbox
        self._answers: dict[str, Answer] = {}
        self._lines = folder / "used.jsonl"
        self._used: set[str] = set(read_lines(self._lines))
        self._open: dict[str, asyncio.Future[Answer]] = {}
        self._is_over = False

    @property
    def is_waiting(self) -> bool:
        return bool(self._open)

    async def permission(self, about: dict[str, Any]) -> str:
        """A decision for exactly this action: one about another action allows nothing."""
        about = clean(about)
        digest = digest_of(about["action"])
        name = self._free_name(f"p-{digest.removeprefix('sha256:')[:24]}")
        said = {**about, "id": name, "action_digest": digest}
        answer = await self._ask(name, "permission.requested", said)
        if answer.get("decision") == "cancelled":
            return "cancelled"
        if answer.get("action_digest") != digest:
            return str(REJECTED["decision"])
        return str(answer.get("decision") or REJECTED["decision"])

    async def question(self, about: dict[str, Any], key: str) -> Answer:
        name = self._free_name(f"q-{key}")
        return await self._ask(name, "question.asked", {**clean(about), "id": name})

    def _free_name(self, base: str) -> str:
        """The first asking of this whose answer nobody has had, and for which nobody waits."""
        n = 1
        while f"{base}-{n}" in self._used or f"{base}-{n}" in self._open:
            n += 1
        return f"{base}-{n}"

    async def _ask(self, name: str, kind: str, said: dict[str, Any]) -> Answer:
        if self._is_over:
            return CANCELLED
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[name] = waiting
        self._outbox.add(kind, said, name=name)
        if name in self._answers:
            waiting.set_result(self._answers[name])
        try:
            answer = await waiting
            # Noted before the program has it: a crash in between asks again.
            self._used.add(name)
            append_line(self._lines, name)
            return answer
        finally:
            self._open.pop(name, None)

    def answered(self, name: str, answer: Answer) -> None:
        waiting = self._open.get(name)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        else:
            self._answers[name] = answer

    def cancel_all(self) -> None:
        self._is_over = True
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_result(CANCELLED)
