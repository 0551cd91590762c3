"""What a thread has open when it is done is the next one's, as if it had opened it itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection

from tests.cast import AT
from workspace import queries
from workspace.models import Person
from workspace.sqlite import idle

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_at_rest() -> None:
    idle._rest.clear()


def elsewhere(do: Callable[[], Any]) -> Any:
    """Done in a thread that closes what it has opened, as a request does."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(do())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return found[0] if found else None


def opened() -> Any:
    connection.ensure_connection()
    return connection.connection


def test_the_next_thread_has_what_the_one_before_had_open() -> None:
    first = elsewhere(opened)
    assert elsewhere(opened) is first


def test_two_at_a_time_have_one_each() -> None:
    first = elsewhere(opened)
    both = elsewhere(lambda: (opened(), elsewhere(opened)))
    assert both[0] is first
    assert both[1] is not first


def test_what_was_only_read_may_be_written_next() -> None:
    def reads() -> Any:
        with queries.one_moment():
            Person.objects.count()
        return opened()

    def writes() -> Any:
        Person.objects.create(name="Someone", created_at=AT)
        return opened()

    assert elsewhere(reads) is elsewhere(writes)
    assert Person.objects.filter(name="Someone").exists()


def test_who_left_off_reading_leaves_nobody_behind_in_the_past() -> None:
    Person.objects.bulk_create(Person(name=f"Person {n}", created_at=AT) for n in range(300))
    left: list[Any] = []

    def leaves_off() -> Any:
        rows = Person.objects.order_by("id").iterator(chunk_size=100)
        left.append(rows)
        next(rows)
        return opened()

    first = elsewhere(leaves_off)
    Person.objects.create(name="New", created_at=AT)
    assert elsewhere(lambda: (opened() is first, Person.objects.filter(name="New").count())) == (
        True, 1,
    )  # fmt: skip


def test_what_went_wrong_is_handed_to_nobody() -> None:
    def fails() -> Any:
        found = opened()
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        return found

    def leaves_a_transaction() -> Any:
        found = opened()
        found.execute("BEGIN")
        return found

    assert elsewhere(fails) is not elsewhere(opened)
    idle._rest.clear()
    assert elsewhere(leaves_a_transaction) is not elsewhere(opened)


def test_no_more_rest_than_are_worth_keeping() -> None:
    barrier = threading.Barrier(idle.MOST + 4)

    def together() -> None:
        connection.ensure_connection()
        barrier.wait(20)
        connection.close()

    threads = [threading.Thread(target=together) for _ in range(idle.MOST + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    (kept,) = idle._rest.values()
    assert len(kept) == idle.MOST


def test_a_child_takes_nothing_of_its_parents(tmp_path: Path) -> None:
    program = (
        "import os, sqlite3, sys\n"
        "from workspace.sqlite import idle\n"
        "assert idle.give('x', sqlite3.connect(sys.argv[1]))\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(3 if idle.take('x') is None else 4)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3\n"
        "assert idle.take('x') is not None\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "x.sqlite3")]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
