"""Everything else: its facts, and a link to it."""

from __future__ import annotations

from workspace.previews.base import File, Preview


def accepts(file: File) -> bool:
    return True


def show(file: File) -> Preview:
    return Preview("previews/download.html", {"file": file})


def compare(before: File | None, after: File | None) -> Preview:
    return Preview("previews/download.html", {"file": after or before})
