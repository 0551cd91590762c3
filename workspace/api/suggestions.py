"""Suggestions of a manual room over the people's API: what the coordinator would do, confirmed.

What is suggested is the agents' side's business; the composition root hands it over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.responses import Status

from workspace.api.answering import once
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import Suggestion, SuggestionEdit
from workspace.sentences import refusal

Key = Annotated[str, Field(min_length=1, max_length=300)]


@dataclass(frozen=True, slots=True)
class Suggesting:
    """What the agents' side offers: what is suggested in a room at a time; carrying out what is
    still suggested under keys, with edits by key and for whom, with why each was refused if so."""

    listed: Callable[[str, datetime], list[Suggestion]]
    confirm: Callable[
        [str, Sequence[str], Mapping[str, SuggestionEdit], str, datetime],
        list[tuple[str, Refused | None]],
    ]


class ProposedCardShape(Schema):
    """`depends_on` are positions in the same list, from 0."""

    title: str
    brief: str
    criteria: list[str]
    skills: list[str]
    kind: str
    depends_on: list[int]


class ProposedChangeShape(Schema):
    name: str
    before: str | list[str]
    after: str | list[str]


class SuggestionShape(Schema):
    """`key` names it until it would do something else. `code` and `params` say why; `judgement`
    is the kind of question it is about, `judgement_id` the answer it rests on. `cards` would be
    made and `changes` to the card carried out; `note` is in the judge's words."""

    key: str
    kind: str
    judgement: str
    judgement_id: str
    remedy: str
    is_round: bool
    code: str
    params: dict[str, Any]
    card_id: str
    agent_id: str
    cards: list[ProposedCardShape]
    changes: list[ProposedChangeShape]
    note: str


class SuggestionList(Schema):
    items: list[SuggestionShape]
    next: None = None


class Edit(Given):
    """`agent_id`: who gets the card instead; `to_sort`: a plan's cards wait in triage."""

    agent_id: str = Field("", max_length=60)
    to_sort: bool = False


class Confirmation(Given):
    keys: list[Key] = Field(min_length=1, max_length=200)
    edits: dict[Key, Edit] = Field(default_factory=dict, max_length=200)


class OutcomeShape(Schema):
    """`code` and `detail` say why it was refused."""

    key: str
    outcome: Literal["done", "refused"]
    code: str = ""
    detail: str = ""


class Confirmed(Schema):
    items: list[OutcomeShape]


def suggestions_router(suggesting: Suggesting) -> Router:
    router = Router(tags=["suggestions"])

    @router.get("/rooms/{row_id:room_id}/suggestions", response=SuggestionList)
    @needs("room.read")
    def list_suggestions(request: HttpRequest, room_id: str) -> SuggestionList:
        """What the coordinator of a manual room would do now; nothing in one that runs itself."""
        who = caller(request)
        found = suggesting.listed(who.room(room_id).id, who.at)
        return SuggestionList(items=[SuggestionShape(**asdict(one)) for one in found])

    @router.post("/rooms/{row_id:room_id}/suggestions/confirm", response=Confirmed)
    @needs("room.plan")
    def confirm_suggestions(request: HttpRequest, room_id: str, body: Confirmation) -> Status[Any]:
        """Carry out what is still suggested under these keys, and nothing else.

        Each is answered by itself; where every one was refused, so is the request.
        """
        who = caller(request)
        room = who.room(room_id, "room.plan")
        if unknown := sorted(set(body.edits) - set(body.keys)):
            raise Refused("not_confirmed", status=422, field="edits", key=unknown[0])
        edits = {key: SuggestionEdit(**edit.model_dump()) for key, edit in body.edits.items()}

        def act() -> Confirmed:
            keys = list(dict.fromkeys(body.keys))
            outcomes = suggesting.confirm(room.id, keys, edits, who.person.id, who.at)
            refused = [why for _, why in outcomes if why is not None]
            if len(refused) == len(outcomes):
                raise refused[0]
            return Confirmed(items=[_outcome(key, why) for key, why in outcomes])

        return once(request, act)

    return router


def _outcome(key: str, why: Refused | None) -> OutcomeShape:
    if why is None:
        return OutcomeShape(key=key, outcome="done")
    return OutcomeShape(key=key, outcome="refused", code=why.code, detail=refusal(why))
