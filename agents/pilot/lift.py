"""Coordination lift: how many faults are survived with Muster's coordinator, with round robin and
retry, and with none; the same scenarios, seeds and agents in every column.

A fault is survived if the result is what the scenario's file says (done, from current inputs,
contradictions ruled, sources there) and nothing is lost, doubled or unauthorised. How it came to
that (who noticed what, and how soon) does not count here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from agents.pilot.referee import Verdict
from agents.pilot.referee.figures import Share

COLUMNS = ("with", "round_robin", "none")
WORDS = {
    "with": "Muster's coordinator",
    "round_robin": "round robin and retry",
    "none": "no coordinator",
}
LONGEST = 57  # signs of a title that fit beside its bars
# Of the picture, in pixels.
LABELS, PANEL, GAP, ROW, HEAD, FOOT, EDGE = 372, 170, 16, 22, 96, 34, 16
STYLE = """
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:#24302d}
.b{font-weight:600}.q{fill:#5a6864}.n{text-anchor:end}
.t{fill:#7f8c88;fill-opacity:.22}.with{fill:#0a7687}.round_robin{fill:#a56a00}.none{fill:#7d6f8f}
.p{fill:#fff}
.w{stroke:#24302d;stroke-width:1.5;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edeb}.q{fill:#9aa8a3}.with{fill:#5cc3cf}
.round_robin{fill:#e0ac4a}.none{fill:#b6a6cc}.p{fill:#141b1a}.w{stroke:#e6edeb}}
"""


@dataclass(frozen=True, slots=True)
class Lift:
    """Survival per scenario and in all. `left_out`: records without their like in every column."""

    scenarios: tuple[tuple[str, str], ...]  # (name, title)
    survived: Mapping[tuple[str, str], Share]  # (scenario, column)
    seeds: tuple[int, ...]
    left_out: int

    def total(self, column: str) -> Share:
        rows = [self.survived[name, column] for name, _ in self.scenarios]
        return Share(sum(row.n for row in rows), sum(row.of for row in rows))

    def data(self) -> dict[str, Any]:
        return {
            "columns": {column: self.total(column).data() for column in COLUMNS},
            "scenarios": [
                {
                    "scenario": name,
                    "title": title,
                    "columns": {column: self.survived[name, column].data() for column in COLUMNS},
                }
                for name, title in self.scenarios
            ],
            "seeds": list(self.seeds),
            "left_out": self.left_out,
        }


def lift(verdicts: Iterable[Verdict]) -> Lift:
    """Only scenarios and seeds that every column has count."""
    found = {(one.scenario, one.seed, one.column): one for one in verdicts}
    runs = {(name, seed) for name, seed, _ in found}
    same = sorted(run for run in runs if all((*run, column) in found for column in COLUMNS))
    titles = {one.scenario: one.title for one in found.values()}
    names = sorted({name for name, _ in same})
    return Lift(
        scenarios=tuple((name, titles[name]) for name in names),
        survived={
            (name, column): _share([found[*run, column] for run in same if run[0] == name])
            for name in names
            for column in COLUMNS
        },
        seeds=tuple(sorted({seed for _, seed in same})),
        left_out=sum(column in COLUMNS for *_, column in found) - len(same) * len(COLUMNS),
    )


def _share(verdicts: Sequence[Verdict]) -> Share:
    return Share(sum(one.survived for one in verdicts), len(verdicts))


def as_svg(found: Lift) -> str:
    """A picture that stands by itself, for light and dark pages; the numbers are in it as text."""
    width = EDGE * 2 + LABELS + len(COLUMNS) * (PANEL + GAP) - GAP
    height = HEAD + len(found.scenarios) * ROW + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-labelledby="t d">',
        '<title id="t">Faults survived, by who coordinates</title>',
        f'<desc id="d">{escape(in_words(found))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="p" width="{width}" height="{height}" rx="6"/>',
        _text(EDGE, 24, "Faults survived", "b"),
        _text(EDGE, 24 + 18, _seeds(found.seeds), "q"),
        _text(EDGE, 82, "in all", "b"),
    ]
    for n, column in enumerate(COLUMNS):
        x = EDGE + LABELS + n * (PANEL + GAP)
        parts += [_text(x, 24, WORDS[column], "b"), *_total(x, column, found.total(column))]
    for n, (name, title) in enumerate(found.scenarios):
        parts += _row(HEAD + n * ROW, name, title, found)
    parts += [_text(EDGE, height - 12, "bars: n of m seeds; line: 95 % interval (Wilson)", "q")]
    return "\n".join([*parts, "</svg>", ""])


def in_words(found: Lift) -> str:
    """The picture for whoever does not see it."""
    told = [f"{WORDS[one]}: {_n_of_m(found.total(one))}" for one in COLUMNS]
    return "; ".join(told) + "."


def _total(x: float, column: str, share: Share) -> list[str]:
    said = share.data()
    low, high = x + said["low"] * PANEL, x + said["high"] * PANEL
    sure = f"{_n_of_m(share)}, {_percent(said['low'])} to {_percent(said['high'])} %"
    return [
        _text(x, 42, sure, "q"),
        *_bar(x, 70, 14, column, share),
        f'<path class="w" d="M{low:.1f} 77H{high:.1f}M{low:.1f} 72v10M{high:.1f} 72v10"/>',
    ]


def _row(y: float, name: str, title: str, found: Lift) -> list[str]:
    parts = [_text(EDGE, y + 15, title if len(title) < LONGEST else f"{title[: LONGEST - 2]}…")]
    for n, column in enumerate(COLUMNS):
        x = EDGE + LABELS + n * (PANEL + GAP)
        share = found.survived[name, column]
        parts += _bar(x, y + 6, 9, column, share, PANEL - 58)
        parts.append(_text(x + PANEL, y + 15, _n_of_m(share), "q n"))
    return parts


def _bar(
    x: float, y: float, high: float, column: str, share: Share, wide: float = PANEL
) -> list[str]:
    full = wide * (share.value or 0.0)
    return [
        f'<rect class="t" x="{x}" y="{y}" width="{wide}" height="{high}" rx="2"/>',
        f'<rect class="{column}" x="{x}" y="{y}" width="{full:.1f}" height="{high}" rx="2"/>',
    ]


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{marked}>{escape(words)}</text>'


def _n_of_m(share: Share) -> str:
    return f"{share.n} of {share.of}"


def _percent(share: float) -> int:
    return round(100 * share)


def _seeds(seeds: Sequence[int]) -> str:
    if not seeds:
        return "no seeds"
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
