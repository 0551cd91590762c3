"""The words of PDFs; those that mean harm, or would be read in part, are not read at all."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest

from tests.extraction import made
from workspace.extraction import LONGEST, text_of
from workspace.extraction.pdf import MOST_OF_A_STREAM, MOST_PAGES
from workspace.extraction.reading import ROOT

PDF = "application/pdf"
MIB = 1024 * 1024
LIMITS = made.pdf("The timeout is 10 s.\nIt never waits for ever.")


def test_a_pdf_is_read_line_by_line() -> None:
    found = text_of(PDF, LIMITS)
    assert found.splitlines() == ["## 1", "The timeout is 10 s.", "It never waits for ever."]


def test_letters_beyond_ascii_are_read() -> None:
    assert text_of(PDF, made.pdf("Größe: 5 µm – nicht mehr")) == "## 1\nGröße: 5 µm – nicht mehr"


def test_pages_are_read_in_the_order_they_are_shown() -> None:
    turned = made.pdf_of(
        made.drawn("Last"), made.drawn("First"),
        o2=b"<< /Type /Pages /Kids [6 0 R 4 0 R] /Count 2 >>",
    )  # fmt: skip
    for content in (made.pdf("First", "Last"), turned):
        assert text_of(PDF, content).split() == ["##", "1", "First", "##", "2", "Last"]


def test_what_is_packed_is_read() -> None:
    packed = made.pdf_of(made.drawn("Packed"), packed=True)
    assert b"Packed" not in packed
    assert text_of(PDF, packed) == "## 1\nPacked"


def test_a_page_without_words_keeps_its_number() -> None:
    found = text_of(PDF, made.pdf_of(made.drawn("First"), b"0 0 9 9 re f", made.drawn("Third")))
    assert found.split() == ["##", "1", "First", "##", "3", "Third"]


def test_a_pdf_of_pictures_only_says_nothing() -> None:
    picture = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
    shown = made.pdf_of(
        b"/Im1 Do",
        o3=made.a_stream(b"\x00", more=picture[3:] + b"/BitsPerComponent 8 "),
        o4=b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R "
        b"/Resources << /XObject << /Im1 3 0 R >> >> >>",
    )
    assert text_of(PDF, shown) == ""


def test_only_so_many_pages_are_read() -> None:
    found = text_of(PDF, made.pdf(*(f"page {n}" for n in range(1, MOST_PAGES + 3))))
    assert f"page {MOST_PAGES}" in found
    assert f"page {MOST_PAGES + 1}" not in found


def test_only_so_many_letters_are_kept() -> None:
    lines = "\n".join(["word " * 20] * 1_000)
    found = text_of(PDF, made.pdf(*[lines] * 6))
    assert LONGEST - 10 < len(found) <= LONGEST


@pytest.mark.parametrize("password", ["secret", ""], ids=["password", "no-password"])
def test_an_encrypted_pdf_is_not_read(password: str) -> None:
    assert text_of(PDF, made.encrypted(LIMITS, password)) == ""


@pytest.mark.parametrize("kept", ["half", "objects", "table"])
def test_a_pdf_that_was_cut_off_is_not_read_in_part(kept: str) -> None:
    whole = made.pdf("First", "Last")
    until = {
        "half": whole.index(b"6 0 obj"), "objects": whole.index(b"xref"),
        "table": whole.index(b"startxref"),
    }  # fmt: skip
    assert "First" in text_of(PDF, whole)
    assert text_of(PDF, whole[: until[kept]]) == ""


def test_a_pdf_cut_off_in_its_later_version_is_not_read_as_the_one_before() -> None:
    later = b"5 0 obj\n" + made.a_stream(made.drawn("Changed. " * 400))
    assert text_of(PDF, LIMITS + later[:-40]) == ""


HARMFUL = {
    "random": b"%PDF-1.7\n" + random.Random(7).randbytes(20_000) + b"\n%%EOF\n",
    "nothing-in-it": made.PDF,
    "no-catalog": made.pdf_of(made.drawn("x"), o1=b"<< /Type /Nothing >>"),
    "bomb": made.pdf_of(b" " * (300 * MIB) + made.drawn("x"), packed=True),
    "just-too-much": made.pdf_of(b" " * MOST_OF_A_STREAM + made.drawn("x"), packed=True),
    "pages-in-a-ring": made.pdf_of(o2=b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"),
    "nested": made.pdf_of(b"[" * 100_000 + made.drawn("x")),
}


@pytest.mark.parametrize("content", HARMFUL.values(), ids=HARMFUL)
def test_a_pdf_that_means_harm_is_not_read(content: bytes) -> None:
    assert len(content) < MIB
    began = time.monotonic()
    assert text_of(PDF, content) == ""
    assert time.monotonic() - began < 10


def test_a_lot_of_room_on_a_page_does_no_harm() -> None:
    roomy = made.pdf_of(b" " * (MOST_OF_A_STREAM // 2) + made.drawn("Words"), packed=True)
    assert text_of(PDF, roomy) == "## 1\nWords"


def test_what_leads_back_to_itself_comes_to_an_end() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /XObject << %s >> >> >>"
    form = b"/Type /XObject /Subtype /Form /Resources << /XObject << %s >> >> "
    inner = b"/Fm1 3 0 R"
    ring = made.pdf_of(
        b"/Fm1 Do", o3=made.a_stream(b"/Fm1 Do /Fm1 Do", more=form % inner), o4=page % inner
    )
    table = LIMITS.replace(b"/Root", b"/Prev %d /Root" % LIMITS.rindex(b"xref\n0 "))
    assert text_of(PDF, ring) == ""
    assert text_of(PDF, table) == text_of(PDF, LIMITS)


def test_a_pdf_that_takes_too_long_is_ended() -> None:
    slow = made.pdf_of(*[b"BT /F1 12 Tf " + b"(a) Tj " * 600_000] * 20, packed=True)
    began = time.monotonic()
    assert text_of(PDF, slow, within=1.0) == ""
    assert time.monotonic() - began < 10


def test_only_the_child_that_reads_a_pdf_has_its_library() -> None:
    doors = "workspace.urls, workspace.extraction.apart, agents.files_seen, agents.sourcing"
    look = f"import django, sys; django.setup(); import {doors}; sys.exit('pypdf' in sys.modules)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "workspace.settings"}
    subprocess.run([sys.executable, "-c", look], cwd=ROOT, env=environment, check=True)
