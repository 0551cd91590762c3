"""How files of deliverables are seen: one module a kind, each with `accepts`, `show`, `compare`."""

from __future__ import annotations

from workspace.previews import code, download, image, markdown, patch, table
from workspace.previews.base import File, Preview

# The first that accepts a file shows it; `download` accepts everything.
KINDS = (image, patch, table, markdown, code, download)


def show(file: File) -> Preview:
    """How this file is read."""
    return next(kind for kind in KINDS if kind.accepts(file)).show(file)


def source(file: File) -> Preview:
    """The file's own text, where it has one."""
    return code.show(file) if code.accepts(file) else download.show(file)


def compare(before: File | None, after: File | None) -> Preview:
    """What changed from one version's file to the next; either may be missing."""
    kept = after or before
    assert kept is not None
    return next(kind for kind in KINDS if kind.accepts(kept)).compare(before, after)
