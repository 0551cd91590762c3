"""Manual mode: what the coordinator would do, each move with its reason, for people to confirm."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from agents.coordinator.moves import Assign, Move, TakeAnswer
from agents.tick import confirm_suggestions, move_key, suggestions
from workspace import queries
from workspace.commands.locks import authorise
from workspace.errors import Refused
from workspace.policy import needs
from workspace.sentences import sentence, would
from workspace.shown.words import remedy_word
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in

MOST = 30  # as many as a person looks through; the rest comes when these are done


@dataclass(frozen=True, slots=True)
class Suggested:
    """A move in words. `edit_url`: where what it rests on can be changed first."""

    key: str
    kind: str
    line: str
    why: str
    agent_id: str
    edit_url: str


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
    moves = suggestions(room.id, at())
    names = Names()
    facts = {
        "room": room, "moves": [in_words(move, room.id, names) for move in moves[:MOST]],
        "count": len(moves), "more": max(0, len(moves) - MOST),
        "agents": queries.agents_in(room.id),
    }  # fmt: skip
    return render(request, "parts/suggestions.html", facts)


def in_words(move: Move, room_id: str, names: Names) -> Suggested:
    """What would be done, about which card or agent, and why."""
    agent_id = move.agent_id if isinstance(move, Assign) else ""
    card = queries.card_of(subject_of(move))
    words = {
        "card": f"#{card.number} {card.title}" if card else "–",
        "agent": names.name(agent_id),
        "remedy": remedy_word(remedy_of(move)),
    }
    reason = {"code": move.reason.code, "params": dict(move.reason.params)}
    edit_url = f"/rooms/{room_id}/cards/{card.id}?edit=1" if card else ""
    if getattr(move, "judgement", "") == "plan":
        edit_url = f"/rooms/{room_id}/settings"
    return Suggested(
        move_key(move), move.kind, would(move.kind, *closer(move), **words),
        sentence(reason, names), agent_id, edit_url,
    )  # fmt: skip


def subject_of(move: Move) -> str:
    """What the sentence is about: for what a judge answered that is what it was asked about."""
    return move.subject_id if isinstance(move, TakeAnswer) else move.subject


def closer(move: Move) -> list[str]:
    """The codes that choose among the sentences of one kind of move."""
    if isinstance(move, Assign):
        return ["round"] if move.reason.code == "same_worker" else []
    kind = str(getattr(move, "judgement", ""))
    return [kind, remedy_of(move)] if kind == "diagnose" else [kind]


def remedy_of(move: Move) -> str:
    """How a card would go on, by rule or as a judge said."""
    if isinstance(move, TakeAnswer) and move.judgement == "diagnose":
        row = queries.judgement(move.judgement_id)
        proposal = (row.proposal if row else None) or {}
        return str(proposal.get("remedy") or "ask")
    return str(getattr(move, "remedy", ""))


@needs("room.plan")
@signed_in
@posted
def confirm(request: HttpRequest, room_id: str) -> HttpResponse:
    """Carry out one suggestion, perhaps with another agent, or all. A stale one is refused."""
    room = queries.room_for(person_of(request), room_id)
    authorise(room, by(request), "room.plan")
    key, agent_id = request.POST.get("move", ""), request.POST.get("agent", "")
    confirmed = confirm_suggestions(room.id, key, at(), agent_id if key else "")
    if key and confirmed.refused:
        raise confirmed.refused[0]
    if key and not confirmed.done:
        raise Refused("stale_move")
    return back_to(request, f"/rooms/{room.id}")


urlpatterns = [
    path("rooms/<str:room_id>/suggestions", suggested),
    path("rooms/<str:room_id>/suggestions/confirm", confirm),
]
