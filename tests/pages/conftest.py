"""A room with something in every column, and browsers signed in to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.pages.kept import Kept
from tests.pages.sample import Sample, a_sample
from workspace.models import Member, Person, Room

SAMPLE = Kept(lambda: a_sample(timezone.now()))


@pytest.fixture
def sample(db: None) -> Sample:
    return SAMPLE.there()


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """A browser that this person is signed in with."""

    def of(person: Person) -> Client:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(person)
        return client

    return of


@pytest.fixture
def ana(sample: Sample, signed_in: Callable[[Person], Client]) -> Client:
    """The browser of the room's owner."""
    return signed_in(Person.objects.get(id=sample.owner_id))


@pytest.fixture
def mei(sample: Sample, signed_in: Callable[[Person], Client]) -> Client:
    """The browser of a contributor: works, but does not judge."""
    return signed_in(Member.objects.get(room_id=sample.room_id, role="contributor").person)


@pytest.fixture
def observer(sample: Sample, signed_in: Callable[[Person], Client]) -> Client:
    return signed_in(cast.a_member(Room.objects.get(id=sample.room_id), "observer", "Obi"))


@pytest.fixture
def stranger(sample: Sample, signed_in: Callable[[Person], Client]) -> Client:
    """Someone of another workspace."""
    return signed_in(cast.an_owner("Kim", workspace="Elsewhere"))
