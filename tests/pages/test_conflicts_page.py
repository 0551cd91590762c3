"""A room's conflicts as people see them: sides, doubts, and what contradicts a ruling."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, SUBJECT, a_version, disagree, two_sides
from tests.pages.sample import Sample
from workspace.actors import By
from workspace.commands.cards import cancel_card
from workspace.commands.conflicts import ask_neutral, rule_conflict
from workspace.commands.doubts import doubt_claims
from workspace.models import Conflict, Room
from workspace.shown.conflicts import room_conflicts

WHY = {"code": "unit_missing", "params": {"a": "10", "b": "30 s"}}


@pytest.fixture
def room(sample: Sample) -> Room:
    return cast.a_room(Room.objects.get(id=sample.room_id).members.get(role="owner").person)


@pytest.fixture
def doubt(room: Room) -> Conflict:
    ids = [claim.id for claim in two_sides(room)]
    return doubt_claims(room_id=room.id, key=SUBJECT, claim_ids=ids, reason=WHY, by=RULE, at=AT)


def page(browser: Client, room: Room) -> str:
    return browser.get(f"/rooms/{room.id}/conflicts").content.decode()


def test_what_may_disagree_stands_apart_with_both_sides(
    ana: Client, room: Room, doubt: Conflict
) -> None:
    shown = page(ana, room)
    assert "May disagree: a person should look" in shown and "one of them has no unit" in shown
    assert shown.count("Nothing is in conflict") == 1
    assert {"<b>10</b>", "<b>30</b>"} <= {f"<b>{value}</b>" for value in (10, 30) if
                                        f"<b>{value}</b>" in shown}  # fmt: skip


def test_a_person_confirms_a_doubt_on_the_page(ana: Client, room: Room, doubt: Conflict) -> None:
    ana.post(f"/conflicts/{doubt.id}/confirm")
    doubt.refresh_from_db()
    assert doubt.status == "open"
    assert "May disagree" not in page(ana, room)


def test_a_person_sets_a_doubt_aside_and_does_not_see_it_again(
    ana: Client, room: Room, doubt: Conflict
) -> None:
    ana.post(f"/conflicts/{doubt.id}/set_aside")
    doubt.refresh_from_db()
    assert doubt.status == "set_aside"
    shown = page(ana, room)
    assert "May disagree" not in shown and f"conflict-{doubt.id}" not in shown


def test_who_may_not_judge_settles_no_doubt_on_the_page(
    room: Room, doubt: Conflict, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(cast.a_member(room, "contributor", "Con"))
    assert browser.post(f"/conflicts/{doubt.id}/confirm").status_code == 403
    doubt.refresh_from_db()
    assert doubt.status == "doubted"


def test_one_amount_in_two_units_is_one_side(room: Room) -> None:
    said = [
        a_version(cast.a_card(room), cast.an_agent(room, f"Agent {n}"), value, unit=unit)
        for n, (value, unit) in enumerate([(10, "s"), (30, "s"), (10_000, "ms")])
    ]
    one, other, again = (version.claims.get() for version in said)
    disagree(room, one, other, again, sides=[[one.id, again.id], [other.id]])
    (shown,) = room_conflicts(room).open
    assert [(side.letter, side.value, side.unit) for side in shown.sides] == [
        ("A", "10", "s"), ("B", "30", "s"),
    ]  # fmt: skip
    assert [speaker.own_words for speaker in shown.sides[0].speakers] == ["", "10000 ms"]


def test_who_joins_later_stands_on_the_side_they_take(room: Room) -> None:
    one, other = two_sides(room)
    disagree(room, one, other)
    late = a_version(cast.a_card(room), cast.an_agent(room, "Late"), 30_000, unit="ms")
    third = late.claims.get()
    disagree(room, one, other, third, sides=[[one.id], [other.id, third.id]])
    (shown,) = room_conflicts(room).open
    assert [len(side.speakers) for side in shown.sides] == [1, 2]


def test_the_side_that_was_ruled_for_is_marked_whoever_of_it_was_chosen(
    room: Room, sample: Sample
) -> None:
    one, other = two_sides(room)
    late = a_version(cast.a_card(room), cast.an_agent(room, "Late"), 30_000, unit="ms")
    third = late.claims.get()
    made = disagree(room, one, other, third, sides=[[one.id], [other.id, third.id]])
    rule_conflict(
        conflict_id=made.id, claim_id=third.id, reason="So.", by=By(sample.owner_id), at=AT
    )
    (shown,) = room_conflicts(room).closed
    assert shown.ruling and shown.ruling.side == "B"


def test_a_third_opinion_may_be_asked_for_again_once_its_card_is_cancelled(
    ana: Client, room: Room, sample: Sample
) -> None:
    conflict, by = disagree(room, *two_sides(room)), By(sample.owner_id)
    button = f"/conflicts/{conflict.id}/neutral"
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    assert button not in page(ana, room)
    cancel_card(card_id=card.id, by=by, at=AT)
    assert button in page(ana, room)


def test_a_version_that_builds_on_a_conflict_says_so_where_it_would_be_accepted(
    ana: Client, room: Room, sample: Sample
) -> None:
    sides = two_sides(room)
    owner = room.members.get(role="owner").person
    cards = [cast.accept(side.deliverable, owner).card for side in sides]
    run = cast.a_run(cast.a_card(room, "Report", depends_on=cards), cast.an_agent(room, "Pen"))
    version = cast.a_submission(run)
    assert 'id="accept-form"' in ana.get(f"/reviews/{version.id}").content.decode()
    conflict = disagree(room, *sides)
    shown = ana.get(f"/reviews/{version.id}").content.decode()
    assert 'id="accept-form"' not in shown and "Rule first" in shown
    assert "it can be accepted once somebody has ruled" in shown
    answer = ana.post(f"/reviews/{version.id}/accept", {"sha256": version.sha256})
    assert answer.status_code == 409
    rule_conflict(conflict_id=conflict.id, value=20, reason="So.", by=By(sample.owner_id), at=AT)
    assert 'id="accept-form"' in ana.get(f"/reviews/{version.id}").content.decode()


def test_what_contradicts_a_ruling_says_so_and_whose_it_was(
    ana: Client, room: Room, sample: Sample
) -> None:
    one, other = two_sides(room)
    ruled = disagree(room, one, other)
    by = By(sample.owner_id)
    rule_conflict(conflict_id=ruled.id, claim_id=one.id, reason="So.", by=by, at=AT)
    late = a_version(cast.a_card(room), cast.an_agent(room, "Late"), 30).claims.get()
    made = disagree(room, late, against=ruled.id)
    made.reason = {
        "code": "contradicts_ruling", "params": {"a": "10 s", "b": "30 s", "ruling": ruled.id},
    }  # fmt: skip
    made.save()
    shown = page(ana, room)
    assert "It contradicts a ruling: “10 s” was ruled, and later “30 s” was said." in shown
    assert "It contradicts the ruling of" in shown and f"/conflicts/{ruled.id}" in shown
