"""The labelled claim pairs, and how the rules do on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.coordinator.board import Claim
from agents.coordinator.claims.compare import compare
from agents.trials.claim_pairs import (
    LABELS,
    Pair,
    Table,
    as_markdown,
    load,
    load_sets,
    measure,
    read_pair,
)

HERE = Path(__file__).parent
SCALARS = (str, int, float, bool, type(None))

GROUPS = (
    "exact numbers",
    "units",
    "rounding",
    "dates",
    "paraphrase",
    "scope trap",
    "locale",
    "money",
    "booleans",
    "versions",
    "ranges and bounds",
    "text",
    "bytes",
    "percent",
    "negation",
    "subject naming",
)


@dataclass(frozen=True)
class Said:
    kind: str


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, ...]:
    return load(HERE)


@pytest.fixture(scope="module")
def table(pairs: tuple[Pair, ...]) -> Table:
    return measure(pairs, compare)


def told(table: Table, *, said: str) -> str:
    """The pairs wrongly called so, for a person who reads why the test failed."""
    return "\n".join(
        f"{miss.pair.id} is {miss.pair.label}, said {miss.said}: {miss.pair.note}"
        for miss in table.wrong
        if miss.said == said
    )


# -- the file ------------------------------------------------------------------------------------


def test_there_are_at_least_220_pairs_with_ids_of_their_own(pairs: tuple[Pair, ...]) -> None:
    assert len(pairs) >= 220
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_no_pair_stands_there_twice_in_either_order(pairs: tuple[Pair, ...]) -> None:
    def content(claim: Claim) -> tuple[object, ...]:
        return (claim.subject, type(claim.value).__name__, claim.value, claim.unit, claim.text)

    seen = Counter(frozenset((content(pair.a), content(pair.b))) for pair in pairs)
    assert [one for one, count in seen.items() if count > 1] == []


def test_every_label_is_well_represented(pairs: tuple[Pair, ...]) -> None:
    counted = Counter(pair.label for pair in pairs)
    assert set(counted) == set(LABELS)
    assert min(counted.values()) >= 55


def test_every_group_has_pairs_of_more_than_one_label(pairs: tuple[Pair, ...]) -> None:
    labels = {group: {pair.label for pair in pairs if pair.group == group} for group in GROUPS}
    assert {group for group, found in labels.items() if len(found) < 2} == set()


def test_every_group_has_at_least_twelve_pairs(pairs: tuple[Pair, ...]) -> None:
    counted = Counter(pair.group for pair in pairs)
    assert {group for group in GROUPS if counted[group] < 12} == set()


def test_every_claim_has_a_subject_and_a_plain_value(pairs: tuple[Pair, ...]) -> None:
    for pair in pairs:
        for claim in (pair.a, pair.b):
            assert claim.subject.strip(), pair.id
            assert isinstance(claim.value, SCALARS), pair.id
            assert isinstance(claim.unit, str) and isinstance(claim.text, str), pair.id


def test_the_claims_of_a_pair_come_from_different_cards(pairs: tuple[Pair, ...]) -> None:
    assert all(pair.a.card_id != pair.b.card_id for pair in pairs)
    assert all(pair.a.id != pair.b.id for pair in pairs)


def test_every_label_is_explained_in_a_sentence(pairs: tuple[Pair, ...]) -> None:
    assert [pair.id for pair in pairs if len(pair.note) < 12 or pair.note[-1] != "."] == []


def test_an_unknown_label_is_refused() -> None:
    side = {"subject": "s", "value": 1, "unit": "", "text": ""}
    row = {"id": "x", "label": "agree", "group": "units", "a": side, "b": side, "note": "Same."}
    with pytest.raises(ValueError, match="unknown label"):
        read_pair(row | {"label": "maybe"})


# -- the measure ---------------------------------------------------------------------------------


def test_a_comparison_that_says_differ_to_everything_is_seen_through(
    pairs: tuple[Pair, ...],
) -> None:
    table = measure(pairs, lambda a, b: Said("differ"))
    truly = sum(pair.label == "differ" for pair in pairs)
    assert table.recall("differ") == 1.0
    assert table.precision("differ") == truly / len(pairs)
    assert table.precision("agree") is None
    assert table.abstained == 0.0


def test_a_comparison_that_never_decides_has_no_precision(pairs: tuple[Pair, ...]) -> None:
    table = measure(pairs, lambda a, b: Said("cannot_tell"))
    assert table.precision("differ") is None
    assert table.recall("differ") == 0.0
    assert table.abstained == 1.0


def test_a_comparison_of_digits_alone_fails_the_pairs(pairs: tuple[Pair, ...]) -> None:
    table = measure(pairs, lambda a, b: Said("agree" if a.value == b.value else "differ"))
    assert (table.precision("differ") or 0) < 0.6
    assert (table.precision("agree") or 0) < 0.6


def test_the_table_names_every_pair_that_was_missed(pairs: tuple[Pair, ...]) -> None:
    table = measure(pairs, lambda a, b: Said("differ"))
    shown = as_markdown(table)
    missed = [pair for pair in pairs if pair.label != "differ"]
    assert len(table.wrong) == len(missed)
    assert all(f"| {pair.id} |" in shown for pair in missed)


# -- the rules -----------------------------------------------------------------------------------


def test_what_the_rules_call_differ_differs(table: Table) -> None:
    assert (table.precision("differ") or 0) >= 0.95, told(table, said="differ")


def test_what_the_rules_call_agree_agrees(table: Table) -> None:
    assert (table.precision("agree") or 0) >= 0.95, told(table, said="agree")


def test_the_rules_do_decide_where_they_can(table: Table) -> None:
    assert (table.recall("differ") or 0) >= 0.4
    assert (table.recall("agree") or 0) >= 0.4


@pytest.mark.parametrize(("label", "least"), [("differ", 0.6), ("agree", 0.6)])
def test_the_rules_decide_where_subjects_and_texts_are_free(label: str, least: float) -> None:
    table = measure(load_sets(HERE)["second"], compare)
    assert (table.precision(label) or 0) >= 0.97, told(table, said=label)
    assert (table.recall(label) or 0) >= least


def test_no_scope_trap_is_taken_for_a_conflict(table: Table) -> None:
    fallen = [
        miss.pair.id
        for miss in table.wrong
        if miss.pair.group == "scope trap" and miss.said == "differ"
    ]
    assert fallen == []


def test_the_order_of_the_two_claims_changes_nothing(pairs: tuple[Pair, ...]) -> None:
    turned = [
        pair.id for pair in pairs if compare(pair.a, pair.b).kind != compare(pair.b, pair.a).kind
    ]
    assert turned == []


def test_a_claim_never_disagrees_with_itself(pairs: tuple[Pair, ...]) -> None:
    sides = [side for pair in pairs for side in (pair.a, pair.b)]
    assert [side.id for side in sides if compare(side, side).kind == "differ"] == []
