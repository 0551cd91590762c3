"""One run in work: its order, its steps, its questions, its result."""

import json
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from agents.demo.findings import File, Result, claims_of, sources_of
from agents.demo.wire import Callbacks, Refused, Stopped

HEARTBEAT_EVERY = 4.0
POLL = 2  # seconds one look into the inbox waits; an answer by webhook is seen after it


class Revised(Exception):
    """The card or its inputs changed; the work starts over."""


class CannotDo(Exception):
    """The work cannot be done, for a reason worth telling."""

    def __init__(self, code: str, message: str, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


def is_order(data: dict[str, Any]) -> bool:
    """Say whether a card.assigned carries all a run cannot do without."""
    try:
        needed = (
            data["run"]["id"],
            data["run"]["lease_token"],
            data["card"]["id"],
            data["card"]["title"],
            data["callback"]["base_url"],
            data["callback"]["token"],
        )
    except (KeyError, TypeError):
        return False
    return all(isinstance(value, str) and value for value in needed)


def content_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The form a person filled in, or nothing if they declined."""
    content = answer.get("content")
    return content if answer.get("action") == "accept" and isinstance(content, dict) else {}


class Run:
    """A run as its worker sees it. Every call raises Stopped once the run is someone else's."""

    def __init__(self, order: dict[str, Any], pace: float, memory: dict[str, Any]) -> None:
        self.order = order
        self.pace = pace
        self.memory = memory  # what this program remembers of the card; gone when it restarts
        self._stop = threading.Event()
        self._revised = threading.Event()
        self._answers: dict[str, dict[str, Any]] = {}
        self._beat_at = time.monotonic()
        self.callbacks = self._callbacks(self._stop.is_set)

    def _callbacks(self, is_stopped: Callable[[], bool]) -> Callbacks:
        callback, run = self.order["callback"], self.order["run"]
        return Callbacks(callback["base_url"], callback["token"], run["lease_token"], is_stopped)

    @property
    def id(self) -> str:
        return str(self.order["run"]["id"])

    @property
    def title(self) -> str:
        return str(self.order["card"]["title"])

    @property
    def is_live(self) -> bool:
        return not self._stop.is_set()

    def context(self, name: str) -> list[dict[str, Any]]:
        """A list of the order's context: comments or previous_runs."""
        found = (self.order.get("context") or {}).get(name) or []
        return [item for item in found if isinstance(item, dict)]

    @property
    def feedback(self) -> list[str]:
        """What people said when they asked for changes, oldest first."""
        asked = [
            r for r in self.context("previous_runs") if r.get("outcome") == "changes_requested"
        ]
        return [str(run.get("feedback_md") or "") for run in asked]

    def require_attached(self) -> None:
        """Raise CannotDo if the card speaks of an attachment and none was given."""
        card = self.order["card"]
        text = f"{card['title']} {card.get('description_md') or ''}"
        if re.search(r"\battached\b", text) and not self.context("attachments"):
            message = "The card speaks of something attached, and nothing is attached to it."
            raise CannotDo("missing_input", message)

    def step(self, percent: int, doing: str, did: str = "") -> None:
        """Report what is being done (and what came of it), at a pace people can follow."""
        action = {"kind": "action", "title": doing, "output": did, "status": "ok"}
        progress = {"percent": percent, "step": doing, "note_md": did}
        events = [("run.activity", action)] if did else []
        self.callbacks.send_events(*events, ("run.progress", progress))
        if time.monotonic() - self._beat_at > HEARTBEAT_EVERY:
            self._beat_at = time.monotonic()
            beat = self.callbacks.post("/heartbeat", {"percent": percent, "note": doing})
            if beat.get("directive") == "cancel":
                self.stop()
            self.take_news(beat.get("inbox") or ())
        self._stop.wait(self.pace)
        self.check()

    def check(self) -> None:
        """Raise Stopped or Revised when this work should not go on as it is."""
        if self._stop.is_set():
            raise Stopped("cancelled")
        if self._revised.is_set():
            self._revised.clear()
            raise Revised

    def stop(self) -> None:
        self._stop.set()

    def revise(self, data: dict[str, Any]) -> None:
        """Take over a changed card, and let the work start over with it."""
        card, inputs = data.get("card"), data.get("inputs")
        if isinstance(card, dict) and card.get("title"):
            self.order["card"] = card
        if isinstance(inputs, list):
            self.order["inputs"] = inputs
        if data.get("lease_token"):
            self.callbacks.lease_token = str(data["lease_token"])
        self._revised.set()

    def take_news(self, entries: Iterable[Any]) -> None:
        """News from the inbox or a delivery. The same news twice changes nothing."""
        for entry in entries:
            if not isinstance(entry, dict) or not isinstance(entry.get("data"), dict):
                continue
            data = entry["data"]
            if entry.get("type") == "question.answered":
                self._answers[str(data.get("question_id"))] = data
            elif entry.get("type") == "card.cancelled":
                self.stop()

    def ask(self, message_md: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Ask a person and wait. Returns the form's content, empty if they declined."""
        own = f"q-{uuid.uuid4().hex[:12]}"
        question = {"id": own, "message_md": message_md, "schema": schema, "blocking": True}
        asked = self.callbacks.post("/questions", question)
        names = {own, *(str(asked.get(key)) for key in ("id", "question_id", "ask_id"))}
        after = 0
        while True:
            answers = [self._answers[name] for name in names if name in self._answers]
            if answers:
                return content_of(answers[0])
            inbox = self.callbacks.get(f"/inbox?after={after}&wait={POLL}", wait=POLL)
            entries = inbox.get("items") or inbox.get("inbox") or []
            self.take_news(entries)
            after = max([after, *(int(entry.get("seq", 0)) for entry in entries)])
            if not entries:
                self._stop.wait(0.3)  # in case the workspace answers at once instead of waiting
            self.check()

    def leave_checkpoint(self, note: dict[str, Any]) -> None:
        """Leave what the next attempt should know if this one fails."""
        self.callbacks.post("/checkpoint", {"note_md": json.dumps(note)})

    def checkpoint(self) -> dict[str, Any]:
        """What the attempt before left, if it can be read."""
        try:
            note = json.loads((self.order.get("checkpoint") or {}).get("note_md") or "{}")
        except (ValueError, AttributeError, TypeError):
            return {}
        return note if isinstance(note, dict) else {}

    def hand_in(self, result: Result) -> None:
        """Upload the files and complete the run with its claims and sources."""
        artifacts = [{"artifact_id": self._upload(file)} for file in result.files]
        self.check()
        completion = {
            "summary_md": result.summary_md,
            "artifacts": artifacts,
            "claims": claims_of(result.findings),
            "sources": sources_of(result.findings),
        }
        self.callbacks.post("/complete", completion)

    def _upload(self, file: File) -> str:
        self.check()
        return self.callbacks.upload(file.name, file.content, file.media_type, file.role)

    def give_up(self, error: CannotDo) -> None:
        problem = {"code": error.code, "message": str(error), "retryable": error.retryable}
        try:
            self.callbacks.post("/fail", {"error": problem})
        except (Refused, Stopped) as refused:
            print(f"{self.id}: the workspace did not take the failure: {refused}", file=sys.stderr)

    def confirm_stop(self) -> None:
        """Say once that the work has stopped; a lost lease makes this moot."""
        try:
            self._callbacks(lambda: False).send_events(("run.cancelled", {}))
        except (Refused, Stopped):
            return
