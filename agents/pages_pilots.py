"""Two pilots side by side: the referee compares, the page shows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from agents.pilot.referee import compare
from workspace.policy import needs
from workspace.queries.pilots import pilot_for
from workspace.shown.pilots import compared_row, pilot_row
from workspace.views.asking import person_of, signed_in


@needs("workspace.read")
@signed_in
def compared(request: HttpRequest) -> HttpResponse:
    """`a` is the pilot compared with, `b` the one that may be better or worse than it."""
    person = person_of(request)
    a, b = (pilot_for(person, request.GET.get(name, "")) for name in ("a", "b"))
    rows = [
        compared_row(one.name, one.a, one.b, one.word, one.between)
        for one in compare(a.facts, b.facts)
        if one.word != "unknown"
    ]
    facts = {"section": "pilots", "a": pilot_row(a), "b": pilot_row(b), "rows": rows}
    return render(request, "pilots/compared.html", facts)


urlpatterns = [path("pilots/compare", compared)]
