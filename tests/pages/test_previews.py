"""Files as they are seen: patches by words, tables by cells, text by lines, the rest by a link."""

from __future__ import annotations

from workspace import previews
from workspace.previews.base import LONGEST, File
from workspace.previews.diffing import MOST_LINES, read_patch, text_diff


def a_file(name: str, content: str | bytes, media_type: str = "text/plain") -> File:
    kept = content.encode() if isinstance(content, str) else content
    return File("fil_1", name, media_type, len(kept), kept)


def test_each_kind_finds_its_preview() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    kinds = {
        "a.md": ("# Hi", "text/markdown", "markdown"),
        "a.csv": ("a,b\n1,2\n", "text/csv", "table"),
        "a.patch": (patch, "text/x-diff", "diff"),
        "a.py": ("print()", "text/x-python", "code"),
        "a.bin": (b"\x00\x01\x02", "application/octet-stream", "download"),
        "a.png": (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
        "b.png": (b"<svg/>\x00", "image/png", "download"),
    }
    for name, (content, media_type, template) in kinds.items():
        shown = previews.show(a_file(name, content, media_type))
        assert shown.template == f"previews/{template}.html", name


def test_a_patch_that_is_none_is_read_as_text() -> None:
    assert previews.show(a_file("a.patch", "not a patch")).template == "previews/code.html"


def test_a_patch_counts_lines_and_numbers_both_sides() -> None:
    (file,) = read_patch(
        "diff --git a/r.py b/r.py\n--- a/r.py\n+++ b/r.py\n@@ -39,3 +39,3 @@ class Retry\n"
        " def waits(self):\n-    for n in range(1, self.tries):\n+    for n in range(self.tries):\n"
    )
    assert (file.name, file.added, file.removed) == ("r.py", 1, 1)
    same, removed, added = file.hunks[0].lines
    assert (same.old, same.new) == (39, 39)
    assert (removed.old, removed.new, added.old, added.new) == (40, None, None, 40)
    assert "<del>1, </del>" in removed.html


def test_lines_that_share_hardly_anything_are_not_cut_into_words() -> None:
    diff = text_diff("a", "one two three\n", "wholly other words here\n")
    assert all("<" not in line.html for hunk in diff.hunks for line in hunk.lines)


def test_a_long_patch_is_cut_and_says_so() -> None:
    body = "".join(f"+line {n}\n" for n in range(MOST_LINES + 5))
    (file,) = read_patch(f"--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n{body}")
    assert file.is_cut and file.added == MOST_LINES


def test_a_table_marks_the_cells_that_changed() -> None:
    before = a_file("a.csv", "name,pin\nspoon,1.9\nfork,3\n", "text/csv")
    after = a_file("a.csv", "name,pin\nspoon,2.1\nfork,3\n", "text/csv")
    facts = previews.compare(before, after).facts
    kinds = [[cell.kind for cell in row] for row in facts["rows"]]
    assert kinds == [["", "removed"], ["", "added"], ["", ""]]


def test_a_file_that_came_or_went_is_compared_with_nothing() -> None:
    new = previews.compare(None, a_file("a.txt", "one\ntwo\n"))
    gone = previews.compare(a_file("a.txt", "one\n"), None)
    assert (new.facts["files"][0].added, gone.facts["files"][0].removed) == (2, 1)


def test_bytes_that_are_no_text_never_break_the_page() -> None:
    for content in (b"\xff\xfe\x00", b"a,b\n\x00", b"\xc3", b""):
        for name in ("a.md", "a.csv", "a.patch", "a.txt", "a"):
            assert previews.show(a_file(name, content, "text/plain")).template


def test_a_huge_file_is_shown_up_to_a_limit() -> None:
    shown = previews.show(a_file("a.txt", "x" * 79 + "\n" + "y\n" * LONGEST))
    assert shown.facts["is_cut"] and len(shown.facts["lines"]) == MOST_LINES
