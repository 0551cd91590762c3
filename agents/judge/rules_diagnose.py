"""What comes after a failure, without a model: by its kind, its numbers and what was tried.

A remedy that did not help against the same failure is not tried again. An agent's words never
reach a brief: they are quoted where people read what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from agents.judge.base import Nonsense
from agents.judge.proposals import Abstain, CauseCode, Diagnosis, PlannedCard
from agents.judge.prose import split_sentences
from agents.judge.questions import DiagnoseQuestion, PastAttempt, PlanQuestion
from agents.judge.reading import read_goal
from agents.judge.rules_plan import split_goal
from agents.judge.validate import MAX_BRIEF, MAX_CRITERIA, MAX_CRITERION, clean, is_filler

BEFORE = "What happened before:"  # begins what is added to a brief; parts are read only above it
NO_FILE = (
    "an attempt said it was done, but there was no file to look at. Hand in the result as at "
    "least one file that is not empty."
)
A_FILE = "At least one file is handed in."
MAX_QUOTED = 200

CAUSES: Mapping[str, CauseCode] = {
    "error": "tool_error",
    "looping": "wrong_worker",
    "empty_completion": "unclear_brief",
    "deadline": "too_large",
    "over_budget": "too_large",
    "checks_failed": "criteria_not_met",
    "rejected": "criteria_not_met",
    "contradicted": "contradiction",
}
HAPPENED: Mapping[str, str] = {
    "error": "It ended with an error.",
    "looping": "It repeated itself without getting further.",
    "empty_completion": "It said it was done, but there was no file to look at.",
    "deadline": "Its time was over before it was done.",
    "over_budget": "Its budget was used up before it was done.",
    "checks_failed": "What it made did not pass the checks.",
    "rejected": "A person turned its version down.",
    "contradicted": "What it says disagrees with other findings.",
}
ASKED: Mapping[str, str] = {
    "error": "What does it take to do this, or who should do it?",
    "looping": "Should the brief say something else, or should someone else do it?",
    "empty_completion": "Who should do this, or should the brief ask for something else?",
    "deadline": "Is there more time, or can the card ask for less?",
    "over_budget": "Is there more budget, or can the card ask for less?",
    "checks_failed": "What should be different, or who should do it?",
    "rejected": "What should be different, or who should do it?",
    "contradicted": "Which of the findings holds?",
}

Step = Callable[[DiagnoseQuestion], Diagnosis | None]


def diagnose(question: DiagnoseQuestion) -> Diagnosis:
    """The first remedy that fits, is allowed and has not been tried in vain; else a question."""
    for step in (ask_for_what_is_missing, *STEPS.get(question.failure, (elsewhere_once,))):
        found = step(question)
        if found is not None and found.remedy in question.remedies:
            return found
    return ask(question)


def ask_for_what_is_missing(question: DiagnoseQuestion) -> Diagnosis | None:
    """What only people can give is asked for at once."""
    cause = question.reading.cause if question.reading else "none"
    if cause == "missing_input":
        return ask(question, cause, "What it needs seems to be missing. Can you give it?")
    if cause == "missing_permission":
        return ask(question, cause, "It seems to lack a permission. May it have it?")
    return None


def once_more(question: DiagnoseQuestion) -> Diagnosis | None:
    """A first error that may pass."""
    if question.evidence.get("retryable") and not before(question):
        return plain(question, "retry", "It may pass, so the same agent tries again.")
    return None


def elsewhere(question: DiagnoseQuestion) -> Diagnosis | None:
    """Another agent, unless agents already meet the same error."""
    if question.evidence.get("same_error"):
        return None
    return plain(question, "reassign", "Another agent gets the same brief.")


def elsewhere_once(question: DiagnoseQuestion) -> Diagnosis | None:
    return None if was_tried(question, "reassign") else elsewhere(question)


def say_that_a_file_is_needed(question: DiagnoseQuestion) -> Diagnosis | None:
    return rewritten(question, NO_FILE, (A_FILE,), "The brief now says that a file is needed.")


def with_what_was_said(question: DiagnoseQuestion) -> Diagnosis | None:
    """A reviewer's points become criteria; what an agent reports never does."""
    said = question.reviewer_said.strip()
    if said:
        points = [one for one in split_sentences(" ".join(said.split())) if is_point(one)]
        criteria = tuple(f"The reviewer's point is met: {point}" for point in points)
        text = f"a version was turned down. The reviewer wrote:\n{said}"
        return rewritten(question, text, criteria, "The reviewer's words are now in the brief.")
    return None


def is_point(sentence: str) -> bool:
    """Whether a reviewer can look for it: not a question, and not empty praise or blame."""
    return not sentence.endswith("?") and not is_filler(sentence)


def rewritten(
    question: DiagnoseQuestion, text: str, criteria: tuple[str, ...], note: str
) -> Diagnosis | None:
    """The brief with what happened added; None where that says nothing new or does not fit."""
    brief = f"{question.brief.rstrip()}\n\n{BEFORE} {text}"
    added = (clean(one, MAX_CRITERION) for one in criteria)
    most = max(MAX_CRITERIA, len(question.criteria))
    both = tuple(dict.fromkeys((*question.criteria, *added)))[:most]
    if text in question.brief or not both or clean(brief, MAX_BRIEF) != brief:
        return None
    return replace(plain(question, "rewrite", note), brief=brief, criteria=both)


def into_parts(question: DiagnoseQuestion) -> Diagnosis | None:
    """The entries the brief itself lists, as cards the card then builds on."""
    brief = question.brief.split(f"\n\n{BEFORE}", 1)[0]
    reading = read_goal(brief)
    if len(reading.parts) < 2 or not all(part.is_listed for part in reading.parts):
        return None
    asked = PlanQuestion(
        goal=brief,
        skills=question.skills,
        kinds=question.kinds,
        max_cards=max(question.cards_left, 0),
    )
    try:
        proposal = split_goal(asked)
    except Nonsense:
        return None
    if isinstance(proposal, Abstain):
        return None
    parts = tuple(part_of(question, card) for card in proposal.cards)
    return replace(
        plain(question, "split", "Its brief lists parts; each is now a card."), parts=parts
    )


def part_of(question: DiagnoseQuestion, card: PlannedCard) -> PlannedCard:
    """A part that stands alone, for those who could do the whole where it names no skill."""
    inherited = tuple(skill for skill in question.card_skills if skill in question.skills)
    brief = clean(f"{card.brief}\n\nThis is a part of: {question.title}", MAX_BRIEF)
    return replace(card, brief=brief, skills=card.skills or inherited)


def ask(question: DiagnoseQuestion, cause: CauseCode | None = None, wants: str = "") -> Diagnosis:
    """A question a person can answer at once, with what was seen before it."""
    wants = wants or ASKED.get(question.failure, "How should this go on?")
    seen = [happened(question), how_often(question)]
    if question.failure == "error":
        seen.append(reported(question))
    text = " ".join(one for one in (*seen, wants) if one)
    return Diagnosis(
        "ask", cause or CAUSES.get(question.failure, "unknown"), happened(question), question=text
    )


def plain(question: DiagnoseQuestion, remedy: str, then: str) -> Diagnosis:
    cause = CAUSES.get(question.failure, "unknown")
    text = " ".join(one for one in (happened(question), reported(question), then) if one)
    return Diagnosis(remedy, cause, text)  # type: ignore[arg-type]


def reported(question: DiagnoseQuestion) -> str:
    """The first thing an agent said of it, for the people who read the note."""
    quotes = question.reading.quotes if question.reading else ()
    return f"It said: “{quote(quotes[0])}”." if quotes else ""


def happened(question: DiagnoseQuestion) -> str:
    """What was seen, with its numbers."""
    count, steps = question.evidence.get("count"), question.evidence.get("steps")
    if question.failure == "looping" and count and steps:
        return f"In {steps:.0f} steps it repeated itself {count:.0f} times without getting further."
    return HAPPENED.get(question.failure, "It did not succeed.")


def how_often(question: DiagnoseQuestion) -> str:
    """That it was not the first time, and how many agents have met the same error."""
    if question.evidence.get("same_error"):
        return "Another agent ended with the same error."
    times = len(before(question))
    return f"That has happened {times + 1} times on this card." if times else ""


def before(question: DiagnoseQuestion) -> list[PastAttempt]:
    """Earlier attempts that ended the same way; the one in question has no remedy yet."""
    return [one for one in question.attempts if one.remedy and one.outcome == question.failure]


def was_tried(question: DiagnoseQuestion, remedy: str) -> bool:
    return any(one.remedy == remedy for one in before(question))


def quote(text: str) -> str:
    """An agent's words on one line, without marks that could end the quotation."""
    return clean(" ".join(text.split()).replace("“", '"').replace("”", '"'), MAX_QUOTED)


STEPS: Mapping[str, tuple[Step, ...]] = {
    "error": (once_more, elsewhere),
    "looping": (elsewhere_once, into_parts),
    "empty_completion": (say_that_a_file_is_needed, elsewhere_once),
    "deadline": (into_parts,),
    "over_budget": (into_parts,),
    "checks_failed": (with_what_was_said, elsewhere_once),
    "rejected": (with_what_was_said, elsewhere_once),
    "contradicted": (),
}
