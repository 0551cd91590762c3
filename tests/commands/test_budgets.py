"""Budgets: who may set them, what they refuse, and that nothing is spent beyond them (I6)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.budgets import (
    ask_about_budget,
    raise_asked,
    remove_budget,
    set_budget,
    tell_refused,
    tidy_cap,
    warn_budget,
)
from workspace.commands.charging import (
    SETTLED_WITHIN,
    charge,
    charge_run,
    require_within,
    reserve,
    reserve_for,
    settle,
    take_steps,
)
from workspace.commands.choices import choose
from workspace.commands.rooms import seat_agent
from workspace.errors import Refused
from workspace.models import (
    Agent,
    Ask,
    Budget,
    Card,
    Event,
    Judgement,
    Person,
    Reservation,
    Room,
    Run,
    Tick,
)
from workspace.ownership import Owner, next_owners
from workspace.reports import Question
from workspace.sentences import sentence
from workspace.shown.choices import choices_shown
from workspace.spending import lines
from workspace.verify import verify

RULE = coordinator(rule="budget_used_up")
TOMORROW = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def promises_hold(db: None) -> Any:
    """Whatever a test does, no promise is broken afterwards."""
    yield
    assert verify(AT) == []


def put(room: Room, by: By, what: str, cap: object, subject: str = "", **more: Any) -> Budget:
    facts = {"period": "ever", "at": AT, **more}
    return set_budget(
        room_id=room.id, subject_id=subject or room.id, what=what, cap=cap, by=by, **facts
    )


def take(room: Room, ref: str = "jdg_1", **wanted: float) -> int:
    return reserve(room=room, subjects=[room.id], wanted=wanted, ref=ref, at=AT)


def spent(room: Room, what: str = "usd", **more: Any) -> tuple[float, float]:
    row = Budget.objects.get(subject_id=room.id, what=what, **{"period": "ever", **more})
    return float(row.spent), float(row.reserved)


def story(room: Room) -> list[str]:
    found = Event.objects.filter(stream_id=room.id, type__startswith="budget.")
    return list(found.order_by("seq").values_list("type", flat=True))


# --- set ---------------------------------------------------------------------------------


def test_an_owner_limits_a_room_a_card_and_an_agent(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    put(room, by, "usd", 5)
    put(room, by, "steps", 100, card.id)
    put(room, by, "seconds", 3600, agent.id, period="day")
    found = {(line.subject_id, line.what, line.period, int(line.cap)) for line in lines(room, AT)}
    assert found == {
        (room.id, "usd", "ever", 5), (card.id, "steps", "ever", 100),
        (agent.id, "seconds", "2026-11-24", 3600),
    }  # fmt: skip
    assert story(room) == ["budget.set"] * 3


def test_a_cap_that_is_set_again_is_the_same_budget(room: Room, by: By) -> None:
    first = put(room, by, "usd", 5)
    take(room, usd=2)
    again = put(room, by, "usd", "7.5")
    assert (again.id, again.cap) == (first.id, Decimal("7.5"))
    assert spent(room) == (0, 2)


@pytest.mark.parametrize("role", ["reviewer", "contributor", "observer"])
def test_only_owners_set_or_remove_budgets(room: Room, by: By, role: str) -> None:
    kept = put(room, by, "usd", 5)
    other = By(cast.a_member(room, role).id)
    with refused("not_allowed"):
        put(room, other, "usd", 50)
    with refused("not_allowed"):
        remove_budget(room_id=room.id, budget_id=kept.id, by=other, at=AT)


def test_neither_an_agent_nor_the_coordinator_raises_a_budget(
    room: Room, agent: Agent, by: By
) -> None:
    put(room, by, "usd", 5)
    for actor in (RULE, By(agent.id)):
        with refused("not_allowed"):
            put(room, actor, "usd", 50)


def test_a_token_without_the_scope_sets_no_budget(room: Room, owner: Person) -> None:
    with refused("not_allowed"):
        put(room, By(owner.id, scopes=("read",)), "usd", 5)


def test_an_agents_budget_is_its_owners_or_the_workspaces(room: Room, agent: Agent) -> None:
    guest = cast.a_member(room, "owner", "Second owner")
    with refused("not_allowed", permission="agent.manage"):
        put(room, By(guest.id), "steps", 5, agent.id)
    Agent.objects.filter(id=agent.id).update(owner=guest)
    assert put(room, By(guest.id), "steps", 5, agent.id).cap == 5


def test_what_is_of_another_room_is_not_found(room: Room, owner: Person, by: By) -> None:
    other = cast.a_room(owner, name="Other")
    card, agent = cast.a_card(other), cast.an_agent(other, "Elsewhere")
    for subject in (other.id, card.id, agent.id, "card_none", "", owner.id):
        with refused("not_found"):
            put(room, by, "usd", 5, subject or "nothing")
    kept = put(other, by, "usd", 5)
    with refused("not_found"):
        remove_budget(room_id=room.id, budget_id=kept.id, by=by, at=AT)
    stranger = By(cast.an_owner("Kim", workspace="Elsewhere").id)
    with refused("not_found"):
        put(room, stranger, "usd", 5)


@pytest.mark.parametrize(
    ("cap", "code"),
    [
        (-1, "out_of_range"), ("-0.01", "out_of_range"), (10**30, "out_of_range"),
        ("9" * 500, "out_of_range"), (float("nan"), "not_finite"), (float("inf"), "not_finite"),
        ("NaN", "not_finite"), ("-Infinity", "not_finite"), ("much", "not_an_amount"),
        ("", "not_an_amount"), ("5 usd", "not_an_amount"), (None, "not_an_amount"),
        (True, "not_an_amount"),
        ([5], "not_an_amount"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_and_changes_nothing(
    room: Room, by: By, cap: object, code: str
) -> None:
    with refused(code, field="cap"):
        put(room, by, "usd", cap)
    assert not Budget.objects.exists()


def test_half_a_step_is_refused_and_half_a_dollar_is_not(room: Room, by: By) -> None:
    for what in ("steps", "tokens"):
        with refused("not_a_whole_number"):
            put(room, by, what, 1.5)
    assert put(room, by, "usd", "0.5").cap == Decimal("0.5")
    assert tidy_cap("seconds", " 90 ") == 90


def test_an_unknown_measure_or_period_is_refused(room: Room, by: By) -> None:
    with refused("unknown_budget"):
        put(room, by, "euros", 5)
    for period in ("week", "2026-11-24", ""):
        with refused("unknown_period"):
            put(room, by, "usd", 5, period=period)


def test_a_removed_budget_limits_nothing_any_more(room: Room, by: By) -> None:
    ever, daily = put(room, by, "usd", 1), put(room, by, "usd", 1, period="day")
    take(room, usd=1)
    for one in (ever, daily):
        remove_budget(room_id=room.id, budget_id=one.id, by=by, at=AT)
    assert not Budget.objects.exists()
    assert take(room, usd=99) == 0
    settle(ref="jdg_1", actual={"usd": 99}, at=AT)
    with refused("not_found"):
        remove_budget(room_id=room.id, budget_id=ever.id, by=by, at=AT)


# --- reserved and settled ----------------------------------------------------------------


def test_the_worst_case_is_reserved_and_what_it_cost_is_spent(room: Room, by: By) -> None:
    put(room, by, "usd", 1)
    assert take(room, usd=0.4, tokens=9000) == 1
    assert spent(room) == (0, 0.4)
    settle(ref="jdg_1", actual={"usd": 0.1}, at=AT)
    settle(ref="jdg_1", actual={"usd": 0.1}, at=AT)
    assert spent(room) == (0.1, 0)


def test_a_call_that_might_not_fit_is_refused_and_says_which_budget(room: Room, by: By) -> None:
    put(room, by, "usd", 1)
    kept = put(room, by, "tokens", 1000)
    take(room, usd=0.2, tokens=800)
    facts = {"budget_id": kept.id, "what": "tokens", "used": "800", "cap": "1000"}
    with refused("over_budget", **facts, subject_id=room.id, period="ever"):
        take(room, "jdg_2", usd=0.1, tokens=201)
    assert spent(room) == (0, 0.2)
    assert take(room, "jdg_3", tokens=200) == 1


def test_zero_means_that_nothing_may_be_spent(room: Room, by: By, card: Card, agent: Agent) -> None:
    put(room, by, "usd", 0)
    for wanted in (0.000001, 0):
        with refused("over_budget", cap="0"):
            take(room, usd=wanted)
    with refused("over_budget", cap="0"):
        require_within(room, card, agent, at=AT)


def test_every_budget_a_call_counts_against_has_to_hold_it(room: Room, card: Card, by: By) -> None:
    put(room, by, "tokens", 1000)
    kept = put(room, by, "tokens", 100, card.id)
    with refused("over_budget", budget_id=kept.id):
        reserve(room=room, subjects=[room.id, card.id], wanted={"tokens": 101}, ref="x", at=AT)
    assert not Reservation.objects.exists()
    reserve(room=room, subjects=[room.id, card.id], wanted={"tokens": 100}, ref="x", at=AT)
    assert spent(room, "tokens") == (0, 100)


def test_a_call_that_is_never_settled_counts_as_spent(room: Room, by: By) -> None:
    put(room, by, "usd", 1)
    take(room, usd=0.6)
    late = AT + SETTLED_WITHIN
    with refused("over_budget"):
        reserve(room=room, subjects=[room.id], wanted={"usd": 0.5}, ref="jdg_2", at=late)
    reserve(room=room, subjects=[room.id], wanted={"usd": 0.4}, ref="jdg_2", at=late)
    assert spent(room) == (0.6, 0.4)
    settle(ref="jdg_1", actual={"usd": 0}, at=late)
    assert spent(room) == (0.6, 0.4)


def test_a_late_answer_gives_nothing_back(room: Room, by: By) -> None:
    put(room, by, "usd", 1)
    take(room, usd=0.6)
    settle(ref="jdg_1", actual={"usd": 0.1}, at=AT + SETTLED_WITHIN)
    assert spent(room) == (0.6, 0)


def test_a_try_that_went_down_counts_when_its_question_is_put_again(room: Room, by: By) -> None:
    put(room, by, "usd", 1)
    take(room, usd=0.3)
    take(room, usd=0.3)
    assert spent(room) == (0.3, 0.3)


def test_a_provider_that_charges_more_than_was_reserved_is_one_step_over(
    room: Room, by: By
) -> None:
    put(room, by, "tokens", 100)
    take(room, tokens=90)
    settle(ref="jdg_1", actual={"tokens": 150}, at=AT)
    assert spent(room, "tokens") == (150, 0)
    with refused("over_budget", used="150"):
        take(room, "jdg_2", tokens=1)


def test_a_provider_that_charges_a_number_beyond_numbers_is_bounded(room: Room, by: By) -> None:
    put(room, by, "tokens", 10**11)
    for n in range(12):
        charge(
            room=room, subjects=[room.id], amounts={"tokens": 10**30}, ref=f"jdg_{n}", began=AT,
            at=AT,
        )  # fmt: skip
    assert spent(room, "tokens")[0] == 999_999_999_999
    Budget.objects.all().delete()


def test_a_question_counts_against_its_room_and_the_card_it_is_about(
    room: Room, card: Card, run: Run, by: By
) -> None:
    put(room, by, "tokens", 1000)
    put(room, by, "tokens", 500, card.id)
    put(room, by, "tokens", 0, cast.a_card(room, "Other").id)
    for n, (subject, made) in enumerate(((room.id, 1), (card.id, 2), (run.id, 2))):
        asked = Judgement.objects.create(
            workspace_id=room.workspace_id, room=room, kind="read", subject_id=subject,
            revision=n, asked_at=AT,
        )  # fmt: skip
        assert reserve_for(judgement_id=asked.id, wanted={"tokens": 100}, at=AT) == made
    assert spent(room, "tokens") == (0, 300)


def test_people_are_asked_about_a_budget_that_held_no_further_call(room: Room, by: By) -> None:
    put(room, by, "tokens", 100)
    take(room, tokens=60)
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            take(room, "jdg_2", tokens=60)
        tell_refused(room_id=room.id, why=caught.value, judgement_id="jdg_2", at=AT)
    asked = Ask.objects.get()
    assert asked.body["params"]["used"] == "60"
    assert sentence(asked.body) == (
        "The budget of the room holds no more: 60 of 100 tokens. An owner can raise it."
    )


# --- a day -------------------------------------------------------------------------------


def test_a_days_budget_begins_anew_the_next_day(room: Room, by: By) -> None:
    put(room, by, "usd", 1, period="day")
    take(room, usd=1)
    with refused("over_budget", period="2026-11-24"):
        take(room, "jdg_2", usd=0.1)
    reserve(room=room, subjects=[room.id], wanted={"usd": 0.4}, ref="jdg_2", at=TOMORROW)
    assert spent(room, period="2026-11-25") == (0, 0.4)
    (line,) = lines(room, TOMORROW)
    assert (line.period, line.used) == ("2026-11-25", Decimal("0.4"))


def test_a_day_that_was_not_used_yet_has_its_cap_and_nothing_used(room: Room, by: By) -> None:
    put(room, by, "usd", 3, period="day")
    (line,) = lines(room, TOMORROW)
    assert (line.cap, line.used, line.period) == (3, 0, "2026-11-25")


def test_a_changed_daily_cap_holds_today_and_tomorrow(room: Room, by: By) -> None:
    put(room, by, "usd", 3, period="day")
    put(room, by, "usd", 1, period="day")
    for at in (AT, TOMORROW):
        (line,) = lines(room, at)
        assert line.cap == 1


def test_a_zero_cap_a_day_is_no_news_every_morning(room: Room, by: By) -> None:
    put(room, by, "usd", 0, period="day")
    (line,) = lines(room, TOMORROW)
    assert line.asked and line.used >= line.cap


def test_a_clock_that_is_set_back_over_midnight_counts_on_the_day_it_shows(
    room: Room, by: By
) -> None:
    put(room, by, "usd", 1, period="day")
    take(room, usd=0.6)
    settle(ref="jdg_1", actual={"usd": 0.6}, at=AT)
    facts: dict[str, Any] = {"room": room, "subjects": [room.id]}
    reserve(**facts, wanted={"usd": 0.9}, ref="jdg_2", at=TOMORROW)
    # Set back: today is what it was, and what was begun tomorrow is settled there.
    with refused("over_budget", period="2026-11-24", used="0.6"):
        reserve(**facts, wanted={"usd": 0.5}, ref="jdg_3", at=AT)
    settle(ref="jdg_2", actual={"usd": 0.2}, at=AT)
    assert spent(room, period="2026-11-25") == (0.2, 0)
    assert spent(room, period="2026-11-24") == (0.6, 0)
    assert [line.used for line in lines(room, TOMORROW)] == [Decimal("0.2")]


def test_a_run_that_ends_before_it_began_by_a_clock_set_back_costs_nothing(
    room: Room, run: Run, by: By
) -> None:
    put(room, by, "seconds", 1000, period="day")
    put(room, by, "seconds", 1000)
    charge_run(run, at=AT - timedelta(hours=10))
    assert Budget.objects.filter(spent__gt=0).count() == 0


def test_a_jump_forward_past_settling_counts_the_worst_case_and_never_more(
    room: Room, by: By
) -> None:
    put(room, by, "usd", 1)
    take(room, usd=0.6)
    jumped = AT + SETTLED_WITHIN * 100
    reserve(room=room, subjects=[room.id], wanted={"usd": 0.4}, ref="jdg_2", at=jumped)
    assert spent(room) == (0.6, 0.4)
    settle(ref="jdg_1", actual={"usd": 0.1}, at=jumped)
    # And back again: what was spoken for in that future is not lost for it.
    with refused("over_budget"):
        take(room, "jdg_3", usd=0.01)
    settle(ref="jdg_2", actual={"usd": 0.1}, at=AT)
    assert spent(room) == (0.7, 0)


# --- what runs use -----------------------------------------------------------------------


def test_steps_count_against_room_card_and_agent_at_once(
    room: Room, card: Card, agent: Agent, run: Run, by: By
) -> None:
    for subject in (room.id, card.id, agent.id):
        put(room, by, "steps", 10, subject)
    assert take_steps(run, 4, at=AT) == (4, {})
    assert set(Budget.objects.values_list("spent", flat=True)) == {4}


def test_no_more_steps_are_kept_than_the_tightest_budget_holds(
    room: Room, card: Card, run: Run, by: By
) -> None:
    put(room, by, "steps", 100)
    kept = put(room, by, "steps", 3, card.id)
    taken, over = take_steps(run, 50, at=AT)
    assert (taken, over["budget_id"], over["used"], over["cap"]) == (3, kept.id, "3", "3")
    assert take_steps(run, 1, at=AT)[0] == 0
    assert spent(room, "steps") == (3, 0)


def test_without_a_budget_every_step_is_kept_at_the_price_of_one_query(
    run: Run, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert take_steps(run, 7, at=AT) == (7, {})
    with django_assert_num_queries(1):
        charge_run(run, at=later(60))


def test_the_wall_time_of_a_run_counts_without_the_time_it_waited_for_a_person(
    room: Room, run: Run, by: By
) -> None:
    put(room, by, "seconds", 1000)
    cast.says(run, Question(ref="q", message_md="Which?"), at=later(100))
    Ask.objects.update(closed_at=later(400), state="answered")
    (line,) = lines(room, later(500))
    assert (line.running, line.used) == (200, 200)
    charge_run(Run.objects.get(), at=later(500))
    assert spent(room, "seconds") == (200, 0)
    Ask.objects.update(closed_at=None, state="open")


def test_a_day_is_charged_for_its_part_of_a_run(room: Room, run: Run, by: By) -> None:
    put(room, by, "seconds", 10**6)
    put(room, by, "seconds", 10**6, period="day")
    charge_run(run, at=TOMORROW)
    assert spent(room, "seconds")[0] == 86_400
    assert spent(room, "seconds", period="2026-11-25")[0] == 9 * 3600


def test_a_person_and_a_run_that_was_never_sent_use_no_wall_time(
    room: Room, run: Run, by: By
) -> None:
    put(room, by, "seconds", 10)
    run.offered_at = None
    charge_run(run, at=later(60))
    run.agent_id = None
    charge_run(run, at=later(60))
    assert spent(room, "seconds") == (0, 0)


def test_runs_of_an_agent_in_other_rooms_count_against_it(
    room: Room, owner: Person, agent: Agent, by: By
) -> None:
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    cast.a_run(cast.a_card(other), agent)
    put(room, by, "seconds", 100, agent.id)
    put(room, by, "seconds", 100)
    used = {line.subject_id: line.used for line in lines(room, later(30))}
    assert used == {agent.id: 30, room.id: 0}


# --- warned, asked, raised ---------------------------------------------------------------


def warn(room: Room, kept: Budget) -> Budget:
    return warn_budget(room_id=room.id, budget_id=kept.id, by=RULE, at=AT)


def ask(room: Room, kept: Budget) -> Ask:
    return ask_about_budget(room_id=room.id, budget_id=kept.id, by=RULE, at=AT)


def test_it_is_warned_once_when_four_fifths_are_gone(room: Room, by: By) -> None:
    kept = put(room, by, "usd", 1)
    take(room, usd=0.79)
    settle(ref="jdg_1", actual={"usd": 0.79}, at=AT)
    take(room, "jdg_2", usd=0.1)
    with refused("stale_move", state="fine"):
        warn(room, kept)
    settle(ref="jdg_2", actual={"usd": 0.01}, at=AT)
    warn(room, kept)
    with refused("stale_move", state="warned"):
        warn(room, kept)
    assert story(room)[-1] == "budget.warned"


def test_a_worst_case_that_comes_back_does_not_use_up_the_one_warning(
    room: Room, by: By, nudges: Any, django_capture_on_commit_callbacks: Any
) -> None:
    kept = put(room, by, "usd", 1)
    take(room, usd=0.85)
    with refused("stale_move", state="fine"):
        warn(room, kept)
    settle(ref="jdg_1", actual={"usd": 0.01}, at=AT)
    take(room, "jdg_2", usd=0.9)
    nudges.clear()
    with django_capture_on_commit_callbacks(execute=True):
        settle(ref="jdg_2", actual={"usd": 0.84}, at=AT)
    assert ("tick", room.id) in nudges
    assert warn(room, kept).warned_at == AT


def test_people_are_asked_once_and_told_which_budget(room: Room, by: By) -> None:
    kept = put(room, by, "usd", 1)
    take(room, usd=1)
    asked = ask(room, kept)
    assert asked.body["code"] == "budget_used_up"
    assert asked.body["params"]["budget_id"] == kept.id
    assert asked.body["options"] == ["raise_by_half", "stay_stopped"]
    with refused("already_asked"):
        ask(room, kept)
    assert story(room)[-1] == "budget.used_up"


def test_raising_closes_the_ask_and_wakes_the_coordinator(
    room: Room, by: By, nudges: Any, django_capture_on_commit_callbacks: Any
) -> None:
    kept = put(room, by, "usd", 1)
    take(room, usd=1)
    asked = ask(room, kept)
    with django_capture_on_commit_callbacks(execute=True):
        put(room, by, "usd", 2)
    asked.refresh_from_db()
    assert asked.state == "cancelled"
    assert ("tick", room.id) in nudges
    take(room, "jdg_2", usd=1)
    assert ask(room, kept).id != asked.id


def test_an_agents_ask_is_closed_in_whichever_room_it_stands(
    room: Room, owner: Person, agent: Agent, by: By
) -> None:
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    kept = put(room, by, "steps", 1, agent.id)
    charge(room=other, subjects=[agent.id], amounts={"steps": 1}, ref="x", began=AT, at=AT)
    asked = ask(other, kept)
    put(room, by, "steps", 5, agent.id)
    asked.refresh_from_db()
    assert asked.state != "open"


def test_lowering_below_what_is_used_stops_at_once_and_asks_nobody(room: Room, by: By) -> None:
    kept = put(room, by, "usd", 5)
    take(room, usd=3)
    put(room, by, "usd", 1)
    assert story(room)[-1] == "budget.used_up"
    with refused("over_budget"):
        take(room, "jdg_2", usd=0.01)
    with refused("already_asked"):
        ask(room, kept)
    settle(ref="jdg_1", actual={"usd": 3.5}, at=AT)


def test_the_answer_raises_by_half_for_owners_only(room: Room, by: By, reviewer: Person) -> None:
    kept = put(room, by, "tokens", 100)
    take(room, tokens=100)
    asked = ask(room, kept)
    with refused("not_allowed", permission="budget.set"):
        raise_asked(room, asked, by=By(reviewer.id), at=AT)
    raise_asked(room, asked, by=by, at=AT)
    kept.refresh_from_db()
    assert (kept.cap, kept.asked_at) == (150, None)


@pytest.mark.parametrize("choice", ["raise_by_half", "stay_stopped"])
def test_who_may_not_raise_it_cannot_close_the_ask_for_those_who_can(
    room: Room, by: By, reviewer: Person, choice: str
) -> None:
    kept = put(room, by, "tokens", 100)
    take(room, tokens=100)
    asked = ask(room, kept)
    with refused("not_allowed", permission="budget.set"):
        choose(ask_id=asked.id, choice=choice, by=By(reviewer.id), at=AT)
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("open", {})
    choose(ask_id=asked.id, choice=choice, by=by, at=AT)


@pytest.mark.parametrize("of", ["room", "card"])
def test_the_next_action_on_a_card_without_budget_is_an_owners(
    room: Room, card: Card, owner: Person, reviewer: Person, by: By, of: str
) -> None:
    subject = {"room": room.id, "card": card.id}[of]
    put(room, by, "tokens", 100, subject)
    assert next_owners([card])[card.id] == Owner("coordinator", "assign")
    charge(room=room, subjects=[subject], amounts={"tokens": 100}, ref="x", began=AT, at=AT)
    assert next_owners([card])[card.id] == Owner("people", "raise_budget", (owner.id,))


def test_a_days_budget_comes_back_by_itself(room: Room, card: Card, by: By) -> None:
    put(room, by, "tokens", 100, period="day")
    charge(room=room, subjects=[room.id], amounts={"tokens": 100}, ref="x", began=AT, at=AT)
    assert next_owners([card])[card.id] == Owner("coordinator", "assign")


def test_raised_it_holds_the_call_that_did_not_fit(room: Room, by: By) -> None:
    put(room, by, "usd", "0.01")
    with pytest.raises(Refused) as caught:
        take(room, usd=0.4)
    tell_refused(room_id=room.id, why=caught.value, judgement_id="jdg_1", at=AT)
    asked = Ask.objects.get()
    assert (asked.body["params"]["used"], asked.body["params"]["wanted"]) == ("0", "0.4")
    assert (
        "may take 0.40 USD"
        in choices_shown([asked], Person.objects.get(id=by.actor))[asked.id].evidence[0].text
    )
    choose(ask_id=asked.id, choice="raise_by_half", by=by, at=AT)
    assert take(room, usd=0.4) == 1


def test_a_cap_below_what_runs_have_used_up_by_now_is_known_to_be_used_up(
    room: Room, run: Run, by: By
) -> None:
    set_budget(
        room_id=room.id, subject_id=room.id, what="seconds", period="ever", cap=60, by=by,
        at=later(100),
    )  # fmt: skip
    assert story(room)[-1] == "budget.used_up"
    kept = Budget.objects.get()
    assert kept.asked_at == later(100)
    with refused("already_asked"):
        ask_about_budget(room_id=room.id, budget_id=kept.id, by=RULE, at=later(100))


def test_only_runs_at_work_use_wall_time_up(room: Room, agent: Agent, run: Run, by: By) -> None:
    put(room, by, "seconds", 1000)
    put(room, by, "seconds", 1000, agent.id)
    assert [line.pace for line in lines(room, later(10))] == [1, 1]
    cast.says(run, Question(ref="q", message_md="Which?"), at=later(20))
    assert [line.pace for line in lines(room, later(30))] == [0, 0]
    Run.objects.update(state="queued", offered_at=None)
    assert [line.pace for line in lines(room, later(40))] == [0, 0]
    Run.objects.update(state="waiting", offered_at=AT)


@pytest.mark.parametrize("what", ["usd", "tokens"])
def test_what_is_not_known_of_agents_cannot_be_limited_but_to_nothing(
    room: Room, agent: Agent, by: By, what: str
) -> None:
    with refused("not_counted_of_agents", field="cap"):
        put(room, by, what, 5, agent.id)
    assert not Budget.objects.exists()
    put(room, by, what, 0, agent.id)
    with refused("over_budget"):
        require_within(room, cast.a_card(room), agent, at=AT)


def test_the_answer_about_a_budget_that_is_gone_changes_nothing(room: Room, by: By) -> None:
    kept = put(room, by, "tokens", 100)
    take(room, tokens=100)
    asked = ask(room, kept)
    Budget.objects.all().delete()
    raise_asked(room, asked, by=by, at=AT)
    assert not Budget.objects.exists()


def test_nothing_can_be_raised_by_half_of_nothing(room: Room, by: By) -> None:
    kept = put(room, by, "usd", 0)
    Budget.objects.update(asked_at=None)
    assert ask(room, kept).body["options"] == ["stay_stopped"]


def test_passing_a_share_that_matters_wakes_every_room_it_counts_in(
    room: Room, owner: Person, agent: Agent, run: Run, by: By, nudges: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    put(room, by, "steps", 10, agent.id)
    woken: list[set[str]] = []
    for steps in (7, 1, 1, 1):
        nudges.clear()
        with django_capture_on_commit_callbacks(execute=True):
            take_steps(run, steps, at=AT)
        woken.append({subject for hearer, subject in nudges if hearer == "tick"})
    both = {room.id, other.id}
    assert woken == [set(), both, set(), both]


@pytest.mark.parametrize("how", ["set", "answer", "remove"])
def test_more_for_an_agent_wakes_every_room_it_works_in(
    room: Room, owner: Person, agent: Agent, run: Run, by: By, how: str, nudges: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    kept = put(room, by, "steps", 2, agent.id)
    take_steps(run, 2, at=AT)
    asked = ask(room, kept)
    Tick.objects.update(due_at=None)
    nudges.clear()
    with django_capture_on_commit_callbacks(execute=True):
        if how == "set":
            put(room, by, "steps", 10, agent.id)
        elif how == "answer":
            choose(ask_id=asked.id, choice="raise_by_half", by=by, at=AT)
        else:
            remove_budget(room_id=room.id, budget_id=kept.id, by=by, at=AT)
    assert ("tick", other.id) in nudges and ("tick", room.id) in nudges
    assert Tick.objects.get(room=other).due_at == AT


def test_no_run_is_begun_on_a_budget_that_is_used_up(
    room: Room, card: Card, agent: Agent, by: By
) -> None:
    require_within(room, card, agent, at=AT)
    kept = put(room, by, "steps", 2, agent.id)
    require_within(room, card, agent, at=AT)
    charge(room=room, subjects=[agent.id], amounts={"steps": 2}, ref="run_1", began=AT, at=AT)
    with refused("over_budget", budget_id=kept.id):
        require_within(room, card, agent, at=AT)
