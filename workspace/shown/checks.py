"""What a judge says of a version, criterion by criterion: advice beside the verdict of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workspace import sentences
from workspace.models import Deliverable, Judgement

GLYPHS = {"met": "accepted", "not_met": "failed", "cannot_tell": "ready"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. `evidence` stands literally in the version: it is in its maker's words."""

    text: str
    glyph: str
    verdict: str = ""  # met | not_met | cannot_tell; empty where nobody checked
    evidence: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Every criterion, and who looked. `why_not`: why the judge could not."""

    criteria: tuple[Criterion, ...]
    judge: str = ""
    model: str = ""
    is_asked: bool = False
    why_not: str = ""

    @property
    def met(self) -> int:
        return sum(one.verdict == "met" for one in self.criteria)

    @property
    def is_checked(self) -> bool:
        return any(one.verdict for one in self.criteria)


def checked_version(row: Deliverable) -> Checked:
    """The newest check of this version beside the card's criteria."""
    asked = list(
        Judgement.objects.filter(room=row.room, kind="check", subject_id=row.id).order_by(
            "-asked_at", "-id"
        )
    )
    found = next((one for one in asked if one.proposal), None)
    # As they were when the run was given: those are what was checked.
    criteria = [str(text) for text in row.run.asked.get("criteria") or row.card.criteria]
    is_asked = any(one.state in ("wanted", "asking") for one in asked)
    if found is None or found.proposal is None:
        return Checked(tuple(Criterion(text, "ready") for text in criteria), is_asked=is_asked)
    said = found.proposal
    rows = _rows(said) if said.get("type") == "check" else {}
    why_not = ""
    if said.get("type") == "abstain":
        why_not = sentences.sentence({"code": said.get("code"), "params": {}})
    return Checked(
        tuple(_criterion(n, text, rows) for n, text in enumerate(criteria, start=1)),
        judge=found.judge, model=found.model, is_asked=is_asked, why_not=why_not,
    )  # fmt: skip


def _rows(said: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {int(one["n"]): one for one in said.get("rows") or [] if one.get("verdict") in GLYPHS}


def _criterion(n: int, text: str, rows: dict[int, dict[str, Any]]) -> Criterion:
    said = rows.get(n)
    if said is None:
        return Criterion(text, "ready")
    return Criterion(
        text, GLYPHS[said["verdict"]], said["verdict"], str(said.get("evidence") or ""),
        str(said.get("file") or ""),
    )  # fmt: skip
