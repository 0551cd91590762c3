"""The words of a file. Whatever takes a parser is read in a process of its own, with limits."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from workspace.extraction.kinds import DOCX, PPTX, XLSX, decoded

log = logging.getLogger("muster.extraction")

LONGEST = 400_000  # characters that are kept
WITHIN_S = 20.0
PLAIN = frozenset(
    {
        "text/plain",
        "text/markdown",
        "text/csv",
        "text/tab-separated-values",
        "application/json",
    }
)
READ_APART = {
    "text/html": "html",
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
    "application/pdf": "pdf",
}
ROOT = Path(__file__).resolve().parents[2]


def text_of(media_type: str, content: bytes, *, within: float = WITHIN_S) -> str:
    """What a file of this type says, at most LONGEST characters; empty if it cannot be read.

    May take `within` seconds: never called inside a transaction.
    """
    if media_type in PLAIN:
        found = decoded(content) or ""
    else:
        reader = READ_APART.get(media_type)
        found = _read_apart(reader, content, within) if reader else ""
    return found.replace("\x00", "").strip()[:LONGEST]


def _read_apart(reader: str, content: bytes, within: float) -> str:
    """Read by a child that has no secrets in its surroundings and may use little of the machine."""
    command = [sys.executable, "-E", "-s", "-m", "workspace.extraction.apart", reader]
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=within, cwd=ROOT, env={}, check=True,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        log.info("a %s could not be read: %s", reader, type(error).__name__)
        return ""
    return done.stdout.decode("utf-8", "replace")
