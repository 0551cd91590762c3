"""The coordinator's own questions: the sentence, what it rests on, and one word per option."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import Ask, Card, Deliverable, Judgement, Person
from workspace.queries.budgets import may_set_budget
from workspace.shown.budgets import amount, why_not_to_set
from workspace.shown.words import state_word
from workspace.spending import USED_UP, kind_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of what a question rests on. `quote` is in a judge's words."""

    text: str
    glyph: str = ""
    url: str = ""
    link: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    word: str


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """`why_not`: why this person has no options to take."""

    sentence: str
    evidence: tuple[Evidence, ...]
    options: tuple[Option, ...]
    why_not: str = ""


@dataclass(slots=True)
class Known:
    """The rows that the questions name by id."""

    cards: dict[str, Card]
    versions: dict[str, Deliverable]
    judgements: dict[str, Judgement]


def choices_shown(asks: Iterable[Ask], person: Person) -> dict[str, ShownChoice]:
    """Per ask of this kind; three queries however many, and two for each about a budget."""
    rows = [ask for ask in asks if ask.kind == "choice"]
    if not rows:
        return {}
    known = _known([ask.body.get("params") or {} for ask in rows])
    return {ask.id: _choice(ask, known, _why_not(ask, person)) for ask in rows}


def _why_not(ask: Ask, person: Person) -> str:
    """What to do about a budget is chosen by who may set it."""
    if ask.body.get("code") != USED_UP:
        return ""
    subject_id = str(ask.body["params"]["subject_id"])
    if may_set_budget(ask.room, subject_id, person.id):
        return ""
    return why_not_to_set(kind_of(subject_id) == "agent")


def _known(params: list[dict[str, Any]]) -> Known:
    inputs = [one for each in params for one in each.get("inputs") or []]
    cards = {str(one["card"]) for one in inputs}
    cards |= {str(id) for each in params for id in each.get("cards") or []}
    versions = {str(one[key]) for one in inputs for key in ("was", "now") if one.get(key)}
    judged = {str(each.get("judgement_id") or each.get("judgement") or "") for each in params}
    return Known(
        {card.id: card for card in Card.objects.filter(id__in=cards)},
        {row.id: row for row in Deliverable.objects.filter(id__in=versions).defer("manifest")},
        {row.id: row for row in Judgement.objects.filter(id__in=judged - {""})},
    )


def _choice(ask: Ask, known: Known, why_not: str) -> ShownChoice:
    body = ask.body
    options = [] if why_not else [str(code) for code in body.get("options") or []]
    made = EVIDENCE.get(str(body.get("code")), _no_more)
    return ShownChoice(
        sentence=sentences.choice(body),
        evidence=tuple(made(ask, body.get("params") or {}, known)),
        options=tuple(Option(code, sentences.option(code)) for code in options),
        why_not=why_not,
    )


def _no_more(ask: Ask, params: Mapping[str, Any], known: Known) -> list[Evidence]:
    return []


def _inputs(ask: Ask, params: Mapping[str, Any], known: Known) -> list[Evidence]:
    """Which inputs changed, from which version to which."""
    found = []
    for one in params.get("inputs") or []:
        card = known.cards.get(str(one["card"]))
        name = f"#{card.number} {card.title}" if card else _("a card that is gone")
        was, state = one.get("was_version"), str(one.get("state") or "")
        now = known.versions.get(str(one.get("now") or ""))
        if now is None:
            text = _("%(card)s: v%(was)s was %(state)s, and nothing has taken its place yet") % {
                "card": name, "was": was, "state": state_word(state),
            }  # fmt: skip
            found.append(Evidence(text, state, f"/reviews/{one['was']}", _("look at it")))
            continue
        text = _("%(card)s: v%(was)s became v%(now)s") % {
            "card": name, "was": was, "now": now.version,
        }  # fmt: skip
        url = f"/reviews/{now.id}?view=diff&to={one['was']}"
        found.append(Evidence(text, "superseded", url, _("what changed")))
    return found


def _trouble(ask: Ask, params: Mapping[str, Any], known: Known) -> list[Evidence]:
    """What the judge was asked, and each answer that was none."""
    row = known.judgements.get(str(params.get("judgement_id") or ""))
    if row is None:
        return []
    found = []
    for one in row.trouble[-4:]:
        status = (one.get("params") or {}).get("status")
        code = {"code": one.get("code"), "params": {}}
        said = _("HTTP %(status)s") % {"status": status} if status else ""
        found.append(Evidence(sentences.sentence(code), "failed", quote=said))
    return found


def _drift(ask: Ask, params: Mapping[str, Any], known: Known) -> list[Evidence]:
    """What the judge says drifts, which cards do, and what it would do."""
    found = []
    if params.get("why"):
        found.append(Evidence(_("The judge says"), quote=str(params["why"])))
    for id in params.get("cards") or []:
        if card := known.cards.get(str(id)):
            url = f"/rooms/{card.room_id}/cards/{card.id}"
            found.append(Evidence("", card.status, url, f"#{card.number} {card.title}"))
    if params.get("suggestion"):
        found.append(Evidence(_("It suggests"), quote=str(params["suggestion"])))
    return found


def _call(ask: Ask, params: Mapping[str, Any], known: Known) -> list[Evidence]:
    """What the next call may take, where that did not fit: raised, the budget holds it."""
    if not params.get("wanted"):
        return []
    wanted = amount(str(params["what"]), Decimal(params["wanted"]), with_unit=True)
    text = _("The model's next answer may take %(wanted)s. Raised, the budget holds at least that.")
    return [Evidence(text % {"wanted": wanted}, "waiting")]


EVIDENCE = {
    USED_UP: _call,
    "inputs_changed": _inputs,
    "judge_trouble": _trouble,
    "judge_keeps_failing": _trouble,
    "off_course": _drift,
}
