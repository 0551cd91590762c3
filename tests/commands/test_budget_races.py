"""Budgets under load: many at once, crashes in between, and never more than a step beyond (I6).

`test_postgresql.py` runs this module again on a server of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests import cast
from tests.cast import AT
from tests.commands.racing import outcomes, race
from workspace.actors import By, coordinator
from workspace.commands.budgets import ask_about_budget, remove_budget, set_budget, warn_budget
from workspace.commands.charging import charge, reserve, settle, take_steps
from workspace.commands.rooms import seat_agent
from workspace.errors import Refused
from workspace.models import Budget, Person, Reservation, Room, Run
from workspace.spending import lines
from workspace.verify import budgets, verify

RULE = coordinator(rule="budget_used_up")


@pytest.fixture
def owner(transactional_db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def promises_hold(transactional_db: None) -> Iterator[None]:
    yield
    assert verify(AT) == []


def put(room: Room, what: str, cap: float, subject: str = "", period: str = "ever") -> Budget:
    owner = room.members.get(role="owner").person_id
    return set_budget(
        room_id=room.id, subject_id=subject or room.id, what=what, period=period, cap=cap,
        by=By(owner), at=AT,
    )  # fmt: skip


# --- at one moment -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("period", ["ever", "day"])
def test_of_many_who_reserve_at_once_only_those_that_fit_get_it(
    room: Room, period: str, promises_hold: None
) -> None:
    put(room, "tokens", 300, period=period)

    def ask(ref: str) -> int:
        return reserve(room=room, subjects=[room.id], wanted={"tokens": 100}, ref=ref, at=AT)

    found = race(*[lambda n=n: ask(f"jdg_{n}") for n in range(8)])
    assert outcomes(found) == {"done": 3, "over_budget": 5}
    (line,) = lines(room, AT)
    assert (line.reserved, line.used) == (300, 300)


@pytest.mark.django_db(transaction=True)
def test_steps_reported_at_once_in_two_rooms_never_pass_the_agents_cap(
    owner: Person, room: Room, promises_hold: None
) -> None:
    agent = cast.an_agent(room, max_concurrency=8)
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=By(owner.id), at=AT)
    runs = [cast.a_run(cast.a_card(place), agent) for place in (room, other) for _ in range(4)]
    put(room, "steps", 50, agent.id)
    put(room, "steps", 50, agent.id, period="day")

    def report(run: Run) -> int:
        with transaction.atomic():
            return take_steps(run, 9, at=AT)[0]

    kept = race(*[lambda r=run: report(r) for run in runs])
    assert sum(kept) == 50
    assert {line.used for line in lines(room, AT)} == {50}


@pytest.mark.django_db(transaction=True)
def test_one_call_settled_eight_times_at_once_is_settled_once(
    room: Room, promises_hold: None
) -> None:
    put(room, "usd", 1)
    reserve(room=room, subjects=[room.id], wanted={"usd": 0.5}, ref="jdg_1", at=AT)
    race(*[lambda: settle(ref="jdg_1", actual={"usd": 0.2}, at=AT)] * 8)
    row = Budget.objects.get()
    assert (row.spent, row.reserved) == (Decimal("0.2"), 0)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_done_to_budgets_at_once_never_locks_up(
    owner: Person, room: Room, promises_hold: None
) -> None:
    agent = cast.an_agent(room, max_concurrency=8)
    other = cast.a_room(owner, name="Other")
    by = By(owner.id)
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    runs = [cast.a_run(cast.a_card(place), agent) for place in (room, other)]
    kept = put(room, "steps", 5, agent.id, period="day")

    def again(place: Room) -> None:
        for n in range(5):
            put(place, "steps", 5 + n, agent.id)

    def spend(place: Room, run: Run) -> None:
        subjects = [place.id, agent.id]
        for n in range(8):
            for cost in (0.01, 0.1 * (n == 7)):
                reserve(room=place, subjects=subjects, wanted={"steps": 0.1}, ref=run.id, at=AT)
                settle(ref=run.id, actual={"steps": cost}, at=AT)

    def tell(place: Room) -> None:
        for command in (warn_budget, ask_about_budget) * 3:
            with pytest.raises(Refused):
                for _ in range(9):
                    command(room_id=place.id, budget_id=kept.id, by=RULE, at=AT)

    found = race(
        lambda: again(room), lambda: again(other), lambda: spend(room, runs[0]),
        lambda: spend(other, runs[1]), lambda: tell(room), lambda: tell(other),
    )  # fmt: skip
    assert set(outcomes(found)) <= {"done"}


@pytest.mark.django_db(transaction=True)
def test_a_budget_taken_away_while_it_is_used_leaves_nothing_behind(
    room: Room, promises_hold: None
) -> None:
    kept = put(room, "usd", 5)
    by = By(room.members.get(role="owner").person_id)

    def use(n: int) -> None:
        reserve(room=room, subjects=[room.id], wanted={"usd": 0.1}, ref=f"jdg_{n}", at=AT)
        settle(ref=f"jdg_{n}", actual={"usd": 0.1}, at=AT)

    def take_away() -> None:
        remove_budget(room_id=room.id, budget_id=kept.id, by=by, at=AT)

    found = race(*[lambda n=n: use(n) for n in range(5)], take_away)
    assert outcomes(found) == {"done": 6}
    assert not Reservation.objects.exists()


# --- any order ---------------------------------------------------------------------------

CAPS = {"usd": Decimal(10), "tokens": Decimal(1000)}
share = st.integers(5, 70).map(lambda percent: Decimal(percent) / 100)


class Spending(RuleBasedStateMachine):
    """Calls that are reserved, settled, charged or lost in any order; caps that move."""

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now: datetime = AT
        self.room = cast.a_room(cast.an_owner())
        self.by = By(self.room.members.get().person_id)
        self.card = cast.a_card(self.room)
        self.subjects = [self.room.id, self.card.id]
        self.calls: dict[str, Decimal] = {}
        self.made, self.largest = 0, Decimal(0)
        for subject, period in ((self.room.id, "ever"), (self.card.id, "day")):
            for what, cap in CAPS.items():
                self.put(subject, what, period, cap)

    def put(self, subject: str, what: str, period: str, cap: Decimal) -> None:
        set_budget(
            room_id=self.room.id, subject_id=subject, what=what, period=period, cap=cap,
            by=self.by, at=self.now,
        )  # fmt: skip

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def amounts(self, share: Decimal) -> dict[str, Decimal]:
        return {what: cap * share for what, cap in CAPS.items()}

    @rule(share=share)
    def a_call_begins(self, share: Decimal) -> None:
        self.made += 1
        ref = f"jdg_{self.made}"
        before = self.used()
        facts: dict[str, Any] = {"room": self.room, "subjects": self.subjects, "at": self.now}
        try:
            made = reserve(wanted=self.amounts(share), ref=ref, **facts)
        except Refused as refused:
            assert refused.code == "over_budget"
            assert self.used() == before
        else:
            assert made == 4
            self.calls[ref] = share
            assert all(line.used <= line.cap for line in lines(self.room, self.now))

    @rule(one=share, two=share)
    def two_calls_begin(self, one: Decimal, two: Decimal) -> None:
        self.a_call_begins(one)
        self.a_call_begins(two)

    @rule(n=st.integers(0, 20), part=st.sampled_from([0, 40, 100, 100, 130]))
    def a_call_ends(self, n: int, part: int) -> None:
        """As it said at most, or, from a provider that cannot count, somewhat more."""
        if not self.calls:
            return
        ref = sorted(self.calls)[n % len(self.calls)]
        cost = self.calls.pop(ref) * part / 100
        settle(ref=ref, actual=self.amounts(cost), at=self.now)
        settle(ref=ref, actual=self.amounts(cost), at=self.now)
        self.largest = max(self.largest, cost)

    @rule(n=st.integers(0, 20), share=share)
    def a_call_goes_on(self, n: int, share: Decimal) -> None:
        if not self.calls:
            return
        ref = sorted(self.calls)[n % len(self.calls)]
        cost = self.calls.pop(ref)
        facts: dict[str, Any] = {"room": self.room, "subjects": self.subjects, "at": self.now}
        self.largest = max(self.largest, cost)
        settle(ref=ref, actual=self.amounts(cost), at=self.now)
        try:
            reserve(wanted=self.amounts(share), ref=ref, **facts)
        except Refused:
            return
        self.calls[ref] = share

    @rule(n=st.integers(0, 20))
    def a_process_goes_down(self, n: int) -> None:
        """Nobody settles this call any more."""
        if self.calls:
            self.calls.pop(sorted(self.calls)[n % len(self.calls)])

    @rule(minutes=st.sampled_from([1, 1, 20, 900]))
    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        if minutes >= 15:
            self.calls.clear()

    @rule(share=st.integers(1, 5))
    def something_has_been_used_already(self, share: int) -> None:
        """Only where nothing is over yet: what is over begins nothing."""
        if any(line.used >= line.cap for line in lines(self.room, self.now)):
            return
        cost = Decimal(share) / 100
        self.largest = max(self.largest, cost)
        charge(
            room=self.room, subjects=self.subjects, amounts=self.amounts(cost), ref="run_1",
            began=self.now, at=self.now,
        )  # fmt: skip

    @rule(percent=st.sampled_from([0, 50, 100, 300]), what=st.sampled_from(sorted(CAPS)))
    def somebody_sets_a_cap(self, percent: int, what: str) -> None:
        self.put(self.room.id, what, "ever", CAPS[what] * percent / 100)

    def used(self) -> list[tuple[Decimal, Decimal]]:
        return list(Budget.objects.order_by("id").values_list("spent", "reserved"))

    @invariant()
    def it_is_never_more_than_a_step_beyond(self) -> None:
        if hasattr(self, "room"):
            assert list(budgets(self.now)) == []

    @invariant()
    def a_days_budget_is_bounded_whatever_was_set_elsewhere(self) -> None:
        if not hasattr(self, "room"):
            return
        for line in lines(self.room, self.now):
            if line.subject_id == self.card.id:
                assert line.used <= line.cap + self.largest * CAPS[line.what]


@pytest.mark.django_db
def test_in_any_order_nothing_is_spent_beyond_a_step() -> None:
    run_state_machine_as_test(
        Spending,
        settings=settings(
            max_examples=25, stateful_step_count=25, derandomize=True, deadline=None,
            database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
