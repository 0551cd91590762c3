"""A card opened: brief, criteria, runs with their steps, versions, what it rests on, talk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import Card, Deliverable, LateResult, Message, Run, RunInput, Step
from workspace.shown.cards import ShownCard, face
from workspace.shown.facts import BoardFacts, board_facts
from workspace.shown.who import People, Who
from workspace.shown.words import STEP_ICONS, failure_word, state_word, step_word

STEPS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class ShownStep:
    icon: str
    kind: str
    word: str
    title: str
    input: str
    output: str
    at: datetime
    failed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A line of what an attempt changed: `+` or `-`, and a text."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownRun:
    id: str
    worker: Who
    state: str
    words: str
    attempt: int
    round: int
    began_at: datetime
    ended_at: datetime | None
    last_sign_at: datetime | None
    steps_count: int
    steps: tuple[ShownStep, ...]
    more_steps: int
    changes: tuple[Change, ...]
    why_it_ended: str
    what_to_do: str
    note: str
    feedback: str
    late: tuple[LateResult, ...]

    @property
    def took(self) -> str:
        """How long it lasted, as people say it."""
        if self.ended_at is None:
            return ""
        seconds = (self.ended_at - self.began_at).total_seconds()
        return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


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
class ShownInput:
    near: Near
    version: int
    sha256: str
    deliverable_id: str


@dataclass(frozen=True, slots=True)
class Said:
    who: Who
    to: str
    body: str
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
    is_handed_over: bool
    ask: str

    @property
    def criteria_text(self) -> str:
        return "\n".join(self.card.criteria)

    @property
    def skills_text(self) -> str:
        return ", ".join(self.card.skills)

    @property
    def needs_ids(self) -> list[str]:
        return [near.id for near in self.needs]


def opened_card(card: Card) -> OpenedCard:
    """Everything the drawer shows. The number of queries does not grow with runs or steps."""
    facts = board_facts(card.room, [card.id])
    rows = facts.runs.get(card.id, [])
    people = facts.people
    versions = _versions(card)
    live = next((run for run in reversed(rows) if run.id in _live_ids(rows)), None)
    newest = versions[0] if versions else None
    return OpenedCard(
        face=face(facts, facts.cards[0]), card=card,
        proposed_by=people.actor(str(card.proposed_by.get("actor", "coordinator"))),
        reason=_why_here(card, people), runs=_runs(rows, people),
        why=why_shown(rows[-1].why, people) if rows else None,
        inputs=_inputs(rows[-1]) if rows else (), versions=versions,
        needs=tuple(_near(facts, row.needs_id) for row in facts.needs.get(card.id, [])),
        dependants=tuple(_near(facts, id) for id in facts.blocks.get(card.id, [])),
        talk=_talk(card, people), live_run_person=(live.person_id or "") if live else "",
        live_agent=people.get(live.agent_id) if live else None,
        submitted=newest if newest and newest.state == "submitted" else None,
        is_blocked=bool(facts.open_needs(card)),
        is_handed_over=any(ask.kind == "handoff" for ask in facts.asks.get(card.id, [])),
        ask=next((ask.id for ask in facts.asks.get(card.id, []) if ask.kind != "handoff"), ""),
    )  # fmt: skip


def _why_here(card: Card, people: People) -> str:
    """Why it stands where it stands; a proposed card says why it was proposed."""
    if card.status == "triage" and card.proposed_by.get("rule"):
        why = {"code": card.proposed_by["rule"], "params": card.proposed_by.get("params") or {}}
        return sentences.sentence(why, people)
    return sentences.sentence(card.reason, people)


def _live_ids(rows: list[Run]) -> set[str]:
    ended = {"submitted", "failed", "declined", "cancelled", "superseded"}
    return {run.id for run in rows if run.state not in ended}


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


def _inputs(run: Run) -> tuple[ShownInput, ...]:
    rows = RunInput.objects.filter(run=run).select_related("deliverable__card").order_by("id")
    return tuple(
        ShownInput(
            Near(row.deliverable.card_id, row.deliverable.card.number, row.deliverable.card.title,
                 row.deliverable.state),
            row.deliverable.version, row.sha256, row.deliverable_id,
        )
        for row in rows
    )  # fmt: skip


def _talk(card: Card, people: People) -> tuple[Said, ...]:
    rows = Message.objects.filter(card=card).order_by("at")
    return tuple(
        Said(
            people.actor(row.person_id or row.agent_id or "coordinator"),
            people.name(row.to_agent_id), row.body, row.at,
        )
        for row in rows
    )  # fmt: skip


def _runs(rows: list[Run], people: People) -> tuple[ShownRun, ...]:
    """Newest first, each with its newest steps and what it changed against the one before."""
    steps: dict[str, list[Step]] = {}
    for step in Step.objects.filter(run__in=rows).order_by("n"):
        steps.setdefault(step.run_id, []).append(step)
    late: dict[str, list[LateResult]] = {}
    for result in LateResult.objects.filter(run__in=rows).order_by("at"):
        late.setdefault(result.run_id, []).append(result)
    shown = [
        run_shown(
            run, rows[n - 1] if n else None, people, steps.get(run.id, []), late.get(run.id, [])
        )
        for n, run in enumerate(rows)
    ]
    return tuple(reversed(shown))


def run_shown(
    run: Run, before: Run | None, people: People, steps: list[Step], late: list[LateResult]
) -> ShownRun:
    tone = {"failed": "bad", "stale": "warn"}.get(run.state, "")
    steps = without_echoes(steps)
    words = state_word(run.state)
    if run.state == "failed":
        words = _("failed: %(kind)s") % {"kind": failure_word(run.failure)}
    return ShownRun(
        id=run.id, worker=people.actor(run.agent_id or run.person_id or "").toned(tone),
        state=run.state, words=words, attempt=run.attempt, round=run.round,
        began_at=run.accepted_at or run.offered_at or run.queued_at, ended_at=run.ended_at,
        last_sign_at=run.last_sign_at, steps_count=run.steps_count,
        steps=tuple(_step(step) for step in steps[-STEPS_SHOWN:]),
        more_steps=max(0, len(steps) - STEPS_SHOWN),
        changes=_changes(run, before, people) if before else (),
        why_it_ended=sentences.sentence(run.reason, people), what_to_do=what_to_do(run),
        note=run.note, feedback=run.feedback, late=tuple(late),
    )  # fmt: skip


def all_steps(run: Run) -> tuple[ShownStep, ...]:
    return tuple(_step(step) for step in without_echoes(Step.objects.filter(run=run).order_by("n")))


def without_echoes(steps: Iterable[Step]) -> list[Step]:
    """Steps without the progress that only repeats the title of the step before it."""
    kept: list[Step] = []
    for step in steps:
        if not (kept and step.kind == "progress" and step.title == kept[-1].title):
            kept.append(step)
    return kept


def _step(step: Step) -> ShownStep:
    return ShownStep(
        STEP_ICONS.get(step.kind, "pulse"), step.kind, step_word(step.kind), step.title,
        step.input, step.output, step.at, step.kind == "error" or step.status == "failed",
    )  # fmt: skip


def _changes(run: Run, before: Run, people: People) -> tuple[Change, ...]:
    """What the coordinator changed from the run before to this one."""
    lines = []
    was, now = (people.name(one.agent_id or one.person_id) for one in (before, run))
    if was != now:
        lines += [Change("-", _("worker: %(who)s") % {"who": was})]
        lines += [Change("+", _("worker: %(who)s") % {"who": now})]
    if run.round != before.round:
        lines += [Change("-", _("round %(n)s") % {"n": before.round})]
        lines += [Change("+", _("round %(n)s") % {"n": run.round})]
    if run.feedback and run.feedback != before.feedback:
        lines.append(Change("+", _("asked: %(text)s") % {"text": run.feedback}))
    if run.checkpoint and (note := str(run.checkpoint.get("note_md", ""))):
        lines.append(Change("+", _("starts from the checkpoint: %(text)s") % {"text": note}))
    return tuple(lines)


def what_to_do(run: Run) -> str:
    """What a person can do about a run that failed."""
    if run.state != "failed":
        return ""
    words = {
        "unreachable": _(
            "Check that the agent is running and its URL is right, then verify it again."
        ),
        "rejected_delivery": _("Look at the delivery log for what it answered."),
        "no_ack": _(
            "Nothing: the card goes to someone else. If it keeps happening, verify the agent."
        ),
        "stalled": _(
            "Nothing: someone else goes on. Anything it still sends is kept as a late result."
        ),
        "deadline": _("Give the card more time, or split it."),
        "empty_completion": _("Say in the brief what should be handed in."),
        "misconfigured": _("Rotate the agent's secret and set the new one where it runs."),
        "over_budget": _("Raise the budget or make the card smaller."),
    }
    return str(words.get(run.failure, _("The card is tried again by someone else.")))


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


def _why_row(one: dict[str, Any], people: People) -> WhyRow:
    good, bad = int(one.get("successes", 0)), int(one.get("failures", 0))
    return WhyRow(
        people.actor(str(one.get("agent_id", ""))), f"{good}/{good + bad}",
        f"{one.get('load', 0)}/{one.get('capacity', 1)}", f"{float(one.get('score', 0)):.2f}", "",
    )  # fmt: skip
