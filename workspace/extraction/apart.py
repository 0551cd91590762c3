"""The child that reads one file: bytes in, words out, within the limits it sets itself.

python -m workspace.extraction.apart docx < plan.docx
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

from workspace.extraction.office import document_text, slides_text, workbook_text
from workspace.extraction.page import page_text
from workspace.extraction.reading import LONGEST, WITHIN_S

MIB = 1024 * 1024
MOST_MEMORY = 512 * MIB
READERS: dict[str, Callable[[bytes], str]] = {
    "html": page_text,
    "docx": document_text,
    "xlsx": workbook_text,
    "pptx": slides_text,
}


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
    limit_myself()
    found = READERS[sys.argv[1]](sys.stdin.buffer.read())
    sys.stdout.buffer.write(found[:LONGEST].encode("utf-8", "ignore"))


if __name__ == "__main__":
    main()
