"""The legal moves of cards, runs, deliverables, asks and judgements.

One table each: (state, what happens) → state. Nothing else in the house compares
states to decide where they lead; the diagrams in the README are drawn from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from workspace.errors import Refused

Table = Mapping[tuple[str, str], str]

CARD: Table = {
    ("triage", "keep"): "ready",
    ("triage", "cancel"): "cancelled",
    ("ready", "start"): "working",
    ("ready", "hand_over"): "waiting",
    ("ready", "cancel"): "cancelled",
    ("working", "ask"): "waiting",
    ("working", "free"): "ready",
    ("working", "submit"): "review",
    ("working", "hand_over"): "waiting",
    ("working", "cancel"): "cancelled",
    ("waiting", "answer"): "working",
    ("waiting", "free"): "ready",
    ("waiting", "start"): "working",
    ("waiting", "submit"): "review",
    ("waiting", "cancel"): "cancelled",
    ("review", "accept"): "done",
    ("review", "request_changes"): "ready",
    ("review", "reject"): "ready",
    ("review", "start"): "working",
    ("review", "cancel"): "cancelled",
    ("done", "roll_back"): "ready",
    ("done", "start"): "working",
    ("cancelled", "reopen"): "ready",
}

RUN: Table = {
    ("queued", "offer"): "offered",
    ("queued", "accept"): "working",
    ("queued", "fail"): "failed",
    ("queued", "cancel"): "cancelled",
    ("queued", "supersede"): "superseded",
    ("offered", "retry"): "queued",
    ("offered", "accept"): "working",
    ("offered", "ask"): "waiting",
    ("offered", "submit"): "submitted",
    ("offered", "fail"): "failed",
    ("offered", "decline"): "declined",
    ("offered", "cancel"): "cancelling",
    ("offered", "supersede"): "superseded",
    ("working", "accept"): "working",
    ("working", "ask"): "waiting",
    ("working", "silence"): "stale",
    ("working", "submit"): "submitted",
    ("working", "fail"): "failed",
    ("working", "decline"): "declined",
    ("working", "cancel"): "cancelling",
    ("working", "supersede"): "superseded",
    ("waiting", "accept"): "waiting",
    ("waiting", "ask"): "waiting",
    ("waiting", "answer"): "working",
    ("waiting", "submit"): "submitted",
    ("waiting", "fail"): "failed",
    ("waiting", "decline"): "declined",
    ("waiting", "cancel"): "cancelling",
    ("waiting", "supersede"): "superseded",
    ("stale", "accept"): "working",
    ("stale", "sign"): "working",
    ("stale", "ask"): "waiting",
    ("stale", "submit"): "submitted",
    ("stale", "fail"): "failed",
    ("stale", "decline"): "declined",
    ("stale", "cancel"): "cancelling",
    ("stale", "supersede"): "superseded",
    ("cancelling", "cancelled"): "cancelled",
    ("cancelling", "fail"): "cancelled",
    ("cancelling", "supersede"): "superseded",
}

DELIVERABLE: Table = {
    ("submitted", "accept"): "accepted",
    ("submitted", "request_changes"): "changes_requested",
    ("submitted", "reject"): "rejected",
    ("submitted", "supersede"): "superseded",
    ("accepted", "roll_back"): "rolled_back",
    ("accepted", "supersede"): "superseded",
}

ASK: Table = {
    ("open", "answer"): "answered",
    ("open", "cancel"): "cancelled",
    ("open", "expire"): "expired",
}

CONFLICT: Table = {
    ("doubted", "confirm"): "open",
    ("doubted", "set_aside"): "set_aside",
    ("doubted", "withdraw"): "dropped",
    ("open", "grow"): "open",
    ("open", "rule"): "ruled",
    ("open", "withdraw"): "withdrawn",
}

JUDGEMENT: Table = {
    ("wanted", "claim"): "asking",
    ("asking", "retry"): "wanted",
    ("asking", "claim"): "asking",
    ("wanted", "answer"): "answered",
    ("asking", "answer"): "answered",
    ("wanted", "fail"): "failed",
    ("asking", "fail"): "failed",
    ("wanted", "discard"): "discarded",
    ("asking", "discard"): "discarded",
    ("answered", "take"): "taken",
    ("answered", "discard"): "discarded",
}

AUDITION: Table = {
    ("running", "pass"): "passed",
    ("running", "fail"): "failed",
    ("running", "stop"): "stopped",
}

AUDITION_ITEM: Table = {
    ("waiting", "begin"): "running",
    ("waiting", "leave_out"): "not_tried",
    ("running", "leave_out"): "not_tried",
    ("running", "pass"): "passed",
    ("running", "fail"): "failed",
    ("running", "set_aside"): "not_applicable",
}

CARD_STATES = ("triage", "ready", "working", "waiting", "review", "done", "cancelled")
OPEN_CARD = ("triage", "ready", "working", "waiting", "review")
LIVE_RUN = ("queued", "offered", "working", "waiting", "stale", "cancelling")
# What an agent is tried with, in the order in which it is begun.
AUDITION_ITEMS = (
    "signature", "duplicate", "late", "cancel", "contradiction", "missing", "throttled",
    "planted", "changes",
)  # fmt: skip
TERMINAL_RUN = ("submitted", "failed", "declined", "cancelled", "superseded")
RUN_STATES = LIVE_RUN + TERMINAL_RUN
DELIVERABLE_STATES = (
    "submitted", "accepted", "changes_requested", "rejected", "superseded", "rolled_back",
)  # fmt: skip
REMEDIES = ("retry", "reassign", "rewrite", "split", "ask")
DELIVERABLE_KINDS = (
    "report", "document", "table", "patch", "code", "site", "slides", "image", "other",
)  # fmt: skip
FAILURES = (
    "unreachable", "rejected_delivery", "no_ack", "stalled", "looping", "error", "over_budget",
    "deadline", "checks_failed", "empty_completion", "stale_input", "contradicted",
    "rate_limited", "misconfigured",
)  # fmt: skip


def step(table: Table, state: str, move: str) -> str:
    """The state that `move` leads to from `state`; `Refused("illegal_move")` if there is none."""
    try:
        return table[state, move]
    except KeyError:
        raise Refused("illegal_move", state=state, move=move) from None


def is_legal(table: Table, state: str, move: str) -> bool:
    return (state, move) in table
