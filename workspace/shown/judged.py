"""Judgements as pages show them: what was asked, of whom, what came back, and what it took."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace import sentences
from workspace.models import Card, Claim, Deliverable, Judgement, Message
from workspace.queries import cards_of
from workspace.shown.words import question_word, remedy_word

# Trouble that means: the model's account has its limits.
SLOWED = ("rate_limited", "overloaded")

STATES: dict[str, str | Promise] = {
    "wanted": lazy("waits its turn"),
    "asking": lazy("being asked"),
    "answered": lazy("answered"),
    "taken": lazy("carried out"),
    "discarded": lazy("of no use any more"),
    "failed": lazy("failed"),
}
GLYPHS = {
    "wanted": "queued", "asking": "working", "answered": "submitted", "taken": "accepted",
    "discarded": "superseded", "failed": "failed",
}  # fmt: skip
OUTCOMES: dict[str, str | Promise] = {
    "noted": lazy("noted"),
    "said": lazy("the reply was sent"),
    "plan": lazy("a reply, and a fresh plan"),
    "abstained": lazy("it could not say"),
    "agree": lazy("they say the same"),
    "differ": lazy("they differ"),
    "cannot_tell": lazy("it cannot tell"),
    "serves": lazy("the board serves the goal"),
    "drifting": lazy("the board drifts"),
    "composed": lazy("the package was put together"),
    "valid": lazy("lawful"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a judgement is about, and where that is."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownJudgement:
    row: Judgement
    asked: str
    subject: Subject
    glyph: str
    state: str
    outcome: str
    troubles: tuple[str, ...]
    waits_until: datetime | None

    @property
    def tokens(self) -> int | None:
        found = [self.row.prompt_tokens, self.row.completion_tokens]
        return None if found == [None, None] else sum(one or 0 for one in found)


def judgements_shown(rows: Iterable[Judgement], now: datetime) -> tuple[ShownJudgement, ...]:
    """In the order given; a constant number of queries."""
    judgements = list(rows)
    subjects = subjects_of(judgements)
    return tuple(
        ShownJudgement(
            row=row, asked=question_word(row.kind), subject=subjects[row.id],
            glyph=GLYPHS.get(row.state, "queued"), state=str(STATES.get(row.state, row.state)),
            outcome=outcome_of(row),
            troubles=tuple(sentences.trouble(one) for one in row.trouble),
            waits_until=row.due_at if row.state == "wanted" and _is_later(row, now) else None,
        )
        for row in judgements
    )  # fmt: skip


def _is_later(row: Judgement, now: datetime) -> bool:
    return row.due_at is not None and row.due_at > now


def outcome_of(row: Judgement) -> str:
    """What was made of the answer, in a few words."""
    proposal = row.proposal or {}
    if proposal.get("type") == "abstain":
        why = {"code": proposal.get("code"), "params": proposal.get("params") or {}}
        return _("it could not say: %(why)s") % {"why": sentences.sentence(why).rstrip(".")}
    if row.kind == "diagnose" and proposal.get("remedy"):
        return remedy_word(str(proposal["remedy"]))
    code = str(row.verdict.get("outcome") or "")
    if row.kind in ("plan", "comparison") and proposal.get("cards"):
        return _("%(n)s cards") % {"n": len(proposal["cards"])}
    if code in OUTCOMES:
        return str(OUTCOMES[code])
    return sentences.sentence({"code": code}).rstrip(".") if code else ""


def subjects_of(rows: list[Judgement]) -> dict[str, Subject]:
    """Per judgement what it is about."""
    by_kind: dict[str, set[str]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, set()).add(row.subject_id)
    ids = {row.subject_id for row in rows if row.kind in ("diagnose", "read", "check")}
    cards = cards_of(ids)
    versions = Deliverable.objects.in_bulk(list(by_kind.get("check", ())))
    claims = Claim.objects.in_bulk(list(by_kind.get("reconcile", ())))
    messages = Message.objects.in_bulk(list(by_kind.get("reply", ())))
    return {row.id: _subject(row, cards, versions, claims, messages) for row in rows}


def _subject(
    row: Judgement,
    cards: dict[str, Card],
    versions: dict[Any, Deliverable],
    claims: dict[Any, Claim],
    messages: dict[Any, Message],
) -> Subject:
    room = f"/rooms/{row.room_id}"
    id = row.subject_id
    if (version := versions.get(id)) is not None and id in cards:
        text = _("v%(n)s of #%(number)s %(title)s") % {
            "n": version.version, "number": cards[id].number, "title": cards[id].title,
        }  # fmt: skip
        return Subject(text, f"/reviews/{version.id}")
    if (card := cards.get(id)) is not None:
        anchor = f"#{id}" if id.startswith("run_") else ""
        return Subject(f"#{card.number} {card.title}", f"{room}/cards/{card.id}{anchor}")
    if (claim := claims.get(id)) is not None:
        return Subject(claim.subject, f"/reviews/{claim.deliverable_id}")
    if (message := messages.get(id)) is not None:
        return Subject(message.body[:80], f"{room}/timeline")
    return Subject(_("the goal"), f"{room}/settings") if id == row.room_id else Subject("–", "")


def pretty(value: Any) -> str:
    """Plain data as people read it; nothing for nothing."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) if value else ""
