"""The wall for proposals: what comes through here is typed, bounded and lawful.

Both judges pass it, and so may a person's pasted plan. Nothing is filled in here: a card without
criteria is refused where criteria are demanded, never given some.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from agents.judge.base import Nonsense, PlannedCard, PlanProposal, PlanQuestion, Violation

MAX_TITLE = 120
MAX_BRIEF = 4000
MAX_CRITERION = 400
MAX_CRITERIA = 12
MAX_NOTE = 600
MAX_REF = 40
MAX_VIOLATIONS = 20
PLAN_FIELDS = frozenset({"cards", "note", "cannot"})
CARD_FIELDS = frozenset(field.name for field in fields(PlannedCard))

# Directions and overrides can make a text read differently from what it says.
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

# What says nothing that a reviewer could check. Matched against the whole criterion.
FILLER = re.compile(
    r"""^(?:
      (?:it|this|that|everything|the\ \w+(?:\ \w+)?|all|alles|es|das\ \w+)?\ ?
      (?:is|are|be|must\ be|should\ be|works?|looks?|runs?|has|have|funktioniert|ist|sind)?\ ?
      (?:of\ |a\ |in\ |done\ |made\ |to\ a\ |von\ )?
      (?:very\ |really\ |so\ |all\ |sehr\ )?
      (?:well|good|fine|great|nice|nicely|high|excellent|correct|correctly|complete|completed|done
        |finished|perfect|properly|proper|clear|accurate|professional|successful|successfully
        |as\ (?:expected|intended|required|described|requested|needed|specified)|to\ standard
        |wie\ (?:erwartet|gewünscht|beschrieben)|gut|fertig|vollständig|korrekt|richtig)
      (?:\ (?:done|quality|written|made|standard|work|tested|finished|qualität))?
      (?:\ and\ (?:clear|complete|correct|good|accurate|well\ \w+|professional|done))*
      |(?:meets?|satisf(?:y|ies)|fulfil+s?|matches|erfüllt)\ (?:all\ |every\ |alle\ |the\ )*
        (?:requirements?|expectations?|criteria|needs?|goal|brief|anforderungen|erwartungen)
      |(?:the\ )?(?:task|work|card|goal|job|deliverable|output|result|aufgabe|arbeit)
        \ (?:is|was|has\ been|are|ist|wurde)\ (?:\w+\ )?
        (?:done|complete|completed|finished|delivered|accepted|good|fine|erledigt|fertig)
      |(?:good|high|best|gute|hohe)\ (?:quality|standard|work|practice|qualität|arbeit)s?
      |no\ (?:errors?|bugs?|problems?|issues?|mistakes?)|keine\ fehler|best\ practices?.*
      |n/?a|none|tbd|todo|tba|ok|okay|yes|-+|\.+
    )$""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(slots=True)
class Findings:
    """Violations gathered so that one re-ask can name them all."""

    found: list[Violation] = field(default_factory=list)

    def add(self, code: str, **params: str | int | list[str]) -> None:
        if len(self.found) < MAX_VIOLATIONS:
            self.found.append(Violation(code, dict(params)))


def read_plan(
    data: object, question: PlanQuestion, *, criteria_required: bool = True
) -> PlanProposal:
    """The lawful proposal in decoded JSON. Raises Nonsense with everything that is wrong."""
    findings = Findings()
    check_names(data, PLAN_FIELDS, findings)
    cards = read_cards(data, question, findings)
    if findings.found:
        raise Nonsense(findings.found)
    note = data.get("note", "") if isinstance(data, Mapping) else ""
    proposal = PlanProposal(tuple(cards), clean(note, MAX_NOTE) if isinstance(note, str) else "")
    return check_plan(proposal, question, criteria_required=criteria_required)


def check_plan(
    proposal: PlanProposal, question: PlanQuestion, *, criteria_required: bool = True
) -> PlanProposal:
    """The proposal with clean texts, blockers first. Raises Nonsense if it is not lawful."""
    findings = Findings()
    if not proposal.cards:
        findings.add("no_cards")
    if len(proposal.cards) > question.max_cards:
        findings.add("too_many_cards", cards=len(proposal.cards), limit=question.max_cards)
        raise Nonsense(findings.found)
    cards = [clean_card(card) for card in proposal.cards]
    for card in cards:
        check_card(card, question, findings, criteria_required=criteria_required)
    check_refs(cards, findings)
    if findings.found:
        raise Nonsense(findings.found)
    ordered = blockers_first(cards)
    if ordered is None:
        raise Nonsense([Violation("cycle", {"refs": [card.ref for card in in_cycle(cards)]})])
    return PlanProposal(tuple(ordered), clean(proposal.note, MAX_NOTE))


def check_names(data: object, known: frozenset[str], findings: Findings) -> None:
    """Nothing but the fields that were asked for may be in an answer."""
    for name in data if isinstance(data, Mapping) else ():
        if name not in known:
            findings.add("unknown_field", field=clean(str(name), MAX_REF))


def read_cards(data: object, question: PlanQuestion, findings: Findings) -> list[PlannedCard]:
    """Cards with the right types; what is in them is checked later."""
    if not isinstance(data, Mapping):
        findings.add("not_an_object")
        return []
    entries = data.get("cards")
    if not isinstance(entries, list):
        findings.add("cards_not_a_list")
        return []
    if len(entries) > question.max_cards:
        findings.add("too_many_cards", cards=len(entries), limit=question.max_cards)
        return []
    return [read_card(entry, number, findings) for number, entry in enumerate(entries, start=1)]


def read_card(entry: object, number: int, findings: Findings) -> PlannedCard:
    if not isinstance(entry, Mapping):
        findings.add("card_not_an_object", card=str(number))
        return PlannedCard("", "", "")
    check_names(entry, CARD_FIELDS, findings)
    ref = entry.get("ref")
    name = (
        str(ref) if isinstance(ref, str | int) and not isinstance(ref, bool) else f"card {number}"
    )

    def text(key: str) -> str:
        value = entry.get(key, "")
        if isinstance(value, str):
            return value
        findings.add("wrong_type", card=clean(name, MAX_REF), field=key)
        return ""

    def texts(key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        findings.add("wrong_type", card=clean(name, MAX_REF), field=key)
        return ()

    return PlannedCard(
        ref=name,
        title=text("title"),
        brief=text("brief"),
        criteria=texts("criteria"),
        skills=texts("skills"),
        kind=text("kind"),
        depends_on=texts("depends_on"),
    )


def clean_card(card: PlannedCard) -> PlannedCard:
    criteria = (clean(one, MAX_CRITERION) for one in card.criteria)
    return replace(
        card,
        ref=clean(card.ref, MAX_REF),
        title=" ".join(clean(card.title, MAX_TITLE).split()),
        brief=clean(card.brief, MAX_BRIEF),
        criteria=tuple(dict.fromkeys(one for one in criteria if one))[:MAX_CRITERIA],
        skills=tuple(dict.fromkeys(card.skills)),
        depends_on=tuple(dict.fromkeys(clean(ref, MAX_REF) for ref in card.depends_on)),
    )


def check_card(
    card: PlannedCard, question: PlanQuestion, findings: Findings, *, criteria_required: bool
) -> None:
    if not card.title:
        findings.add("empty_title", card=card.ref)
    if not card.brief:
        findings.add("empty_brief", card=card.ref)
    if criteria_required and not card.criteria:
        findings.add("no_criteria", card=card.ref)
    for criterion in card.criteria:
        if is_filler(criterion):
            findings.add("filler_criterion", card=card.ref, criterion=criterion)
    for skill in card.skills:
        if skill not in question.skills:
            findings.add("unknown_skill", card=card.ref, skill=clean(skill, MAX_REF))
    if card.kind not in question.kinds:
        findings.add("unknown_kind", card=card.ref, kind=clean(card.kind, MAX_REF))


def check_refs(cards: list[PlannedCard], findings: Findings) -> None:
    refs: set[str] = set()
    for card in cards:
        if not card.ref:
            findings.add("empty_ref", title=card.title)
        elif card.ref in refs:
            findings.add("duplicate_ref", card=card.ref)
        refs.add(card.ref)
    for card in cards:
        for needed in card.depends_on:
            if needed not in refs:
                findings.add("unknown_dependency", card=card.ref, depends_on=needed)


def blockers_first(cards: list[PlannedCard]) -> list[PlannedCard] | None:
    """The cards so that each comes after what it depends on; None if they wait in a circle."""
    ordered: list[PlannedCard] = []
    done: set[str] = set()
    waiting = list(cards)
    while waiting:
        free = [card for card in waiting if set(card.depends_on) <= done]
        if not free:
            return None
        ordered.extend(free)
        done.update(card.ref for card in free)
        waiting = [card for card in waiting if card.ref not in done]
    return ordered


def in_cycle(cards: list[PlannedCard]) -> Iterable[PlannedCard]:
    """Cards left when everything that is not part of a circle, or behind one, is taken away."""
    waiting = list(cards)
    while True:
        left = {card.ref for card in waiting}
        stuck = [card for card in waiting if left & set(card.depends_on)]
        if len(stuck) == len(waiting):
            return waiting
        waiting = stuck


def is_filler(criterion: str) -> bool:
    """Whether a criterion says nothing that could be checked."""
    words = " ".join(criterion.strip().strip(".!;:").split())
    return len(words) < 3 or FILLER.match(words) is not None


def clean(text: str, limit: int) -> str:
    """The text without control, direction and half characters, cut at a word within the limit."""
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn")
    )
    kept = INVISIBLE.sub("", kept).strip()
    if len(kept) <= limit:
        return kept
    cut = kept[: limit - 1]
    at = cut.rfind(" ", limit // 2)
    return (cut[:at] if at > 0 else cut).rstrip(" ,;:") + "…"
