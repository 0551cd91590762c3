"""The words of files; files that mean harm are not read, and harm nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.extraction import made
from workspace.extraction import LONGEST, media_type_of, text_of
from workspace.extraction.reading import ROOT


def read(name: str, content: bytes) -> str:
    return text_of(media_type_of(name, "", content), content)


def test_plain_text_is_read_in_whatever_letters_it_was_written() -> None:
    assert read("a.txt", "Größe: 5 µm".encode()) == "Größe: 5 µm"
    assert read("a.csv", "Größe;5".encode("cp1252")) == "Größe;5"
    assert read("a.md", "Größe".encode("utf-16")) == "Größe"


def test_a_document_is_read_paragraph_by_paragraph() -> None:
    assert read("a.docx", made.docx("The timeout is 10 s.", "R&amp;D")) == (
        "The timeout is 10 s.\nR&D"
    )


def test_a_workbook_is_read_sheet_by_sheet() -> None:
    found = read("a.xlsx", made.xlsx(("name", "price"), ("bolt", "0.12"), ("name", "")))
    assert found.splitlines() == ["## Prices", "name\tprice", "bolt\t0.12", "name"]


def test_slides_are_read_in_the_order_they_are_shown_with_their_notes() -> None:
    found = read("a.pptx", made.pptx("Limits\nR&amp;D", "Costs", notes="Say it slowly."))
    assert found.splitlines() == ["## 1", "Limits", "R&D", "Say it slowly.", "", "## 2", "Costs"]


@pytest.mark.parametrize("folder", ["../../../etc", "/etc", "http://127.0.0.1:1", "elsewhere"])
def test_slides_that_lead_out_of_the_file_are_not_followed(folder: str) -> None:
    assert read("a.pptx", made.pptx("Limits")) == "## 1\nLimits"
    assert read("a.pptx", made.pptx("Limits", folder=folder)) == ""


def test_a_page_is_read_as_a_reader_sees_it() -> None:
    page = b"""<html><head><title>Limits</title><style>p {}</style><script>let x = "no"</script>
    <body><p>The timeout is <b>10&nbsp;s</b>, no more.</p><table><tr><td>a</td><td>b</td></table>"""
    assert read("a.html", page) == "Limits\nThe timeout is 10 s, no more.\na b"


def test_what_has_no_reader_says_nothing() -> None:
    assert read("a.png", made.PNG) == ""
    assert read("a.svg", made.SVG) == ""


def test_a_long_text_is_cut() -> None:
    assert len(read("a.txt", b"word " * LONGEST)) == LONGEST
    assert len(read("a.docx", made.docx("word " * LONGEST))) <= LONGEST


def with_document(xml: str) -> bytes:
    return made.zipped({"word/document.xml": xml})


ENTITIES = '<!DOCTYPE p [<!ENTITY b "bbbb">]><p><t>&b;</t></p>'


def test_a_document_without_harm_is_read() -> None:
    assert text_of(made_docx_type(), with_document("<p><t>words</t></p>")) == "words"


@pytest.mark.parametrize(
    "content",
    [
        made.bomb(),
        made.with_link(),
        made.docx("x", **{"..__..__etc__passwd": "x"}),
        made.docx("x", **{f"word__{n}.xml": "" for n in range(2_001)}),
        with_document(ENTITIES),
        with_document("<p><t>words</t></p><p><t>without an end"),
        made.zipped({"word/document.xml.rels": "no document at all"}),
        made.docx("cut off")[:-30],
    ],
    ids=["bomb", "link", "upwards", "entries", "entities", "not-xml", "empty", "cut"],
)
def test_an_archive_that_means_harm_is_not_read(content: bytes) -> None:
    assert len(content) < 2 * 1024 * 1024
    assert text_of(made_docx_type(), content) == ""


def made_docx_type() -> str:
    return media_type_of("a.docx", "", made.docx("x"))


def test_an_archive_in_an_archive_stays_closed() -> None:
    outer = made.docx("Outer", **{"word__embeddings__inner.docx": made.docx("Inner secret")})
    assert read("a.docx", outer) == "Outer"


def test_reading_that_takes_too_long_is_ended() -> None:
    began = time.monotonic()
    assert text_of("text/html", b"<p>" * 500_000, within=0.01) == ""
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "deed", ["bytearray(600 * 2**20)", "open('left.txt', 'w').write('x' * 10_000)"]
)
def test_the_child_can_take_little_memory_and_write_no_file(deed: str, tmp_path: Path) -> None:
    limited = "from workspace.extraction.apart import limit_myself; limit_myself(); "
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    for before, works in ((limited, False), ("", True)):
        command = [sys.executable, "-c", before + deed]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
        assert (done.returncode == 0) is works
