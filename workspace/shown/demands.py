"""A room's policy as a form: every setting with a plain label, what it does, and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from workspace.errors import Refused
from workspace.policy import MOST_OF_ANYTHING, SETTINGS, RoomPolicy, why_wrong


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people see it; `least`, `most` and what is typed are in its unit, which is
    `factor` of what is kept."""

    name: str
    label: str | Promise
    help: str | Promise = ""
    unit: str | Promise = ""
    factor: float = 1
    least: float = 0
    most: float = MOST_OF_ANYTHING


@dataclass(frozen=True, slots=True)
class Field:
    setting: Setting
    value: str
    is_choice: bool
    step: str

    @property
    def is_on(self) -> bool:
        return self.value == "on"


ACCEPTANCE = (
    Setting("accepts_needed", lazy("People who must accept a version"), least=1, most=20),
    Setting("browser_only", lazy("Acceptance only in the browser, never by token")),
    Setting("exclude_producers_owner", lazy("Whoever owns the agent cannot accept its work")),
    Setting(
        "coverage_needed", lazy("Claims that must name a source"),
        lazy("A version with fewer is refused when it is handed in. 0 takes any."), "%", 0.01,
        most=100,
    ),
    Setting("checks", lazy("Have the judge check each version against its criteria first"),
            lazy("Advice beside the review; it decides nothing.")),
    Setting(
        "reviews_each", lazy("Versions that may wait for each reviewer"),
        lazy("Beyond that, less new work is given out. 0 is any number."),
    ),
)  # fmt: skip
BY_ITSELF = (
    Setting(
        "attempts", lazy("Attempts at a card"), lazy("Then people are asked."), least=1, most=20
    ),
    Setting("rounds", lazy("Rounds of changes"), lazy("Then people are asked."), least=1, most=20),
    Setting("depth", lazy("How often work may be split further"), most=10),
    Setting("max_cards", lazy("Cards this room may have"), least=1, most=10_000),
    Setting("needs_audition", lazy("Agents work here only once they have passed their audition"),
            lazy("With the version they run now. Start it on an agent's page.")),
    Setting("specialists", lazy("Specialists the coordinator may enlist"),
            lazy("Agents of the workspace's own model, each with a seat and its cost. 0 is none."),
            most=300),
    Setting("redo_changed", lazy("Do finished work again when what it builds on changes"),
            lazy("Otherwise a person is asked whether it stands.")),
    Setting(
        "course_every", lazy("Ask whether the board still serves the goal, every"),
        lazy("Only where a model judges. 0 is never."), lazy("hours"), 3_600,
    ),
    Setting(
        "prompt_tokens", lazy("Longest question to the model"),
        lazy("What does not fit is left out, the oldest first."), lazy("tokens"), least=1_000,
    ),
)  # fmt: skip
LEAVE = (
    Setting("reads_without_asking", lazy("Agents may read in their work directory without asking"),
            lazy("Plain commands that write nothing, start nothing and stay in the directory.")),
    Setting(
        "writes_without_asking", lazy("Agents may write in their work directory without asking"),
        lazy("Plain commands too. Network, spending, deleting and secrets are always asked about."),
    ),
)  # fmt: skip
LOOPS = (
    Setting("same_steps", lazy("The same step in a row"), lazy("0 is never.")),
    Setting("alternating_steps", lazy("A few steps taking turns"), lazy("0 is never.")),
    Setting("steps_without_news", lazy("Steps that bring nothing new"), lazy("0 is never.")),
)
GROUPS: tuple[tuple[str | Promise, tuple[Setting, ...]], ...] = (
    (lazy("What acceptance takes"), ACCEPTANCE),
    (lazy("How far the coordinator goes by itself"), BY_ITSELF),
    (lazy("What agents may do without asking"), LEAVE),
    (lazy("What makes a loop"), LOOPS),
)
BY_NAME = {setting.name: setting for _, settings in GROUPS for setting in settings}


def policy_fields(
    policy: RoomPolicy, given: dict[str, Any] | None = None
) -> list[tuple[str, list[Field]]]:
    """The form's groups, with what was typed in place of what is kept."""
    return [
        (str(title), [_field(setting, policy, given) for setting in settings])
        for title, settings in GROUPS
    ]


def _field(setting: Setting, policy: RoomPolicy, given: dict[str, Any] | None) -> Field:
    kept = getattr(policy, setting.name)
    is_choice = isinstance(kept, bool)
    if given is not None:
        value = str(given.get(setting.name, ""))
    else:
        value = ("on" if kept else "") if is_choice else f"{kept / setting.factor:g}"
    return Field(setting, value, is_choice, "1" if SETTINGS[setting.name] is int else "any")


def policy_given(given: dict[str, Any]) -> dict[str, Any]:
    """What a form says, in the units that are kept; a number it does not have stays as it is.

    Refused with the label of what is wrong.
    """
    return {
        name: _value(setting, given.get(name, ""))
        for name, setting in BY_NAME.items()
        if name in given or SETTINGS[name] is bool
    }


def _value(setting: Setting, text: str) -> Any:
    wanted = SETTINGS[setting.name]
    if wanted is bool:
        return text == "on"
    label = str(setting.label)
    if not text.strip():
        raise Refused("missing", status=422, field=label)
    try:
        shown = float(text)
    except ValueError:
        raise Refused("not_a_number", status=422, field=label) from None
    if not setting.least <= shown <= setting.most:
        least, most = f"{setting.least:g}", f"{setting.most:,.0f}"
        raise Refused("out_of_range", status=422, field=label, least=least, most=most)
    number = shown * setting.factor
    if wrong := why_wrong(setting.name, number):
        raise Refused(wrong, status=422, field=label)
    return int(number) if wanted is int else number
