"""The words and shapes of states and kinds."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COLUMNS = ("triage", "ready", "working", "waiting", "review", "done")

COLUMN_WORDS: dict[str, str | Promise] = {
    "triage": _("Triage"),
    "ready": _("Ready"),
    "working": _("Working"),
    "waiting": _("Waiting on people"),
    "review": _("In review"),
    "done": _("Done"),
}
COLUMN_SHORT: dict[str, str | Promise] = COLUMN_WORDS | {
    "waiting": _("Waiting"),
    "review": _("Review"),
}
# What an empty column says: what would bring a card there.
COLUMN_EMPTY: dict[str, str | Promise] = {
    "triage": _("Nothing proposed. Agents and messages put cards here first."),
    "ready": _("Nothing is waiting for a worker."),
    "working": _("Nobody is at work right now."),
    "waiting": _("Nobody is waiting for an answer."),
    "review": _("Nothing to review."),
    "done": _("Nothing accepted yet. A card is done when a person accepts its version."),
}

STATE_WORDS: dict[str, str | Promise] = {
    "triage": _("triage"),
    "ready": _("ready"),
    "free": _("free"),
    "queued": _("queued"),
    "offered": _("no answer yet"),
    "working": _("working"),
    "waiting": _("waits for a person"),
    "stale": _("looks stuck"),
    "submitted": _("in review"),
    "review": _("in review"),
    "accepted": _("accepted"),
    "done": _("done"),
    "verified": _("verified"),
    "verified_insecure": _("verified, signatures unchecked"),
    "unverified": _("not verified"),
    "changes_requested": _("changes requested"),
    "failed": _("failed"),
    "rejected": _("rejected"),
    "declined": _("declined"),
    "cancelled": _("cancelled"),
    "cancelling": _("stopping"),
    "superseded": _("superseded"),
    "rolled_back": _("rolled back"),
    "conflict": _("open conflict"),
    "paused": _("paused"),
    "disabled": _("disabled"),
    "revoked": _("revoked"),
    "away": _("away"),
}

# States drawn with another state's shape.
GLYPHS = {
    "review": "submitted",
    "done": "accepted",
    "verified": "accepted",
    "verified_insecure": "waiting",
    "unverified": "ready",
    "rejected": "failed",
    "conflict": "waiting",
    "cancelling": "cancelled",
    "rolled_back": "changes_requested",
    "free": "ready",
    "disabled": "cancelled",
    "revoked": "cancelled",
    "away": "queued",
}

FAILURE_WORDS: dict[str, str | Promise] = {
    "unreachable": _("unreachable"),
    "rejected_delivery": _("refused the work"),
    "no_ack": _("no answer"),
    "stalled": _("stalled"),
    "looping": _("looping"),
    "error": _("error"),
    "over_budget": _("over budget"),
    "deadline": _("deadline"),
    "checks_failed": _("checks failed"),
    "empty_completion": _("came back empty"),
    "stale_input": _("input changed"),
    "contradicted": _("contradicted"),
    "rate_limited": _("rate limited"),
    "misconfigured": _("misconfigured"),
}

KIND_WORDS: dict[str, str | Promise] = {
    "report": _("report"),
    "document": _("document"),
    "table": _("table"),
    "patch": _("patch"),
    "code": _("code"),
    "site": _("site"),
    "slides": _("slides"),
    "image": _("image"),
    "other": _("file"),
}
KIND_ICONS = {
    "report": "flask", "document": "file", "table": "table", "patch": "patch", "code": "code",
    "site": "globe", "slides": "slides", "image": "image", "other": "box",
}  # fmt: skip

ROLE_WORDS: dict[str, str | Promise] = {
    "owner": _("owner"),
    "reviewer": _("reviewer"),
    "contributor": _("contributor"),
    "observer": _("observer"),
    "member": _("member"),
}
STEP_WORDS: dict[str, str | Promise] = {
    "progress": _("progress"),
    "thought": _("thought"),
    "action": _("action"),
    "result": _("result"),
    "question": _("question"),
    "error": _("error"),
}
STEP_ICONS = {
    "progress": "pulse", "thought": "bulb", "action": "terminal", "result": "arrow-right",
    "question": "message", "error": "alert",
}  # fmt: skip


def state_word(state: str) -> str:
    return str(STATE_WORDS.get(state, state.replace("_", " ")))


def failure_word(failure: str) -> str:
    return str(FAILURE_WORDS.get(failure, failure.replace("_", " ")))


def kind_word(kind: str) -> str:
    return str(KIND_WORDS.get(kind, KIND_WORDS["other"]))


def kind_icon(kind: str) -> str:
    return KIND_ICONS.get(kind, "box")


# The doors by which agents join: a word, and an icon.
DOOR_WORDS: dict[str, tuple[str | Promise, str]] = {
    "webhook": (_("webhook"), "webhook"),
    "a2a": (_("A2A"), "fork"),
    "connector": (_("connector"), "terminal"),
    "mcp": (_("MCP"), "plug"),
    "model": (_("model"), "bulb"),
}


def door_word(door: str) -> str:
    return str(DOOR_WORDS[door][0])


def door_icon(door: str) -> str:
    return DOOR_WORDS[door][1]


def role_word(role: str) -> str:
    return str(ROLE_WORDS.get(role, role))


def step_word(kind: str) -> str:
    return str(STEP_WORDS.get(kind, kind))


# How the coordinator goes on after a run that did not succeed.
REMEDY_WORDS: dict[str, str | Promise] = {
    "retry": _("the same agent tries again"),
    "reassign": _("someone else gets it"),
    "rewrite": _("its brief is written anew"),
    "split": _("it is split into smaller cards"),
    "ask": _("people are asked"),
}
# What a judge is asked, to follow "The judge was asked".
QUESTION_WORDS: dict[str, str | Promise] = {
    "plan": _("for a plan"),
    "assign": _("who should work on what"),
    "diagnose": _("what went wrong"),
    "check": _("whether a version meets its criteria"),
    "read": _("what an agent's words say"),
    "reconcile": _("whether two claims say the same"),
    "reply": _("for a reply"),
    "course": _("whether the board still serves the goal"),
    "compose": _("for the words of a package"),
}


def remedy_word(remedy: str) -> str:
    return str(REMEDY_WORDS.get(remedy, remedy.replace("_", " ")))


def question_word(kind: str) -> str:
    return str(QUESTION_WORDS.get(kind, kind.replace("_", " ")))
