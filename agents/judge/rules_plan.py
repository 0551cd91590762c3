"""Plans without a model: a goal that says its parts is split, any other is left to people.

Titles, briefs and criteria are pieces of the goal's own text. Where the goal demands nothing of a
part, its card has no criteria; none are made up.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agents.judge import words
from agents.judge.parts import (
    SUBJECT,
    Part,
    Reading,
    capital,
    demands_something,
    is_aside,
    is_task,
    titled,
)
from agents.judge.proposals import Abstain, PlannedCard, PlanProposal
from agents.judge.prose import split_sentences
from agents.judge.questions import PlanQuestion
from agents.judge.reading import read_goal
from agents.judge.validate import MAX_CRITERION, MAX_TITLE, check_plan, clean, is_filler

TITLE_LENGTH = 70
MAX_GOAL = 20_000
# What a sentence asks of its result, after the part that says what to do.
DEMAND_CLAUSE = re.compile(
    r"[,;:–—]\s+(from\s.+\sonly\b|(?:(?:it|they|er|sie|es)\s+)?(?:must|should|muss|soll|sollen)\b.+"
    r"|(?:with|without|only|each|every|including|so that|no|in at most"
    r"|mit|ohne|nur|jede[rsnm]?|einschließlich|sodass|kein\w*)\s.+)[.!]?$"
    r"|((?:\b(?:with|mit|in)\s+)?\b(?:at least|at most|no more than|no longer than|exactly"
    r"|mindestens|höchstens|maximal|genau)\s.+)$",
    re.IGNORECASE | re.DOTALL,
)


def split_goal(question: PlanQuestion) -> PlanProposal | Abstain:
    goal = question.goal.strip()
    if not clean(goal, MAX_TITLE):
        return Abstain("empty_goal")
    reading = read_goal(clean(goal, MAX_GOAL))
    if len(reading.parts) < 2:
        return Abstain(reading.why_none, offer=whole_goal(goal, question))
    if len(reading.parts) > question.max_cards:
        params = {"parts": len(reading.parts), "limit": question.max_cards}
        return Abstain("too_many_parts", params, offer=whole_goal(goal, question))
    cards = [card_of(part, number, reading, question) for number, part in numbered(reading)]
    cards = spread_demands(reading.demands, cards)
    return check_plan(PlanProposal(tuple(cards)), question, criteria_required=False)


def numbered(reading: Reading) -> list[tuple[int, Part]]:
    return list(enumerate(reading.parts, start=1))


def card_of(part: Part, number: int, reading: Reading, question: PlanQuestion) -> PlannedCard:
    title, task, demands = title_task_demands(part)
    brief = part.text if not part.context else f"{part.text}\n\n{part.context}"
    return PlannedCard(
        ref=ref_of(number),
        title=title,
        brief="\n".join([brief, *(f"- {demand}" for demand in part.demands)]),
        criteria=criteria_from([*demands, *part.demands]),
        skills=skills_for(title, task, question),
        kind=kind_for(title, task, question),
        depends_on=tuple(ref_of(other) for other in blockers_of(part, reading)),
    )


def ref_of(number: int) -> str:
    return f"c{number}"


def blockers_of(part: Part, reading: Reading) -> list[int]:
    """The whole stage before."""
    before = max((one.stage for one in reading.parts if one.stage < part.stage), default=None)
    return [other for other, one in numbered(reading) if one.stage == before]


def title_task_demands(part: Part) -> tuple[str, str, list[str]]:
    """The part's title, the words that say what to do, and what it asks of the result."""
    halves = titled(part.text)
    if halves and is_task(halves[0]):
        halves = None
    body = halves[1] if halves else part.text
    first, *following = split_sentences(body) or [body]
    task, demands = task_and_demand(first)
    for sentence in following:
        # In a list every further sentence is about that entry; prose also tells stories.
        if (part.is_listed and not is_aside(sentence)) or demands_something(sentence):
            demands.append(sentence)
    return capital(halves[0] if halves else title_from(task)), task, demands


def task_and_demand(sentence: str) -> tuple[str, list[str]]:
    match = DEMAND_CLAUSE.search(sentence)
    if match is None:
        return sentence, []
    demand = match.group(1) or match.group(2)
    return sentence[: match.start()].strip(), [demand.strip().rstrip(".")]


def title_from(task: str) -> str:
    """The task itself as a title: its first clause, cut at a word."""
    first = re.split(r"[;:(]|,\s+(?:which|so|and|die|der|das|und)\b|\s[–—]\s", task)[0]
    return clean(words.bare(SUBJECT.sub("", first.strip(" .!,"), count=1)), TITLE_LENGTH) or clean(
        task, TITLE_LENGTH
    )


def criteria_from(demands: list[str]) -> tuple[str, ...]:
    """Demands as criteria, each once, without what says nothing."""
    texts = [clean(capital(demand), MAX_CRITERION) for demand in demands]
    ended = [text if text.endswith((".", "!", "…")) else f"{text}." for text in texts if text]
    return tuple(dict.fromkeys(text for text in ended if not is_filler(text)))


def spread_demands(demands: tuple[str, ...], cards: list[PlannedCard]) -> list[PlannedCard]:
    """What the whole goal demands becomes a criterion where it is plain which card it is for.

    That is the card it names, else the one everything ends in, else every card for `each …` and
    `no …`. What is left is told in every brief and is nobody's criterion.
    """
    for demand in demands:
        criteria = criteria_from([demand])
        if not criteria:
            continue
        owners = owners_of(demand, cards)
        if owners:
            cards = [with_criteria(card, criteria) if card in owners else card for card in cards]
        else:
            cards = [replace(card, brief=f"{card.brief}\n\n{demand}") for card in cards]
    return cards


def with_criteria(card: PlannedCard, criteria: tuple[str, ...]) -> PlannedCard:
    return replace(card, criteria=tuple(dict.fromkeys((*card.criteria, *criteria))))


def owners_of(demand: str, cards: list[PlannedCard]) -> list[PlannedCard]:
    owner = named_in(demand, cards) or the_end_of(cards)
    if owner is not None:
        return [owner]
    return cards if words.UNIVERSAL.match(demand) else []


def named_in(demand: str, cards: list[PlannedCard]) -> PlannedCard | None:
    """The one card whose deliverable the demand speaks of."""
    said = set(words.words_of(demand))
    named = [card for card in cards if said & thing_names(card.title)]
    return named[0] if len(named) == 1 else None


def thing_names(title: str) -> set[str]:
    """The word for what a card makes: a known kind, or the head of a title that is no command."""
    names = words.words_of(words.head_of(title))
    if is_task(title):
        return {name for name in names if words.kind_of_word(name)}
    return set(names[-1:])


def the_end_of(cards: list[PlannedCard]) -> PlannedCard | None:
    needed = {ref for card in cards for ref in card.depends_on}
    ends = [card for card in cards if card.ref not in needed]
    return ends[0] if len(ends) == 1 else None


def skills_for(title: str, task: str, question: PlanQuestion) -> tuple[str, ...]:
    """The offered skills the title names, or else the task.

    Several only if one agent has them all: a card nobody can take helps no one.
    """
    named = named_skills(title, question.skills) or named_skills(task, question.skills)
    if len(named) <= 1 or any(set(named) <= set(seat.skills) for seat in question.seats):
        return tuple(named)
    return (named[0],)


def named_skills(text: str, offered: tuple[str, ...]) -> list[str]:
    """Offered skills in the order they are named; writing only where nothing else is."""
    found: list[str] = []
    stems = [words.stem(word) for word in words.words_of(text)]
    for one in stems:
        found.extend(
            skill
            for skill in offered
            if skill not in found
            and not words.is_writing(skill)
            and one in words.stems_for_skill(skill)
        )
    if not found and any(words.is_writing_word(word) for word in words.words_of(text)):
        found = [skill for skill in offered if words.is_writing(skill)][:1]
    return found


def kind_for(title: str, task: str, question: PlanQuestion) -> str:
    """The last word of what the title names; else the first such word in the task."""
    in_title = [words.kind_of_word(word) for word in words.words_of(words.head_of(title))]
    in_task = [words.kind_of_word(word) for word in words.words_of(task)]
    for kind in [*reversed(in_title), *in_task]:
        if kind is not None and kind in question.kinds:
            return kind
    return "other" if "other" in question.kinds else question.kinds[0]


def whole_goal(goal: str, question: PlanQuestion) -> PlannedCard:
    """The goal as one card, with only those criteria the goal states."""
    lines = [line.strip(" -*#•\t") for line in goal.splitlines() if line.strip()]
    sentences = [one for line in lines for one in split_sentences(line)]
    first = sentences[0] if sentences else goal
    title = title_from(first) or clean(goal, TITLE_LENGTH)
    demands = [one for one in sentences[1:] if demands_something(one)]
    card = PlannedCard(
        ref=ref_of(1),
        title=title,
        brief=goal,
        criteria=criteria_from(demands),
        skills=skills_for(title, first, question),
        kind=kind_for(title, first, question),
    )
    return check_plan(PlanProposal((card,)), question, criteria_required=False).cards[0]
