"""A handed-over card goes on as a person decides, all of it or nothing."""

import pytest

from agents.apply import apply
from agents.coordinator.moves import AskJudgement, Assign, HandOff
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE
from tests.commands.refusing import refused
from workspace.actors import By, coordinator
from workspace.commands.asks import hand_over
from workspace.commands.cards import give_card, take_card
from workspace.commands.handoffs import give_on, go_on, split_by_hand
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Agent, Card, Event
from workspace.queries import board_facts


@pytest.fixture
def handed(room):
    card = cast.a_card(room, "Count the words", brief="Count.", criteria=["Right"])
    Card.objects.filter(id=card.id).update(attempts=4, rounds=2)
    packet = {"code": "too_many_attempts", "params": {"attempts": 4, "limit": 4}}
    hand_over(card_id=card.id, packet=packet, by=coordinator(rule="too_many_attempts"), at=AT)
    card.refresh_from_db()
    return card


def test_going_on_changes_the_card_frees_it_and_counts_anew(handed, by):
    changed = go_on(card_id=handed.id, changes={"brief": "Count them all."}, by=by, at=AT)
    assert (changed.status, changed.brief) == ("ready", "Count them all.")
    assert (changed.attempts, changed.rounds, changed.revision) == (0, 1, 2)
    assert changed.asks.get().state == "cancelled"


def test_a_change_that_is_refused_leaves_the_card_handed_over(handed, by):
    with refused("missing", field="title"):
        go_on(card_id=handed.id, changes={"title": " "}, by=by, at=AT)
    handed.refresh_from_db()
    assert (handed.status, handed.attempts) == ("waiting", 4)
    assert handed.asks.get().state == "open"


def test_giving_it_to_a_person_puts_it_to_work(handed, room, by):
    person = cast.a_member(room, "contributor")
    card = give_on(card_id=handed.id, to=person.id, by=by, at=AT)
    assert card.status == "working"
    assert (card.runs.get().person, card.runs.get().attempt) == (person, 1)


def moves_of(room):
    board = observe(room.id, AT)
    assert board is not None
    return [move for move in plan(board).moves if not isinstance(move, AskJudgement)]


def fails_as_often_as_it_may(card, agents, *, slots=1):
    """Every slot four times; the last failure has no remedy, as past the limits nobody asks."""
    for attempt in range(1, 5):
        for slot in range(1, slots + 1):
            run = assign_card(
                card_id=card.id, agent_id=agents[(attempt + slot) % len(agents)].id,
                attempt=attempt, round=1, why={}, slot=slot, by=RULE, at=AT,
            )  # fmt: skip
            fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)


@pytest.fixture(params=[1, 2], ids=["one run", "independent runs"])
def exhausted(request, room):
    """A card that agents failed as often as they may, handed over by the coordinator's own move."""
    agents = [cast.an_agent(room, name) for name in ("Ada", "Bo", "Cy")]
    card = cast.a_card(room, "Count the words", independent_runs=request.param)
    fails_as_often_as_it_may(card, agents, slots=request.param)
    board = observe(room.id, AT)
    (over,) = plan(board).moves
    assert isinstance(over, HandOff) and over.reason.code == "too_many_attempts"
    apply((over,), board, AT)
    return card


def given_to(moves, card):
    """The agents of a plan that does nothing but give this card out, as the first attempt."""
    assert moves and all(isinstance(move, Assign) and move.card_id == card.id for move in moves)
    assert {move.attempt for move in moves} == {1}
    return [move.agent_id for move in moves]


def test_a_card_that_goes_on_is_given_out_at_once_and_not_judged_again(exhausted, room, by):
    go_on(card_id=exhausted.id, changes={"brief": "Count them all."}, by=by, at=AT)
    assert len(given_to(moves_of(room), exhausted)) == exhausted.independent_runs


@pytest.mark.parametrize("give", [give_on, give_card])
def test_a_card_given_on_goes_to_that_agent(exhausted, room, by, give):
    agent = Agent.objects.get(name="Cy")
    give(card_id=exhausted.id, to=agent.id, by=by, at=AT)
    assert agent.id in given_to(moves_of(room), exhausted)


def test_a_room_with_one_agent_lets_it_try_again_when_people_say_go_on(room, by):
    card, agent = cast.a_card(room), cast.an_agent(room)
    fails_as_often_as_it_may(card, [agent])
    packet = {"code": "too_many_attempts", "params": {"attempts": 4, "limit": 4}}
    hand_over(card_id=card.id, packet=packet, by=RULE, at=AT)
    go_on(card_id=card.id, changes={}, by=by, at=AT)
    assert given_to(moves_of(room), card) == [agent.id]


def test_what_fails_after_people_said_go_on_is_judged_and_counted_again(exhausted, room, by):
    go_on(card_id=exhausted.id, changes={}, by=by, at=AT)
    board = observe(room.id, AT)
    apply(plan(board).moves, board, AT)
    for run in exhausted.runs.filter(state="queued"):
        fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    found = plan(observe(room.id, AT))
    assert [type(move) for move in found.moves] == [AskJudgement]
    assert [held.reason.code for held in found.held] == ["being_diagnosed"]


def test_a_person_who_took_a_handed_over_card_may_give_it_to_an_agent(exhausted, room, by):
    take_card(card_id=exhausted.id, by=by, at=AT)
    agent = Agent.objects.get(name="Cy")
    give_card(card_id=exhausted.id, to=agent.id, by=by, at=AT)
    moves = moves_of(room)
    assert moves and all(isinstance(move, Assign) for move in moves)


def test_giving_it_to_nobody_who_is_here_changes_nothing(handed, by):
    with refused("not_found"):
        give_on(card_id=handed.id, to="agt_unknown", by=by, at=AT)
    handed.refresh_from_db()
    assert (handed.status, handed.attempts) == ("waiting", 4)


def test_a_split_is_recorded_and_its_parts_carry_what_the_card_wants(handed, room, by):
    made = split_by_hand(card_id=handed.id, titles=["One", " Two "], by=by, at=AT)
    assert [card.title for card in made] == ["One", "Two"]
    assert all(card.parent_id == handed.id and card.depth == 1 for card in made)
    assert all("Count." in card.brief for card in made)
    event = Event.objects.get(type="card.split")
    assert event.data["children"] == [card.id for card in made]
    handed.refresh_from_db()
    assert handed.status == "ready"
    facts = board_facts(room)["cards"][handed.id]
    assert facts["depends_on"] == sorted(card.id for card in made)
    assert facts["revision"] == event.data["revision"]


@pytest.mark.parametrize("titles", [[], ["One"], ["", " ", "One"], ["Same"] * 21])
def test_too_few_or_too_many_parts_are_refused(handed, by, titles):
    with refused("bad_split"):
        split_by_hand(card_id=handed.id, titles=titles, by=by, at=AT)
    assert Card.objects.count() == 1


def test_a_split_past_the_rooms_cards_makes_none(handed, room, by):
    room.policy = {"max_cards": 2}
    room.save(update_fields=["policy"])
    with refused("too_many_cards"):
        split_by_hand(card_id=handed.id, titles=["One", "Two"], by=by, at=AT)
    assert Card.objects.count() == 1
    handed.refresh_from_db()
    assert handed.status == "waiting"


def test_a_card_that_is_not_handed_over_is_left_alone(room, by):
    card = cast.a_card(room, "Open")
    for act in (
        lambda: go_on(card_id=card.id, changes={}, by=by, at=AT),
        lambda: give_on(card_id=card.id, to=by.actor, by=by, at=AT),
        lambda: split_by_hand(card_id=card.id, titles=["One", "Two"], by=by, at=AT),
    ):
        with refused("not_handed_over"):
            act()


def test_neither_an_observer_nor_an_agent_nor_the_coordinator_decides(handed, room):
    observer = By(cast.a_member(room, "observer").id)
    agent = By(cast.an_agent(room).id)
    for who in (observer, agent, coordinator(rule="x")):
        for act in (
            lambda who=who: go_on(card_id=handed.id, changes={}, by=who, at=AT),
            lambda who=who: split_by_hand(card_id=handed.id, titles=["1", "2"], by=who, at=AT),
        ):
            with refused("not_allowed"):
                act()
    handed.refresh_from_db()
    assert (handed.status, handed.attempts) == ("waiting", 4)
