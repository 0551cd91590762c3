"""Dates and times at the precision they were written with: a year, a quarter, a day, a minute.

A text may have two readings: 03/04/2026 is in March or in April. A time is a span of the calendar
where it was written, kept as if that were UTC; `offset` says how far that clock was from UTC, if
it says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

LONGEST = 48
NAMES = (
    "january januar", "february februar", "march märz maerz", "april", "may mai", "june juni",
    "july juli", "august", "september sept", "october oktober", "november", "december dezember",
)  # fmt: skip
MONTHS = {
    form: number
    for number, names in enumerate(NAMES, start=1)
    for name in names.split()
    for form in (name, name[:3])
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
YEAR = r"(?P<y>1\d{3}|2\d{3})"
DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?"
WEEKDAY = r"(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?,? )?"
IN_DAYS = (
    re.compile(rf"{YEAR}([-/])(?P<m>\d{{1,2}})\2(?P<d>\d{{1,2}})"),
    re.compile(rf"{WEEKDAY}(?:the )?{DAY} (?:of )?(?P<m>{MONTH})\.?,? {YEAR}"),
    re.compile(rf"{WEEKDAY}(?P<m>{MONTH})\.? {DAY},? {YEAR}"),
    re.compile(rf"(?P<d>\d{{1,2}})[- ](?P<m>{MONTH})[- ]{YEAR}"),
    re.compile(rf"(?P<d>\d{{1,2}})\. ?(?P<m>\d{{1,2}})\. ?{YEAR}"),
)
TWO_ORDERS = re.compile(rf"(?P<one>\d{{1,2}})([-/])(?P<two>\d{{1,2}})\2{YEAR}")
IN_MONTHS = (
    re.compile(rf"{YEAR}-(?P<m>\d{{2}})"),
    re.compile(rf"(?P<m>{MONTH})\.?,? (?:of )?{YEAR}"),
    re.compile(rf"(?P<m>0[1-9]|1[0-2])/{YEAR}"),
)
IN_PARTS = (
    re.compile(rf"(?P<part>[qh])(?P<n>[1-4])[ /-]?(?:of )?{YEAR}"),
    re.compile(rf"{YEAR}[ /-]?(?P<part>[qh])(?P<n>[1-4])"),
)
TIME = re.compile(
    r"(?P<h>\d{1,2})(?:[:.](?P<min>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2})?"
)
DATE_TIME = re.compile(r"(?P<date>.+?)(?:,? at |, |t| )(?P<time>\d{1,2}(?::| ?[ap]\.?m).*)")
# Before any day that is read here.
NO_DAY = datetime(500, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """From `start` up to, but not including, `end`; `clock` if it is a time of no given day."""

    start: datetime
    end: datetime
    offset: int | None = None
    timed: bool = False
    clock: bool = False

    def within(self, other: Moment) -> bool:
        return other.start <= self.start and self.end <= other.end

    def in_utc(self) -> Moment:
        start = self.start - timedelta(minutes=self.offset or 0)
        if self.clock:
            start = NO_DAY + (start - NO_DAY) % timedelta(days=1)
        return Moment(start, start + (self.end - self.start), 0, self.timed, self.clock)


@lru_cache(maxsize=16_384)
def read_moments(text: str) -> tuple[Moment, ...]:
    """Every reading of a date or time; none if it is not one, or is no day of the calendar."""
    if len(text) > LONGEST or not any(map(str.isdecimal, text)):
        return ()
    plain = unicodedata.normalize("NFKC", text).casefold().replace("−", "-").replace("–", "-")
    plain = " ".join(plain.split())
    found = list(days(plain)) or list(spans(plain))
    if not found:
        clock = at_time(plain, NO_DAY)
        found = [clock] if clock else list(timed(plain))
    return tuple(dict.fromkeys(found))


def days(text: str) -> Iterator[Moment]:
    for pattern in IN_DAYS:
        found = pattern.fullmatch(text)
        if found:
            yield from day(found["y"], MONTHS.get(found["m"]) or found["m"], found["d"])
            return
    found = TWO_ORDERS.fullmatch(text)
    if found:
        yield from day(found["y"], found["one"], found["two"])
        yield from day(found["y"], found["two"], found["one"])


def day(year: str, month: str | int, number: str) -> Iterator[Moment]:
    try:
        start = datetime(int(year), int(month), int(number), tzinfo=UTC)
    except ValueError:
        return
    yield Moment(start, start + timedelta(days=1))


def spans(text: str) -> Iterator[Moment]:
    """Months, quarters, half years and years."""
    year = re.fullmatch(YEAR, text)
    if year:
        yield months(int(text), 1, 12)
    for pattern in IN_MONTHS:
        found = pattern.fullmatch(text)
        month = int(MONTHS.get(found["m"]) or found["m"]) if found else 0
        if found and 1 <= month <= 12:
            yield months(int(found["y"]), month, 1)
    for pattern in IN_PARTS:
        found = pattern.fullmatch(text)
        if found:
            size = 3 if found["part"] == "q" else 6
            first = (int(found["n"]) - 1) * size + 1
            if first <= 12:
                yield months(int(found["y"]), first, size)


def months(year: int, first: int, count: int) -> Moment:
    after = first - 1 + count
    end = datetime(year + after // 12, after % 12 + 1, 1, tzinfo=UTC)
    return Moment(datetime(year, first, 1, tzinfo=UTC), end)


def timed(text: str) -> Iterator[Moment]:
    found = DATE_TIME.fullmatch(text)
    if not found:
        return
    for one in days(found["date"].removesuffix(",")):
        moment = at_time(found["time"], one.start)
        if moment:
            yield moment


def at_time(text: str, on: datetime) -> Moment | None:
    found = TIME.fullmatch(text)
    if not found or not (found["min"] or found["half"]) or ("." in text and not found["half"]):
        return None
    hour = int(found["h"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    minute, second = int(found["min"] or 0), int(found["s"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    start = on + timedelta(hours=hour, minutes=minute, seconds=second)
    length = timedelta(seconds=1) if found["s"] else timedelta(minutes=1)
    return Moment(start, start + length, offset_of(found["zone"]), True, on == NO_DAY)


def offset_of(zone: str | None) -> int | None:
    if not zone:
        return None
    digits = re.search(r"([+-])(\d{2}):?(\d{2})", zone)
    if not digits:
        return 0
    minutes = int(digits[2]) * 60 + int(digits[3])
    return -minutes if digits[1] == "-" else minutes
