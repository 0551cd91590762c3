"""Patches: each file with its hunks, the words that changed marked."""

from __future__ import annotations

from workspace.previews import code
from workspace.previews.base import File, Preview
from workspace.previews.diffing import read_patch


def accepts(file: File) -> bool:
    is_named = file.ending in ("patch", "diff") or file.media_type in (
        "text/x-diff",
        "text/x-patch",
    )
    return is_named and bool(read_patch(file.text))


def show(file: File) -> Preview:
    return Preview("previews/diff.html", {"files": read_patch(file.text)}, flush=True)


def compare(before: File | None, after: File | None) -> Preview:
    return code.compare(before, after)
