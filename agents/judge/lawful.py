"""The wall for every kind of proposal: decoded JSON and its question in, a lawful proposal out.

Ids are only those that were offered, texts are clean and bounded, a quote stands literally in the
text it is from. Nothing is filled in: an answer that lacks something is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agents.judge.base import Nonsense
from agents.judge.fields import Fields
from agents.judge.proposals import (
    CAUSES,
    CLAIM_VERDICTS,
    COURSE_VERDICTS,
    OUTCOMES,
    READ_CAUSES,
    WANTS,
    Abstain,
    Course,
    Diagnosis,
    Draft,
    PlannedCard,
    PlanProposal,
    Proposal,
    RankedCard,
    Ranking,
    Reading,
    Reconciliation,
    Reply,
    Section,
)
from agents.judge.questions import (
    AssignQuestion,
    CheckQuestion,
    ComposeQuestion,
    CourseQuestion,
    DiagnoseQuestion,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)
from agents.judge.quotes import copies, find_in, one_line, read_checks
from agents.judge.validate import (
    MAX_BRIEF,
    MAX_CRITERIA,
    MAX_CRITERION,
    MAX_NOTE,
    MAX_TITLE,
    Findings,
    check_plan,
    clean,
    is_filler,
    read_plan,
)

MAX_WHY = 200
MAX_REPLY = 2_000
MAX_QUESTION = 600
MAX_SUGGESTION = 1_000
MAX_OVERVIEW = 3_000
MAX_SENTENCE = 400
MAX_QUOTES = 3


def read_answer(data: object, question: Question) -> Proposal:
    """The lawful proposal in decoded JSON. Raises Nonsense with everything that is wrong."""
    if isinstance(question, PlanQuestion):
        return read_plan(data, question)
    findings = Findings()
    if not isinstance(data, Mapping):
        findings.add("not_an_object")
        raise Nonsense(findings.found)
    fields = Fields(data, findings)
    proposal = READERS[type(question)](fields, question)
    fields.refuse_the_rest("cannot")
    if findings.found:
        raise Nonsense(findings.found)
    return proposal


def check_proposal(proposal: Proposal, question: Question) -> Proposal:
    """A proposal that no model made, through the same wall; a plan may lack criteria."""
    if isinstance(proposal, Abstain):
        return proposal
    if isinstance(proposal, PlanProposal):
        asked = question if isinstance(question, PlanQuestion) else PlanQuestion(goal="")
        return check_plan(proposal, asked, criteria_required=False)
    data = asdict(proposal)
    data.pop("tainted", None)
    return read_answer(data, question)


def _ranking(fields: Fields, question: AssignQuestion) -> Ranking:
    workers = [worker.agent_id for worker in question.workers]
    allowed = {card.card_id: card.eligible for card in question.cards}
    ranked: list[RankedCard] = []
    for row in fields.rows("cards", RankedCard, most=len(question.cards)):
        card_id = row.offered("card_id", allowed, "unknown_card")
        eligible = allowed.get(card_id)
        known = workers if eligible is None else [one for one in workers if one in set(eligible)]
        ids = row.ids("agent_ids", known, "unknown_agent")
        if not ids:
            row.refuse("no_agents", card=card_id)
        ranked.append(RankedCard(card_id, ids, row.line("why", MAX_WHY)))
    fields.refuse_twice("card_id", [row.card_id for row in ranked])
    if not ranked:
        fields.refuse("nothing_ranked")
    return Ranking(tuple(ranked))


def _diagnosis(fields: Fields, question: DiagnoseQuestion) -> Diagnosis:
    """What the remedy needs is demanded, what it does not need is left out."""
    remedy = fields.one_of("remedy", question.remedies)
    cause = fields.one_of("cause", CAUSES)
    note = fields.line("note", MAX_NOTE)
    brief = fields.text("brief", MAX_BRIEF)
    most = max(MAX_CRITERIA, len(question.criteria))
    criteria = fields.texts("criteria", most=most, limit=MAX_CRITERION)
    asks = fields.text("question", MAX_QUESTION)
    entries = fields.entries("parts", most=max(question.cards_left, 0))
    if remedy == "rewrite":
        criteria = rewritten(fields, brief, criteria, question)
        return Diagnosis(remedy, cause, note, brief, criteria)
    if remedy == "split":
        parts = parts_of(entries, question, fields)
        refuse_copies(fields, [text for part in parts for text in texts_of(part)], question)
        return Diagnosis(remedy, cause, note, parts=parts)
    if remedy == "ask":
        if not asks:
            fields.refuse("no_question")
        return Diagnosis(remedy, cause, note, question=asks)
    return Diagnosis(remedy, cause, note)


def rewritten(
    fields: Fields, brief: str, criteria: tuple[str, ...], question: DiagnoseQuestion
) -> tuple[str, ...]:
    """A new brief, and the old criteria, which may be joined by others but never go."""
    if not brief:
        fields.refuse("empty_brief")
    if not criteria:
        fields.refuse("no_criteria")
    for criterion in criteria:
        if is_filler(criterion):
            fields.refuse("filler_criterion", criterion=criterion)
    said = {plain_words(one) for one in criteria}
    for old in question.criteria:
        if plain_words(old) not in said:
            fields.refuse("criterion_dropped", criterion=clean(old, MAX_CRITERION))
    known = {plain_words(old) for old in question.criteria}
    added = tuple(one for one in criteria if plain_words(one) not in known)
    refuse_copies(fields, (brief, *added), question)
    return (*question.criteria, *added)


def plain_words(criterion: str) -> str:
    return " ".join(clean(criterion, MAX_CRITERION).split()).rstrip(".").casefold()


def refuse_copies(fields: Fields, texts: Iterable[str], question: DiagnoseQuestion) -> None:
    """An agent's words stay quotations: in a brief the next reader would take them for ours.

    What people have written themselves is no copy.
    """
    quotes = question.reading.quotes if question.reading else ()
    ours = one_line(" ".join((question.brief, question.title, *question.criteria)))
    news = [one for one in quotes if one_line(one) not in ours]
    if any(copies(text, news) for text in texts):
        fields.refuse("quote_in_brief")


def texts_of(part: PlannedCard) -> tuple[str, ...]:
    return (part.title, part.brief, *part.criteria)


def parts_of(
    entries: Sequence[Any], question: DiagnoseQuestion, fields: Fields
) -> tuple[PlannedCard, ...]:
    asked = PlanQuestion(
        goal="", skills=question.skills, kinds=question.kinds, max_cards=question.cards_left
    )
    if len(entries) < 2:
        fields.refuse("too_few_parts")
        return ()
    try:
        return read_plan({"cards": entries}, asked).cards
    except Nonsense as nonsense:
        fields.findings.found.extend(nonsense.violations)
        return ()


def _reading(fields: Fields, question: ReadQuestion) -> Reading:
    texts = {one.name: one_line(one.text) for one in question.texts}
    quotes: list[str] = []
    for given in fields.texts("quotes", most=MAX_QUOTES):
        quote, where = find_in(given, texts)
        if where is None:
            fields.refuse("quote_not_found")
        elif quote not in quotes:
            quotes.append(quote)
    return Reading(
        outcome=fields.one_of("outcome", OUTCOMES),
        cause=fields.one_of("cause", READ_CAUSES),
        percent=fields.percent("percent"),
        quotes=tuple(quotes),
        has_instructions=fields.flag("has_instructions"),
    )


def _reconciliation(fields: Fields, question: ReconcileQuestion) -> Reconciliation:
    return Reconciliation(
        verdict=fields.one_of("verdict", CLAIM_VERDICTS),
        why=fields.line("why", MAX_WHY),
        claim_ids=fields.ids("claim_ids", (question.a.id, question.b.id), "unknown_claim"),
    )


def _reply(fields: Fields, question: ReplyQuestion) -> Reply:
    reply = Reply(fields.text("text", MAX_REPLY), fields.one_of("wants", WANTS))
    if not reply.text and reply.wants != "nothing":
        fields.refuse("empty_text")
    return reply


def _course(fields: Fields, question: CourseQuestion) -> Course:
    course = Course(
        verdict=fields.one_of("verdict", COURSE_VERDICTS),
        why=fields.line("why", MAX_SENTENCE),
        card_ids=fields.ids("card_ids", offered_by(question.cards), "unknown_card"),
        suggestion=fields.text("suggestion", MAX_SUGGESTION),
    )
    if course.verdict == "drifting" and not course.why:
        fields.refuse("no_why")
    return course


def _draft(fields: Fields, question: ComposeQuestion) -> Draft:
    known = offered_by(question.parts)
    sections = tuple(
        Section(
            card_id=row.offered("card_id", known, "unknown_card"),
            heading=row.line("heading", MAX_TITLE),
            sentence=row.line("sentence", MAX_SENTENCE),
        )
        for row in fields.rows("sections", Section, most=len(question.parts))
    )
    fields.refuse_twice("card_id", [section.card_id for section in sections])
    draft = Draft(fields.line("title", MAX_TITLE), fields.text("overview", MAX_OVERVIEW), sections)
    if not draft.title:
        fields.refuse("empty_title")
    if not draft.overview:
        fields.refuse("empty_overview")
    if copies(draft.title, [part.summary for part in question.parts]):
        fields.refuse("quote_in_title")  # it becomes a card's title, which planners read
    if any(not section.heading for section in sections):
        fields.refuse("empty_heading")
    return draft


def offered_by(things: Collection[Any]) -> tuple[str, ...]:
    return tuple(thing.card_id for thing in things)


READERS: Mapping[type, Callable[[Fields, Any], Proposal]] = {
    AssignQuestion: _ranking,
    DiagnoseQuestion: _diagnosis,
    CheckQuestion: read_checks,
    ReadQuestion: _reading,
    ReconcileQuestion: _reconciliation,
    ReplyQuestion: _reply,
    CourseQuestion: _course,
    ComposeQuestion: _draft,
}
