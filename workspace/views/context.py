"""What every page has: me, and what waits for me."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from workspace.models import Person
from workspace.shown.home import nav_counts
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
