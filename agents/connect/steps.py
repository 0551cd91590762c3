"""What an ACP program tells of its work, as steps: pieces of text are put together first."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from agents.connect.actions import Call, merged, texts_of

LONGEST_TEXT = 8_000
MOST_CALLS = 2_000
OVER = {"completed": "ok", "failed": "failed"}
Say = Callable[[str, dict[str, Any]], object]


class Steps:
    """Turns updates into events by `say`; remembers the calls that permissions are about."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.calls: dict[str, Call] = {}
        self.words = ""  # of the last message, for the summary
        self._kind, self._text = "", ""

    def take(self, update: Any) -> None:
        if not isinstance(update, dict):
            return
        kind = str(update.get("sessionUpdate") or "")
        if kind in ("agent_message_chunk", "agent_thought_chunk"):
            self._chunk(kind, update.get("content"))
            return
        if kind in ("tool_call", "tool_call_update"):
            self.flush()
            self._call(update)
        elif kind == "plan":
            self.flush()
            self._plan(update.get("entries"))

    def _chunk(self, kind: str, content: Any) -> None:
        text = content.get("text") if isinstance(content, dict) else None
        if not isinstance(text, str):
            return
        if kind != self._kind:
            self.flush()
        self._kind = kind
        if len(self._text) < LONGEST_TEXT:
            self._text += text[: LONGEST_TEXT - len(self._text)]

    def flush(self) -> None:
        """A message is whole once something else comes."""
        text, kind = self._text.strip(), self._kind
        self._kind, self._text = "", ""
        if not text:
            return
        if kind == "agent_message_chunk":
            self.words = text
        title = text.splitlines()[0][:120]
        self.say("run.activity", {"kind": "thought", "title": title, "output": text})

    def known(self, call: Any) -> Call:
        """A call with all that was said of it."""
        call = call if isinstance(call, dict) else {}
        return merged(self.calls.get(str(call.get("toolCallId")), {}), call)

    def _call(self, update: dict[str, Any]) -> None:
        number = str(update.get("toolCallId"))
        call = merged(self.calls.get(number, {}), update)
        if number in self.calls or len(self.calls) < MOST_CALLS:
            self.calls[number] = call
        status = OVER.get(str(update.get("status")))
        if status is None or call.get("told"):
            return
        call["told"] = True
        raw = call.get("rawInput")
        shown = "" if raw in (None, {}) else json.dumps(raw, ensure_ascii=False, default=str)
        step = {
            "kind": "action",
            "title": str(call.get("title") or call.get("kind") or "a tool")[:500],
            "input": shown[:16_000],
            "output": "\n".join(texts_of(call.get("content")))[:LONGEST_TEXT],
            "status": status,
        }
        self.say("run.activity", step)

    def _plan(self, entries: Any) -> None:
        rows = (
            [row for row in entries if isinstance(row, dict)] if isinstance(entries, list) else []
        )
        if not rows:
            return
        done = sum(row.get("status") == "completed" for row in rows)
        now = [row for row in rows if row.get("status") == "in_progress"]
        current = now[0] if now else rows[max(0, done - 1)]
        progress = {
            "percent": round(100 * done / len(rows), 1),
            "step": str(current.get("content") or "")[:500],
        }
        self.say("run.progress", progress)
