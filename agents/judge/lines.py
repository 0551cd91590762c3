"""The lines of a goal: headings, lists with what stands below an entry, and paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agents.judge import words

BULLET = re.compile(r"^(\s*)(?:[-*•–‣]|\[[ xX]?\])\s+(?:\[[ xX]?\]\s+)?(.*\S)\s*$")
NUMBER = re.compile(r"^(\s*)(?:\(?(?:\d{1,2}|[a-z])[.)])\s+(.*\S)\s*$")
ORDER_WORD = "|".join(
    re.escape(word) for word in sorted(words.FIRST + words.NEXT + words.LAST, key=len, reverse=True)
)
STAGE_LINE = re.compile(
    rf"^(?:(?:{ORDER_WORD})\s*:|(?:{ORDER_WORD})$|(?:{words.STAGE_NOUNS})\s+(?:\d{{1,2}}|[ivx]{{1,4}})"
    r"(?=\s*(?:[:.–—-]|$)))\s*[:.–—-]*\s*(.*)$",
    re.IGNORECASE,
)
DEMAND_SECTION = re.compile(
    r"\b(?:acceptance|criteria|done when|definition of done|must[- ]haves?|requirements|quality"
    r"|kriterien|anforderungen|abnahme)\b",
    re.I,
)
CONTEXT_SECTION = re.compile(
    r"\b(?:background|context|notes?|constraints?|rules|out of scope|links|resources|facts|budget"
    r"|hintergrund|kontext|hinweise|rahmen\w*|regeln|quellen|nicht\b.*ziel\w*)\b",
    re.I,
)


@dataclass(slots=True)
class Item:
    """A list entry with what stands indented below it."""

    text: str
    indent: int
    is_numbered: bool
    below: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """Lines under one heading. `is_stage`: the heading orders it among others."""

    name: str
    is_stage: bool
    role: str = "work"
    items: list[Item] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def read_sections(goal: str) -> list[Section]:
    sections = [Section("", is_stage=False)]
    is_new_paragraph = True
    for line in goal.replace("\t", "    ").splitlines():
        if not line.strip():
            is_new_paragraph = True
            continue
        heading = read_heading(line)
        if heading is not None:
            sections.append(heading)
        elif not take_item(sections[-1], line):
            take_text(sections[-1], line, is_new_paragraph)
        is_new_paragraph = False
    return sections


def read_heading(line: str) -> Section | None:
    """A line that opens a section: a stage, a `#` heading, or words that end in a colon."""
    if BULLET.match(line):
        return None
    bare = line.strip().lstrip("#").strip().strip("*").strip()
    stage = STAGE_LINE.match(bare)
    if stage:
        return Section(stage.group(1).strip().strip("*").strip(), is_stage=True)
    if NUMBER.match(line):
        return None
    if line.lstrip().startswith("#") or (bare.endswith(":") and len(bare) <= 90):
        return Section(bare.rstrip(":"), is_stage=False, role=role_of(bare))
    return None


def role_of(heading: str) -> str:
    if len(heading.split()) > 8:
        return "work"
    if DEMAND_SECTION.search(heading):
        return "demands"
    return "context" if CONTEXT_SECTION.search(heading) else "work"


def take_item(section: Section, line: str) -> bool:
    match, is_numbered = BULLET.match(line), False
    if match is None:
        match, is_numbered = NUMBER.match(line), True
    if match is None:
        return False
    indent, text = len(match.group(1)), match.group(2)
    if section.items and indent >= section.items[0].indent + 2:
        section.items[-1].below.append(text)
    else:
        section.items.append(Item(text, indent, is_numbered))
    return True


def take_text(section: Section, line: str, is_new_paragraph: bool) -> None:
    """A line goes on with the list entry above it, or is a text of its own."""
    text = line.strip()
    is_indented = line.startswith(" ")
    if section.items and (is_indented or not is_new_paragraph):
        section.items[-1].text += " " + text
    elif section.text and not is_new_paragraph:
        section.text[-1] += " " + text
    else:
        section.text.append(text)
