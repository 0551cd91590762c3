"""Claims for these tests: one place that fills in what a test does not care about."""

from __future__ import annotations

from agents.coordinator.board import Claim
from agents.coordinator.claims.compare import compare

Value = str | int | float | bool | None


def a_claim(
    value: Value = None,
    unit: str = "",
    *,
    subject: str = "client.timeout",
    text: str = "",
    id: str = "clm_1",
    card: str = "card_1",
) -> Claim:
    return Claim(id, f"dlv_{card}", card, subject, value, unit, text)


def kind_of(one: Claim, two: Claim) -> str:
    """The verdict, which must not depend on which claim comes first."""
    there, back = compare(one, two), compare(two, one)
    assert (there.kind, there.reason.code) == (back.kind, back.reason.code)
    return there.kind


def code_of(one: Claim, two: Claim) -> str:
    return compare(one, two).reason.code
