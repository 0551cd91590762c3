"""Who calls: a person by a personal token, inside the token's workspace and scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from workspace import queries
from workspace.actors import By
from workspace.commands.tokens import use_token
from workspace.errors import NotFound
from workspace.models import (
    Agent,
    ApiToken,
    Ask,
    Card,
    CommandRule,
    Conflict,
    Deliverable,
    Fact,
    Person,
    Room,
)
from workspace.policy import require_role, require_scope
from workspace.queries.rules import rule_for
from workspace.queries.ruling import conflict_for, fact_for


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a token, and the one clock reading of this call."""

    token: ApiToken
    at: datetime

    @property
    def person(self) -> Person:
        return self.token.person

    @property
    def workspace_id(self) -> str:
        return self.token.workspace_id

    @property
    def by(self) -> By:
        return By(self.person.id, scopes=tuple(self.token.scopes), token_id=self.token.id)

    # A token opens one workspace: what its person has elsewhere is not found with it.

    def room(self, room_id: str, permission: str = "room.read") -> Room:
        """A room of the token's workspace where the person's role holds the permission."""
        room = self._inside(queries.room_for(self.person, room_id), "room")
        require_role(queries.room_role(self.person.id, room.id), permission)
        return room

    def card(self, card_id: str) -> Card:
        return self._inside(queries.card_for(self.person, card_id), "card")

    def deliverable(self, deliverable_id: str) -> Deliverable:
        return self._inside(queries.deliverable_for(self.person, deliverable_id), "deliverable")

    def ask(self, ask_id: str) -> Ask:
        return self._inside(queries.ask_for(self.person, ask_id), "ask")

    def conflict(self, conflict_id: str) -> Conflict:
        return self._inside(conflict_for(self.person, conflict_id), "conflict")

    def fact(self, fact_id: str) -> Fact:
        return self._inside(fact_for(self.person, fact_id), "fact")

    def rule(self, rule_id: str) -> CommandRule:
        return self._inside(rule_for(self.person, rule_id), "rule")

    def agent(self, agent_id: str) -> Agent:
        return self._inside(queries.agent_for(self.person, agent_id), "agent")

    def _inside(self, row: Any, what: str) -> Any:
        if row.workspace_id != self.workspace_id:
            raise NotFound(what, row.id)
        return row


class PersonalToken(HttpBearer):
    """`Authorization: Bearer mst_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        at = timezone.now()
        found = use_token(token=token.strip(), at=at)
        return Caller(found, at) if found else None


def caller(request: HttpRequest) -> Caller:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Caller)
    return found


def within_scope(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a token whose scopes do not cover what the operation says it needs."""
    permission = operation.permission  # type: ignore[attr-defined]

    @wraps(operation)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_scope(list(caller(request).token.scopes), permission)
        return operation(request, *args, **kwargs)

    return guarded
