"""Attempt by attempt: how a card's runs ended, what was decided then, and what that changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from workspace import sentences
from workspace.mast import Mode, mode_of
from workspace.models import Artifact, Card, Deliverable, LateResult, Remedy, Run, Step
from workspace.previews.diffing import Line, text_diff
from workspace.sentences.failures import Shown, lasting
from workspace.shown.who import People, Who
from workspace.shown.words import (
    STEP_ICONS,
    failure_word,
    kind_word,
    remedy_word,
    state_word,
    step_word,
)
from workspace.spending import amount_text

STEPS_SHOWN = 6
STEPS_READ = 4 * STEPS_SHOWN  # some only repeat the one before and are left out
WATCHED = ("title", "brief", "criteria", "kind", "skills")


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
class Changed:
    """One thing that became different, and the lines that tell how."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Child:
    """A card that this one was split into."""

    id: str
    number: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class ShownRemedy:
    """What was decided after a run that did not succeed. `note` is in the judge's words."""

    code: str
    word: str
    cause: str
    note: str
    judge: str
    judgement_id: str
    at: datetime
    children: tuple[Child, ...]
    changed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class ShownFile:
    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownLate:
    """What came after a run's time; it changed nothing by itself."""

    id: str
    at: datetime
    summary: str
    files: tuple[ShownFile, ...]
    version_id: str  # of what a person made of it


@dataclass(frozen=True, slots=True)
class ShownRun:
    id: str
    worker: Who
    state: str
    words: str
    attempt: int
    round: int
    slot: int
    began_at: datetime
    ended_at: datetime | None
    last_sign_at: datetime | None
    steps_count: int
    steps: tuple[ShownStep, ...]
    more_steps: int
    why_it_ended: str
    evidence: tuple[Shown, ...]
    mode: Mode | None
    what_to_do: str
    remedy: ShownRemedy | None
    before: str  # the run that `changes` compares with
    changes: tuple[Changed, ...]
    note: str
    feedback: str
    checkpoint: str
    version_id: str
    version: int
    late: tuple[ShownLate, ...]
    cost: str  # what its worker says it cost
    loose: tuple[ShownFile, ...]  # came late, and no late result names them

    @property
    def took(self) -> str:
        """How long it lasted, as people say it."""
        if self.ended_at is None:
            return ""
        return lasting((self.ended_at - self.began_at).total_seconds())


@dataclass(slots=True)
class Rows:
    """What is told about the runs of some cards, by run."""

    runs: dict[str, list[Run]]  # by card, oldest first
    steps: dict[str, list[Step]] = field(default_factory=dict)
    remedies: dict[str, Remedy] = field(default_factory=dict)
    children: dict[str, Card] = field(default_factory=dict)
    versions: dict[str, Deliverable] = field(default_factory=dict)
    late: dict[str, list[LateResult]] = field(default_factory=dict)
    files: dict[str, list[Artifact]] = field(default_factory=dict)


def rows_about(runs: Iterable[Run]) -> Rows:
    """Six queries, however many runs, and of each run only its newest steps."""
    ordered = sorted(runs, key=lambda run: (run.card_id, run.fence))
    rows = Rows({})
    for run in ordered:
        rows.runs.setdefault(run.card_id, []).append(run)
    newest = Q(pk__in=[])
    for run in ordered:
        newest |= Q(run=run, n__gt=run.steps_count - STEPS_READ)
    for step in Step.objects.filter(newest).order_by("n"):
        rows.steps.setdefault(step.run_id, []).append(step)
    for remedy in Remedy.objects.filter(run__in=ordered).select_related("judgement"):
        rows.remedies[remedy.run_id] = remedy
    made = [id for one in rows.remedies.values() for id in one.changed.get("children") or []]
    rows.children = {card.id: card for card in Card.objects.filter(id__in=made)}
    for version in Deliverable.objects.filter(run__in=ordered).defer("manifest"):
        rows.versions[version.run_id] = version
    for result in LateResult.objects.filter(run__in=ordered).order_by("at"):
        rows.late.setdefault(result.run_id, []).append(result)
    # With a late result, what its run had sent in time may be a part of it.
    wanted = Q(late=True) | Q(run__in=list(rows.late))
    late_files = Artifact.objects.filter(wanted, run__in=ordered).select_related("blob")
    for artifact in late_files.order_by("created_at", "id"):
        rows.files.setdefault(artifact.run_id, []).append(artifact)
    return rows


def lineage(runs: Iterable[Run], people: People) -> tuple[ShownRun, ...]:
    """One card's runs, newest first, each against the one before."""
    rows = rows_about(runs)
    own = [run for found in rows.runs.values() for run in found]
    newest = own[-1].id if own else ""
    shown = [run_shown(run, before(run, own), rows, people, run.id == newest) for run in own]
    return tuple(reversed(shown))


def before(run: Run, runs: list[Run]) -> Run | None:
    """The run that this one is compared with: what came before it in its place."""
    earlier = [one for one in runs if one.fence < run.fence and one.slot == run.slot]
    named = next((one for one in earlier if one.id == run.previous_id), None)
    return named or (earlier[-1] if earlier else None)


def run_shown(run: Run, earlier: Run | None, rows: Rows, people: People, newest: bool) -> ShownRun:
    tone = {"failed": "bad", "stale": "warn"}.get(run.state, "")
    steps = without_echoes(rows.steps.get(run.id, []))[-STEPS_SHOWN:]
    version = rows.versions.get(run.id)
    state = version.state if version and run.state == "submitted" else run.state
    return ShownRun(
        id=run.id, worker=people.actor(run.worker_id).toned(tone), state=state,
        words=outcome(run, version), attempt=run.attempt, round=run.round, slot=run.slot,
        began_at=run.accepted_at or run.offered_at or run.queued_at, ended_at=run.ended_at,
        last_sign_at=run.last_sign_at, steps_count=run.steps_count,
        steps=tuple(step_shown(step) for step in steps),
        more_steps=max(0, run.steps_count - len(steps)),
        why_it_ended=sentences.sentence(run.reason, people), evidence=evidence_of(run),
        mode=mode_of(run.failure), what_to_do=what_to_do(run),
        remedy=remedy_shown(rows.remedies.get(run.id), rows, newest),
        before=_named(earlier, people) if earlier else "",
        changes=changes(run, earlier, people) if earlier else (),
        note=run.note, feedback=run.feedback, checkpoint=checkpoint_note(run),
        version_id=version.id if version else "", version=version.version if version else 0,
        late=tuple(late_shown(one, rows) for one in rows.late.get(run.id, [])),
        cost="" if run.cost_usd is None else _("%(usd)s USD") % {"usd": amount_text(run.cost_usd)},
        loose=loose_files(run, rows),
    )  # fmt: skip


def outcome(run: Run, version: Deliverable | None) -> str:
    """How a run stands or ended, in a few words."""
    if run.state == "failed":
        return _("failed: %(kind)s") % {"kind": failure_word(run.failure)}
    if run.state == "submitted" and version is not None:
        return _("v%(n)s %(state)s") % {"n": version.version, "state": state_word(version.state)}
    return state_word(run.state)


def _named(run: Run, people: People) -> str:
    return _("attempt %(a)s, round %(r)s by %(who)s") % {
        "a": run.attempt, "r": run.round, "who": people.name(run.worker_id),
    }  # fmt: skip


def evidence_of(run: Run) -> tuple[Shown, ...]:
    if run.state != "failed":
        return ()
    return sentences.evidence(run.failure, run.reason.get("params") or {})


def what_to_do(run: Run) -> str:
    """What a person can do about a run that failed."""
    return sentences.what_to_do(run.failure) if run.state == "failed" else ""


def checkpoint_note(run: Run) -> str:
    """Where the work had got to, in the worker's own words."""
    return str((run.checkpoint or {}).get("note_md") or "")


def remedy_shown(remedy: Remedy | None, rows: Rows, is_newest: bool) -> ShownRemedy | None:
    """With what it changed, until the next attempt shows that itself."""
    if remedy is None:
        return None
    judgement = remedy.judgement
    made = (rows.children.get(id) for id in remedy.changed.get("children") or [])
    texts = {
        name: one for name, one in remedy.changed.items() if isinstance(one, dict) and is_newest
    }
    return ShownRemedy(
        code=remedy.remedy, word=remedy_word(remedy.remedy), cause=sentences.cause(remedy.cause),
        note=remedy.note, judge=judgement.judge if judgement else "",
        judgement_id=judgement.id if judgement else "", at=remedy.at,
        children=tuple(
            Child(card.id, card.number, card.title, card.status) for card in made if card
        ),
        changed=tuple(
            changed(name, as_text(name, one.get("before")), as_text(name, one.get("after")))
            for name, one in texts.items()
        ),
    )  # fmt: skip


def late_shown(result: LateResult, rows: Rows) -> ShownLate:
    files = rows.files.get(result.run_id, [])
    named = files_shown(one for one in files if names(result, one))
    return ShownLate(result.id, result.at, result.summary, named, result.became_id or "")


def names(result: LateResult, file: Artifact) -> bool:
    """Whether the late result names the file; older ones only said what it is called."""
    ids, said = result.payload.get("artifacts"), result.payload.get("files") or []
    return file.id in ids if ids is not None else file.name in said or file.id in said


def loose_files(run: Run, rows: Rows) -> tuple[ShownFile, ...]:
    """Files that came after the run's time and that no late result names."""
    results = rows.late.get(run.id, [])
    late = (one for one in rows.files.get(run.id, []) if one.late)
    return files_shown(one for one in late if not any(names(result, one) for result in results))


def files_shown(files: Iterable[Artifact]) -> tuple[ShownFile, ...]:
    return tuple(ShownFile(one.id, one.name, one.blob.size) for one in files)


def changes(run: Run, earlier: Run, people: People) -> tuple[Changed, ...]:
    """What was different for this run from the one before: who, and what was asked."""
    was, now = (people.name(one.worker_id) for one in (earlier, run))
    found = [changed(_("worker"), was, now)]
    if run.round != earlier.round:
        rounds = (_("round %(n)s") % {"n": one.round} for one in (earlier, run))
        found.append(changed(_("round"), *rounds))
    if earlier.asked and run.asked:
        was_asked, is_asked = earlier.asked, run.asked
        found += [
            changed(name, as_text(name, was_asked.get(name)), as_text(name, is_asked.get(name)))
            for name in WATCHED
        ]
    if run.feedback and run.feedback != earlier.feedback:
        found.append(changed(_("asked"), "", run.feedback))
    if note := checkpoint_note(earlier):
        found.append(changed(_("starts from the checkpoint"), "", note))
    return tuple(one for one in found if one.lines)


def changed(name: str, was: str, now: str) -> Changed:
    """The lines that differ, with a little around them; none if nothing does."""
    hunks = text_diff(name, was, now).hunks if was != now else []
    return Changed(name_of(name), tuple(line for hunk in hunks for line in hunk.lines))


def name_of(field_name: str) -> str:
    words = {
        "title": _("title"), "brief": _("brief"), "criteria": _("criteria"), "kind": _("wanted"),
        "skills": _("skills"),
    }  # fmt: skip
    return words.get(field_name, field_name)


def as_text(name: str, value: object) -> str:
    """A field of what was asked, as lines."""
    if isinstance(value, list):
        return ("\n" if name == "criteria" else ", ").join(str(one) for one in value)
    return kind_word(str(value)) if name == "kind" else str(value or "")


def all_steps(run: Run) -> tuple[ShownStep, ...]:
    steps = Step.objects.filter(run=run).order_by("n")
    return tuple(step_shown(step) for step in without_echoes(steps))


def without_echoes(steps: Iterable[Step]) -> list[Step]:
    """Steps without the progress that only repeats the title of the step before it."""
    kept: list[Step] = []
    for step in steps:
        if not (kept and step.kind == "progress" and step.title == kept[-1].title):
            kept.append(step)
    return kept


def step_shown(step: Step) -> ShownStep:
    return ShownStep(
        STEP_ICONS.get(step.kind, "pulse"), step.kind, step_word(step.kind), step.title,
        step.input, step.output, step.at, step.kind == "error" or step.status == "failed",
    )  # fmt: skip
