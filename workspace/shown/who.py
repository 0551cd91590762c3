"""People and agents as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.translation import gettext as _

from workspace.models import Agent, Person, Room

DISCS = 4


@dataclass(frozen=True, slots=True)
class Who:
    """Who did or does something. `tone` colours a plate, or numbers a person's disc."""

    kind: str  # person | agent | coordinator | system
    id: str
    name: str
    mark: str = ""
    tone: str = ""

    def toned(self, tone: str) -> Who:
        return replace(self, tone=tone) if self.kind == "agent" else self


def person_shown(person: Person) -> Who:
    return Who("person", person.id, person.name, person.initials, str(disc_of(person.id)))


@lru_cache(maxsize=10_000)
def disc_of(person_id: str) -> int:
    """One of four colours by the order in which people came, so that neighbours differ."""
    # Ids sort by time, so who comes later never changes an earlier one's colour.
    return Person.objects.filter(id__lt=person_id).count() % DISCS + 1


def agent_shown(agent: Agent, tone: str = "") -> Who:
    return Who("agent", agent.id, agent.name, agent.letters, tone)


def coordinator_shown() -> Who:
    return Who("coordinator", "coordinator", _("Coordinator"))


class People:
    """Everyone a page may name, fetched once. Unknown ids are shown as someone who left."""

    def __init__(self, persons: Iterable[Person], agents: Iterable[Agent]) -> None:
        self._known = {person.id: person_shown(person) for person in persons}
        self._known |= {agent.id: agent_shown(agent) for agent in agents}

    @classmethod
    def of(cls, room: Room) -> People:
        return cls.of_workspace(room.workspace_id)

    @classmethod
    def of_workspace(cls, workspace_id: str) -> People:
        persons = Person.objects.filter(workspaces__workspace_id=workspace_id)
        return cls(persons, Agent.objects.filter(workspace_id=workspace_id))

    def get(self, id: str | None) -> Who | None:
        return self._known.get(id or "")

    def actor(self, id: str) -> Who:
        if found := self._known.get(id):
            return found
        if id == "coordinator":
            return coordinator_shown()
        if id.startswith("usr_"):
            return Who("person", id, _("Someone who left"), "··", "1")
        if id.startswith("agt_"):
            return Who("agent", id, _("An agent that left"), "··", "away")
        return Who("system", id, _("Muster"))

    def name(self, id: str | None) -> str:
        return self.actor(id).name if id else ""
