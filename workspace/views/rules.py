"""Lasting answers to what agents ask leave for: taken back where they are listed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from workspace.commands.rules import remove_rule
from workspace.policy import needs
from workspace.queries.rules import rule_for
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in


@needs("ask.answer")
@signed_in
@posted
def remove(request: HttpRequest, rule_id: str) -> HttpResponse:
    rule = rule_for(person_of(request), rule_id)
    remove_rule(rule_id=rule.id, by=by(request), at=at())
    return back_to(request, f"/rooms/{rule.room_id}/settings#lasting")
