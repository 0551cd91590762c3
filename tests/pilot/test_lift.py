"""Coordination lift: what counts as survived, and its picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from agents.pilot.lift import COLUMNS, as_svg, lift
from agents.pilot.referee import Outcome, Verdict
from agents.pilot.referee.counting import Counts


def ended(column: str, *, seed: int = 21, done: bool = True, broke: tuple[str, ...] = (),
          scenario: str = "silent", title: str = "Silent <agent>") -> Verdict:  # fmt: skip
    counts = Counts(shares={"task_success": (int(done), 1)})
    outcomes = tuple(Outcome(name, False) for name in broke)
    return Verdict(scenario, title, seed, column, "rules", "", "", outcomes, (), counts)


def three(seed: int, **survived: bool) -> list[Verdict]:
    return [ended(one, seed=seed, done=survived.get(one, True)) for one in COLUMNS]


@pytest.mark.parametrize("check", ["rests_on_current", "lost", "unauthorised", "covered"])
def test_a_result_that_is_not_as_it_was_to_be_is_not_survived(check: str) -> None:
    assert not ended("none", broke=(check,)).survived


@pytest.mark.parametrize("check", ["noticed", "quiet", "failed", "verify"])
def test_how_it_came_to_the_result_does_not_count(check: str) -> None:
    assert ended("none", broke=(check,)).survived


def test_an_undone_card_is_not_survived() -> None:
    assert not ended("none", done=False).survived


def test_survival_is_counted_per_scenario_and_in_all() -> None:
    found = lift([*three(21, none=False), *three(22, none=False, round_robin=False)])
    assert [(found.total(one).n, found.total(one).of) for one in COLUMNS] == [
        (2, 2),
        (1, 2),
        (0, 2),
    ]
    assert found.seeds == (21, 22) and found.left_out == 0
    data = found.data()
    assert data["scenarios"][0]["columns"]["round_robin"]["n"] == 1
    assert data["columns"]["with"]["high"] == 1.0


def test_seeds_that_not_every_column_has_are_left_out_and_said_to_be() -> None:
    found = lift([*three(21), ended("with", seed=22), ended("without", seed=22)])
    assert found.total("with").of == 1
    assert found.left_out == 1


def test_the_picture_is_well_formed_and_says_its_numbers() -> None:
    found = lift([*three(21, none=False), *three(22)])
    root = ElementTree.fromstring(as_svg(found))
    texts = [one.text or "" for one in root.iter() if one.tag.endswith("text")]
    assert "1 of 2, 9 to 91 %" in texts and "Silent <agent>" in texts
    assert "no coordinator: 1 of 2" in (
        next(root.iter("{http://www.w3.org/2000/svg}desc")).text or ""
    )
    assert "prefers-color-scheme:dark" in as_svg(found)


def test_a_long_title_and_no_records_at_all_are_drawn_too() -> None:
    long = replace(ended("with"), title="x" * 90)
    assert "…" in as_svg(lift([replace(long, column=one) for one in COLUMNS]))
    assert "no seeds" in as_svg(lift([]))
