"""The address a planted text names. Nothing is there; that somebody asked is counted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from agents.doors.problems import problem
from workspace.commands.auditions import note_planted_call
from workspace.policy import needs


@csrf_exempt
def planted(request: HttpRequest, canary: str) -> HttpResponse:
    """Answered like any address that is none, whoever asks."""
    note_planted_call(canary=canary[:40])
    return problem("not_found")


needs("public")(planted)
