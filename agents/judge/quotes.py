"""Quotes and what they prove: a quote counts only where it stands literally in its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agents.judge.fields import Fields
from agents.judge.proposals import CHECK_VERDICTS, Checked, Checks
from agents.judge.questions import CheckQuestion
from agents.judge.validate import clean

MAX_QUOTE = 280
COPIED = 40  # so many characters in a row are no chance
SHORTEST_COPY = 12


def find_in(given: str, texts: Mapping[str, str]) -> tuple[str, str | None]:
    """The quote on one line, and which text (each on one line) it stands in; None if in none."""
    quote = one_line(given)[:MAX_QUOTE].strip()
    if not any(char.isalnum() for char in quote):
        return "", None
    for name, text in texts.items():
        if quote in text:
            return quote, name
    return quote, None


def one_line(text: str) -> str:
    return " ".join(clean(text, len(text) + 1).split())


def quoted(text: str) -> str:
    """The beginning of an agent's words as a quotation: one clean line, no longer than a quote."""
    return one_line(text)[:MAX_QUOTE].strip()


def copies(text: str, quotes: Iterable[str]) -> bool:
    """Whether a text repeats so much of a quote that it says the same."""
    said = one_line(text).casefold()
    return any(piece in said for one in quotes for piece in pieces_of(one_line(one).casefold()))


def pieces_of(quote: str) -> list[str]:
    """Overlapping pieces; a short quote is one piece, and one of a few letters is none."""
    if len(quote) < SHORTEST_COPY:
        return []
    last = max(len(quote) - COPIED, 0)
    return [quote[start : start + COPIED] for start in {*range(0, last, COPIED // 4), last}]


def read_checks(fields: Fields, question: CheckQuestion) -> Checks:
    """Every criterion exactly once; what no quote bears out becomes `cannot_tell`."""
    asked = [criterion.n for criterion in question.criteria]
    texts = texts_of(question)
    pictures = {one.name for one in question.attachments if one.image is not None}
    rows: list[Checked] = []
    for row in fields.rows("rows", Checked, most=len(asked)):
        n = row.number("n")
        verdict = row.one_of("verdict", CHECK_VERDICTS)
        evidence = row.text("evidence", 2 * MAX_QUOTE)
        file = row.line("file", 400)
        if n not in asked:
            row.refuse("unknown_criterion", n=n if n is not None else -1)
        elif n in {one.n for one in rows}:
            row.refuse("duplicate", field="n", id=str(n))
        else:
            checked = Checked(n, verdict, evidence, file)
            seen = Checked(n, checked.verdict, file=file)  # what a picture shows is no quote
            told = seen if file in pictures else borne_out(checked, texts, row)
            is_missing = told.verdict == "not_met" and not told.evidence and file not in pictures
            # What nobody finds may be in a file that nobody can look into.
            rows.append(Checked(n, "cannot_tell") if is_missing and question.unseen else told)
    for n in asked:
        if n not in {one.n for one in rows}:
            fields.refuse("missing_criterion", n=n)
    return Checks(tuple(sorted(rows, key=lambda one: asked.index(one.n))))


def borne_out(row: Checked, texts: Mapping[str, str], fields: Fields) -> Checked:
    """The row with a quote that stands where it says, or with its verdict taken back.

    That something is missing has no quote.
    """
    if row.file and row.file not in texts:
        fields.refuse("unknown_file", file=row.file[:80])
    if not row.evidence and row.verdict == "not_met":
        return Checked(row.n, row.verdict, file=row.file)
    where = {row.file: texts.get(row.file, "")} if row.file else texts
    quote, file = find_in(row.evidence, where)
    if file is None:
        return Checked(row.n, "cannot_tell")
    return Checked(row.n, row.verdict, quote, file)


def texts_of(question: CheckQuestion) -> dict[str, str]:
    """Every text that may be quoted, by its file; what is in no file goes by no name."""
    rest = [question.summary, *question.sources, *(claim.text for claim in question.claims)]
    texts = {one.name: one.text for one in question.attachments if one.text}
    texts |= {one.name: one.text for one in question.files}
    texts[""] = "\n".join(rest)
    return {name: one_line(text) for name, text in texts.items()}
