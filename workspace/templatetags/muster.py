"""The tags every template has: icons, states, who, tallies, times and sentences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace import sentences
from workspace.previews.rendering import rendered
from workspace.shown.who import Who
from workspace.shown.words import GLYPHS, kind_icon, kind_word, state_word

register = template.Library()

UNITS = ("B", "kB", "MB", "GB")
PLATE = (
    "M2.5 1h12.6L21 6.9v12.6a1.5 1.5 0 0 1-1.5 1.5h-17A1.5 1.5 0 0 1 1 19.5v-17"
    "A1.5 1.5 0 0 1 2.5 1z"
)


@register.simple_tag
def icon(name: str, size: int = 14) -> SafeString:
    """An outline from the sprite; words beside it carry the meaning."""
    return format_html(
        '<svg class="icon icon-{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        size, static("icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def state_glyph(state: str, size: int = 12) -> SafeString:
    """The shape of a state. Its word stands beside it, so it is not spoken."""
    return format_html(
        '<svg class="glyph glyph-{} g-{}" aria-hidden="true"><use href="{}#s-{}"/></svg>',
        size, state, static("icons.svg"), GLYPHS.get(state, state),
    )  # fmt: skip


@register.simple_tag
def badge(state: str, words: str = "") -> SafeString:
    """Shape and word of a state in a box."""
    return format_html(
        '<span class="badge b-{}">{}{}</span>',
        state,
        state_glyph(state),
        words or state_word(state),
    )


register.filter("state_word", state_word)
register.filter("kind_word", kind_word)


@register.simple_tag
def kind_mark(kind: str) -> SafeString:
    return format_html("{}<span>{}</span>", icon(kind_icon(kind), 12), kind_word(kind))


@register.simple_tag
def tally(marks: list[str] | tuple[str, ...], limit: int = 4, signed: bool = False) -> SafeString:
    """One upright stroke an attempt, stubs for those left, and a person's signature across."""
    shown = list(marks)[:6]
    slots = max(limit, len(shown), 1)
    step = 24 / (max(slots, 4) + 0.5)
    lines = [
        _stroke(n, step, mark) for n, mark in enumerate([*shown, *[""] * (slots - len(shown))])
    ]
    if signed:
        lines.append(SafeString('<line class="t-signed" x1="-1" y1="13" x2="25" y2="3.5"/>'))
    words = _("Attempt %(used)s of %(limit)s") % {"used": len(marks), "limit": limit}
    if signed:
        words += ", " + _("accepted")
    return format_html(
        '<svg class="tally" viewBox="0 0 24 17" role="img" aria-label="{}"><title>{}</title>'
        "{}</svg>",
        words, words, SafeString("".join(lines)),
    )  # fmt: skip


def _stroke(n: int, step: float, mark: str) -> SafeString:
    x = round(step * (n + 0.75), 1)
    if mark == "failed":
        return format_html(
            '<line class="t-failed" x1="{0}" y1="1" x2="{0}" y2="7"/>'
            '<line class="t-failed" x1="{0}" y1="9.5" x2="{0}" y2="16"/>', x,
        )  # fmt: skip
    return format_html(
        '<line class="t-{}" x1="{}" y1="{}" x2="{}" y2="16"/>', mark or "unused", x,
        1 if mark else 10, x,
    )  # fmt: skip


@register.simple_tag
def logo() -> SafeString:
    lines = "".join(
        f'<line class="t-used" x1="{x}" y1="2" x2="{x}" y2="16"/>' for x in (5, 9.7, 14.3, 19)
    )
    return SafeString(
        '<svg viewBox="0 0 24 18" aria-hidden="true">' + lines +
        '<line class="t-signed" x1="1.5" y1="14" x2="22.5" y2="4"/></svg>'
    )  # fmt: skip


@register.simple_tag
def mark(who: Who | None, size: str = "") -> SafeString:
    """A person's disc, an agent's plate with its cut corner, or the coordinator's tally."""
    if who is None:
        return plate("··", "away", "", size)
    if who.kind == "person":
        return format_html(
            '<span class="disc disc-{} {}" title="{}" aria-hidden="true">{}</span>',
            who.tone, f"disc-{size}" if size else "", who.name, who.mark,
        )  # fmt: skip
    if who.kind == "coordinator":
        return coordinator_plate(size)
    return plate(who.mark, who.tone, who.name, size)


def plate(letters: str, tone: str, name: str, size: str) -> SafeString:
    return format_html(
        '<svg class="plate plate-{} plate-{}" viewBox="0 0 22 22" aria-hidden="true">'
        '<path d="{}"/><text x="10.6" y="15">{}</text></svg>',
        tone or "calm", size or "plain", PLATE, letters,
    )  # fmt: skip


@register.simple_tag(name="coordinator_mark")
def coordinator_plate(size: str = "") -> SafeString:
    strokes = "".join(f'<path class="stroke" d="M{x} 6.5v9"/>' for x in (6, 9, 12, 15))
    return format_html(
        '<svg class="plate plate-{}" viewBox="0 0 22 22" aria-hidden="true"><path d="{}"/>{}'
        '<path class="sign" d="M4 14 17.5 8"/></svg>',
        size or "plain", PLATE, SafeString(strokes),
    )  # fmt: skip


@register.simple_tag
def ago(moment: datetime | None, style: str = "ago") -> SafeString:
    """A time the browser makes local and keeps fresh; `style`: ago, for, in, clock or day."""
    if moment is None:
        return SafeString("")
    iso = moment.isoformat(timespec="seconds")
    return format_html(
        '<time datetime="{}" data-as="{}">{}</time>', iso, style,
        localtime(moment).strftime("%H:%M:%S" if style == "clock" else "%H:%M"),
    )  # fmt: skip


@register.simple_tag
def ruler(done: int, total: int | None, stale: bool = False) -> SafeString:
    """Ticks of steps: those done filled; with no total known, ticks of what was done so far."""
    slots = 30
    full = min(slots, round(slots * done / total)) if total else min(slots, done)
    ticks = format_html_join(
        "", '<rect class="{}" x="{}" y="0" width="2" height="7"/>',
        (("done" if n < full else "rest", n * 4) for n in range(slots)),
    )  # fmt: skip
    return format_html(
        '<svg class="ruler {}" viewBox="0 0 118 7" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>", "ruler-stale" if stale else "", ticks,
    )  # fmt: skip


@register.simple_tag
def flow(counts: list[tuple[str, int]]) -> SafeString:
    """Where a room's cards stand, as one strip; waiting is hatched."""
    total = sum(count for _status, count in counts)
    if not total:
        return SafeString("")
    pieces, x = [], 0.0
    for status, count in counts:
        if not count:
            continue
        width = 1000 * count / total
        pieces.append((status, round(x, 1), round(max(width - 3, 3), 1)))
        x += width
    rects = format_html_join(
        "", '<rect class="f-{}" x="{}" y="0.5" width="{}" height="7"/>', pieces
    )
    return format_html(
        '<svg class="flow" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>",
        rects,
    )


@register.filter
def size(count: int) -> str:
    """Bytes as people say them."""
    amount = float(count)
    for unit in UNITS:
        if amount < 1000 or unit == UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""


@register.filter
def took(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


@register.filter
def short_sha(sha256: str) -> str:
    return f"{sha256[:4]}…{sha256[-4:]}" if len(sha256) > 12 else sha256


@register.filter
def sha_groups(sha256: str) -> str:
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-4:]}"


@register.filter
def markdown(text: str) -> SafeString:
    """What people and agents write, as a short list of harmless tags."""
    return rendered(text)


@register.filter
def sentence(reason: dict[str, Any] | None) -> str:
    """A stored code with its parameters, as a sentence."""
    return sentences.sentence(reason)


TIMING_WORDS = {
    "ack_within": lazy("Answers within"),
    "silent_after": lazy("Looks stuck after"),
    "lease": lazy("Given to someone else after"),
    "cancel_within": lazy("Stops within"),
    "judge_within": lazy("Judge answers within"),
}


@register.filter
def timing_word(name: str) -> str:
    return str(TIMING_WORDS.get(name, name))
