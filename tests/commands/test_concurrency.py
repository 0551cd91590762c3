"""Commands at the same moment, on real threads: the same promises, on SQLite and PostgreSQL.

`test_postgresql.py` runs this module again on a server of its own.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.racing import outcomes, race
from tests.commands.test_judgements import answer
from workspace.actors import By, coordinator
from workspace.commands.agents import (
    AgentFacts,
    edit_agent,
    note_answer,
    register_agent,
    revoke_agent,
)
from workspace.commands.answers import answer_once
from workspace.commands.asks import answer_ask
from workspace.commands.callbacks import add_artifact, receive
from workspace.commands.cards import CardFacts, cancel_card, edit_card, take_card
from workspace.commands.judgements import claim_judgement, plan_room, take_plan
from workspace.commands.messages import post_message
from workspace.commands.people import (
    invite,
    join_by_invite,
    make_sign_in_link,
    make_token,
    use_sign_in_link,
)
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    request_changes,
    submit_as_person,
)
from workspace.commands.rooms import seat_agent
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.commands.ticks import claim_tick
from workspace.files import keep_bytes, read_bytes
from workspace.models import (
    Ask,
    Blob,
    Card,
    Deliverable,
    Delivery,
    Event,
    LateResult,
    Member,
    Review,
    Run,
    Stream,
)
from workspace.outbox import claim
from workspace.reports import InboundEvent, Question
from workspace.transitions import LIVE_RUN
from workspace.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)

RULE = coordinator(rule="best_fit")


@pytest.fixture
def owner(transactional_db):
    return cast.an_owner()


@pytest.fixture(autouse=True)
def promises_hold(transactional_db):
    """Whatever the race, no promise is broken afterwards."""
    yield
    assert verify(AT) == []


def assign(card, agent):
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={}, by=RULE, at=AT
    )


def accept(version, person):
    return accept_deliverable(
        deliverable_id=version.id, sha256=version.sha256, by=By(person.id), at=AT
    )


def send(run, said, id="e1"):
    event = InboundEvent(id=id, type=type(said).__name__, said=said)
    return receive(run_id=run.id, credentials=cast.credentials(run), events=[event], at=AT)


def opened(version, *people):
    for person in people:
        open_deliverable(deliverable_id=version.id, by=By(person.id), at=AT)


# --- one card, one version ---------------------------------------------------------------


def test_a_card_assigned_by_eight_ticks_is_given_once(room, card):
    agents = [cast.an_agent(room, f"Agent {n}") for n in range(8)]
    found = outcomes(race(*[lambda a=agent: assign(card, a) for agent in agents]))
    assert found == {"done": 1, "card_not_free": 7}
    assert Run.objects.count() == 1


def test_two_who_take_a_card_do_not_both_have_it(card, reviewer, contributor):
    race(
        *[
            lambda p=person: take_card(card_id=card.id, by=By(p.id), at=AT)
            for person in (reviewer, contributor)
        ]
    )
    live = Run.objects.get(state__in=LIVE_RUN)
    assert Card.objects.get().given_to_person_id == live.person_id
    assert sorted(Run.objects.values_list("fence", flat=True)) == list(
        range(1, Run.objects.count() + 1)
    )


def test_someone_who_clicks_take_four_times_takes_once(card, contributor):
    by = By(contributor.id)
    found = race(*[lambda: take_card(card_id=card.id, by=by, at=AT)] * 4)
    assert outcomes(found) == {"done": 1, "already_yours": 3}


def test_a_take_and_an_assignment_leave_one_live_run(card, agent, contributor):
    race(
        lambda: take_card(card_id=card.id, by=By(contributor.id), at=AT),
        lambda: assign(card, agent),
    )
    assert Run.objects.get(state__in=LIVE_RUN).person_id == contributor.id


def test_two_reviewers_who_accept_at_once_accept_once(card, version, owner, reviewer):
    opened(version, owner, reviewer)
    found = race(lambda: accept(version, owner), lambda: accept(version, reviewer))
    assert outcomes(found) == {"done": 1, "illegal_move": 1}
    assert (Review.objects.count(), Card.objects.get().status) == (1, "done")
    assert Event.objects.filter(type="deliverable.accepted").count() == 1


def test_an_acceptance_and_a_request_for_changes_do_not_both_count(version, owner, reviewer):
    opened(version, owner)
    found = race(
        lambda: accept(version, owner),
        lambda: request_changes(
            deliverable_id=version.id, reason="More.", by=By(reviewer.id), at=AT
        ),
    )
    assert outcomes(found) == {"done": 1, "illegal_move": 1}
    assert Review.objects.count() == 1


def test_an_acceptance_never_reaches_a_version_that_was_just_superseded(
    card, version, owner, reviewer
):
    opened(version, owner)
    race(
        lambda: accept(version, owner),
        lambda: submit_as_person(
            card_id=card.id, result=cast.a_result("newer"), by=By(reviewer.id), at=AT
        ),
    )
    newest = Deliverable.objects.order_by("-version").first()
    assert (newest.state, Card.objects.get().status) == ("submitted", "review")


# --- callbacks ---------------------------------------------------------------------------


def test_thirty_callbacks_of_one_completion_make_one_version(run):
    results = race(*[lambda: send(run, cast.a_result())] * 30)
    assert sum(one["accepted"] for one in results) == 1
    assert sum(one["duplicates"] for one in results) == 29
    assert Deliverable.objects.count() == 1


def test_one_question_sent_eight_times_is_asked_once(run):
    race(*[lambda: send(run, Question(ref="q", message_md="Which?"))] * 8)
    assert Ask.objects.count() == 1


def test_two_completions_make_one_version_and_the_other_is_kept(run):
    found = race(*[lambda n=n: send(run, cast.a_result(f"v{n}"), f"e{n}") for n in range(2)])
    assert outcomes(found) == {"done": 1, "run_terminal": 1}
    assert (Deliverable.objects.count(), LateResult.objects.count()) == (1, 1)


def test_a_completion_and_the_end_of_its_lease_do_not_both_happen(card, run):
    race(
        lambda: send(run, cast.a_result()),
        lambda: fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=AT),
    )
    run.refresh_from_db()
    card.refresh_from_db()
    assert (run.state, card.status, Deliverable.objects.count()) in [
        ("submitted", "review", 1), ("failed", "ready", 0),
    ]  # fmt: skip


def test_a_revoked_agent_and_its_completion_leave_no_live_run(run, agent, by):
    race(
        lambda: send(run, cast.a_result()),
        lambda: revoke_agent(agent_id=agent.id, by=by, at=AT),
    )
    assert not Run.objects.filter(state__in=LIVE_RUN).exists()
    assert not LateResult.objects.exists()


def test_an_answer_and_a_cancellation_leave_the_card_cancelled(card, run, by):
    send(run, Question(ref="q", message_md="Which?"))
    ask = Ask.objects.get()
    race(
        lambda: answer_ask(ask_id=ask.id, answer={"action": "decline"}, by=by, at=AT),
        lambda: cancel_card(card_id=card.id, by=by, at=AT),
    )
    card.refresh_from_db()
    assert (card.status, Run.objects.get().state) == ("cancelled", "superseded")


# --- across rooms ------------------------------------------------------------------------


def test_capacity_is_not_exceeded_from_two_rooms(owner, room, by):
    agent = cast.an_agent(room, max_concurrency=2)
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    cards = [cast.a_card(place) for place in (room, other) for _ in range(4)]
    found = outcomes(race(*[lambda c=card: assign(c, agent) for card in cards]))
    assert found == {"done": 2, "agent_busy": 6}
    assert Run.objects.filter(agent=agent, state__in=LIVE_RUN).count() == 2


def test_agents_that_share_rooms_are_revoked_at_once(owner, by):
    rooms = [cast.a_room(owner, name=f"Room {n}") for n in range(4)]
    agents = [cast.an_agent(rooms[0], f"Agent {n}") for n in range(4)]
    for position, agent in enumerate(agents):
        for room in rooms if position % 2 else reversed(rooms):
            seat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    found = race(*[lambda a=one: revoke_agent(agent_id=a.id, by=by, at=AT) for one in agents])
    assert outcomes(found) == {"done": 4}


def test_what_happens_to_a_workspace_at_once_never_locks_up(owner, room, agent, by):
    workspace_id = room.workspace_id

    def register(n):
        for m in range(6):
            facts = AgentFacts(name=f"New {n} {m}")
            register_agent(
                workspace_id=workspace_id, facts=facts, door="mcp", owner=owner, by=by, at=AT
            )

    def edit():
        for n in range(6):
            edit_agent(agent_id=agent.id, facts=AgentFacts(skills=[f"s{n}"]), by=by, at=AT)

    def token():
        for _ in range(6):
            make_token(person=owner, name="t", scopes=["read"], reauthenticated=False, by=by, at=AT)

    def answered():
        for n in range(12):
            note_answer(agent_id=agent.id, is_well=n % 6 == 0, at=AT)

    found = race(lambda: register(1), lambda: register(2), edit, edit, token, answered)
    assert outcomes(found) == {"done": 6}


# --- numbers -----------------------------------------------------------------------------


def test_events_are_numbered_without_gaps_however_many_write(owner, room, by):
    def busy(n):
        card = cast.a_card(room, f"Card {n}")
        for m in range(4):
            post_message(body=f"{n}.{m}", by=by, at=AT, card_id=card.id)
        edit_card(card_id=card.id, changes={"priority": n}, by=by, at=AT)
        cancel_card(card_id=card.id, by=by, at=AT)

    assert outcomes(race(*[lambda n=n: busy(n) for n in range(8)])) == {"done": 8}
    numbers = list(room_events(room).values_list("seq", flat=True))
    assert numbers == list(range(1, 2 + 8 * 7 + 1))
    assert Stream.objects.get(id=room.id).seq == numbers[-1]
    assert sorted(Card.objects.values_list("number", flat=True)) == list(range(1, 9))


def room_events(room):
    return Event.objects.filter(stream_id=room.id).order_by("seq")


def test_a_refused_command_leaves_no_gap(room, by, card):
    def refuse():
        edit_card(card_id=card.id, changes={"depends_on": [card.id]}, by=by, at=AT)

    def post():
        post_message(body="Hello.", by=by, at=AT, room_id=room.id)

    found = race(*[refuse, post] * 5)
    assert outcomes(found) == {"cycle": 5, "done": 5}


def test_two_edits_cannot_close_a_circle_together(room, by):
    one, two = cast.a_card(room, "One"), cast.a_card(room, "Two")

    def depend(card, needed):
        edit_card(card_id=card.id, changes={"depends_on": [needed.id]}, by=by, at=AT)

    found = race(lambda: depend(one, two), lambda: depend(two, one))
    assert outcomes(found) == {"done": 1, "cycle": 1}


# --- claimed and used once ---------------------------------------------------------------


def test_a_delivery_is_claimed_by_one_sender(run):
    owed = Delivery.objects.get()
    found = race(*[lambda: claim(owed.id, at=AT)] * 8)
    assert sum(one is not None for one in found) == 1
    owed.refresh_from_db()
    assert owed.tries == 1


def test_a_tick_is_claimed_by_one_worker(room):
    every = timedelta(seconds=0.25)
    found = race(*[lambda: claim_tick(room_id=room.id, every=every, at=AT)] * 8)
    assert found.count(timedelta(0)) == 1


def test_a_judgement_is_claimed_by_one_worker(room, by):
    plan = plan_room(room_id=room.id, by=by, at=AT)
    found = race(*[lambda: claim_judgement(judgement_id=plan.id, at=AT)] * 8)
    assert sum(one is not None for one in found) == 1


def test_four_who_ask_for_a_plan_ask_once(room, by):
    found = race(*[lambda: plan_room(room_id=room.id, by=by, at=AT)] * 4)
    assert outcomes(found) == {"done": 1, "already_planning": 3}


def test_a_plan_is_taken_by_one_tick(room, by):
    plan = plan_room(room_id=room.id, by=by, at=AT)
    answer(plan)
    cards = [CardFacts(title="Facts"), CardFacts(title="Report", depends_on=["0"])]
    found = race(
        *[lambda: take_plan(judgement_id=plan.id, cards=cards, status="ready", by=RULE, at=AT)] * 4
    )
    assert outcomes(found) == {"done": 1, "illegal_move": 3}
    assert Card.objects.count() == 2


def test_an_invite_lets_one_person_in(room, by):
    _, token = invite(room_id=room.id, role="observer", by=by, at=AT)
    found = race(
        *[
            lambda n=n: join_by_invite(token=token, name=f"Guest {n}", person=None, at=AT)
            for n in range(4)
        ]
    )
    assert outcomes(found) == {"done": 1, "link_used": 3}
    assert Member.objects.filter(role="observer").count() == 1


def test_a_sign_in_link_signs_in_one_browser(owner):
    token = make_sign_in_link(person=owner, at=AT)
    found = race(*[lambda: use_sign_in_link(token=token, at=AT)] * 4)
    assert outcomes(found) == {"done": 1, "link_used": 3}


def test_a_call_with_one_key_has_one_effect(room):
    def call():
        return answer_once(
            workspace_id=room.workspace_id, scope="tok_1", key="k1", body_sha256="b",
            act=lambda: (201, {"id": cast.a_card(room).id}), at=AT,
        )  # fmt: skip

    found = race(*[call] * 6)
    assert len({str(one) for one in found}) == 1
    assert Card.objects.count() == 1


def test_the_same_bytes_sent_by_eight_are_kept_once(room):
    content = b"x" * 300_000
    blobs = race(*[lambda: keep_bytes(room.workspace_id, content, at=AT)] * 8)
    assert {blob.sha256 for blob in blobs} == {Blob.objects.get().sha256}
    assert read_bytes(Blob.objects.get()) == content


def test_the_same_file_that_comes_late_twice_at_once_is_kept_once(owner):
    room = cast.a_room(owner)
    run = cast.a_run(cast.a_card(room), cast.an_agent(room))
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=AT)

    def comes():
        return add_artifact(
            run_id=run.id, credentials=cast.credentials(run), name="a.md", role="deliverable",
            media_type="text/markdown", content=b"Late.", sha256="", at=AT,
        )  # fmt: skip

    found = race(*[comes] * 4)
    assert {(artifact.id, late) for artifact, late in found} == {(found[0][0].id, True)}
