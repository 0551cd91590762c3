"""Cards: listed, made, changed, taken, given, cancelled, talked about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status
from pydantic import model_validator

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.rooms import Said
from workspace.api.shapes import (
    CardList,
    MessageShape,
    WholeCard,
    card_shapes,
    message_shape,
    whole_card,
)
from workspace.api.wall import Given
from workspace.commands.cards import (
    MOST_INDEPENDENT,
    CardFacts,
    cancel_card,
    create_card,
    edit_card,
    give_card,
    take_card,
)
from workspace.commands.lates import offer_late
from workspace.commands.messages import post_message
from workspace.commands.repositories import RepositoryNamed
from workspace.errors import NotFound
from workspace.models import Card, LateResult
from workspace.policy import needs

router = Router(tags=["cards"])
TAKEN_AWAY = ("due_at", "repository")  # by null
Line = Annotated[str, Field(max_length=500)]
Independent = Annotated[int, Field(ge=1, le=MOST_INDEPENDENT)]
Priority = Annotated[int, Field(ge=-1000, le=1000)]
CardStatus = Literal["triage", "ready", "working", "waiting", "review", "done", "cancelled"]


class RepositoryGiven(Given):
    """A repository by the name connectors have for it; no shell ever runs its checks."""

    url: str = Field(max_length=500)
    commit: str = Field("", max_length=64)
    checks: list[list[Line]] = Field(default_factory=list, max_length=20)

    def named(self) -> RepositoryNamed:
        checks = tuple(tuple(words) for words in self.checks)
        return RepositoryNamed(url=self.url, commit=self.commit, checks=checks)


class NewCard(Given):
    title: str = Field(max_length=500)
    brief: str = ""
    criteria: list[Line] = Field(default_factory=list, max_length=50)
    skills: list[Line] = Field(default_factory=list, max_length=40)
    kind: str = Field("document", max_length=32)
    depends_on: list[Line] = Field(default_factory=list, max_length=200)
    priority: Priority = 0
    independent_runs: Independent = 1
    due_at: datetime | None = None
    repository: RepositoryGiven | None = None


class CardChanges(Given):
    title: str | None = Field(None, max_length=500)
    brief: str | None = None
    criteria: list[Line] | None = Field(None, max_length=50)
    skills: list[Line] | None = Field(None, max_length=40)
    kind: str | None = Field(None, max_length=32)
    depends_on: list[Line] | None = Field(None, max_length=200)
    priority: Priority | None = None
    independent_runs: Independent | None = None
    due_at: datetime | None = None  # null takes it away
    repository: RepositoryGiven | None = None  # and so here


class Assignment(Given):
    """To one agent or one person."""

    agent_id: str | None = Field(None, max_length=40, pattern="^agt_")
    person_id: str | None = Field(None, max_length=40, pattern="^usr_")

    @model_validator(mode="after")
    def one_of_both(self) -> Assignment:
        if (self.agent_id is None) == (self.person_id is None):
            raise ValueError("name either agent_id or person_id")
        return self


class Cancelling(Given):
    reason: str = Field("", max_length=2000)


@router.get("/rooms/{row_id:room_id}/cards", response=CardList)
@needs("room.read")
def list_cards(
    request: HttpRequest, room_id: str, paging: Query[Paging], status: CardStatus | None = None
) -> CardList:
    """A room's cards in the order they were made, or those of one status."""
    room = caller(request).room(room_id)
    wanted = Card.objects.filter(room=room).select_related("room")
    if status is not None:
        wanted = wanted.filter(status=status)
    cards, following = page(wanted, paging)
    return CardList(items=card_shapes(cards), next=following)


@router.post("/rooms/{row_id:room_id}/cards", response={201: WholeCard})
@needs("card.create")
def make_card(request: HttpRequest, room_id: str, body: NewCard) -> Status[Any]:
    """A card, ready for work once what it depends on is accepted."""
    who = caller(request)
    room = who.room(room_id)

    def act() -> WholeCard:
        said = body.model_dump(exclude={"repository"})
        named = body.repository.named() if body.repository else None
        facts = CardFacts(**said, repository=named)
        return whole_card(create_card(room_id=room.id, facts=facts, by=who.by, at=who.at))

    return once(request, act, 201)


@router.get("/cards/{row_id:card_id}", response=WholeCard)
@needs("room.read")
def get_card(request: HttpRequest, card_id: str) -> WholeCard:
    return whole_card(caller(request).card(card_id))


@router.patch("/cards/{row_id:card_id}", response=WholeCard)
@needs("card.edit")
def change_card(request: HttpRequest, card_id: str, body: CardChanges) -> WholeCard:
    """Change what is named; whoever works on it is told."""
    who = caller(request)
    card = who.card(card_id)
    given = body.model_dump(exclude_unset=True)
    changes = {name: said for name, said in given.items() if said is not None or name in TAKEN_AWAY}
    if "repository" in given:
        changes["repository"] = body.repository.named() if body.repository else None
    if changes:
        card = edit_card(card_id=card.id, changes=changes, by=who.by, at=who.at)
    return whole_card(card)


@router.post("/cards/{row_id:card_id}/take", response=WholeCard)
@needs("card.take")
def take(request: HttpRequest, card_id: str) -> Status[Any]:
    """Do the card yourself; an agent that has it is told to stop."""
    who = caller(request)
    card = who.card(card_id)
    return once(request, lambda: whole_card(take_card(card_id=card.id, by=who.by, at=who.at)))


@router.post("/cards/{row_id:card_id}/assign", response=WholeCard)
@needs("card.give")
def assign(request: HttpRequest, card_id: str, body: Assignment) -> Status[Any]:
    """Give the card to a person, at once, or to an agent, as soon as it is free."""
    who = caller(request)
    card = who.card(card_id)
    to = body.agent_id or body.person_id or ""
    return once(
        request, lambda: whole_card(give_card(card_id=card.id, to=to, by=who.by, at=who.at))
    )


@router.post("/cards/{row_id:card_id}/cancel", response=WholeCard)
@needs("card.cancel")
def cancel(request: HttpRequest, card_id: str, body: Cancelling | None = None) -> Status[Any]:
    """Nobody works on it any more; a live run is told to stop."""
    who = caller(request)
    card = who.card(card_id)
    said = body.reason if body else ""
    return once(
        request, lambda: whole_card(cancel_card(card_id=card.id, said=said, by=who.by, at=who.at))
    )


@router.post("/cards/{row_id:card_id}/late_results/{row_id:late_id}/offer", response=WholeCard)
@needs("late.offer")
def offer(request: HttpRequest, card_id: str, late_id: str) -> Status[Any]:
    """Put what came after a run's time into review, as a version by the same agent."""
    who = caller(request)
    card = who.card(card_id)
    if not LateResult.objects.filter(id=late_id, run__card=card).exists():
        raise NotFound("late result", late_id)

    def act() -> WholeCard:
        return whole_card(offer_late(late_id=late_id, by=who.by, at=who.at).card)

    return once(request, act)


@router.post("/cards/{row_id:card_id}/messages", response={201: MessageShape})
@needs("message.post")
def say_on_card(request: HttpRequest, card_id: str, body: Said) -> Status[Any]:
    """Say something on the card; `@agent` sends it to that agent while it works on it."""
    who = caller(request)
    card = who.card(card_id)

    def act() -> MessageShape:
        return message_shape(post_message(card_id=card.id, body=body.body, by=who.by, at=who.at))

    return once(request, act, 201)
