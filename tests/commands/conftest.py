"""A room with one of everyone, for the tests of commands."""

import pytest

from tests import cast
from workspace.actors import By
from workspace.models import Agent, Card, Deliverable, Person, Room, Run


@pytest.fixture
def owner(db) -> Person:
    return cast.an_owner()


@pytest.fixture
def room(owner: Person) -> Room:
    return cast.a_room(owner)


@pytest.fixture
def by(owner: Person) -> By:
    """The owner, in the browser."""
    return By(owner.id)


@pytest.fixture
def reviewer(room: Room) -> Person:
    return cast.a_member(room, "reviewer")


@pytest.fixture
def contributor(room: Room) -> Person:
    return cast.a_member(room, "contributor")


@pytest.fixture
def observer(room: Room) -> Person:
    return cast.a_member(room, "observer")


@pytest.fixture
def agent(room: Room) -> Agent:
    return cast.an_agent(room, skills=("code",))


@pytest.fixture
def card(room: Room) -> Card:
    return cast.a_card(room)


@pytest.fixture
def run(card: Card, agent: Agent) -> Run:
    """The agent was told of the card and has not answered yet."""
    return cast.a_run(card, agent)


@pytest.fixture
def version(run: Run) -> Deliverable:
    """The run's agent has handed in; the version waits for a verdict."""
    return cast.a_submission(run)
