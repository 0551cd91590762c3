"""Late results: kept when they come, without effect; put into review when a person wants them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import close_asks
from workspace.commands.locks import authorise, lock_run
from workspace.commands.moving import move_run
from workspace.commands.runs import supersede
from workspace.commands.standings import CAME_LATE
from workspace.commands.starting import RunStart, start_run
from workspace.commands.submitting import keep_artifact, submit
from workspace.errors import NotFound, Refused
from workspace.events import LateResultOffered
from workspace.models import Artifact, Card, Deliverable, LateResult, Room, Run
from workspace.record import record
from workspace.reports import ClaimMade, Inline, Result, SourceNamed, Uploaded
from workspace.transitions import LIVE_RUN


def keep_late(run: Run, result: Result, *, at: datetime) -> bool:
    """Within `late_for` of its end, a completion is kept for people to look at."""
    if run.ended_at is None or at - run.ended_at > timedelta(seconds=run.timings["late_for"]):
        return False
    names, ids = [], []
    for part in result.artifacts:
        if isinstance(part, Inline):
            kept = keep_artifact(
                run, name=part.name, media_type=part.media_type, role=part.role,
                content=part.content, sha256="", late=True, at=at,
            )  # fmt: skip
            names.append(part.name)
            ids.append(kept.id)
        else:
            names.append(part.artifact_id)
            ids.append(part.artifact_id)
    payload = {
        "files": names,
        "artifacts": ids,
        "claims": [asdict(claim) for claim in result.claims],
        "sources": [
            {"place": source.place, "supports": list(source.supports)} for source in result.sources
        ],
    }
    # An agent that is told 409 sends again: the same result is kept once.
    LateResult.objects.get_or_create(
        workspace_id=run.workspace_id, run=run, summary=result.summary_md, payload=payload,
        defaults={"at": at},
    )  # fmt: skip
    return True


@transaction.atomic
def offer_late(*, late_id: str, by: By, at: datetime) -> Deliverable:
    """Put a late result into review as a version of its card: by the same gate, as its agent's.

    The run that was over stays as it ended (I8): the version belongs to a new run of the same
    agent, which is over at once and says that it came late, from which run and who wanted it.
    Whoever else is at work in its place is told to stop.
    """
    run_id = LateResult.objects.filter(id=late_id).values_list("run_id", flat=True).first()
    if run_id is None:
        raise NotFound("late result", late_id)
    room, card, old = lock_run(run_id)
    authorise(room, by, "late.offer")
    late = LateResult.objects.select_for_update(of=("self",)).get(id=late_id)
    _require_open(card, old, late)
    kept = _content(late, old)
    _clear_the_place(room, card, old, by=by, at=at)
    run = _begin(room, card, old, late, by=by, at=at)
    artifacts = tuple(Uploaded(_own(one, run, at).id) for one in kept)
    version = submit(room, card, run, _result(late, old, artifacts), by=by, at=at)
    late.became = version
    late.save(update_fields=["became"])
    what = LateResultOffered(
        late_id=late.id, run_id=old.id, card_id=card.id, deliverable_id=version.id
    )
    record(room, what, by=by, at=at)
    return version


def _require_open(card: Card, old: Run, late: LateResult) -> None:
    if late.became_id is not None:
        raise Refused("already_offered")
    if card.status in ("done", "cancelled"):
        raise Refused("card_closed", state=card.status)
    if old.agent is None or old.agent.status == "revoked":
        raise Refused("agent_revoked")


def _content(late: LateResult, old: Run) -> list[Artifact]:
    """The files it named, all of them still there."""
    names = late.payload.get("artifacts") or late.payload.get("files") or []
    found = []
    for name in names:
        mine = old.artifacts.select_related("blob")
        artifact = mine.filter(id=name).first() or mine.filter(name=name, late=True).first()
        if artifact is None or not default_storage.exists(artifact.blob.path):
            raise Refused("late_content_gone", status=410)
        found.append(artifact)
    if not found:
        raise Refused("late_content_gone", status=410)
    return found


def _clear_the_place(room: Room, card: Card, old: Run, *, by: By, at: datetime) -> None:
    """Nobody else is on it in this place, and nobody is asked about the card any more."""
    for run in card.runs.select_for_update().filter(state__in=LIVE_RUN, slot=old.slot):
        if run.person_id and run.person_id != by.actor:
            raise Refused("someone_elses_run")
        supersede(room, card, run, code=CAME_LATE, by=by, at=at)
    card.refresh_from_db()
    if not card.runs.filter(state__in=LIVE_RUN).exists():
        close_asks(card, by=by, at=at)
    if card.given_to_person_id is not None:
        card.given_to_person = None
        card.save(update_fields=["given_to_person"])


def _begin(room: Room, card: Card, old: Run, late: LateResult, *, by: By, at: datetime) -> Run:
    """A run for the version to belong to: no new attempt, and given what the old one was given."""
    newest = card.runs.filter(slot=old.slot).order_by("-fence").first() or old
    why = {"code": CAME_LATE, "params": {
        "run": old.id, "late": late.id, "attempt": old.attempt, "person_id": by.actor,
    }}  # fmt: skip
    start = RunStart(
        agent=old.agent, attempt=newest.attempt, round=newest.round, why=why, previous=old,
        slot=old.slot, inputs=[one.deliverable for one in old.inputs.select_related("deliverable")],
    )  # fmt: skip
    run = start_run(room, card, start, by=by, at=at)
    run.accepted_at, run.reason = at, why
    move_run(run, "accept", at=at)
    return run


def _own(artifact: Artifact, run: Run, at: datetime) -> Artifact:
    return Artifact.objects.create(
        workspace_id=run.workspace_id, run=run, blob=artifact.blob, name=artifact.name,
        media_type=artifact.media_type, role=artifact.role, created_at=at,
    )  # fmt: skip


def _result(late: LateResult, old: Run, artifacts: tuple[Uploaded, ...]) -> Result:
    """What it said, with the sources its run had named before."""
    earlier = old.sources.filter(deliverable=None).order_by("id")
    named: list[dict[str, Any]] = late.payload.get("sources") or []
    claims: list[dict[str, Any]] = late.payload.get("claims") or []
    return Result(
        summary_md=late.summary,
        artifacts=artifacts,
        claims=tuple(
            ClaimMade(**{"ref": f"c{n}", **claim}) for n, claim in enumerate(claims, start=1)
        ),
        sources=(
            *(SourceNamed(one.place, tuple(one.supports)) for one in earlier),
            *(SourceNamed(one["place"], tuple(one["supports"])) for one in named),
        ),
    )
