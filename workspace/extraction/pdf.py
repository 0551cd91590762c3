"""PDFs: the words of their pages, as they are written. What is only a picture of words has none."""

from __future__ import annotations

import io
from itertools import islice

from pypdf import Configuration, PdfReader, apply_configuration

from workspace.extraction.archives import MIB, NotTaken
from workspace.extraction.reading import LONGEST

MOST_PAGES = 200
MOST_OF_A_STREAM = 20 * MIB  # unpacked; far more than a page of words takes
END = b"%%EOF"
NEAR_THE_END = 1024  # where readers look for the end
LIMITS = Configuration().with_overwrites(
    zlib_maximum_output_length=MOST_OF_A_STREAM,
    lzw_maximum_output_length=MOST_OF_A_STREAM,
    run_length_maximum_output_length=MOST_OF_A_STREAM,
    array_based_stream_maximum_output_length=MOST_OF_A_STREAM,
    jbig2dec_binary=None,  # a program of the machine, for pictures: never started
)


def pdf_text(content: bytes) -> str:
    """The words of a PDF page by page, each under its number; a page without words is left out.

    Raises NotTaken for one that is encrypted, even without a password, or was cut off. Whatever
    else is wrong with one raises what the library raises.
    """
    # Of a file cut off in a later version of it the library reads the one before, as if whole.
    if END not in content[-NEAR_THE_END:]:
        raise NotTaken("its end is missing")
    with apply_configuration(LIMITS):
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise NotTaken("it is encrypted")
        return _pages_text(reader)


def _pages_text(reader: PdfReader) -> str:
    parts: list[str] = []
    size = 0
    for n, page in enumerate(islice(reader.pages, MOST_PAGES), start=1):
        words = page.extract_text().strip()
        if words:
            parts.append(f"## {n}\n{words}\n")
            size += len(words)
        if size > LONGEST:
            break
    return "\n".join(parts)
