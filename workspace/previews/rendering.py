"""Markdown of people and agents, as a short list of harmless tags."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "em",
    "strong", "s", "table", "thead", "tbody", "tr", "th", "td", "a",
}  # fmt: skip
# No images (a picture fetched is a message sent), no styles, no raw HTML.
READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
    ["table", "strikethrough"]
)
LONGEST = 400_000


def rendered(text: str) -> SafeString:
    """Safe HTML of what somebody wrote; tags outside the list are shown as text."""
    html = READER.render(text[:LONGEST])
    # nh3 leaves only TAGS, and links that carry nothing.
    return SafeString(
        nh3.clean(
            html,
            tags=TAGS,
            clean_content_tags={"script", "style"},
            attributes={"a": {"href", "title"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )
