"""Days, times and numbers in a name, written in one way however its author wrote them."""

from __future__ import annotations

import re

from agents.coordinator.claims.dates import MONTH, MONTHS
from agents.coordinator.claims.numbers import IN_WORDS, spelled

LONG_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
YEAR = r"(?:1[5-9]|20|21)\d\d"
ISO_DAY = re.compile(rf"(?<![\w-])({YEAR})-(\d\d)-(\d\d)(?![\w-])")
GERMAN_DAY = re.compile(rf"(?<![\w.])(\d\d?)\.(\d\d?)\.({YEAR})(?![\w.])")
NAMED_DAY = re.compile(rf"\b(\d\d?)(?:st|nd|rd|th|\.)? (?:of )?({MONTH})\b\.?", re.I)
DAY_AFTER = re.compile(rf"\b({MONTH})\.? (\d\d?)(?:st|nd|rd|th)?(?![\w:])", re.I)
NAMED_MONTH = re.compile(rf"\b({MONTH})\b\.?(?=,? {YEAR}\b)", re.I)
CLOCK = re.compile(
    r"(?<![\w:.])(\d\d?)(?:[:.](\d\d))? ?([ap])\.?m\b\.?|(?<![\w:])(\d\d?):(\d\d)(?![\w:])", re.I
)
SEASON = re.compile(rf"(?<![\w-])({YEAR})[/–-](?:\d\d)?(\d\d)(?![\w-])")
THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])")
PARTS = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th) (quarter|half)\b", re.I)
NTH = {
    "first": "1", "second": "2", "third": "3", "fourth": "4",
    "1st": "1", "2nd": "2", "3rd": "3", "4th": "4",
}  # fmt: skip


def in_figures(name: str) -> str:
    """The same name with its days as "31 december 2022" and its times as "t08h00"."""
    text = PARTS.sub(lambda found: f" {found[2][0].lower()}{NTH[found[1].lower()]} ", name)
    if any(map(str.isdecimal, text)):
        text = ISO_DAY.sub(lambda found: day(found, found[3], found[2], found[1]), text)
        text = GERMAN_DAY.sub(lambda found: day(found, found[1], found[2], found[3]), text)
        text = NAMED_DAY.sub(lambda found: day(found, found[1], found[2]), text)
        text = DAY_AFTER.sub(lambda found: day(found, found[2], found[1]), text)
        text = NAMED_MONTH.sub(lambda found: long_name(found[1]), text)
        text = SEASON.sub(season, text)
        text = THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
        text = CLOCK.sub(clock, text)
    return IN_WORDS.sub(spelled_but_one, text)


def day(found: re.Match[str], number: str, month: str, year: str = "") -> str:
    """Such a day in words; what is no day stays as it is."""
    is_day = 1 <= int(number) <= 31 and (not month.isdecimal() or 1 <= int(month) <= 12)
    return f" {int(number)} {long_name(month)} {year} " if is_day else found[0]


def long_name(month: str) -> str:
    return LONG_NAMES[(int(month) if month.isdecimal() else MONTHS[month.casefold()]) - 1]


def season(found: re.Match[str]) -> str:
    """ "2023/24" is one season; in "2023/30" are two numbers."""
    is_next = (int(found[1]) + 1) % 100 == int(found[2])
    return f" {found[1]}to{found[2]} " if is_next else found[0]


def clock(found: re.Match[str]) -> str:
    hour, minute = int(found[1] or found[4]), int(found[2] or found[5] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3].casefold() == "p" else 0)
    return f" t{hour:02}h{minute:02} " if hour < 24 and minute < 60 else found[0]


def spelled_but_one(found: re.Match[str]) -> str:
    """ "One" is as often an article, or part of a name."""
    return found[0] if found[0].casefold() == "one" else spelled(found)
