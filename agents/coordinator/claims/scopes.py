"""What a claim's own words narrow it to: "in staging", "since 1.5", "the planned".

Two claims with one subject whose texts narrow it in two ways are about two things.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from agents.coordinator.claims.nouns import SYNONYMS, listed
from agents.coordinator.claims.subjects import subject_of, words_of

# What each of these says; words that say the same narrow in one way.
MEANINGS = """
    max: maximum maximal highest greatest largest longest tallest biggest deepest peak peaks widest
    min: minimum minimal lowest smallest shortest least
    avg: average averaged averages mean typical typically averaging
    median: median medians
    percentile: percentile percentiles
    total: total totals overall altogether combined cumulative aggregate sum
    incl: including includes included incl inclusive includes
    excl: excluding excludes excluded excl exclusive
    planned: planned budget budgeted scheduled projected forecast forecasts expected estimated
        estimate estimates expect expects forecasts predict predicts predicted target targeted
        proposed intended anticipated planning
    actual: actual actually realised realized eventually
    preliminary: preliminary provisional draft interim tentative unaudited
    former: former formerly previous previously originally original initially historical historic
        legacy obsolete deprecated outgoing
    adjusted: adjusted
    unadjusted: unadjusted
    daily: daily
    weekly: weekly
    monthly: monthly
    annual: annual annually yearly
    hourly: hourly
    quarterly: quarterly
    nightly: nightly overnight
    europe: eu europe european
    us: usa american
    uk: british britain
    asia: asia asian
    africa: africa african
    world: worldwide global globally internationally
    international: international
    domestic: domestic domestically
    abroad: abroad overseas foreign
    national: national nationwide
    metropolitan: metropolitan metro suburban suburbs
    adult: adult adults
    child: child children minors infant infants toddlers teenagers kids
    women: women woman female females girls
    men: male males boys
    student: student students pupils
    elderly: elderly pensioners seniors
    beginner: junior juniors apprentice apprentices trainees
    android: android
    ios: ios iphone ipad
    laden: laden loaded
    unladen: unladen unloaded
    compressed: compressed zipped gzipped
    uncompressed: uncompressed unpacked unzipped
    often: most mostly some usually often sometimes generally normally rarely commonly
    fte: fte ftes equivalents
    headcount: headcount
    weekend: weekend weekends saturday saturdays sunday sundays
    weekday: weekday weekdays mondays tuesdays wednesdays thursdays fridays
"""
# Each of these narrows in a way of its own.
ALONE = listed("""
    benchmark best beta crude desktop development enterprise fastest fiscal gross indoor indoors
    increased inflation linux lowered macos might mild mobile net nominal offshore
    onshore only optional outdoor outdoors perhaps possibly premium probably production qa
    raised recommended reduced refurbished rural sandbox seasonal seasonally severe slowest staging
    suggested summer temporarily theoretical unofficial urban urgent wholesale windows winter worst
    autumn wounded discounted promotional undiscounted cached uncached unopened idle standby
""")
SCOPES = {word: word for word in (*ALONE, *re.findall(r"([a-z]+):", MEANINGS))} | {
    form: meaning.strip()
    for meaning, forms in re.findall(r"([a-z]+):([^:]+)(?=\n|$)", MEANINGS)
    for form in forms.split()
}
NARROWING = frozenset(SCOPES)
# What holds where nothing else is said: beside a claim that says nothing it narrows nothing.
USUAL = frozenset({"default", "total"})
PERIODS = {
    "day": "daily", "week": "weekly", "month": "monthly", "year": "annual", "annum": "annual",
    "hour": "hourly", "quarter": "quarterly",
}  # fmt: skip
PERIOD = re.compile(
    rf"\b(?:in )?(?:an?|per|each|every) (?:calendar )?({'|'.join(PERIODS)})\b(?! and a half)"
    r"|\b24 hours\b",
    re.I,
)
RELATIVE = re.compile(rf"\b(?:last|next|past|prior|this) (?:{'|'.join(PERIODS)})\b", re.I)
UNSET = re.compile(
    r"\b(?:out of the box|unless (?:\w+ ){0,2}(?:asked|changed|configured|disabled|enabled|"
    r"overridden|requested|set|specified|switched|told|turned|turns)"
    r"(?: (?:it )?(?:for|off|on|otherwise|to))?)\b",
    re.I,
)
FISCAL = re.compile(r"\bFY ?(?=\d)|\b(?:fiscal|financial) year (?=\d)")
NTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th) percentile\b|\bp(\d{2,3})\b", re.I)
FILES = re.compile(
    r"\S*[^\W\d]\S*[/\\]\S*|[^\W\d][\w.-]*:\d+\S*|\S+\.(?:py|cfg|conf|csv|ini|json|lock|md|rst|toml|txt|ya?ml)\b"
)
VERSIONS = re.compile(
    r"\b(?:(?:version|release|since|until|before|after|from|in|as of)\s+v?|v)(\d+(?:\.\d+)+)\b"
    r"|\bversion (\d+)\b",
    re.I,
)
TIMES = re.compile(
    r"\b(?:in|during|of|for|since|until|by|before|after|as of|the|fiscal) ?((?:19|20)\d\d)\b"
    r"|\b([qh][1-4])\b",
    re.I,
)
YEARS_OLD = re.compile(r"\b(?:years?|months?|weeks?|days?)[ -]old\b", re.I)
DENIES = re.compile(r"\bnot\b|n't\b|\bnever\b|\bno longer\b", re.I)
HEDGED = re.compile(
    r"\b(?:may|might|could|should|would|will|used to|no longer|was|were|if|unless|except|"
    r"perhaps|possibly|probably|once)\b",
    re.I,
)


def in_periods(text: str) -> str:
    """The text with "a year" as "annual", and its percentiles and fiscal years in one writing."""
    text = UNSET.sub("by default", text)
    text = PERIOD.sub(lambda found: f" {PERIODS[(found[1] or 'day').casefold()]} ", text)
    text = NTH.sub(lambda found: nth(found[1] or found[2]), text)
    return FISCAL.sub("fiscal ", text)


def nth(number: str) -> str:
    return "median" if number == "50" else f"p{number}"


@lru_cache(maxsize=16_384)
def scope_of(text: str, subject: str, shown: str) -> frozenset[str]:
    """The narrowing words of a text; those the subject has itself, or its value, do not narrow."""
    if not text or len(text) > 2_000:
        return frozenset()
    plain = in_periods(unicodedata.normalize("NFKC", text))
    for said in filter(None, (subject, shown)):
        plain = without(plain, said)
    plain = YEARS_OLD.sub(" ", FILES.sub(" ", plain))
    named = {*words_of(subject), *subject_of(subject).words}
    known = {form for word in named for form in (word, word.removeprefix("v"), SCOPES.get(word))}
    # "Q2 2026" as the value is what is claimed, not when it holds.
    known |= set(re.findall(r"\w+", shown.casefold()))
    found = {one for match in VERSIONS.findall(plain) for one in match if one}
    found |= {one.casefold() for match in TIMES.findall(plain) for one in match if one}
    words = {SYNONYMS.get(word, word) for word in re.findall(r"[^\W\d_]+", plain.casefold())}
    found |= {SCOPES[word] for word in words if word in SCOPES}
    found |= set(re.findall(r"\bp\d{1,3}\b", plain))
    found |= {one.casefold() for one in RELATIVE.findall(plain)}
    return frozenset(found - known)


def without(text: str, said: str, instead: str = " ") -> str:
    """The text without these words where they stand for themselves."""
    parts = text.split(said)
    kept = parts[0]
    for before, after in pairwise(parts):
        is_inside = re.search(r"[\w.]$|\d,$", before) or re.match(r"\w|[.,]\d", after)
        kept += (said if is_inside else instead) + after
    return kept


def is_denied(text: str, shown: str) -> bool:
    """Whether the text says that the value is *not* this one."""
    if not shown or shown not in text or not DENIES.search(text):
        return False
    value = re.escape(shown)
    return bool(re.search(rf"(?:\bnot|n't|\bnever|\bno longer)\s+(?:\w+\s+)?{value}(?!\w)", text))


def is_hedged(text: str) -> bool:
    return bool(HEDGED.search(text) or DENIES.search(text))
