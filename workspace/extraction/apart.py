"""The child that reads one file: bytes in, words out, within the limits it sets itself.

python -m workspace.extraction.apart docx < plan.docx
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from importlib import import_module
from typing import cast

from workspace.extraction.reading import LONGEST, WITHIN_S

MIB = 1024 * 1024
MOST_MEMORY = 512 * MIB
# By name: a library for one kind takes longer to import than most files of another to read.
READERS = {
    "html": ("page", "page_text"),
    "docx": ("office", "document_text"),
    "xlsx": ("office", "workbook_text"),
    "pptx": ("office", "slides_text"),
    "pdf": ("pdf", "pdf_text"),
}


def reader_of(kind: str) -> Callable[[bytes], str]:
    module, name = READERS[kind]
    found = getattr(import_module(f"workspace.extraction.{module}"), name)
    return cast(Callable[[bytes], str], found)


def limit_myself() -> None:
    """Little memory and time, no file written, no core left behind."""
    seconds = int(WITHIN_S) + 1
    limits = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def main() -> None:
    read = reader_of(sys.argv[1])
    limit_myself()
    found = read(sys.stdin.buffer.read())
    sys.stdout.buffer.write(found[:LONGEST].encode("utf-8", "ignore"))


if __name__ == "__main__":
    main()
