"""Web pages: the words a reader would see."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from workspace.extraction.kinds import decoded
from workspace.extraction.reading import LONGEST

UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "math"})
BLOCKS = frozenset(
    {"p", "div", "br", "hr", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "h1", "h2", "h3",
     "h4", "h5", "h6", "blockquote", "pre", "section", "article", "header", "footer", "main",
     "aside", "nav", "figure", "figcaption", "form", "fieldset", "address", "title"}
)  # fmt: skip
SPACES = re.compile(r"\s+")
MANY = re.compile(r" {2,}")
LINES = re.compile(r" ?\n[ \n]*")


class Reader(HTMLParser):
    """Collects text outside what is not shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._size = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag == "body":  # whatever was left open before does not hide it
            self._unseen = 0
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in UNSEEN), 0)
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if self._size <= LONGEST and not self._unseen:
            self.parts.append(SPACES.sub(" ", data))
            self._size += len(data)


def page_text(content: bytes) -> str:
    """The visible words of an HTML page, a line for each block."""
    reader = Reader()
    reader.feed(decoded(content) or "")
    reader.close()
    return LINES.sub("\n", MANY.sub(" ", "".join(reader.parts))).strip()
