"""Where a claim rests, as pages show it: a page with its quote, a file with its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workspace.models import Source


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """`url` leads out, `inside` to a version of this room; the texts are somebody else's."""

    text: str
    lines: str
    quote: str
    url: str
    inside: str
    state: str  # unchecked | found | missing | dead | refused


def place_shown(source: Source) -> ShownPlace:
    place = source.place
    text, url = place_text(place)
    version = str(place.get("deliverable_id") or "")
    return ShownPlace(
        text=text or version, lines=str(place.get("lines") or ""),
        quote=str(place.get("quote") or ""), url=url,
        inside=f"/reviews/{version}" if version else "", state=source.state,
    )  # fmt: skip


def place_text(place: dict[str, Any]) -> tuple[str, str]:
    """What a place is called, and the web address it leads to, if it leads to the web."""
    if url := str(place.get("url") or ""):
        is_web = url.startswith(("https://", "http://"))
        return str(place.get("title") or url), url if is_web else ""
    name = str(place.get("file") or "")
    return (f"{name}:{place['lines']}", "") if place.get("lines") else (name, "")
