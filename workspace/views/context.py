"""What every page has: me, and what waits for me."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from workspace.models import Person
from workspace.queries import asks_open, reviews_waiting
from workspace.shown.who import person_shown


def page(request: HttpRequest) -> dict[str, Any]:
    person = getattr(request, "user", None)
    if not isinstance(person, Person):
        return {"me": None}
    return {
        "me": person,
        "me_shown": person_shown(person),
        "wire": {"url": "/live/me", "seq": 0},
        "nav_counts": SimpleLazyObject(lambda: nav_counts(person)),
    }


def nav_counts(person: Person) -> dict[str, int]:
    """How many verdicts and answers wait for this person."""
    return {"reviews": reviews_waiting(person).count(), "asks": asks_open(person).count()}
