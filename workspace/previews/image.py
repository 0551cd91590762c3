"""Pictures, shown from our own address; drawings that may carry scripts are only downloaded."""

from __future__ import annotations

from workspace.previews.base import File, Preview

# By their first bytes: what a file says it is does not matter.
STARTS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def accepts(file: File) -> bool:
    return file.content.startswith(STARTS.get(file.media_type, (b"\x00no such start",)))


def show(file: File) -> Preview:
    return Preview("previews/image.html", {"pictures": [file]})


def compare(before: File | None, after: File | None) -> Preview:
    pictures = [file for file in (before, after) if file is not None and accepts(file)]
    return Preview("previews/image.html", {"pictures": pictures})
