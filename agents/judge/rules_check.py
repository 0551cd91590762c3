"""Criteria that can be checked by counting or looking: what is there, and what is missing.

Each rule knows one form of criterion. A criterion that no rule knows, or that says more than a
rule has looked at, is left to the reviewer: nothing is guessed, and advice is all this is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.judge.proposals import Abstain, Checked, Checks
from agents.judge.questions import CheckQuestion, Criterion
from agents.judge.quotes import find_in, one_line
from agents.judge.rules_counts import count
from agents.judge.rules_each import each
from agents.judge.rules_items import Found, Seen, seen_in
from agents.judge.words import listed_words, words_of

QUOTED = re.compile(r"[\"“„`«]([^\"“”„`«»]{2,120})[\"”“`»]")
NAMES = re.compile(
    r"\b(?:mentions?|contains?|names?|includes?|says?|states?|uses?|has|have|with|called|titled"
    r"|nennt|enthält|erwähnt|sagt)\b",
    re.IGNORECASE,
)
SECTION = re.compile(r"\b(?:sections?|headings?|chapters?|abschnitte?|kapitel)\b", re.IGNORECASE)
A_TABLE = re.compile(
    r"\b(?:contains?|has|have|includes?|with|comes with|enthält|hat|mit)\s+(?:an?|one|eine[rn]?)\s+"
    r"(?:table|tabelle)\b(?:\s+(?:of|with|mit|der|von)\b.*)?",
    re.IGNORECASE,
)
LINKED = re.compile(
    r"\b(?:contains?|has|have|includes?|with|enthält|hat|mit)\s+(?:an?\s+|einen\s+)?links?\b",
    re.IGNORECASE,
)
DATED = re.compile(
    r"\b(?:is dated|(?:has|names|gives|states) (?:a|its|the) date|ist datiert)\b", re.I
)
DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b|\b\d{1,2}/\d{1,2}/\d{4}\b"
    r"|\b\d{1,2}\.?\s(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\w*\s\d{4}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\s\d{1,2},?\s\d{4}\b",
    re.IGNORECASE,
)
FORMATS = {
    "csv": ("csv",), "json": ("json",), "markdown": ("md", "markdown"), "md": ("md", "markdown"),
    "html": ("html", "htm"), "yaml": ("yaml", "yml"), "xml": ("xml",), "patch": ("patch", "diff"),
    "diff": ("patch", "diff"), "tsv": ("tsv",), "txt": ("txt",),
}  # fmt: skip
FORMAT = re.compile(
    rf"\b(?:an?|as|in|one|eine?|als)\s+\.?(?P<name>{'|'.join(FORMATS)})(?:[\s-]+(?:file|format|datei))?\b"
    rf"|(?<!\S)\.(?P<ending>{'|'.join(FORMATS)})(?:[\s-]+file)?\b",
    re.IGNORECASE,
)
# What is to be absent is not proved by looking for it; bounds that only sound so are.
DENIES = re.compile(
    r"\b(?:not|without|never|none|nothing|neither|nor|only|ohne|kein\w*|nicht|nie|nur)\b"
    r"|\bno\b(?!\s+(?:more|longer|fewer|less)\s+than)",
    re.IGNORECASE,
)
BOUNDS = re.compile(r"\b(?:not|nicht)\s+(?:more|longer|fewer|mehr|länger)\s+(?:than|als)\b", re.I)
# Words around what was looked at that ask for nothing themselves.
AROUND = listed_words(
    """a an the it its this that and is are be must should shall has have had contains contain with
    in of to for as by on at comes file files document report summary text table list result
    deliverable page notes note article memo version names name includes include lists gives give
    long length written there one der die das ein eine einen und ist sind muss soll hat enthält mit
    bericht tabelle liste datei dokument called titled named section sections heading headings"""
)
FEW = 1  # as many further words are taken for a name of the thing, not for a further demand


def check(question: CheckQuestion) -> Checks | Abstain:
    """Every criterion once; most will be left to the reviewer."""
    if not question.criteria:
        return Abstain("no_criteria")
    files = seen_in(question.files)
    rows = (checked(criterion, files) for criterion in question.criteria)
    return Checks(tuple(as_far_as_seen(row) if question.unseen else row for row in rows))


def as_far_as_seen(row: Checked) -> Checked:
    """What is not in the files that were looked at may be in those that were not."""
    return row if row.verdict == "met" else Checked(row.n, "cannot_tell")


def checked(criterion: Criterion, files: list[Seen]) -> Checked:
    if not files or DENIES.search(BOUNDS.sub("", criterion.text)):
        return Checked(criterion.n, "cannot_tell")
    for rule in RULES:
        found = rule(criterion.text, files)
        if found is None:
            continue
        if found.verdict == "met" and (found.has_more or says_more(criterion.text, found)):
            break
        return with_quote(criterion.n, found, files)
    return Checked(criterion.n, "cannot_tell")


def with_quote(n: int, found: Found, files: list[Seen]) -> Checked:
    """The verdict with words that stand in the file as they are; `met` needs some."""
    texts = {file.name: one_line(file.text) for file in files if file.name == found.file}
    top = next((file.beginning for file in files if file.name == found.file), "")
    for words in (found.evidence, top):
        quote, file = find_in(words, texts)
        if file is not None:
            return Checked(n, found.verdict, quote, file)
    return Checked(n, "not_met" if found.verdict == "not_met" else "cannot_tell")


def says_more(criterion: str, found: Found) -> bool:
    """Whether the rest of a criterion may ask for something nobody has looked at."""
    rest = f"{criterion[: found.span[0]]} {criterion[found.span[1] :]}"
    return len([word for word in words_of(rest) if word not in AROUND]) > FEW


def quoted_words(criterion: str, files: list[Seen]) -> Found | None:
    """`Mentions “x”` and `has a section “x”`: the words themselves are there, or are not."""
    phrases = list(QUOTED.finditer(criterion))
    verb = NAMES.search(criterion)
    if not phrases or verb is None:
        return None
    span = (verb.start(), phrases[-1].end())
    is_section = SECTION.search(criterion) is not None
    first: Found | None = None
    for phrase in phrases:
        place = where_is(phrase.group(1).strip(), files, is_section)
        if place is None:
            return Found("not_met", span=span)
        first = first or Found("met", place[0], place[1], span)
    between = re.sub(QUOTED, " ", criterion[span[0] : span[1]])
    has_more = len([word for word in words_of(NAMES.sub(" ", between)) if word not in AROUND]) > FEW
    return Found("met", first.evidence, first.file, span, has_more) if first else None


def where_is(phrase: str, files: list[Seen], is_section: bool) -> tuple[str, str] | None:
    """The phrase as it is written there, and the file; among headings only, where one is asked."""
    looked_for = re.compile(
        r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)", re.I
    )
    for file in files:
        for text in file.headings if is_section else [file.text]:
            match = looked_for.search(text)
            if match:
                return " ".join(match.group().split()), file.name
    return None


def a_table(criterion: str, files: list[Seen]) -> Found | None:
    match = A_TABLE.search(criterion)
    if match is None:
        return None
    has_more = " " in match.group().lower().split("tab", 1)[1].strip()
    for file in files:
        if file.rows:
            quote = next((one for row in file.rows if (one := row.quote)), "")
            return Found("met", quote, file.name, match.span(), has_more)
    if all(file.is_prose for file in files):
        return Found("not_met", files[0].beginning, files[0].name, match.span())
    return None


def a_link(criterion: str, files: list[Seen]) -> Found | None:
    match = LINKED.search(criterion)
    if match is None:
        return None
    for file in files:
        if file.links:
            return Found("met", file.links[0], file.name, match.span())
    if all(file.is_prose for file in files):
        return Found("not_met", files[0].beginning, files[0].name, match.span())
    return None


def a_date(criterion: str, files: list[Seen]) -> Found | None:
    match = DATED.search(criterion)
    if match is None:
        return None
    for file in files:
        date = DATE.search(file.text)
        if date:
            return Found("met", " ".join(date.group().split()), file.name, match.span())
    return Found("not_met", files[0].beginning, files[0].name, match.span())


def a_format(criterion: str, files: list[Seen]) -> Found | None:
    """A kind of text file is there, or only others are."""
    match = FORMAT.search(criterion)
    if match is None:
        return None
    endings = FORMATS[(match["name"] or match["ending"]).lower()]
    for file in files:
        if file.ending in endings:
            return Found("met", file.beginning, file.name, match.span())
    return Found("not_met", span=match.span())


Rule = Callable[[str, list[Seen]], Found | None]
RULES: tuple[Rule, ...] = (count, each, quoted_words, a_table, a_format, a_date, a_link)
