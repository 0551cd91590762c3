"""What people decide about a card that was handed over to them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from workspace.commands import handoffs
from workspace.errors import NotFound
from workspace.models import Card
from workspace.policy import needs
from workspace.queries import card_for
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in


def _card(request: HttpRequest, room_id: str, card_id: str) -> Card:
    found = card_for(person_of(request), card_id)
    if found.room_id != room_id:
        raise NotFound("card", card_id)
    return found


def _back(request: HttpRequest, card: Card) -> HttpResponse:
    return back_to(request, f"/rooms/{card.room_id}/cards/{card.id}")


@needs("card.edit")
@signed_in
@posted
def go_on(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    """Brief and criteria as they are now, changed or not; then the coordinator tries again."""
    card, given = _card(request, room_id, card_id), request.POST
    changes: dict[str, object] = {}
    if given.get("brief", card.brief).strip() != card.brief:
        changes["brief"] = given["brief"]
    criteria = [line.strip() for line in given.get("criteria", "").splitlines() if line.strip()]
    if "criteria" in given and criteria != card.criteria:
        changes["criteria"] = criteria
    handoffs.go_on(card_id=card.id, changes=changes, by=by(request), at=at())
    return _back(request, card)


@needs("card.give")
@signed_in
@posted
def give_on(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    card = _card(request, room_id, card_id)
    to = request.POST.get("to", "")
    handoffs.give_on(card_id=card.id, to=to, by=by(request), at=at())
    return _back(request, card)


@needs("card.edit")
@signed_in
@posted
def split(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    card = _card(request, room_id, card_id)
    titles = request.POST.get("titles", "").splitlines()
    handoffs.split_by_hand(card_id=card.id, titles=titles, by=by(request), at=at())
    return _back(request, card)
