"""How a run's work can end before anything is handed in."""

from __future__ import annotations

from typing import Any

# Why a turn stopped, where that is no end of the work.
STOPPED_SHORT = {
    "max_tokens": "its model ran out of tokens",
    "max_turn_requests": "it reached its limit of requests in one turn",
}


class Ended(Exception):
    """The event that says so."""

    def __init__(self, kind: str, data: dict[str, Any]) -> None:
        super().__init__(kind)
        self.kind, self.data = kind, data

    @classmethod
    def failed(cls, code: str, message: str) -> Ended:
        return cls("run.failed", {"code": code, "message": message[:4000], "retryable": True})


def ending_of(stop_reason: str, *, is_cancelled: bool) -> Ended | None:
    """None where the turn came to its end and there may be something to hand in."""
    if stop_reason == "end_turn":
        return None
    if stop_reason == "refusal":
        return Ended("run.rejected", {"reason": "it refused the work"})
    if stop_reason == "cancelled" and is_cancelled:
        return Ended("run.cancelled", {})
    why = STOPPED_SHORT.get(stop_reason) or f"it stopped: {stop_reason or 'without a reason'}"
    return Ended.failed("error", why)
