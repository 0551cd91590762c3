"""Code and plain text: numbered lines, and differences by line and word."""

from __future__ import annotations

import json

from workspace.previews.base import File, Preview
from workspace.previews.diffing import MOST_LINES, text_diff


def accepts(file: File) -> bool:
    return file.is_text


def show(file: File) -> Preview:
    lines = _readable(file).splitlines()
    facts = {"lines": lines[:MOST_LINES], "is_cut": file.is_cut or len(lines) > MOST_LINES}
    return Preview("previews/code.html", facts, flush=True)


def compare(before: File | None, after: File | None) -> Preview:
    name = (after or before or File("", "", "", 0, b"")).name
    diff = text_diff(name, _readable(before) if before else "", _readable(after) if after else "")
    return Preview("previews/diff.html", {"files": [diff], "one": True}, flush=True)


def _readable(file: File) -> str:
    """The text; JSON written on one line is laid out so that it can be read."""
    text = file.text
    if file.media_type == "application/json" and text.count("\n") < 2 and not file.is_cut:
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            return text
    return text
