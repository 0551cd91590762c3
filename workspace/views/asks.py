"""The inbox of asks: what only a person can answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.commands.choices import answer_any
from workspace.errors import Refused
from workspace.models import Ask
from workspace.policy import needs
from workspace.queries import ask_for, asks_open
from workspace.sentences import refusal
from workspace.shown.asks import asks_shown
from workspace.shown.home import rulings_wanted
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in


@needs("workspace.read")
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    return render(request, "asks.html", _facts(request))


def _facts(request: HttpRequest) -> dict[str, Any]:
    person = person_of(request)
    return {
        "section": "asks", "asks": asks_shown(asks_open(person), person),
        "rulings": rulings_wanted(person), "wire": {"url": "/live/me", "seq": 0},
    }  # fmt: skip


@needs("ask.answer")
@signed_in
@posted
def answer(request: HttpRequest, ask_id: str) -> HttpResponse:
    """The form's fields as the agent's schema names them, or a decision on an exact action."""
    ask = ask_for(person_of(request), ask_id)
    try:
        answer_any(ask_id=ask.id, answer=_answer(request, ask), by=by(request), at=at())
    except Refused as error:
        facts = {
            **_facts(request),
            "wrong": refusal(error),
            "wrong_id": ask.id,
            "given": request.POST,
        }
        return render(request, "asks.html", facts, status=error.status)
    return back_to(request, "/asks")


def _answer(request: HttpRequest, ask: Ask) -> dict[str, Any]:
    given = request.POST
    if ask.kind == "choice":
        return {"choice": given.get("choice", "")}
    if ask.kind == "permission":
        decision, _, scope = given.get("decision", "").partition(" ")
        return {"decision": decision, "scope": scope or "card"}
    fields = (ask.body.get("schema") or {}).get("properties") or {"answer": {"type": "string"}}
    content: dict[str, Any] = {}
    for name, rule in fields.items():
        if rule.get("type") == "array":
            content[name] = given.getlist(f"f-{name}")
        elif rule.get("type") == "boolean":
            content[name] = given.get(f"f-{name}") == "on"
        else:
            content[name] = given.get(f"f-{name}", "")
    return {"action": given.get("action", "accept"), "content": content}
