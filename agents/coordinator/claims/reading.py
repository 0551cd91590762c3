"""One pass through a claim's text, for the words that name the case it holds for.

Where a word stands tells what it does. Right before a word of the subject it says which one is
meant ("line coverage"); before a word such as "plan" or "version", and in a condition, it names the
case outright; after a preposition, or as what the sentence speaks of, it may. The rest is talk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from agents.coordinator.claims.neutral import (
    CASE_NOUNS,
    GENERIC,
    SOURCES,
    stem,
)
from agents.coordinator.claims.tokens import NAMED, Token, Tokens

# They are said of an amount, or of a contract that something is done under.
BEING = frozenset({"are", "is", "was", "were", "ar", "wer"})
PEOPLE = frozenset({stem("people"), stem("person")})
BOUNDS = frozenset({"over", "under"})
OF_SO_MUCH = "4 t of"
# What they lead to is as often what is done, or to whom; "~" if a word of the subject is between.
WEAK = frozenset({"by", "from", "of", "to", "toward", "towards", "~"})
# What stands before words that say which one is meant; after a noun they are its verb.
BEFORE_A_NOUN = frozenset({"start", "article", "lead", "number", "neutral", "scope"})


START = Token("start")


@dataclass(slots=True)
class Found:
    """`words` of the text's own. `cases`: those that surely tell one case from another. `hints`:
    those that may; of them `led` follow a preposition. `together`: those of a list. `loose`: verbs
    and the like. `says_what`: what the claim tells of its thing stands there by its name.
    """

    words: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)
    hints: set[str] = field(default_factory=set)
    led: set[str] = field(default_factory=set)
    together: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    says_what: bool = False
    counted: set[str] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    names_it: bool = False


class Reader:
    """Goes through a text once and keeps the words that neither subject nor value account for."""

    def __init__(self, said: Tokens) -> None:
        self.said = said
        self.is_after_value = False

    def read(self, text: str) -> Found:
        found = Found()
        tokens = list(self.said.read(text))
        for is_end, group in groupby(tokens, key=lambda token: token.kind == "end"):
            if not is_end:
                clause = list(group)
                self.read_clause(clause, found)
        self.take_lists(tokens, found)
        self.take_colons(tokens, found)
        return found

    def read_clause(self, clause: list[Token], found: Found) -> None:
        leads, is_opening, is_condition = "", True, False
        self.is_after_value = False
        before = START
        runs = [list(run) for _, run in groupby(clause, key=lambda token: token.kind)]
        for run, then in zip(runs, [*runs[1:], [Token("end")]], strict=True):
            kind, words = run[0].kind, [token.word for token in run]
            after = then[0]
            if kind == "word":
                if is_condition:
                    self.keep(words, leads, found.words, found.cases)
                else:
                    self.take_words(words, leads, is_opening, before, after, found)
            elif kind == "if":
                is_condition, leads = True, ""
            elif kind == "lead":
                # "4 t of wheat" are of wheat alone.
                is_of_amount = words == ["of"] and before.kind in ("unit", "number")
                leads = OF_SO_MUCH if is_of_amount else words[-1]
            elif kind == "scope" and leads in self.said.polar:
                self.keep([f"{leads} {words[0]}"], "", found.words, found.cases)
            elif kind == "case":
                self.keep(words, "", found.words, found.cases)
            elif kind == "number":
                own = [word for word in words if word]
                self.keep(own, leads, found.words, found.hints)
                leads = leads if own else ""
                self.is_after_value |= not own
                if not own and self.said.is_count:
                    # "40 houses" beside "3 people"
                    found.counted |= {stem(one.word.casefold()) for one in then if is_thing(one)}
            elif kind == "event":
                self.keep(words, "", found.words, found.hints)
            elif kind in ("subject", "neutral"):
                found.names_it |= kind == "subject"
                found.says_what |= kind == "subject" and bool(self.said.head & set(words))
                self.pass_by(words, leads, found)
                leads = "~" if leads and kind == "subject" and after.kind == "word" else ""
            is_opening = is_opening and kind in ("article", "scope", "word")
            before = run[-1]

    def take_words(
        self, words: list[str], leads: str, is_opening: bool, before: Token, after: Token,
        found: Found,
    ) -> None:  # fmt: skip
        """A run of words that nothing accounts for, by where it stands."""
        if self.names_a_case(words, before, after, leads) or leads in ("per", "("):
            self.keep(words, leads, found.words, found.cases)
        elif leads in WEAK:
            self.keep(words, leads, found.words, found.hints)
        elif leads:
            self.keep(words, leads, found.words, found.hints, found.led)
        elif is_opening and not is_order(words, after) and not is_generic(without_verb(words)):
            what = [word for word in without_verb(words) if not word.endswith("ly")]
            self.keep(words[len(without_verb(words)) :], "", found.loose, found.words)
            self.keep(what, "", found.words, found.hints, found.topics)
        else:
            self.keep([word for word in words if not word.endswith("ly")], "", found.loose)
            self.keep(words, leads, found.words)

    def names_a_case(self, words: list[str], before: Token, after: Token, leads: str) -> bool:
        if after.kind == "subject" and after.is_noun:
            return before.kind in BEFORE_A_NOUN and not is_done(words)
        if before.kind == "number" and after.kind == "unit":
            return True
        if before.word in BEING and self.is_after_value and after.kind in ("end", "lead"):
            # "255 km are navigable", of how many?
            return True
        if before.kind == "subject" and words[0][0].isupper():
            # "Brandt Germany" is not all of Brandt.
            return True
        if before.kind == "unit" and after.kind == "end":
            return len(words) == 1 and not leads
        return any(stem(word.casefold()) in CASE_NOUNS for word in words[1:])

    def keep(self, words: list[str], leads: str, *to: set[str]) -> None:
        said = [stem(word.casefold()) for word in words]
        if leads in self.said.polar or leads == "per":
            said += [f"{leads} {word}" for word in said]
        for each in to:
            each.update(said)

    def pass_by(self, words: list[str], leads: str, found: Found) -> None:
        """ "Per node" narrows the memory of a node; so does "after" where the subject has none."""
        word = words[0]
        if leads == "per":
            is_source = word in SOURCES or word == NAMED
            if not is_source and not self.said.subject & {"per", "one", "each", "singl"}:
                self.keep([f"per {word}"], "", found.words, found.cases)
        elif leads in self.said.polar - self.said.subject - BOUNDS and word in self.said.subject:
            self.keep([f"{leads} {word}"], "", found.words, found.cases)

    def take_lists(self, tokens: list[Token], found: Found) -> None:
        """ "Killed, wounded and missing" are more than those killed."""
        for one, sign, two in zip(tokens, tokens[1:], tokens[2:], strict=False):
            is_and = sign.word in ("and", "or", "plus", ",")
            if one.kind == two.kind == "word" and is_and:
                found.together |= {stem(one.word.casefold()), stem(two.word.casefold())}

    def take_colons(self, tokens: list[Token], found: Found) -> None:
        """ "Adults: 500 mg" names its case before the colon."""
        phrase: list[str] = []
        for token in tokens:
            if token.kind == "word":
                phrase.append(token.word)
            elif token.kind == "end":
                if token.word == ":":
                    self.keep(phrase, "", found.words, found.cases)
                phrase.clear()


def is_done(words: list[str]) -> bool:
    """ "The company reported" is somebody who does it; "the reported" is not."""
    return len(words) > 1 and words[-1].endswith(("ed", "ing", "s"))


def is_thing(token: Token) -> bool:
    return token.kind == "word" or token.word in PEOPLE


def is_order(words: list[str], after: Token) -> bool:
    """ "Bake the loaf" speaks of the loaf."""
    return len(words) == 1 and after.kind == "article" and not words[0].endswith("s")


def without_verb(words: list[str]) -> list[str]:
    """What a sentence speaks of, without what it does."""
    while len(words) > 1 and words[-1].endswith(("ed", "ing", "s")):
        words = words[:-1]
    return words


def is_generic(words: list[str]) -> bool:
    """Whoever does it, unless a word says which of them."""
    return len(words) == 1 and stem(words[0].casefold()) in GENERIC
