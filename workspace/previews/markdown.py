"""Documents and reports: Markdown, rendered."""

from __future__ import annotations

from workspace.previews import code
from workspace.previews.base import File, Preview
from workspace.previews.rendering import rendered


def accepts(file: File) -> bool:
    return file.media_type == "text/markdown" or file.ending in ("md", "markdown")


def show(file: File) -> Preview:
    return Preview("previews/markdown.html", {"html": rendered(file.text)})


def compare(before: File | None, after: File | None) -> Preview:
    return code.compare(before, after)
