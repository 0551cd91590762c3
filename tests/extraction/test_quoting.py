"""A quote is found however it was set, and not where it is not."""

from __future__ import annotations

import pytest

from workspace.quoting import line_range, occurs

TEXT = "The  default timeout\nis “10” seconds — unless told otherwise. It never waits for ever."


@pytest.mark.parametrize(
    "quote",
    [
        'default timeout is "10" seconds',
        "THE DEFAULT",
        "seconds - unless",
        "The default […] otherwise",
        "default timeout … never waits",
        "",
    ],
)
def test_a_quote_is_found(quote: str) -> None:
    assert occurs(quote, TEXT)


@pytest.mark.parametrize(
    "quote", ["timeout is 30", "never waits … default", "default … 30", "otherwise It never sleeps"]
)
def test_what_is_not_said_is_not_found(quote: str) -> None:
    assert not occurs(quote, TEXT)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("88", (88, 88)),
        ("12-20", (12, 20)),
        ("L12–L20", (12, 20)),
        ("3, 7", (3, 7)),
        ("", None),
        ("the end", None),
        ("12-20 or so", None),
    ],
)
def test_lines_are_understood(said: str, lines: tuple[int, int] | None) -> None:
    assert line_range(said) == lines
