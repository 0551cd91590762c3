"""The wall for proposals, without any judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.judge.base import Nonsense, PlannedCard, PlanProposal
from agents.judge.validate import MAX_CRITERIA, check_plan, clean, is_filler, read_plan
from tests.judge.asking import a_question

CARD = PlannedCard(
    ref="a",
    title="Price list",
    brief="List what tea costs.",
    criteria=("Each price names its shop.",),
    skills=("research",),
    kind="table",
)


def refused(*cards: PlannedCard) -> set[str]:
    with pytest.raises(Nonsense) as caught:
        check_plan(PlanProposal(cards), a_question())
    return {one.code for one in caught.value.violations}


def test_a_lawful_plan_passes_with_blockers_first() -> None:
    late = replace(CARD, ref="b", depends_on=("c", "a"))
    middle = replace(CARD, ref="c", depends_on=("a",))
    passed = check_plan(PlanProposal((late, middle, CARD)), a_question())
    assert [card.ref for card in passed.cards] == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "  "}, "empty_title"),
        ({"title": "\u202e\u200b"}, "empty_title"),
        ({"brief": ""}, "empty_brief"),
        ({"criteria": ()}, "no_criteria"),
        ({"criteria": ("\x00",)}, "no_criteria"),
        ({"criteria": ("It works well.",)}, "filler_criterion"),
        ({"skills": ("research", "telepathy")}, "unknown_skill"),
        ({"kind": "hologram"}, "unknown_kind"),
        ({"depends_on": ("z",)}, "unknown_dependency"),
        ({"depends_on": ("a",)}, "cycle"),
        ({"ref": ""}, "empty_ref"),
    ],
)
def test_an_unlawful_card_is_refused(change: dict[str, object], code: str) -> None:
    assert code in refused(replace(CARD, **change))  # type: ignore[arg-type]


def test_everything_that_is_wrong_is_named_at_once() -> None:
    assert refused(replace(CARD, title="", kind="x"), CARD) == {
        "empty_title",
        "unknown_kind",
        "duplicate_ref",
    }


def test_a_circle_is_named_without_the_cards_outside_it() -> None:
    one = replace(CARD, ref="x", depends_on=("y",))
    two = replace(CARD, ref="y", depends_on=("x", "a"))
    with pytest.raises(Nonsense) as caught:
        check_plan(PlanProposal((CARD, one, two)), a_question())
    assert caught.value.violations[0].params == {"refs": ["x", "y"]}


def test_more_cards_than_the_room_allows_are_refused() -> None:
    cards = tuple(replace(CARD, ref=f"c{n}") for n in range(21))
    assert refused(*cards) == {"too_many_cards"}
    assert refused() == {"no_cards"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "cards",
        {},
        {"cards": {}},
        {"cards": [None]},
        {"cards": [{"ref": "a", "title": 1, "brief": "b"}]},
        {"cards": [{"ref": "a", "title": "t", "brief": "b", "criteria": "c"}]},
        {"cards": [{"ref": "a", "title": "t", "brief": "b", "criteria": [3]}]},
    ],
)
def test_data_of_the_wrong_shape_is_refused(data: object) -> None:
    with pytest.raises(Nonsense):
        read_plan(data, a_question())


FILLER = [
    "Works well",
    "It works as expected.",
    "Good quality",
    "The report is of high quality.",
    "As expected",
    "Must be complete",
    "The work is complete and correct",
    "Everything is done properly",
    "Meets all requirements",
    "Satisfies the goal",
    "The task is finished",
    "No errors",
    "TBD",
    "The result is clear and accurate",
    "Is well written",
    "Funktioniert wie erwartet",
    "Gute Qualität",
    "Alles ist fertig",
    "Erfüllt alle Anforderungen",
]
CHECKABLE = [
    "Each row names the file and line it comes from.",
    "Only the lines the fix needs.",
    "The tests were run again after the change.",
    "At most two pages",
    "2 pages",
    "Works on Python 3.11 and 3.12",
    "The report is linked to its sources",
    "No errors are reported by the linter",
    "Every statement is linked to its line.",
    "Höchstens zwei Seiten",
    "Median load time is under 1.2 seconds",
    "Good photos of each room",
]


@pytest.mark.parametrize("text", FILLER)
def test_a_criterion_that_says_nothing_is_filler(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize("text", CHECKABLE)
def test_a_criterion_that_can_be_checked_is_not_filler(text: str) -> None:
    assert not is_filler(text)


def test_long_texts_are_cut_at_a_word_and_lists_are_bounded() -> None:
    assert clean("word " * 50, 22) == "word word word word…"
    many = tuple(f"Row {n} names its source." for n in range(40))
    (card,) = check_plan(PlanProposal((replace(CARD, criteria=many),)), a_question()).cards
    assert len(card.criteria) == MAX_CRITERIA


def test_control_and_direction_characters_go_and_line_breaks_stay() -> None:
    assert clean("a\x00b\u202ec\ud800\x1b[31m\r\nd\te", 99) == "abc[31m\nd\te"
