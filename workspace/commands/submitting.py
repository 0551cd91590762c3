"""Freezing a result into an immutable deliverable version."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from workspace.actors import By
from workspace.commands.asks import close_asks
from workspace.commands.charging import charge_run
from workspace.commands.moving import move_card, move_run
from workspace.commands.owed import withdraw_assignment
from workspace.commands.runs import leave_to_others
from workspace.commands.sources import begin_lookups
from workspace.errors import Refused
from workspace.events import DeliverableSuperseded, RunSubmitted
from workspace.files import keep_bytes, manifest_sha256
from workspace.models import (
    Artifact,
    Card,
    Claim,
    Deliverable,
    DeliverableFile,
    Room,
    Run,
    RunInput,
    Source,
)
from workspace.models.many import add_rows
from workspace.models.prepared import Prepared
from workspace.queries import room_policy
from workspace.record import record
from workspace.reports import Inline, Result, Scalar, SourceNamed, Uploaded
from workspace.transitions import DELIVERABLE, is_legal, step

VERSIONS = Prepared(
    lambda card_id: (
        Deliverable.objects.select_for_update(of=("self",))
        .select_related("run")
        .filter(card_id=card_id)
        .order_by("version")
    )
)
NAMED_BEFORE = Prepared(
    lambda run_id: Source.objects.filter(run_id=run_id, deliverable=None).order_by("id")
)
GIVEN = Prepared(
    lambda run_id: RunInput.objects.filter(run_id=run_id).values_list("sha256", flat=True)
)
SAME_ARTIFACT = Prepared(
    lambda run_id, sha256, name: Artifact.objects.select_related("blob").filter(
        run_id=run_id, blob__sha256=sha256, name=name
    )
)
MOST_DOLLARS = Decimal(100_000)


def keep_artifact(
    run: Run, *, name: str, media_type: str, role: str, content: bytes, sha256: str, late: bool,
    at: datetime,
) -> Artifact:  # fmt: skip
    """A file a worker sent. The same bytes under the same name are the same artifact."""
    blob = keep_bytes(run.workspace_id, content, at=at, sha256=sha256)
    called = clean_name(name)
    known: Artifact | None = SAME_ARTIFACT.first(run.id, blob.sha256, called)
    if known is not None:
        return known
    # What comes late is kept without the run's lock: the same may come twice at one moment.
    artifact, _ = Artifact.objects.get_or_create(
        workspace_id=run.workspace_id, run=run, blob=blob, name=called,
        defaults={"media_type": media_type[:120], "role": role, "late": late, "created_at": at},
    )  # fmt: skip
    return artifact


def clean_name(name: str) -> str:
    """A relative name without steps upwards or control characters."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    cleaned = "".join(c for c in "/".join(parts) if c.isprintable())[-255:]
    if not cleaned:
        raise Refused("bad_file_name", status=422)
    return cleaned


def submit(
    room: Room, card: Card, run: Run, result: Result, *, by: By, at: datetime
) -> Deliverable:
    """A new version of the card's output from this run; the card goes to review.

    Refused `empty_completion` without a single file that holds something; the caller decides
    what an empty completion does to the run. Room, card and run are locked.
    """
    files = _files(run, result, at)
    if not any(artifact.role == "deliverable" and artifact.blob.size for artifact in files):
        raise Refused("empty_completion", status=422)
    covered = coverage(run, result)
    needed = room_policy(room).coverage_needed
    if covered is not None and covered < needed:
        raise Refused("coverage_too_low", status=422, covered=round(covered, 3), needed=needed)
    _supersede_earlier(room, card, run, by=by, at=at)
    card.versions += 1
    card.save(update_fields=["versions"])
    manifest = _manifest(card, run, files, result)
    version = Deliverable.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, run=run, version=card.versions,
        kind=card.kind, sha256=manifest_sha256(manifest), manifest=manifest,
        summary=result.summary_md, coverage=covered, submitted_at=at,
    )  # fmt: skip
    _freeze(version, files, result)
    begin_lookups(version, at=at)
    close_asks(card, run=run, by=by, at=at)
    run.percent, run.last_sign_at, run.cost_usd = 100, at, dollars(result.cost_usd)
    move_run(run, "submit", at=at)
    charge_run(run, at=at)
    if not leave_to_others(card, run, at=at):
        move_card(card, "submit", at=at)
    what = RunSubmitted(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason, deliverable_id=version.id, deliverable_state=version.state,
        version=version.version, sha256=version.sha256,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    withdraw_assignment(run, at=at)
    return version


def dollars(said: float | None) -> Decimal | None:
    """An amount as a row holds it; None where nothing was said, or what is no amount."""
    if said is None or not math.isfinite(said) or said < 0:
        return None
    return min(Decimal(str(said)), MOST_DOLLARS).quantize(Decimal("0.000001"))


def coverage(run: Run, result: Result) -> float | None:
    """The share of the claims that name a source; None where nothing is claimed."""
    if not result.claims:
        return None
    supported = {ref for source in _sources(run, result) for ref in source.supports}
    return sum(claim.ref in supported for claim in result.claims) / len(result.claims)


def _files(run: Run, result: Result, at: datetime) -> list[Artifact]:
    """The artifacts this result names; naming one that does not exist is an empty completion."""
    found: dict[str, Artifact] = {}
    for part in result.artifacts:
        if isinstance(part, Inline):
            artifact = keep_artifact(
                run, name=part.name, media_type=part.media_type, role=part.role,
                content=part.content, sha256="", late=False, at=at,
            )  # fmt: skip
        else:
            artifact = _uploaded(run, part)
        if artifact.name in found and found[artifact.name].id != artifact.id:
            raise Refused("same_name_twice", status=422, name=artifact.name)
        found[artifact.name] = artifact
    return sorted(found.values(), key=lambda artifact: artifact.name)


def _uploaded(run: Run, part: Uploaded) -> Artifact:
    found = run.artifacts.select_related("blob").filter(id=part.artifact_id).first()
    if found is None:
        raise Refused("empty_completion", status=422, missing=part.artifact_id[:80])
    return found


def _manifest(card: Card, run: Run, files: list[Artifact], result: Result) -> dict[str, Any]:
    return {
        "card": card.id,
        "kind": card.kind,
        "files": [
            {"name": a.name, "sha256": a.blob.sha256, "size": a.blob.size,
             "media_type": a.media_type, "role": a.role}
            for a in files
        ],
        "summary": result.summary_md,
        "claims": [
            {"id": c.ref, "subject": c.subject, "value": kept_value(c.value, c.ref),
             "unit": c.unit, "text": c.text}
            for c in result.claims
        ],
        "sources": [
            {"place": s.place, "supports": list(s.supports)} for s in _sources(run, result)
        ],
        "inputs": sorted(GIVEN.all(run.id)),
    }  # fmt: skip


def kept_value(value: Scalar, ref: str) -> Scalar:
    """The value as every database gives it back, so that a sha256 over it can be taken again.

    Refused if it is no number; `ref` says where it stood.
    """
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        raise Refused("not_finite", status=422, claim=ref)
    # PostgreSQL keeps neither the sign of zero nor an exponent.
    is_rewritten = value == 0 or abs(value) >= 1e16
    return int(value) if is_rewritten else value


def _sources(run: Run, result: Result) -> list[SourceNamed]:
    """What the result names, and what the run named before it."""
    earlier = NAMED_BEFORE.all(run.id)
    named = [SourceNamed(source.place, tuple(source.supports)) for source in earlier]
    return [*named, *result.sources]


def _freeze(version: Deliverable, files: list[Artifact], result: Result) -> None:
    shared = {"workspace_id": version.workspace_id, "deliverable": version}
    add_rows([
        DeliverableFile(**shared, blob=a.blob, name=a.name, media_type=a.media_type, role=a.role)
        for a in files
    ])  # fmt: skip
    refs = {claim.ref[:64] for claim in result.claims}
    if len(refs) != len(result.claims):
        raise Refused("same_claim_twice", status=422)
    add_rows([
        Claim(
            **shared, room_id=version.room_id, ref=c.ref[:64], subject=c.subject[:300],
            value=c.value, unit=c.unit[:32], text=c.text,
        )
        for c in result.claims
    ])  # fmt: skip
    version.run.sources.filter(deliverable=None).update(deliverable=version)
    add_rows([
        Source(**shared, run=version.run, place=s.place, supports=list(s.supports))
        for s in result.sources
    ])  # fmt: skip


def _supersede_earlier(room: Room, card: Card, run: Run, *, by: By, at: datetime) -> None:
    """A newer version takes the place of one that waits, or was accepted.

    Versions of runs that do the same card independently stand beside each other.
    """
    earlier: list[Deliverable] = VERSIONS.all(card.id)
    beside = [one for one in earlier if one.state == "submitted" and one.run.slot != run.slot]
    _supersede(room, card, [one for one in earlier if one not in beside], by=by, at=at)


def supersede_others(room: Room, card: Card, chosen: Deliverable, *, by: By, at: datetime) -> None:
    """One of several independent versions was accepted: the others are not needed any more."""
    others = [one for one in VERSIONS.all(card.id) if one.state == "submitted"]
    _supersede(room, card, [one for one in others if one.id != chosen.id], by=by, at=at)


def _supersede(
    room: Room, card: Card, versions: Iterable[Deliverable], *, by: By, at: datetime
) -> None:
    for earlier in versions:
        if not is_legal(DELIVERABLE, earlier.state, "supersede"):
            continue
        earlier.state = step(DELIVERABLE, earlier.state, "supersede")
        earlier.decided_at = at
        earlier.save(update_fields=["state", "decided_at"])
        what = DeliverableSuperseded(
            card_id=card.id, card_status=card.status, card_reason=card.reason,
            deliverable_id=earlier.id, deliverable_state=earlier.state, version=earlier.version,
            sha256=earlier.sha256,
        )  # fmt: skip
        record(room, what, by=by, at=at)
