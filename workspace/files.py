"""Bytes by their sha256, behind Django's storage; canonical manifests of deliverables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from workspace.errors import Refused
from workspace.models import Blob
from workspace.models.prepared import Prepared

KEPT = Prepared(
    lambda workspace_id, sha256: Blob.objects.filter(workspace_id=workspace_id, sha256=sha256)
)
MOST_BYTES = 25 * 1024 * 1024


def keep_bytes(workspace_id: str, content: bytes, *, at: datetime, sha256: str = "") -> Blob:
    """Keep these bytes once. `Refused` if larger than 25 MB or not what `sha256` promised."""
    if len(content) > MOST_BYTES:
        raise Refused("artifact_too_large", status=413, most=MOST_BYTES)
    found = hashlib.sha256(content).hexdigest()
    if sha256 and sha256.lower() != found:
        raise Refused("sha256_mismatch", status=422, promised=sha256[:64], found=found)
    blob = Blob(workspace_id=workspace_id, sha256=found, size=len(content), created_at=at)
    _write_whole(blob.path, content)
    known: Blob | None = KEPT.first(workspace_id, found)
    if known is not None:
        return known
    kept, _ = Blob.objects.get_or_create(
        workspace_id=workspace_id, sha256=found, defaults={"size": len(content), "created_at": at}
    )
    return kept


def _write_whole(path: str, content: bytes) -> None:
    """Have these bytes at `path`, also where many write them at once or one is killed at it: they
    appear there whole, in place of whatever a killed one had left."""
    if _size(path) == len(content):
        return
    try:
        place = Path(default_storage.path(path))
    except NotImplementedError:  # no file system: an object store puts objects whole
        default_storage.save(path, ContentFile(content))
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
        file.write(content)
    Path(file.name).replace(place)


def _size(path: str) -> int | None:
    try:
        return default_storage.size(path)
    except FileNotFoundError:
        return None


def read_bytes(blob: Blob) -> bytes:
    with default_storage.open(blob.path) as file:
        return bytes(file.read())


def chunks(blob: Blob) -> Iterator[bytes]:
    with default_storage.open(blob.path) as file:
        yield from iter(lambda: file.read(65_536), b"")


def canonical(manifest: dict[str, Any]) -> bytes:
    """The bytes a deliverable's sha256 is taken over: sorted keys, no spaces, UTF-8."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def manifest_sha256(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(manifest)).hexdigest()
