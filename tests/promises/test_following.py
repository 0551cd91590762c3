"""One room checked alone finds what the check of everything finds there, and nothing elsewhere."""

import pytest
from django.db import connection

from agents.simulator.checking import Checking, read_by, written_by
from tests import cast
from tests.cast import AT
from workspace.events import RunFailed
from workspace.models import Stream
from workspace.record import record
from workspace.verify import Seen, follow, verify, verify_room


@pytest.fixture
def rooms(db):
    owner = cast.an_owner()
    found = [cast.a_room(owner, name=name) for name in ("One", "Two")]
    for room in found:
        cast.a_submission(cast.a_run(cast.a_card(room), cast.an_agent(room, room.name)))
    return found


def breaches(found):
    return {(one.promise, one.subject) for one in found}


def test_a_room_is_checked_without_the_others(rooms):
    one, two = rooms
    Stream.objects.filter(id=one.id).update(seq=99)
    assert ("I5", one.id) in breaches(verify(AT))
    assert ("I5", one.id) in breaches(verify_room(one.id, AT))
    assert verify_room(two.id, AT) == []


def test_who_follows_a_room_sees_what_is_fetched(rooms):
    one, _ = rooms
    seen, found = follow(one.id, Seen())
    assert found == []
    cast.a_card(one, "Another")
    seen, found = follow(one.id, seen)
    assert (found, seen.told) == ([], ("card.created",))
    assert seen.seq == Stream.objects.get(id=one.id).seq


def test_a_gap_and_a_change_nobody_was_told_of_are_found_by_who_follows(rooms):
    one, two = rooms
    seen, _ = follow(one.id, Seen())
    Stream.objects.filter(id=one.id).update(seq=seen.seq + 1)
    assert breaches(follow(one.id, seen)[1]) == {("I5", one.id)}
    seen, _ = follow(two.id, Seen())
    two.cards.update(title="Nobody said so")
    assert breaches(follow(two.id, seen)[1]) == {("I5", two.id)}


def test_an_event_after_a_runs_end_is_found_by_who_follows(rooms):
    one, _ = rooms
    seen, _ = follow(one.id, Seen())
    run = one.runs.get()
    said = RunFailed(
        run_id=run.id, run_state="failed", card_id=run.card_id, card_status="review",
        card_reason={}, failure="error", evidence={},
    )  # fmt: skip
    record(one, said, by=cast.coordinator(rule="nobody"), at=AT)
    assert ("I8", run.id) in breaches(follow(one.id, seen)[1])


# --- checks that are repeated only where they may have changed ----------------------------------


def test_a_check_is_repeated_where_what_it_reads_was_written(rooms):
    checking, ids = Checking(), [room.id for room in rooms]
    with checking.watching():
        assert checking.look(ids, AT) == []
        first = checking.looks
        assert checking.look(ids, AT) == []
        assert checking.looks == first
        rooms[0].cards.update(status="cancelled")
        assert {one.promise for one in checking.look(ids, AT)} == {"I5"}
        assert checking.looks > first


def test_signs_of_life_are_of_no_concern_and_states_are():
    assert written_by('UPDATE "workspace_run" SET "last_sign_at" = %s WHERE "x"."state" = %s') == ""
    both = 'UPDATE "workspace_run" SET "last_sign_at" = %s, "state" = %s WHERE "workspace_run"."id"'
    assert written_by(both) == "workspace_run"
    assert written_by('INSERT INTO "workspace_event" ("id") VALUES (%s)') == "workspace_event"
    assert written_by('SELECT 1 FROM "workspace_event"') == ""
    joined = 'SELECT 1 FROM "workspace_card" INNER JOIN "workspace_room" ON (1)'
    assert read_by(joined) == {"workspace_card", "workspace_room"}


def test_every_write_of_the_product_is_seen(rooms):
    checking = Checking()
    with checking.watching():
        cast.a_card(rooms[0], "Another")
        assert checking.written >= {"workspace_card", "workspace_event", "workspace_stream"}
    assert connection.execute_wrappers == []
