"""The judge without a model, on goals that were not made for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.judge.base import Abstain, PlannedCard, PlanProposal, PlanQuestion, Worker
from agents.judge.rules_plan import split_goal
from agents.judge.validate import is_filler
from tests.judge.asking import SKILLS, a_question
from tests.judge.goals import FOLDER, goal

DEMO_SKILLS = ("dependencies", "testing", "docs", "writing", "code", "patching")


def split(name: str, skills: tuple[str, ...] = SKILLS) -> list[PlannedCard]:
    proposal = split_goal(a_question(goal(name), skills=skills))
    assert isinstance(proposal, PlanProposal), proposal
    return list(proposal.cards)


def table(cards: list[PlannedCard]) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Title, kind, skills, and the titles it builds on."""
    titles = {card.ref: card.title for card in cards}
    return [
        (card.title, card.kind, card.skills, tuple(titles[ref] for ref in card.depends_on))
        for card in cards
    ]


def test_the_demo_goal_becomes_its_seven_cards() -> None:
    cards = split("teaspoon", DEMO_SKILLS)
    first = (
        "Dependency table",
        "Test report",
        "Facts from the docs",
        "Facts from the code",
        "Fix",
    )
    assert table(cards) == [
        ("Dependency table", "table", ("dependencies",), ()),
        ("Test report", "report", ("testing",), ()),
        ("Facts from the docs", "table", ("docs",), ()),
        ("Facts from the code", "table", ("code",), ()),
        ("Fix", "patch", ("patching",), ()),
        ("Go/no-go report", "report", ("writing",), first),
        ("Release notes", "document", ("writing",), ("Go/no-go report",)),
    ]
    assert [card.criteria for card in cards] == [
        (
            "With the version it pins and whether the pin is stale.",
            "Each row names the file and line it comes from.",
        ),
        ("Each failure names the line it comes from.",),
        ("Each fact names its file and line.",),
        ("Each fact names its file and line.",),
        ("Only the lines the fix needs.", "The tests were run again after the change."),
        ("From the accepted findings only.", "Every statement is linked to its line."),
        ("Every change is linked to its line.",),
    ]
    lines = [line[2:] for line in goal("teaspoon").splitlines() if line.startswith("- ")]
    assert [card.brief for card in cards] == lines


def test_phases_with_bullets_build_on_the_whole_phase_before() -> None:
    permit, quotes = (
        "Ask the city for a permit for closing Linden Road",
        ("Collect three quotes for tents and benches"),
    )
    schedule, letter = "Draw up a stage schedule", "Write an invitation letter to all neighbours"
    cards = split("street_party")
    assert table(cards) == [
        (permit, "other", (), ()),
        (quotes, "other", (), ()),
        (schedule, "table", (), (permit, quotes)),
        (letter, "document", ("writing",), (permit, quotes)),
        ("Make a checklist for setting up and cleaning", "document", ("writing",),
         (schedule, letter)),
    ]  # fmt: skip
    assert cards[1].criteria == ("Each quote names its price and what is included.",)
    assert cards[2].criteria == ("At least four bands, no gap longer than 30 minutes.",)


def test_a_numbered_list_is_done_in_its_order() -> None:
    cards = split("migration")
    assert [(card.title, card.kind, card.depends_on) for card in cards] == [
        ("List every table with its row count and its size", "table", ()),
        ("Write the migration script", "code", ("c1",)),
        ("Run the script on a copy and compare row counts", "code", ("c2",)),
        ("Write a runbook for the night of the move", "document", ("c3",)),
    ]
    assert [card.criteria for card in cards[1:]] == [
        ("It must be safe to run twice.",),
        ("Every table must match.",),
        ("At most two pages.",),
    ]


def test_prose_with_order_words_becomes_stages() -> None:
    cards = split("bakery")
    assert table(cards) == [
        ("Research what rents and wages cost there", "other", ("research",), ()),
        ("Prepare a budget for the first year", "other", ("finance",),
         ("Research what rents and wages cost there",)),
        ("Write a two-page summary for the bank", "document", ("writing",),
         ("Prepare a budget for the first year",)),
    ]  # fmt: skip
    assert cards[1].criteria == ("It must show at least three scenarios.",)


def test_prose_of_commands_is_done_in_the_order_told() -> None:
    cards = split("prices")
    assert [(card.title, card.depends_on) for card in cards] == [
        ("Collect the prices of five competitors", ()),
        ("Compare them with ours", ("c1",)),
        ("Draft a one-page memo for the board", ("c2",)),
    ]
    assert cards[2].criteria == ("The memo must name a recommendation.",)


def test_a_sentence_of_commands_becomes_a_card_for_each() -> None:
    cards = split("lighthouse")
    assert [(card.title, card.skills, card.kind) for card in cards] == [
        ("Research the history of the lighthouse", ("research",), "other"),
        ("Draft the exhibition texts", ("writing",), "other"),
        ("Design a poster", ("design",), "image"),
    ]


def test_one_thing_then_another_in_a_sentence_are_two_stages() -> None:
    assert [(card.title, card.depends_on) for card in split("manual")] == [
        ("Translate the user manual to Spanish", ()),
        ("Have it reviewed by a native speaker", ("c1",)),
    ]
    assert [card.title for card in split("regression")] == [
        "Clean the survey data",
        "Run the regression",
        "Plot the results",
    ]
    assert len(split("safety_review")) == 2


def test_an_enumeration_of_deliverables_stands_side_by_side() -> None:
    cards = split("bike_lamp")
    assert [(card.title, card.depends_on) for card in cards] == [
        ("Press release", ()),
        ("FAQ", ()),
        ("Three social media posts for the launch of our new bike lamp", ()),
    ]
    assert cards[0].criteria == ("The press release must not be longer than 400 words.",)
    assert cards[1].criteria == ()


def test_german_stages_become_cards() -> None:
    cards = split("cargo_bikes")
    assert [(card.title, card.depends_on) for card in cards] == [
        ("Marktübersicht", ()),
        ("Umfrage", ()),
        ("Auswertung", ("c1", "c2")),
        ("Empfehlung", ("c3",)),
    ]
    assert cards[0].criteria == ("Jede Zeile nennt Preis und Quelle.",)
    assert cards[3].criteria == ("Höchstens zwei Seiten.",)


def test_a_german_enumeration_becomes_cards_and_its_demand_finds_its_card() -> None:
    cards = split("summer_fete")
    assert [card.title for card in cards] == [
        "Zeitplan",
        "Kostenübersicht",
        "Einladung für das Sommerfest der Schule am 3. Juli",
    ]
    assert cards[2].criteria == ("Die Einladung muss auf eine Seite passen.",)
    assert cards[0].criteria == cards[1].criteria == ()


def test_german_prose_with_order_words_becomes_stages() -> None:
    cards = split("sales")
    assert [(card.title, card.kind, card.depends_on) for card in cards] == [
        ("Analysiere zunächst die Verkaufszahlen von 2025", "other", ()),
        ("Erstelle eine Präsentation", "slides", ("c1",)),
        ("Verfasse eine E-Mail an den Vertrieb", "document", ("c2",)),
    ]
    assert cards[1].criteria == ("Mit höchstens zehn Folien.",)


def test_steps_on_lines_and_a_titled_list_are_read() -> None:
    assert [(card.title, card.depends_on) for card in split("nurses")] == [
        ("Interview ten nurses about shift handovers", ()),
        ("Cluster their answers", ("c1",)),
        ("Propose two changes", ("c2",)),
    ]
    shop = split("print_shop")
    assert [(card.title, card.kind, card.criteria) for card in shop] == [
        ("Logo", "image", ()),
        ("Flyer", "image", ("Must name date and place.",)),
        ("Website", "site", ()),
    ]


def test_background_is_not_work_and_what_the_whole_must_meet_is_told_to_all() -> None:
    cards = split("page_speed")
    assert [card.title for card in cards] == [
        "Measure load times of the ten most visited pages",
        "Find the three slowest queries",
        "Fix the slowest query",
    ]
    assert all("Median load time is under 1.2 seconds" in card.brief for card in cards)
    assert all("Works as expected" not in card.brief for card in cards)
    assert cards[1].criteria == ()


def test_an_order_told_within_a_sentence_is_read() -> None:
    cards = split("pool")
    assert [(card.title, card.skills, card.depends_on) for card in cards] == [
        ("Talk to the lifeguards about what they need", (), ()),
        ("Build the page", (), ("c1",)),
        ("Test it with three visitors over seventy", ("testing",), ("c2",)),
    ]


def test_a_list_of_things_with_demands_of_their_own_is_read() -> None:
    cards = split("handover")
    assert [(card.title, card.kind, card.criteria) for card in cards] == [
        (
            "Inventory of all running experiments",
            "table",
            ("Every experiment has a contact person.",),
        ),
        (
            "Risk list",
            "table",
            ("Each risk with an owner.", "Every experiment has a contact person."),
        ),
        (
            "30-minute slide deck for the team",
            "slides",
            ("Every experiment has a contact person.",),
        ),
    ]


def test_a_demand_of_every_thing_is_checked_on_every_card() -> None:
    cards = split("ebikes")
    assert [(card.title, card.kind, card.criteria) for card in cards] == [
        ("Market report", "report", ("Every figure needs a source.",)),
        ("Slide deck on e-bikes in Spain", "slides", ("Every figure needs a source.",)),
    ]


def test_milestones_with_a_text_below_each_are_stages() -> None:
    cards = split("milestones")
    assert [(card.title, card.depends_on) for card in cards] == [
        ("MVP", ()),
        ("Beta", ("c1",)),
        ("Launch", ("c2",)),
    ]
    assert cards[1].criteria == ("Each tester must file at least one report.",)


def test_a_constraint_beside_the_stages_reaches_the_card_everything_ends_in() -> None:
    text = (
        "A new menu for the canteen. All dishes must cost less than 8 euros.\n\n"
        "First:\n- Survey the guests\n- Collect recipes\n"
        "Then:\n- Write the menu\n\n"
        "Constraints:\n- Every dish must name its allergens\n- The kitchen is small"
    )
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, PlanProposal)
    assert [card.criteria for card in proposal.cards] == [
        (),
        (),
        ("All dishes must cost less than 8 euros.", "Every dish must name its allergens."),
    ]


@pytest.mark.parametrize(
    ("name", "code", "title"),
    [
        ("pension", "no_parts", "Is our pension fund exposed to a fall in office rents?"),
        ("animals", "no_parts", "Write a report on cats, dogs and birds"),
        ("filler_only", "no_parts", "Write release notes"),
        ("facts_only", "list_is_not_work", "Budget is 500 EUR"),
        ("library", "no_parts", "Erstelle bis Ende des Monats ein Konzept"),
        ("club_site", "no_parts", "Our club's website looks tired and hardly anybody finds the"),
    ],
)
def test_a_goal_without_recognisable_parts_is_offered_as_one_card(
    name: str, code: str, title: str
) -> None:
    proposal = split_goal(a_question(goal(name)))
    assert isinstance(proposal, Abstain)
    assert proposal.code == code
    assert proposal.offer is not None
    assert proposal.offer.title.startswith(title)
    assert proposal.offer.brief == goal(name).strip()
    assert proposal.offer.criteria == ()


def test_the_one_card_keeps_what_the_goal_demands() -> None:
    text = "Our newsletter needs a new look. Every picture must have a caption. It works well."
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, Abstain)
    assert proposal.offer is not None
    assert proposal.offer.criteria == ("Every picture must have a caption.",)


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u202e"])
def test_an_empty_goal_is_nothing_to_plan(text: str) -> None:
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, Abstain)
    assert (proposal.code, proposal.offer) == ("empty_goal", None)


def test_more_parts_than_the_room_allows_are_not_cut_off_silently() -> None:
    text = "\n".join(f"- Write chapter {n}" for n in range(1, 26))
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, Abstain)
    assert (proposal.code, proposal.params) == ("too_many_parts", {"parts": 25, "limit": 20})


def test_a_list_in_any_order_stands_side_by_side() -> None:
    text = "Do these in any order:\n1. Write a letter\n2. Draw a map"
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, PlanProposal)
    assert [card.depends_on for card in proposal.cards] == [(), ()]


def test_what_stands_below_an_entry_is_what_it_is_checked_by() -> None:
    text = "- Write a guide\n  - Names every button\n  - At most 900 words\n- Draw a map"
    proposal = split_goal(a_question(text))
    assert isinstance(proposal, PlanProposal)
    assert proposal.cards[0].criteria == ("Names every button.", "At most 900 words.")


def test_two_skills_are_asked_for_only_if_one_agent_has_both() -> None:
    text = "- Translate the docs\n- Draw a map"
    for skills, expected in [
        (("translation", "docs"), ("translation", "docs")),
        (("translation",), ("translation",)),
    ]:
        question = PlanQuestion(
            text, skills=("translation", "docs"), seats=(Worker("Ada", skills),)
        )
        proposal = split_goal(question)
        assert isinstance(proposal, PlanProposal)
        assert proposal.cards[0].skills == expected


@pytest.mark.parametrize(
    "text",
    ["Last year we sold 90 lamps. First impressions count. Next to us is a café."],
)
def test_words_that_only_look_like_order_are_not_read_as_stages(text: str) -> None:
    assert isinstance(split_goal(a_question(text)), Abstain)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_every_criterion_is_a_piece_of_the_goal_and_none_is_filler(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    proposal = split_goal(a_question(text))
    offer = () if isinstance(proposal, PlanProposal) else (proposal.offer,)
    cards = proposal.cards if isinstance(proposal, PlanProposal) else offer
    for card in cards:
        assert card is not None
        for piece in [*card.criteria, card.title]:
            assert letters(piece.removesuffix("…")) in letters(text)
        assert not any(is_filler(criterion) for criterion in card.criteria)


def letters(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


PIECES = st.sampled_from(
    ["First: ", "Then ", "- ", "1. ", "\n", "\n\n", "  - ", "# Work\n", "Phase 2", ", then ", ": ",
     "write a report", "Each row names it. ", "Deliver a, b and c. ", "must ", "Zuletzt ", "x" * 90,
     "a fix", " and ", "?", "...", "\u202e", "\x00", "3. Juli ", "**", "é"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_whatever_the_goal_the_answer_is_lawful(pieces: list[str]) -> None:
    proposal = split_goal(a_question("".join(pieces)))
    if isinstance(proposal, PlanProposal):
        assert 2 <= len(proposal.cards) <= 20
    else:
        assert proposal.offer is not None or proposal.code == "empty_goal"
