"""What is read of one moment fits together, whatever is changed meanwhile; nobody waits for it.

`test_postgresql.py` runs this module again on a server of its own.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from tests import cast
from tests.cast import AT
from workspace import queries
from workspace.actors import By
from workspace.commands.messages import post_message
from workspace.models import Message, Room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(transactional_db):
    return cast.a_room(cast.an_owner())


def say(room):
    return post_message(room_id=room.id, body="A word.", by=By(room.created_by_id), at=AT)


def elsewhere(do):
    """Done by another thread, on a connection of its own, before this goes on."""

    def run():
        try:
            do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result(timeout=20)


def test_what_is_changed_meanwhile_is_not_seen_and_need_not_wait(room):
    with queries.one_moment():
        before = queries.head_seq(room.id)
        elsewhere(lambda: say(room))
        assert queries.head_seq(room.id) == before
        assert not Message.objects.exists()
    assert queries.head_seq(room.id) == before + 1
    assert Message.objects.exists()


def test_nothing_is_changed_within_and_everything_may_be_afterwards(room):
    with pytest.raises(DatabaseError), queries.one_moment():
        Room.objects.filter(id=room.id).update(name="Changed")
    assert Room.objects.get(id=room.id).name == room.name
    say(room)
    assert Message.objects.count() == 1


def test_within_a_transaction_its_own_rules_hold(room):
    with transaction.atomic(), queries.one_moment():
        Room.objects.filter(id=room.id).update(name="Changed")
    assert Room.objects.get(id=room.id).name == "Changed"
