"""What a version's claims rest on, and how each of those places stands."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from workspace.models import Claim, Deliverable, Source
from workspace.queries.covered import BAD
from workspace.shown.places import place_text

# Glyph, word, and what it means.
STANDINGS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "found": ("accepted", lazy("found"), lazy("It says what is claimed of it.")),
    "missing": (
        "failed", lazy("missing"), lazy("It is there, but not the lines or words named."),
    ),
    "dead": ("failed", lazy("dead"), lazy("There is no such page any more.")),
    "refused": (
        "waiting", lazy("not reached"),
        lazy("The workspace may not fetch it, or is not let in. Look yourself."),
    ),
    "waiting": ("queued", lazy("being looked up"), lazy("It has not been looked up yet.")),
    "not_held": (
        "ready", lazy("unchecked: not held here"),
        lazy("The workspace does not hold this file, so it cannot look."),
    ),
    "unread": (
        "ready", lazy("unchecked: cannot be read"),
        lazy("It is there, but its words cannot be read here."),
    ),
    "unchecked": ("ready", lazy("unchecked"), lazy("Nobody has looked it up.")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """One place, and how it stands: a glyph, a word and a sentence."""

    text: str
    url: str
    host: str  # of a web page: its title is what an agent says it is
    glyph: str
    word: str | Promise
    meaning: str | Promise
    is_bad: bool


@dataclass(frozen=True, slots=True)
class ShownClaim:
    text: str
    places: tuple[ShownPlace, ...]
    conflict: str = ""  # the open conflict this claim is a part of


@dataclass(frozen=True, slots=True)
class SourcesShown:
    """Every claim with its places; then the places that no claim names."""

    claims: tuple[ShownClaim, ...]
    others: tuple[ShownPlace, ...]
    places: int
    bad: int

    @property
    def named(self) -> int:
        return sum(bool(claim.places) for claim in self.claims)

    @property
    def holding(self) -> int:
        """A claim whose places are all dead or missing rests on nothing."""
        return sum(not all(place.is_bad for place in claim.places) for claim in self.claims)


def sources_shown(row: Deliverable, claims: list[Claim]) -> SourcesShown:
    """`claims`: those of this version with their conflicts; shown in the order it made them."""
    by_ref: dict[str, list[ShownPlace]] = {}
    others, places, bad = [], 0, 0
    known = {claim.ref for claim in claims}
    for source in Source.objects.filter(deliverable=row).order_by("id"):
        place = _place(source)
        places, bad = places + 1, bad + place.is_bad
        named = known.intersection(map(str, source.supports))
        for ref in named:
            by_ref.setdefault(ref, []).append(place)
        if not named:
            others.append(place)
    order = {str(claim.get("id")): n for n, claim in enumerate(row.manifest.get("claims") or [])}
    shown = tuple(
        ShownClaim(
            claim.text or f"{claim.subject}: {claim.value} {claim.unit}".strip(),
            tuple(by_ref.get(claim.ref, ())),
            conflict=claim.conflict_id or "" if _is_disputed(claim) else "",
        )
        for claim in sorted(claims, key=lambda claim: order.get(claim.ref, 0))
    )
    return SourcesShown(shown, tuple(others), places, bad)


def _is_disputed(claim: Claim) -> bool:
    return claim.conflict is not None and claim.conflict.status == "open"


def _place(source: Source) -> ShownPlace:
    text, url = place_text(source.place)
    glyph, word, meaning = STANDINGS[standing_of(source)]
    host = urlsplit(url).netloc if url else ""
    return ShownPlace(text, url, host, glyph, word, meaning, source.state in BAD)


def standing_of(source: Source) -> str:
    """How a source stands, in one word of STANDINGS."""
    if source.state != "unchecked":
        return source.state
    if source.due_at is not None:
        return "waiting"
    if source.checked_at is None:
        return "unchecked"
    return "unread" if source.place.get("url") else "not_held"
