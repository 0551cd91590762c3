"""Room memory: what people pin, for every run from then on."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, disagree, two_sides
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By
from workspace.commands.conflicts import rule_conflict
from workspace.commands.memory import pin_fact, unpin_fact
from workspace.models import Conflict, Event, Fact
from workspace.queries import facts_of
from workspace.verify import verify


def pin(room, by, subject="Releases", text="On Mondays.", at=AT):
    return pin_fact(room_id=room.id, subject=subject, text=text, by=by, at=at)


def unpin(fact, by):
    unpin_fact(fact_id=fact.id, by=by, at=later(1))


def subjects(room):
    return [fact.subject for fact in facts_of(room.id)]


def test_a_person_pins_a_fact_in_their_own_words(room, by, owner):
    made = pin(room, by, " Our \x00 releases ", " Are on\n Mondays. ")
    assert (made.subject, made.text, made.pinned_by_id) == (
        "Our releases", "Are on Mondays.", owner.id,
    )  # fmt: skip
    assert Event.objects.get(type="fact.pinned").data["subject"] == "Our releases"


def test_the_newest_fact_is_told_last_so_that_none_before_it_moves(room, by):
    for n, name in enumerate(("One", "Two", "Three")):
        pin(room, by, name, at=later(n))
    assert subjects(room) == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("subject", "text", "code", "field"),
    [
        ("", "Holds.", "missing", "subject"),
        ("Releases", " \x00\n ", "missing", "text"),
        ("x" * 301, "Holds.", "too_long", "subject"),
        ("x" * 10_000, "Holds.", "too_long", "subject"),
        ("Releases", "x" * 2_001, "too_long", "text"),
        ("Releases", "x" * 1_000_000, "too_long", "text"),
    ],
)
def test_a_fact_that_says_nothing_or_too_much_is_refused(room, by, subject, text, code, field):
    with refused(code, field=field):
        pin(room, by, subject, text)
    assert not Fact.objects.exists()


def test_an_observer_pins_nothing(room, observer):
    with refused("not_allowed", permission="fact.pin"):
        pin(room, By(observer.id))


@pytest.mark.parametrize("who", ["agent", "coordinator", "system"])
def test_only_a_person_pins_and_unpins(room, agent, by, who):
    other = {"agent": By(agent.id), "coordinator": RULE, "system": SYSTEM}[who]
    with refused("not_allowed", permission="fact.pin"):
        pin(room, other)
    kept = pin(room, by)
    with refused("not_allowed", permission="fact.pin"):
        unpin(kept, other)
    assert subjects(room) == ["Releases"]


def test_someone_of_another_room_neither_pins_nor_unpins(room, by):
    stranger = By(cast.an_owner("Stranger", "Others").id)
    with refused("not_found"):
        pin(room, stranger)
    with refused("not_found"):
        unpin(pin(room, by), stranger)


def test_what_is_unpinned_is_told_no_longer_and_stays_on_record(room, by):
    fact = pin(room, by)
    unpin(fact, by)
    unpin(fact, by)
    assert subjects(room) == []
    assert Event.objects.filter(type="fact.unpinned").count() == 1
    assert Fact.objects.get().unpinned_at == later(1)


def test_a_fact_nobody_knows_is_not_found(by):
    with refused("not_found"):
        unpin(Fact(id="fact_none"), by)


def test_two_facts_on_one_subject_in_peoples_own_words_stand_beside_each_other(room, by):
    pin(room, by, text="On Mondays.")
    pin(room, by, text="Never on holidays.")
    assert subjects(room) == ["Releases", "Releases"]


def test_a_ruling_leaves_what_people_pinned_in_their_own_words(room, by):
    pin(room, by, "default timeout", "Ask the client team.")
    conflict = disagree(room, *two_sides(room))
    rule_conflict(conflict_id=conflict.id, value=20, reason="Agreed.", by=by, at=AT)
    assert len(subjects(room)) == 2


def test_two_hundred_facts_are_as_many_as_a_room_holds(room, by):
    facts = [pin(room, by, f"Fact {n}") for n in range(200)]
    with refused("too_many_facts", most=200):
        pin(room, by)
    unpin(facts[0], by)
    assert pin(room, by).subject == "Releases"


def test_a_ruling_that_replaces_one_fits_into_a_full_memory(room, by):
    conflict = disagree(room, *two_sides(room))
    rule_conflict(conflict_id=conflict.id, value=20, reason="Agreed.", by=by, at=AT)
    for n in range(199):
        pin(room, by, f"Fact {n}")
    again = disagree(room, *two_sides(room, 40, 50))
    rule_conflict(conflict_id=again.id, value=40, reason="Changed.", by=by, at=AT)
    assert Fact.objects.filter(unpinned_at=None).count() == 200
    assert Conflict.objects.get(id=again.id).status == "ruled"
    assert verify(AT) == []
