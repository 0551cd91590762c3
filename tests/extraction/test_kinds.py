"""A file is what its content, its ending and its sender agree on, and otherwise just bytes."""

from __future__ import annotations

import pytest

from tests.extraction.made import EXE, PDF, PNG, SVG, docx, xlsx
from workspace.extraction import OCTETS, media_type_of
from workspace.extraction.kinds import DOCX, XLSX


@pytest.mark.parametrize(
    ("name", "declared", "content", "found"),
    [
        ("a.png", "image/png", PNG, "image/png"),
        ("a.PNG", "", PNG, "image/png"),
        ("a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        ("a.svg", "image/svg+xml", SVG, "image/svg+xml"),
        ("a.pdf", "application/pdf", PDF, "application/pdf"),
        ("a.docx", "", docx("x"), DOCX),
        ("a.xlsx", XLSX, xlsx(("x",)), XLSX),
        ("notes.md", "text/markdown; charset=utf-8", b"# Notes", "text/markdown"),
        ("prices.csv", "application/vnd.ms-excel", b"a;b\n1;2", "text/csv"),
        ("data.json", "application/json", b'{"a": 1}', "application/json"),
        ("main.py", "text/x-python", b"print(1)", "text/plain"),
        ("page.html", "text/html", b"<p>x</p>", "text/html"),
        ("README", "application/octet-stream", b"words", "text/plain"),
    ],
)
def test_what_agrees_has_its_type(name: str, declared: str, content: bytes, found: str) -> None:
    assert media_type_of(name, declared, content) == found


@pytest.mark.parametrize(
    ("name", "declared", "content"),
    [
        ("tool.png", "image/png", EXE),
        ("tool.txt", "text/plain", EXE),
        ("picture.exe", "image/png", PNG),
        ("picture.jpg", "image/jpeg", PNG),
        ("picture.png", "text/html", PNG),
        ("page.png", "image/png", b"<html><script>alert(1)</script>"),
        ("plan.docx", "", PNG),
        ("plan.pdf", "application/pdf", b"<html>not a pdf"),
        ("data.json", "application/json", b"{not json"),
        ("data.json", "application/json", b"[" * 100_000),
        ("picture.svg", "image/svg+xml", b"<p>no drawing</p>"),
        ("anything.xyz", "text/plain", b"words"),
    ],
)
def test_what_does_not_agree_is_just_bytes(name: str, declared: str, content: bytes) -> None:
    assert media_type_of(name, declared, content) == OCTETS
