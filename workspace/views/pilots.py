"""Pilot results: the list, and one scorecard."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.policy import needs
from workspace.queries.pilots import pilot_for, pilots_of
from workspace.shown.pilots import pilot_page, pilot_row
from workspace.views.asking import person_of, signed_in

MOST = 100


@needs("workspace.read")
@signed_in
def pilots(request: HttpRequest) -> HttpResponse:
    rows = [pilot_row(one) for one in pilots_of(person_of(request))[:MOST]]
    return render(request, "pilots/list.html", {"section": "pilots", "rows": rows})


@needs("workspace.read")
@signed_in
def pilot(request: HttpRequest, pilot_id: str) -> HttpResponse:
    page = pilot_page(pilot_for(person_of(request), pilot_id))
    return render(request, "pilots/one.html", {"section": "pilots", "page": page})
