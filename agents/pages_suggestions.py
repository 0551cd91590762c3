"""Manual mode: what the coordinator would do, each move with its reason, for people to confirm."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from agents.suggesting import Outcome, confirm_suggestions, described, listed
from workspace import queries
from workspace.commands.locks import authorise
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import ProposedCard, Suggestion, SuggestionEdit
from workspace.sentences import refusal, sentence, would
from workspace.shown.lineage import Changed, as_text, changed
from workspace.shown.words import remedy_word
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in

MOST = 30  # as many as a person looks through; the rest comes when these are done


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion in words. `edit_url`: where what it rests on can be changed first."""

    key: str
    name: str  # the key as the id of an element
    line: str
    why: str
    agent_id: str
    edit_url: str
    judgement_url: str
    can_sort: bool
    cards: tuple[ProposedCard, ...]
    changes: tuple[Changed, ...]
    note: str


class Names:
    """Agents by id, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def name(self, id: str | None) -> str:
        if not id:
            return ""
        if id not in self._known:
            self._known[id] = queries.agent_name(id)
        return self._known[id]


@needs("room.read")
@signed_in
def suggested(request: HttpRequest, room_id: str) -> HttpResponse:
    """What the coordinator would do in a manual room; nothing in one that runs by itself."""
    room = queries.room_for(person_of(request), room_id)
    found = listed(room.id, at())
    names = Names()
    facts = {
        "room": room, "moves": [in_words(one, room.id, names) for one in found[:MOST]],
        "count": min(len(found), MOST), "more": max(0, len(found) - MOST),
        "agents": queries.agents_in(room.id),
    }  # fmt: skip
    return render(request, "parts/suggestions.html", facts)


def in_words(one: Suggestion, room_id: str, names: Names) -> Shown:
    """What would be done, about which card or agent, and why."""
    room = f"/rooms/{room_id}"
    edit_url = f"{room}/cards/{one.card_id}?edit=1" if one.card_id else ""
    if one.judgement == "plan":
        edit_url = f"{room}/settings"
    return Shown(
        one.key, one.key.replace(":", "-"), line_of(one, names),
        sentence({"code": one.code, "params": one.params}, names), one.agent_id, edit_url,
        f"{room}/judgements/{one.judgement_id}" if one.judgement_id else "",
        one.kind == "take_plan", one.cards,
        tuple(
            changed(each.name, as_text(each.name, each.before), as_text(each.name, each.after))
            for each in one.changes
        ),
        one.note,
    )  # fmt: skip


def line_of(one: Suggestion, names: Names) -> str:
    card = queries.card_of(one.card_id) if one.card_id else None
    words = {
        "card": f"#{card.number} {card.title}" if card else "–",
        "agent": names.name(one.agent_id),
        "remedy": remedy_word(one.remedy),
    }
    closer = ["round"] if one.is_round else [one.judgement]
    if one.judgement == "diagnose":
        closer.append(one.remedy)
    return would(one.kind, *closer, **words)


@needs("room.plan")
@signed_in
@posted
def confirm(request: HttpRequest, room_id: str) -> HttpResponse:
    """Carry out the suggestions that were shown, one perhaps changed; a stale one is refused.

    Of several the rest is done, and what was refused is told with why.
    """
    room = queries.room_for(person_of(request), room_id)
    who = by(request)
    authorise(room, who, "room.plan")
    keys = list(dict.fromkeys(request.POST.getlist("move")))
    if not keys:
        raise Refused("missing", status=422, field="move")
    edit = SuggestionEdit(request.POST.get("agent", ""), request.POST.get("to_sort") == "1")
    edits = {keys[0]: edit} if len(keys) == 1 else {}
    outcomes = confirm_suggestions(room.id, keys, edits, who.actor, at())
    refused = [one for one in outcomes if one.refused is not None]
    if len(keys) == 1 and refused and refused[0].refused:
        raise refused[0].refused
    if refused:
        facts = {"room": room, "done": len(outcomes) - len(refused), "refused": told(refused)}
        return render(request, "confirmed.html", facts)
    return back_to(request, f"/rooms/{room.id}")


def told(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """What was not done, and why; a move that is suggested no more has no sentence."""
    names = Names()
    return [
        (line_of(described(one.move), names) if one.move else "", refusal(one.refused))
        for one in outcomes
        if one.refused is not None
    ]


urlpatterns = [
    path("rooms/<str:room_id>/suggestions", suggested),
    path("rooms/<str:room_id>/suggestions/confirm", confirm),
]
