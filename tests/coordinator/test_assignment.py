"""Who gets a ready card, and the reason that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coordinator.assignment import dispatch
from agents.coordinator.attention import Places
from agents.coordinator.board import Board, Card, Record, Seat
from agents.coordinator.moves import Assign, HandOff, Held, Move, Reason, TakeBack
from agents.coordinator.plan import plan
from tests.coordinator.boards import a_board, a_card, a_run, a_seat, after


def assigned(board: Board) -> list[tuple[str, str]]:
    return [(move.card_id, move.agent_id) for move in plan(board).moves if isinstance(move, Assign)]


def only(moves: Sequence[Move]) -> Move:
    (move,) = moves
    return move


def test_a_ready_card_goes_to_an_agent_with_the_skill_and_says_why() -> None:
    seats = (a_seat("ada"), a_seat("bo", "docs"))
    move = only(plan(a_board(a_card(), seats=seats)).moves)
    assert isinstance(move, Assign)
    assert (move.card_id, move.agent_id, move.attempt, move.round) == ("card_1", "agt_ada", 1, 1)
    assert move.reason.code == "best_fit"
    assert move.reason.params == {
        "skills": ["testing"],
        "eligible": [
            {
                "agent_id": "agt_ada",
                "name": "Ada",
                "primary": True,
                "success": 0.65,
                "bonus": 0.128,
                "basis": "declared",
                "good": 0.0,
                "bad": 0.0,
                "successes": 0,
                "failures": 0,
                "load": 0,
                "capacity": 2,
                "score": 0.778,
            }
        ],
        "agent_id": "agt_ada",
        "percent": 65,
        "surest_percent": 65,
        "outcomes": 0,
        "eligible_count": 1,
        "excluded": [],
        "excluded_count": 0,
    }


def test_who_is_best_at_the_skill_goes_before_who_has_succeeded_more_elsewhere() -> None:
    seats = (a_seat("ada", "docs", "testing", successes=50), a_seat("bo", "testing", order=1))
    assert assigned(a_board(a_card(), seats=seats)) == [("card_1", "agt_bo")]


def test_what_an_agent_has_shown_counts_and_so_does_its_load() -> None:
    good, bad = a_seat("ada", failures=3), a_seat("bo", successes=3, order=1)
    assert assigned(a_board(a_card(), seats=(good, bad))) == [("card_1", "agt_bo")]
    busy, idle = a_seat("ada", load=1), a_seat("bo", order=1)
    assert assigned(a_board(a_card(), seats=(busy, idle))) == [("card_1", "agt_bo")]


def test_what_was_shown_in_a_skill_counts_more_than_what_an_agent_says_it_is_best_at() -> None:
    boaster = a_seat("ada", records=(Record("testing", "", 1.0, 6.0), Record("", "", 1.0, 6.0)))
    shown = (Record("testing", "", 6.0, 1.0), Record("", "", 6.0, 1.0))
    modest = a_seat("bo", "docs", "testing", order=1, records=shown)
    move = only(plan(a_board(a_card(), seats=(boaster, modest))).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.reason.code) == ("agt_bo", "likeliest")
    assert move.reason.params["outcomes"] == 7


def test_who_has_shown_little_is_tried_beside_one_that_is_only_middling() -> None:
    known = a_seat("ada", records=(Record("testing", "", 6.0, 5.0), Record("", "", 6.0, 5.0)))
    move = only(plan(a_board(a_card(), seats=(known, a_seat("bo", order=1)))).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.reason.code) == ("agt_bo", "tried_out")


def test_of_two_that_do_equally_well_the_faster_and_cheaper_one_is_taken() -> None:
    shown = (Record("testing", "", 6.0, 1.0), Record("", "", 6.0, 1.0))
    slow = a_seat("ada", records=shown, latency_s=600.0, cost_usd=0.4)
    quick = a_seat("bo", order=1, records=shown, latency_s=60.0, cost_usd=0.1)
    move = only(plan(a_board(a_card(), seats=(slow, quick))).moves)
    assert isinstance(move, Assign)
    assert move.agent_id == "agt_bo"
    assert "latency_s" in str(move.reason.params)


def test_being_fast_does_not_make_up_for_doing_it_badly() -> None:
    good = a_seat("ada", records=(Record("testing", "", 7.0, 0.5),), latency_s=600.0)
    quick = a_seat("bo", order=1, records=(Record("testing", "", 4.0, 4.0),), latency_s=5.0)
    assert assigned(a_board(a_card(), seats=(good, quick))) == [("card_1", "agt_ada")]


def test_among_equals_the_one_that_joined_first_is_tried_first() -> None:
    seats = (a_seat("prober", order=2), a_seat("sleepy", order=1))
    assert assigned(a_board(a_card(), seats=seats)) == [("card_1", "agt_sleepy")]


def test_one_plan_never_gives_an_agent_more_than_it_can_hold() -> None:
    cards = [a_card(number) for number in range(1, 5)]
    result = plan(a_board(*cards, seats=(a_seat("ada", capacity=3, load=1),)))
    assert [move.subject for move in result.moves] == ["card_1", "card_2"]
    assert [(held.card_id, held.reason.code) for held in result.held] == [
        ("card_3", "all_are_busy"),
        ("card_4", "all_are_busy"),
    ]


def test_cards_are_spread_by_load_within_one_plan() -> None:
    cards = [a_card(number) for number in (1, 2)]
    seats = (a_seat("ada"), a_seat("bo", order=1))
    assert assigned(a_board(*cards, seats=seats)) == [("card_1", "agt_ada"), ("card_2", "agt_bo")]


def test_urgent_cards_go_first_then_those_that_are_due_then_the_oldest() -> None:
    cards = (
        a_card(1),
        a_card(2),
        a_card(3, due=after(900)),
        a_card(4, due=after(60)),
        a_card(5, priority=1),
    )
    given_ = assigned(a_board(*cards, seats=(a_seat("ada", capacity=9),)))
    assert [card_id for card_id, _ in given_] == ["card_5", "card_4", "card_3", "card_1", "card_2"]


def failed_card(*runs: tuple[str, str], **more: object) -> Card:
    """A ready card with runs given oldest first as (agent, state)."""
    made = [
        a_run(
            state,
            f"agt_{name}",
            id=f"run_{index}",
            attempt=index,
            failure=state,
            remedy="reassign",
        )
        for index, (name, state) in enumerate(runs, start=1)
    ]
    fields = {"runs": tuple(reversed(made)), "attempts": len(made), "rounds": 1} | more
    return a_card(1, **fields)


def test_the_agent_that_failed_is_out_of_the_next_attempt() -> None:
    seats = (a_seat("ada", successes=99), a_seat("bo", order=1))
    move = only(plan(a_board(failed_card(("ada", "failed")), seats=seats)).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.attempt, move.round) == ("agt_bo", 2, 1)
    assert move.reason.params["excluded"] == [
        {"agent_id": "agt_ada", "name": "Ada", "why": "failed_before"}
    ]
    assert (move.reason.params["eligible_count"], move.reason.params["excluded_count"]) == (1, 1)


def test_an_agent_that_failed_earlier_is_tried_again_only_after_fresh_ones() -> None:
    card = failed_card(("ada", "failed"), ("bo", "failed"))
    seats = (a_seat("ada", successes=99), a_seat("bo", order=1))
    assert assigned(a_board(card, seats=seats)) == [("card_1", "agt_ada")]
    more = (*seats, a_seat("cy", "docs", "testing", order=2))
    assert assigned(a_board(card, seats=more)) == [("card_1", "agt_cy")]


def test_an_agent_that_declined_stays_out_of_every_later_attempt() -> None:
    card = failed_card(("ada", "declined"), ("bo", "failed"))
    move = only(plan(a_board(card, seats=(a_seat("ada"), a_seat("bo", order=1)))).moves)
    assert isinstance(move, HandOff)
    assert move.reason.code == "nobody_else_can"


def test_an_agent_that_is_to_try_again_may_have_the_card_again() -> None:
    runs = (a_run("failed", failure="stale_input", remedy="retry"),)
    card = a_card(runs=runs, attempts=1, rounds=1)
    assert assigned(a_board(card, seats=(a_seat("ada"),))) == [("card_1", "agt_ada")]


def test_after_a_rejection_another_agent_makes_the_next_attempt() -> None:
    card = failed_card(("ada", "submitted"), deliverable="rejected")
    seats = (a_seat("ada"), a_seat("bo", order=1))
    assert assigned(a_board(card, seats=seats)) == [("card_1", "agt_bo")]


def test_requested_changes_go_to_the_same_agent_as_the_next_round() -> None:
    card = failed_card(("ada", "submitted"), deliverable="changes_requested")
    seats = (a_seat("ada", failures=9), a_seat("bo", successes=9))
    move = only(plan(a_board(card, seats=seats)).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.attempt, move.round) == ("agt_ada", 1, 2)
    assert move.reason.code == "same_worker"


def test_requested_changes_wait_for_the_same_agent_while_it_is_busy() -> None:
    card = failed_card(("ada", "submitted"), deliverable="changes_requested")
    result = plan(a_board(card, seats=(a_seat("ada", load=2), a_seat("bo"))))
    assert result.moves == ()
    assert result.held[0].reason.code == "agent_is_busy"


def test_requested_changes_go_to_another_agent_if_the_first_is_not_usable() -> None:
    card = failed_card(("ada", "submitted"), deliverable="changes_requested")
    gone = a_seat("ada", usable=False, unusable_because="revoked")
    move = only(plan(a_board(card, seats=(gone, a_seat("bo")))).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.attempt, move.round) == ("agt_bo", 1, 2)
    assert move.reason.params["excluded"] == [
        {"agent_id": "agt_ada", "name": "Ada", "why": "revoked"}
    ]


def test_a_round_that_failed_is_followed_by_an_attempt_in_that_round() -> None:
    runs = (
        a_run("failed", id="run_2", round=2, failure="stalled", remedy="reassign"),
        a_run("submitted", id="run_1"),
    )
    card = a_card(runs=runs, attempts=1, rounds=2, deliverable="changes_requested")
    move = only(plan(a_board(card, seats=(a_seat("ada"), a_seat("bo")))).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.attempt, move.round) == ("agt_bo", 2, 2)


def test_the_agent_a_person_chose_goes_first_even_without_the_skill() -> None:
    card = a_card(assignee="agt_bo")
    move = only(plan(a_board(card, seats=(a_seat("ada"), a_seat("bo", "docs")))).moves)
    assert isinstance(move, Assign)
    assert (move.agent_id, move.reason.code) == ("agt_bo", "chosen_by_person")


def test_an_agent_that_a_person_chooses_after_it_failed_has_the_card_again() -> None:
    card = failed_card(("bo", "failed"), assignee="agt_bo")
    assert assigned(a_board(card, seats=(a_seat("ada"), a_seat("bo")))) == [("card_1", "agt_bo")]


def test_an_agent_that_declined_is_not_given_the_card_on_a_persons_word() -> None:
    card = failed_card(("bo", "declined"), assignee="agt_bo")
    assert assigned(a_board(card, seats=(a_seat("ada"), a_seat("bo")))) == [("card_1", "agt_ada")]


def test_a_card_without_skills_may_go_to_anyone() -> None:
    assert assigned(a_board(a_card(skills=()), seats=(a_seat("ada", "docs"),))) == [
        ("card_1", "agt_ada")
    ]


def test_every_needed_skill_must_be_covered() -> None:
    card = a_card(skills=("testing", "docs"))
    seats = (a_seat("ada", "testing"), a_seat("bo", "docs", "testing", order=1))
    assert assigned(a_board(card, seats=seats)) == [("card_1", "agt_bo")]


def test_a_card_waits_for_an_agent_that_is_known_to_come_back() -> None:
    resting = a_seat("ada", usable=False, unusable_because="breaker_open", back_at=after(300))
    result = plan(a_board(a_card(), seats=(resting,)))
    assert result.moves == ()
    assert result.held[0].reason.code == "agent_comes_back"
    assert result.next_at == after(300)


def test_a_card_handed_over_for_want_of_an_agent_is_taken_back_when_one_comes() -> None:
    card = a_card(status="waiting", has_open_ask=True, handed_off="nobody_has_the_skill")
    board = a_board(card, seats=(a_seat("bo", "docs"),))
    assert plan(board).moves == ()
    move = only(plan(replace(board, seats=(a_seat("ada"),))).moves)
    assert isinstance(move, TakeBack)
    assert (move.card_id, move.reason.params["agent_id"]) == ("card_1", "agt_ada")


def test_a_card_handed_over_after_too_many_attempts_is_not_taken_back() -> None:
    card = a_card(status="waiting", has_open_ask=True, handed_off="too_many_attempts")
    assert plan(a_board(card, seats=(a_seat("ada"),))).moves == ()


def test_a_card_is_not_taken_back_for_the_agent_that_failed_it() -> None:
    card = failed_card(
        ("ada", "failed"), status="waiting", has_open_ask=True, handed_off="nobody_else_can"
    )
    assert plan(a_board(card, seats=(a_seat("ada"),))).moves == ()


def test_a_card_that_the_rest_of_the_board_holds_waits_with_that_reason() -> None:
    why = Reason("conflict_open", {"conflict_ids": ["cfl_1"]})
    out = dispatch(a_board(a_card(1), a_card(2), seats=(a_seat("ada"),)), {"card_1": why})
    assert out.held == [Held("card_1", why)]
    assert [move.subject for move in out.moves] == ["card_2"]


def test_no_more_cards_are_begun_than_reviewers_can_look_at() -> None:
    cards = [a_card(number) for number in range(1, 5)]
    board = a_board(*cards, seats=(a_seat("ada", capacity=9),), reviews_waiting=3)
    out = dispatch(board, places=Places(2))
    assert [move.subject for move in out.moves] == ["card_1", "card_2"]
    assert [held.reason.code for held in out.held] == ["review_queue_full"] * 2
    params = {"reviews": 3, "reviewers": 1, "limit": 20, "under_way": 2}
    assert out.held[0].reason.params == params


def test_requested_changes_are_made_even_where_nothing_new_may_be_begun() -> None:
    card = failed_card(("ada", "submitted"), deliverable="changes_requested")
    (move,) = dispatch(a_board(card, seats=(a_seat("ada"),)), places=Places(0)).moves
    assert (move.kind, move.subject) == ("assign", "card_1")


def test_people_hear_of_a_card_nobody_can_do_even_where_nothing_new_may_be_begun() -> None:
    (move,) = dispatch(a_board(a_card()), places=Places(0)).moves
    assert isinstance(move, HandOff)


SKILLS = ("testing", "docs", "code")
SEATS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(SKILLS), min_size=1, max_size=3, unique=True),
        st.integers(0, 3),
        st.integers(0, 2),
        st.booleans(),
        st.integers(0, 4),
    ),
    max_size=6,
)
CARDS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(SKILLS), max_size=2, unique=True),
        st.sampled_from([None, "failed", "declined"]),
        st.integers(0, 5),
    ),
    max_size=12,
)


def board_of(seats: list[tuple], cards: list[tuple]) -> Board:  # type: ignore[type-arg]
    made_seats: list[Seat] = []
    for index, (skills, capacity, load, usable, wins) in enumerate(seats):
        more = {"capacity": capacity, "load": load, "usable": usable, "successes": wins}
        made_seats.append(a_seat(f"a{index}", *skills, order=index, **more))
    made_cards = []
    for index, (skills, ended, by) in enumerate(cards):
        runs = (a_run(ended, f"agt_a{by}", remedy="reassign"),) if ended else ()
        made_cards.append(a_card(index, skills=tuple(skills), runs=runs, attempts=len(runs)))
    return a_board(*made_cards, seats=tuple(made_seats))


@settings(max_examples=150, deadline=None)
@given(SEATS, CARDS)
def test_whatever_the_board_every_ready_card_gets_one_lawful_answer(
    seats: list[tuple],
    cards: list[tuple],  # type: ignore[type-arg]
) -> None:
    board = board_of(seats, cards)
    result = plan(board)
    answers = [move.subject for move in result.moves] + [held.card_id for held in result.held]
    assert Counter(answers) == Counter(card.id for card in board.cards)
    seat_of = {seat.agent_id: seat for seat in board.seats}
    card_of = {card.id: card for card in board.cards}
    loads = Counter({seat.agent_id: seat.load for seat in board.seats})
    for move in result.moves:
        if isinstance(move, Assign):
            seat, card = seat_of[move.agent_id], card_of[move.card_id]
            loads[seat.agent_id] += 1
            assert seat.usable
            assert set(card.skills) <= set(seat.skills)
            assert all(run.agent_id != seat.agent_id for run in card.runs)
            assert loads[seat.agent_id] <= seat.capacity


@settings(max_examples=80, deadline=None)
@given(SEATS, CARDS, st.randoms(use_true_random=False))
def test_the_order_of_seats_and_cards_on_the_board_changes_nothing(
    seats: list[tuple],  # type: ignore[type-arg]
    cards: list[tuple],  # type: ignore[type-arg]
    dice: Random,
) -> None:
    board = board_of(seats, cards)
    turned = replace(
        board,
        seats=tuple(dice.sample(board.seats, len(board.seats))),
        cards=tuple(dice.sample(board.cards, len(board.cards))),
    )
    assert set(assigned(turned)) == set(assigned(board))


INDEPENDENT = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["working", "submitted", "failed", "declined"]),
            st.integers(0, 5),
            st.integers(1, 3),
        ),
        max_size=4,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(SEATS, INDEPENDENT, st.integers(0, 6))
def test_independent_runs_never_share_an_agent_or_a_slot_and_fit_every_limit(
    seats: list[tuple],  # type: ignore[type-arg]
    histories: list[list[tuple[str, int, int]]],
    most_new: int,
) -> None:
    cards = [
        a_card(
            number,
            status="working",
            skills=("testing",),
            independent=3,
            runs=tuple(
                a_run(state, f"agt_a{by}", id=f"run_{number}_{n}", slot=slot, remedy="reassign")
                for n, (state, by, slot) in enumerate(runs)
            ),
        )
        for number, runs in enumerate(histories)
    ]
    board = replace(board_of(seats, []), cards=tuple(cards))
    out = dispatch(board, places=Places(most_new))
    given_ = [move for move in out.moves if isinstance(move, Assign)]
    assert len(given_) <= most_new
    loads = Counter({seat.agent_id: seat.load for seat in board.seats})
    loads.update(move.agent_id for move in given_)
    assert all(loads[seat.agent_id] <= max(seat.capacity, seat.load) for seat in board.seats)
    for card in cards:
        mine = [move for move in given_ if move.card_id == card.id]
        has_it = [run for run in card.runs if run.is_live or run.state == "submitted"]
        agents = [move.agent_id for move in mine]
        assert len(set(agents)) == len(agents)
        assert not set(agents) & {run.agent_id for run in has_it}
        newest = {run.slot: run for run in reversed(card.runs)}
        taken = {slot for slot, run in newest.items() if run in has_it}
        slots = [move.slot for move in mine]
        assert len(set(slots)) == len(slots)
        assert not set(slots) & taken
