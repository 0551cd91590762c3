"""The fault proxy: only runs of a scratch room ever meet it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest

from agents.allowed import egress_policy
from agents.audition import proxy
from agents.egress import Answer, Outbound
from tests import cast
from tests.cast import AT
from tests.commands.refusing import later
from workspace import outbox
from workspace.actors import By
from workspace.commands import auditions
from workspace.commands.auditions import start_audition, stop_audition
from workspace.commands.cards import CardFacts
from workspace.commands.starting import assign_card
from workspace.models import Agent, Audition, DeliveryTry, Person, Run

REQUEST = Outbound(method="POST", url="https://agent.example/hook")


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def agent(owner: Person) -> Agent:
    return cast.an_agent(cast.a_room(owner), max_concurrency=20)


@pytest.fixture
def audition(agent: Agent, owner: Person) -> Audition:
    return start_audition(agent_id=agent.id, by=By(owner.id), at=AT)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Outbound]]:
    """What went out; every request is answered 202."""
    requests: list[Outbound] = []

    def begin(request: Outbound, *, policy: Any) -> Future[Answer]:
        requests.append(request)
        done: Future[Answer] = Future()
        done.set_result(Answer(202, {}, b"", 5))
        return done

    monkeypatch.setattr(proxy, "begin", begin)
    yield requests


def a_run_for(audition: Audition, code: str) -> Run:
    card = auditions.begin_item(
        audition_id=audition.id, code=code, card=CardFacts(title="Count"), at=AT
    )
    assert card is not None
    made = assign_card(
        card_id=card.id, agent_id=audition.agent_id, attempt=1, round=1, why={},
        by=auditions.acting(audition), at=AT,
    )  # fmt: skip
    return Run.objects.select_related("room").get(id=made.id)


def an_ordinary_run(agent: Agent) -> Run:
    room = agent.seats.exclude(room__is_scratch=True).get().room
    made = cast.a_run(cast.a_card(room), agent)
    return Run.objects.select_related("room").get(id=made.id)


def deliver(run: Run) -> Answer:
    delivery = outbox.claim(run.deliveries.get().id, at=later(60))
    assert delivery is not None
    answered = proxy.send(delivery, REQUEST, policy=egress_policy(), aside=lambda note: note())
    return answered.result(1)


def test_a_delivery_of_that_item_goes_out_twice_and_the_copy_is_on_the_record(
    audition: Audition, sent: list[Outbound]
) -> None:
    run = a_run_for(audition, "duplicate")
    assert deliver(run).status == 202
    assert sent == [REQUEST, REQUEST]  # the same webhook-id: the same request
    assert DeliveryTry.objects.get(run=run).outcome["code"] == proxy.COPY


def test_a_late_delivery_is_held_back_once(audition: Audition, sent: list[Outbound]) -> None:
    run = a_run_for(audition, "late")
    held = deliver(run)
    assert (held.status, sent) == (429, [])
    run.deliveries.update(state="due", due_at=AT, claimed_until=None)
    assert deliver(run).status == 202
    assert sent == [REQUEST]


@pytest.mark.parametrize("code", ["cancel", "missing", "planted", "changes", "throttled"])
def test_other_items_are_delivered_as_they_are(
    audition: Audition, sent: list[Outbound], code: str
) -> None:
    assert deliver(a_run_for(audition, code)).status == 202
    assert sent == [REQUEST]


def test_no_run_of_another_room_meets_it(
    audition: Audition, agent: Agent, sent: list[Outbound]
) -> None:
    """Although its agent is being tried at this moment, in the items that would change it."""
    for code in ("duplicate", "late", "throttled", "cancel"):
        a_run_for(audition, code)
    run = an_ordinary_run(agent)
    assert deliver(run).status == 202
    assert sent == [REQUEST]
    for name in ("events", "complete", "artifacts", "fail"):
        assert proxy.limits_call(run, name, AT) == 0
    assert not DeliveryTry.objects.filter(run=run).exists()


def limited(run: Run, name: str, seconds: float) -> int:
    """As the door does: asked, and logged if it was told to wait."""
    at = later(seconds)
    wait = proxy.limits_call(run, name, at)
    if wait:
        outbox.log_call(
            workspace_id=run.workspace_id, agent_id=run.agent_id or "", run_id=run.id, type=name,
            status=429, took_ms=1, at=at,
        )  # fmt: skip
    return wait


def test_a_run_is_told_to_wait_once_and_let_in_after_that_time(audition: Audition) -> None:
    run = a_run_for(audition, "throttled")
    assert limited(run, "heartbeat", 0) == limited(run, "inbox", 0) == 0
    assert limited(run, "events", 1) == proxy.WAIT
    assert limited(run, "events", 1.5) == 2
    assert limited(run, "complete", 2.9) == 1
    assert limited(run, "complete", 3.01) == 0
    assert limited(run, "events", 60) == 0


def test_a_run_that_is_to_be_stopped_is_kept_at_work_until_it_is(audition: Audition) -> None:
    run = a_run_for(audition, "cancel")
    assert proxy.limits_call(run, "events", AT) == 0
    assert proxy.limits_call(run, "complete", AT) == 1
    run.steps_count = 1
    assert proxy.limits_call(run, "events", AT) == 1
    run.state = "superseded"
    assert proxy.limits_call(run, "complete", AT) == 0


def test_it_is_over_with_its_audition(audition: Audition, owner: Person) -> None:
    run = a_run_for(audition, "throttled")
    stop_audition(audition_id=audition.id, by=By(owner.id), at=AT + timedelta(seconds=1))
    assert proxy.limits_call(run, "events", AT) == 0
