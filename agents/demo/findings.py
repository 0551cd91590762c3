"""What a program found, where it stands, and how both are sent as claims with sources."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool


@dataclass(frozen=True)
class Place:
    """One line of one file: of the library, or of an accepted deliverable."""

    file: str
    line: int
    sha256: str
    quote: str = ""
    deliverable_id: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """A statement, the subject it is about and the lines it rests on."""

    subject: str
    value: Value
    text: str
    places: tuple[Place, ...]
    unit: str = ""


@dataclass(frozen=True)
class File:
    """A file of a deliverable. `role` is deliverable, evidence or log."""

    name: str
    media_type: str
    content: bytes
    role: str = "deliverable"


@dataclass(frozen=True)
class Result:
    """What a program hands in for a card."""

    summary_md: str
    files: tuple[File, ...]
    findings: tuple[Finding, ...]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def claims_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    claims = []
    for number, finding in enumerate(findings, start=1):
        claim = {
            "id": f"c{number}",
            "subject": finding.subject,
            "value": finding.value,
            "text": finding.text,
        }
        claims.append(claim | ({"unit": finding.unit} if finding.unit else {}))
    return claims


def sources_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """One source for each line, naming every claim that rests on it."""
    supports: dict[Place, list[str]] = {}
    for number, finding in enumerate(findings, start=1):
        for place in finding.places:
            supports.setdefault(place, []).append(f"c{number}")
    sources = []
    for place, claim_ids in supports.items():
        source = {"file": place.file, "lines": str(place.line), "sha256": place.sha256}
        source |= {"quote": place.quote} if place.quote else {}
        source |= {"deliverable_id": place.deliverable_id} if place.deliverable_id else {}
        sources.append(source | {"supports": claim_ids})
    return sources


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()


def json_of(head: dict[str, Any], items_name: str, items: Iterable[dict[str, Any]]) -> bytes:
    """JSON with one item on each line, so that a source can name an item by its line."""
    lines = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}," for k, v in head.items()]
    body = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    return ("{\n" + "\n".join(lines) + f'\n"{items_name}": [\n{body}\n]\n}}\n').encode()
