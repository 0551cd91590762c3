"""What the sweep says again, and how soon."""

from workspace.management.commands.sweep import LONGEST_WAIT, Said


def times_said(due, seconds):
    """At which seconds each hint is said, if `due(second)` is due then."""
    said, found = Said(), {}
    for second in range(seconds):
        for hint in said.worth_saying(due(second), float(second)):
            found.setdefault(hint, []).append(second)
    return found


def test_what_nobody_comes_to_is_said_again_less_and_less_often_but_for_ever():
    found = times_said(lambda second: {"tick": {"room_1": "never"}}, 32)
    assert found[("tick", "room_1")] == [0, 1, 3, 7, 15, 23, 31]
    assert LONGEST_WAIT == 8


def test_what_somebody_has_come_to_since_is_said_at_once():
    found = times_said(lambda second: {"tick": {"room_1": f"turn {second}"}}, 6)
    assert found[("tick", "room_1")] == [0, 1, 2, 3, 4, 5]


def test_where_there_is_no_telling_it_is_said_each_second():
    found = times_said(lambda second: {"owed": {"due": None}}, 5)
    assert found[("owed", "due")] == [0, 1, 2, 3, 4]


def test_what_was_not_due_in_between_is_new():
    found = times_said(lambda second: {"judge": {"jdg_1": 0} if second != 3 else {}}, 6)
    assert found[("judge", "jdg_1")] == [0, 1, 4, 5]
