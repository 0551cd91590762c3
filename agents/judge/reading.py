"""Reading a goal into parts of work in stages, by the plainest sign of order it gives.

Everything a part holds is a piece of the goal's own text. What has no recognisable parts is
returned as none at all; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agents.judge import words
from agents.judge.lines import Item, Section, read_sections
from agents.judge.parts import (
    Part,
    Reading,
    demands_something,
    is_task,
    is_thing,
    order_word,
    strip_order,
    titled,
)
from agents.judge.prose import from_prose, split_sentences

UNORDERED = re.compile(r"\b(?:any order|no particular order|beliebige\w* reihenfolge)\b", re.I)


def read_goal(goal: str) -> Reading:
    """The parts of a goal that hold words: from its stages, its lists or its sentences."""
    reading = read_any(goal)
    return replace(
        reading, parts=tuple(part for part in reading.parts if words.WORD.search(part.text))
    )


def read_any(goal: str) -> Reading:
    sections = read_sections(goal)
    has_lists = any(section.items for section in sections)
    demands = tuple(one for section in sections for one in demands_of(section))
    if sum(section.is_stage for section in sections) >= 2:
        return Reading(from_stages(sections), demands)
    work = [section for section in sections if section.role == "work"]
    if has_lists:
        reading = from_lists(work)
        if reading.parts or reading.why_none != "no_parts":
            return replace(reading, demands=(*demands, *reading.demands))
    # Prose finds the demands in its own sentences; only what stands beside it is added.
    beside = [one for section in sections if section not in work for one in demands_of(section)]
    reading = from_prose(" ".join(line for section in work for line in section.text))
    return replace(reading, demands=(*beside, *reading.demands))


def demands_of(section: Section) -> list[str]:
    """What a section asks of the whole: all of it if that is what it is for, else what demands."""
    texts = [item.text for item in section.items]
    if section.role == "demands":
        return texts + section.text
    if section.role == "work":
        texts = []
    if section.is_stage and not section.items:
        return []
    sentences = [one for text in [*texts, *section.text] for one in split_sentences(text)]
    return [one for one in sentences if demands_something(one) and not is_task(one)]


def from_stages(sections: list[Section]) -> tuple[Part, ...]:
    parts: list[Part] = []
    stage = 0
    for section in sections:
        if not section.is_stage:
            continue
        found = stage_parts(section, stage)
        parts.extend(found)
        stage += bool(found)
    return tuple(parts)


def stage_parts(section: Section, stage: int) -> list[Part]:
    if section.items:
        return [listed(item, stage) for item in section.items]
    text = " ".join(section.text)
    if section.name and text:
        text = f"{section.name.rstrip('.')}: {text}"
    text = text or section.name
    return [Part(text, stage, is_listed=True)] if text else []


def listed(item: Item, stage: int) -> Part:
    return Part(item.text, stage, demands=tuple(item.below), is_listed=True)


def from_lists(sections: list[Section]) -> Reading:
    """Bulleted work stands side by side; numbered work is done in its order, unless it says so."""
    items = [item for section in sections for item in section.items]
    work = [item for item in items if not is_demand(item.text)]
    if len(work) < 2:
        return Reading()
    named = [item for item in work if looks_like_work(item.text)]
    if len(named) * 2 < len(work):
        return Reading(why_none="list_is_not_work")
    demands = tuple(item.text for item in items if is_demand(item.text))
    ordered = order_by_words(work)
    if ordered:
        return Reading(tuple(ordered), demands)
    around = " ".join([section.name for section in sections] + sections[0].text)
    in_order = all(item.is_numbered for item in work) and not UNORDERED.search(around)
    parts = [listed(item, index if in_order else 0) for index, item in enumerate(work)]
    return Reading(tuple(parts), demands)


def order_by_words(items: list[Item]) -> list[Part]:
    """Parts in stages where two or more entries begin with an order word; else nothing."""
    if sum(order_word(item.text) is not None for item in items) < 2:
        return []
    parts: list[Part] = []
    stage = -1
    for item in items:
        found = order_word(item.text)
        if found or stage < 0:
            stage += 1
        part = listed(item, stage)
        parts.append(replace(part, text=found[1]) if found else part)
    return parts


def is_demand(text: str) -> bool:
    """An entry that asks something of the work rather than naming work."""
    first = re.split(r"[,;.(–—]", text, maxsplit=1)[0]
    if is_task(text) or titled(text) or is_thing(first):
        return False
    return words.DEMANDS.search(" ".join(text.split()[:6])) is not None


def looks_like_work(text: str) -> bool:
    if titled(text) or is_task(strip_order(text)):
        return True
    first = re.split(r"[,;.(–—]", text, maxsplit=1)[0]
    return any(words.kind_of_word(word) for word in words.words_of(words.head_of(first)))
