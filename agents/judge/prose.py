"""The sentences of a goal: parts told in order words, enumerations and commands."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.judge import words
from agents.judge.parts import (
    Part,
    Reading,
    capital,
    demands_something,
    is_aside,
    is_task,
    is_thing,
    order_word,
    strip_order,
)

ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|approx|no|mr|mrs|dr|z\. ?b|d\. ?h|bzw|ca|usw|nr|st)\.$", re.I
)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(\[]?[A-ZÄÖÜ0-9])")
# `and last test it` is an order; `and last year` is not.
WITH_VERB = rf"(?:last|next)(?=\s+(?:{'|'.join(sorted(words.TASK_VERBS))})\b)"
THEN = re.compile(
    r"\s*[,;]\s*(?:and\s+|und\s+)?(?:then|afterwards|after that|finally|lastly|dann|danach"
    rf"|anschließend|schließlich|zuletzt|{WITH_VERB})\s+"
    r"|\s+(?:and|und)\s+(?:then|finally|lastly|dann|danach|anschließend|schließlich|zuletzt"
    rf"|{WITH_VERB})\s+",
    re.IGNORECASE,
)
ASKED_FOR = r"deliver|hand in|provide|need|want|liefere|liefert|brauchen|benötigen|brauche"
MADE = r"produce|prepare|create|write|make|draft|erstelle|erstellt|schreibe|verfasse"
ENUMERATION = re.compile(
    rf"^(?P<lead>.*?\b(?P<verb>{ASKED_FOR}|{MADE})\b:?)\s+(?P<rest>.+)$", re.IGNORECASE | re.DOTALL
)
BETWEEN_THINGS = re.compile(
    r"\s*,\s*(?:and\s+|und\s+|sowie\s+)?|\s+(?:and|und|sowie)\s+", re.IGNORECASE
)


def from_prose(text: str) -> Reading:
    sentences = split_sentences(text)
    for read in (by_order_words, by_enumeration, by_then, by_commands, by_verbs):
        parts = read(sentences)
        if len(parts) >= 2:
            return with_demands(parts, sentences)
    return Reading()


def by_order_words(sentences: list[str]) -> list[Part]:
    """`First …. Then …. Finally ….`; what has no order word belongs to the part before it."""
    parts: list[Part] = []
    for sentence in sentences:
        found = order_word(sentence)
        if found:
            for text in split_then(found[1]):
                parts.append(Part(text, len(parts)))
        elif parts and not is_aside(sentence):
            parts[-1] = replace(parts[-1], text=f"{parts[-1].text} {sentence}")
    if any(begins_order(sentence) for sentence in sentences):
        return parts
    lead = before_the_order(sentences)
    if not lead:
        return parts
    return [Part(lead), *(replace(part, stage=part.stage + 1) for part in parts)]


def begins_order(sentence: str) -> bool:
    found = order_word(sentence)
    return found is not None and found[0] in words.FIRST


def before_the_order(sentences: list[str]) -> str:
    """The command before the first order word, as in `Collect …. Then compare ….`"""
    lead: list[str] = []
    for sentence in sentences:
        if order_word(sentence):
            break
        if is_task(sentence) or lead:
            lead.append(sentence)
    return " ".join(lead)


def by_enumeration(sentences: list[str]) -> list[Part]:
    """`Deliver a, b and c`, where each of them is plainly a thing of its own; side by side."""
    for sentence in sentences:
        match = ENUMERATION.match(sentence.rstrip(".!"))
        if match is None:
            continue
        is_asked_for = re.fullmatch(ASKED_FOR, match["verb"], re.IGNORECASE) is not None
        things = [one.strip() for one in BETWEEN_THINGS.split(match["rest"])]
        if len(things) >= 2 and all(stands_alone(one, is_asked_for) for one in things):
            return [Part(capital(words.bare(one)), context=sentence) for one in things]
    return []


def stands_alone(phrase: str, is_asked_for: bool) -> bool:
    """Names a kind of deliverable; where it is expressly asked for, an article will do."""
    has_article = words.ARTICLES.match(phrase) is not None and len(phrase.split()) <= 14
    return is_thing(phrase) or (is_asked_for and has_article)


def by_then(sentences: list[str]) -> list[Part]:
    """`Do this, then do that` within one sentence that is a command."""
    for sentence in sentences:
        pieces = split_then(strip_order(sentence))
        if len(pieces) >= 2 and is_task(pieces[0]):
            return [Part(piece, stage) for stage, piece in enumerate(pieces)]
    return []


def split_then(sentence: str) -> list[str]:
    return [capital(piece.strip()) for piece in THEN.split(sentence) if piece.strip()]


def by_commands(sentences: list[str]) -> list[Part]:
    """Command after command, each after the one before: that is the order the goal tells."""
    parts: list[Part] = []
    for sentence in sentences:
        if is_task(sentence):
            parts.append(Part(sentence, len(parts)))
        elif parts and not is_aside(sentence):
            parts[-1] = replace(parts[-1], text=f"{parts[-1].text} {sentence}")
    return parts


def by_verbs(sentences: list[str]) -> list[Part]:
    """`Research x, draft y and design z` in one sentence, each after the one before."""
    for sentence in sentences:
        pieces = [one.strip() for one in BETWEEN_THINGS.split(sentence.rstrip(".!"))]
        if len(pieces) >= 2 and all(is_task(piece) for piece in pieces):
            return [
                Part(capital(piece), stage, context=sentence) for stage, piece in enumerate(pieces)
            ]
    return []


def with_demands(parts: list[Part], sentences: list[str]) -> Reading:
    """The sentences that demand something and are in no part yet, for the whole goal."""
    taken = " ".join(f"{part.text} {part.context}" for part in parts).lower()

    def is_taken(sentence: str) -> bool:
        pieces = [sentence] if sentence.lower() in taken else split_then(strip_order(sentence))
        return all(piece.lower() in taken for piece in pieces)

    left = [one for one in sentences if demands_something(one) and not is_taken(one)]
    return Reading(tuple(parts), tuple(left))


def split_sentences(text: str) -> list[str]:
    """Sentences; not split after abbreviations, nor in German after an ordinal such as `3.`."""
    pieces: list[str] = []
    is_german = words.is_german(text)
    for piece in SENTENCE_END.split(text.strip()):
        ends_early = pieces and (
            ABBREVIATION.search(pieces[-1])
            or (is_german and re.search(r"(?<![\d.])\b\d{1,2}\.$", pieces[-1]))
        )
        if ends_early:
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    return [piece.strip() for piece in pieces if piece.strip()]
