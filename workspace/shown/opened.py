"""A card opened: brief, criteria, runs with their steps, versions, what it rests on, talk."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workspace import sentences
from workspace.models import Card, Deliverable, DeliverableFile, Message
from workspace.shown.cards import ShownCard, face
from workspace.shown.facts import BoardFacts, board_facts
from workspace.shown.handoff import Packet, packets_shown
from workspace.shown.inputs import ShownInput, inputs_shown
from workspace.shown.lineage import ShownRun, lineage
from workspace.shown.who import People, Who
from workspace.transitions import LIVE_RUN


@dataclass(frozen=True, slots=True)
class WhyRow:
    who: Who
    shown: str
    load: str
    score: str
    left_out: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why this agent: a sentence, and the numbers behind it."""

    sentence: str
    rows: tuple[WhyRow, ...]


REVERT = "revert.diff"  # what a connector hands in beside work on a repository


@dataclass(frozen=True, slots=True)
class ShownVersion:
    id: str
    version: int
    state: str
    sha256: str
    files: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Near:
    """A card this one depends on, or that depends on it."""

    id: str
    number: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment. `note` is said in its place where the coordinator has no words of its own."""

    who: Who
    to: str
    body: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedCard:
    face: ShownCard
    card: Card
    proposed_by: Who
    reason: str
    runs: tuple[ShownRun, ...]
    why: Why | None
    inputs: tuple[ShownInput, ...]
    versions: tuple[ShownVersion, ...]
    needs: tuple[Near, ...]
    dependants: tuple[Near, ...]
    talk: tuple[Said, ...]
    live_run_person: str
    live_agent: Who | None
    submitted: ShownVersion | None
    is_blocked: bool
    packet: Packet | None  # of an open hand-off
    revert: DeliverableFile | None  # what takes a version out again that was rolled back
    ask: str

    @property
    def is_handed_over(self) -> bool:
        return self.packet is not None

    @property
    def criteria_text(self) -> str:
        return "\n".join(self.card.criteria)

    @property
    def skills_text(self) -> str:
        return ", ".join(self.card.skills)

    @property
    def due_text(self) -> str:
        """As a field for a day and a time holds it, in UTC."""
        due = self.card.due_at
        return f"{due:%Y-%m-%dT%H:%M}" if due else ""

    @property
    def checks_text(self) -> str:
        return "\n".join(shlex.join(words) for words in self.card.checks)

    @property
    def needs_ids(self) -> list[str]:
        return [near.id for near in self.needs]


def opened_card(card: Card) -> OpenedCard:
    """Everything the drawer shows. The number of queries does not grow with runs or steps."""
    facts = board_facts(card.room, [card.id])
    rows = facts.runs.get(card.id, [])
    people = facts.people
    versions = _versions(card)
    live = next((run for run in reversed(rows) if run.state in LIVE_RUN), None)
    newest = versions[0] if versions else None
    return OpenedCard(
        face=face(facts, facts.cards[0]), card=card,
        proposed_by=people.actor(str(card.proposed_by.get("actor", "coordinator"))),
        reason=_why_here(card, people), runs=lineage(rows, people),
        why=why_shown(rows[-1].why, people) if rows else None,
        inputs=inputs_shown(rows[-1]) if rows else (), versions=versions,
        needs=tuple(_near(facts, row.needs_id) for row in facts.needs.get(card.id, [])),
        dependants=tuple(_near(facts, id) for id in facts.blocks.get(card.id, [])),
        talk=_talk(card, people), live_run_person=(live.person_id or "") if live else "",
        live_agent=people.get(live.agent_id) if live else None,
        submitted=newest if newest and newest.state == "submitted" else None,
        is_blocked=bool(facts.open_needs(card)),
        packet=next(iter(packets_shown(facts.asks.get(card.id, [])).values()), None),
        revert=_revert(newest),
        ask=next((ask.id for ask in facts.asks.get(card.id, []) if ask.kind != "handoff"), ""),
    )  # fmt: skip


def _why_here(card: Card, people: People) -> str:
    """Why it stands where it stands; a proposed card says why it was proposed."""
    if card.status == "triage" and card.proposed_by.get("rule"):
        why = {"code": card.proposed_by["rule"], "params": card.proposed_by.get("params") or {}}
        return sentences.sentence(why, people)
    return sentences.sentence(card.reason, people)


def _near(facts: BoardFacts, card_id: str) -> Near:
    card = facts.card(card_id)
    return Near(card.id, card.number, card.title, card.status)


def _versions(card: Card) -> tuple[ShownVersion, ...]:
    rows = Deliverable.objects.filter(card=card).prefetch_related("files").order_by("-version")
    return tuple(
        ShownVersion(
            one.id, one.version, one.state, one.sha256, len(one.files.all()), one.submitted_at
        )
        for one in rows
    )


def _revert(newest: ShownVersion | None) -> DeliverableFile | None:
    """The way back that came with work on a repository, once its acceptance was taken back."""
    if newest is None or newest.state != "rolled_back":
        return None
    return DeliverableFile.objects.filter(deliverable=newest.id, name=REVERT).first()


def _talk(card: Card, people: People) -> tuple[Said, ...]:
    rows = Message.objects.filter(card=card).order_by("at")
    return tuple(
        Said(
            people.actor(row.person_id or row.agent_id or "coordinator"),
            people.name(row.to_agent_id), row.body, sentences.sentence(row.note, people), row.at,
        )
        for row in rows
    )  # fmt: skip


def why_shown(why: dict[str, Any], people: People) -> Why | None:
    """The coordinator's reason for this worker."""
    reason = why.get("reason", why)
    if not reason.get("code"):
        return None
    params = reason.get("params") or {}
    compared = params.get("eligible") or ([params["chosen"]] if params.get("chosen") else [])
    rows = [_why_row(one, people) for one in compared if isinstance(one, dict)]
    for one in params.get("excluded") or []:
        who = people.actor(str(one.get("agent_id", ""))).toned("away")
        rows.append(WhyRow(who, "", "", "", sentences.left_out(str(one.get("why", "")))))
    return Why(sentences.sentence(reason, people), tuple(rows))


def _shown(one: dict[str, Any]) -> str:
    """How likely it is to do this well, and from how many outcomes that is said; both fade."""
    if "success" not in one:
        return ""
    outcomes = float(one.get("good", 0)) + float(one.get("bad", 0))
    return f"{float(one['success']):.0%} · {max(1, round(outcomes)) if outcomes else 0}"


def _why_row(one: dict[str, Any], people: People) -> WhyRow:
    return WhyRow(
        people.actor(str(one.get("agent_id", ""))), _shown(one),
        f"{one.get('load', 0)}/{one.get('capacity', 1)}", f"{float(one.get('score', 0)):.2f}", "",
    )  # fmt: skip
