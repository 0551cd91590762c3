"""A conversation goes on: with what came meanwhile, in another process, under budgets."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agents.doors.model.host import CLAIM_FOR, Host, host
from tests import cast
from tests.doors_model.conftest import a_worker, gives, goes_on, is_over, made, soon, works
from tests.fakes.tool_model import Says, ToolModel, answers, calls, in_turn, turns
from workspace.actors import By
from workspace.commands.asks import answer_ask
from workspace.commands.attachments import attach_files, examine
from workspace.commands.budgets import set_budget
from workspace.commands.cards import edit_card
from workspace.commands.messages import post_message
from workspace.errors import Refused
from workspace.models import Budget, Card, Exchange, Reservation, Room, Run, Talk
from workspace.queries import version_of_run
from workspace.verify import verify

Models = Callable[..., ToolModel]
DONE = calls(("write_file", {"name": "a.md", "content": "Done."}), ("submit", {"summary": "Done."}))
ASKS = calls(("ask_person", {"question": "Which region?", "choices": ["EU", "US"]}))
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def owner_of(room: Room) -> By:
    return By(room.members.get(role="owner").person_id)


def text_of(run: Run) -> str:
    from workspace.files import read_bytes

    version = version_of_run(run)
    assert version is not None
    return "\n".join(read_bytes(file.blob).decode() for file in version.files.all())


def test_a_run_that_waits_for_a_person_is_held_by_nobody_and_goes_on_with_the_answer(
    room: Room, models: Models
) -> None:
    def says(body: dict[str, Any]) -> Says:
        if not answers(body):
            return ASKS
        text = answers(body)[-1]
        return calls(
            ("write_file", {"name": "a.md", "content": text}), ("submit", {"summary": "x"})
        )

    model = models(says)
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: run.state == "waiting")
    goes_on(run, until=lambda run: Talk.objects.get(run=run).claimed_until is None)
    ask = run.asks.get()
    assert ask.body["schema"]["properties"]["answer"]["enum"] == ["EU", "US"]
    answer = {"action": "accept", "content": {"answer": "EU"}}
    answer_ask(ask_id=ask.id, answer=answer, by=owner_of(room), at=datetime.now(UTC))
    goes_on(run, until=is_over)
    assert text_of(run) == "The answer: EU"
    assert len(model.requests) == 2
    assert verify(datetime.now(UTC)) == []


def test_nobody_answers_and_the_model_is_told_so(room: Room, models: Models) -> None:
    model = models(in_turn(ASKS, DONE))
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: run.state == "waiting")
    answer_ask(ask_id=run.asks.get().id, answer={"action": "decline"}, by=owner_of(room),
               at=datetime.now(UTC))  # fmt: skip
    goes_on(run, until=is_over)
    assert answers(model.requests[1])[-1].startswith("Nobody answers this")


def test_what_people_say_meanwhile_reaches_the_model_with_its_next_call(
    room: Room, models: Models
) -> None:
    def says(body: dict[str, Any]) -> Says:
        if any("purple" in str(message["content"]) for message in body["messages"][2:]):
            return DONE
        return calls(("report_progress", {"note": f"Step {turns(body)}"}), waits_s=0.2)

    model = models(says)
    card = cast.a_card(room)
    agent = a_worker(room, model)
    run = gives(card, agent)
    goes_on(run, until=lambda run: made(run, "tool"))
    post_message(room_id=room.id, card_id=card.id, body=f"@{agent.name} Make it purple.",
                 by=owner_of(room), at=datetime.now(UTC))  # fmt: skip
    goes_on(run, until=is_over)
    assert run.state == "submitted"


def test_a_card_that_is_edited_is_read_anew(room: Room, models: Models) -> None:
    def says(body: dict[str, Any]) -> Says:
        told = [str(message["content"]) for message in body["messages"][2:]]
        if any("The new brief" in one for one in told):
            return DONE
        if any("Read it again with read_card" in one for one in told):
            return calls(("read_card", {}))
        return calls(("report_progress", {"note": f"Step {turns(body)}"}), waits_s=0.2)

    card = cast.a_card(room)
    run = gives(card, a_worker(room, models(says)))
    goes_on(run, until=lambda run: made(run, "tool"))
    edit_card(card_id=card.id, changes={"brief": "The new brief"}, by=owner_of(room),
              at=datetime.now(UTC))  # fmt: skip
    goes_on(run, until=is_over)
    assert run.state == "submitted"


def test_a_conversation_is_held_by_one_process_at_a_time(
    room: Room, models: Models, other: Host
) -> None:
    model = models(lambda body: Says(**{**_fields(DONE), "waits_s": 0.8}))
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: model.requests)
    other.look(datetime.now(UTC))
    assert Talk.objects.get(run=run).holder != other.holder
    goes_on(run, until=is_over)
    assert (run.state, len(model.requests)) == ("submitted", 1)


def test_whoever_has_lost_a_conversation_changes_nothing_any_more(
    room: Room, models: Models, other: Host
) -> None:
    """As if a process had stood still for longer than its claim: another has gone on."""
    model = models(lambda body: Says(**{**_fields(DONE), "waits_s": 0.0 if turns(body) else 1.0}))
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: model.requests)
    Talk.objects.filter(run=run).update(due_at=datetime.now(UTC))
    other.look(datetime.now(UTC) + CLAIM_FOR + timedelta(seconds=1))
    assert Talk.objects.get(run=run).holder == other.holder
    deadline = time.monotonic() + 15
    while not is_over(run) and time.monotonic() < deadline:
        time.sleep(0.1)
        run.refresh_from_db()
    assert run.state == "submitted"
    assert len(model.requests) == 2
    asked = made(run, "model")
    assert [call.tries for call in asked] == [2]
    assert run.deliverables.count() == 1
    assert verify(datetime.now(UTC)) == []


def _fields(says: Says) -> dict[str, Any]:
    return {name: getattr(says, name) for name in ("text", "calls", "finish")}


def test_a_call_of_a_tool_that_had_begun_is_made_again_and_says_so(
    room: Room, models: Models
) -> None:
    model = models(in_turn(calls(("read_card", {})), DONE))
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=is_over)
    again = gives(cast.a_card(room, "Again"), a_worker(room, model))
    for call in Exchange.objects.filter(run=run).order_by("n")[:2]:
        state = "begun" if call.kind == "tool" else call.state
        call.pk, call.run, call.state, call.workspace_id = None, again, state, run.workspace_id
        call.save()
    before = len(model.requests)
    Talk.objects.create(
        workspace_id=run.workspace_id, run=again, door="model", opened_at=cast.AT,
        facts=Talk.objects.get(run=run).facts, due_at=datetime.now(UTC),
    )  # fmt: skip
    goes_on(again, until=is_over)
    assert again.state == "submitted"
    assert len(model.requests) - before == 1  # the call that was done is not made again
    tool = made(again, "tool")[0]
    assert (tool.tries, tool.state) == (2, "done")
    assert again.steps.filter(title__contains="(begun 2 times)").exists()


def test_life_is_shown_only_while_something_comes(room: Room, models: Models) -> None:
    """A stream that trickles is life; a call that brings nothing is none."""

    def signs(run: Run, during: float) -> set[Any]:
        seen = set()
        ends = time.monotonic() + during
        while time.monotonic() < ends:
            run.refresh_from_db()
            seen.add(run.last_sign_at)
            time.sleep(0.1)
        return seen

    text = "word " * 60
    trickling = models(lambda body: Says(text, trickles_s=0.25))
    silent = models(lambda body: Says(text, waits_s=4.0))
    found = []
    for model in (trickling, silent):
        agent = a_worker(room, model)
        agent.timings = {"silent_after": 1.5, "lease": 600}
        agent.save()
        run = gives(cast.a_card(room), agent)
        goes_on(run, until=lambda run, model=model: model.requests)
        found.append(len(signs(run, 3.0)))
    assert found[0] >= 3
    assert found[1] <= 2


def test_the_pictures_of_a_card_reach_the_model_and_a_site_is_handed_in(
    room: Room, models: Models
) -> None:
    import base64

    def says(body: dict[str, Any]) -> Says:
        pictures = [part["image_url"]["url"] for part in body["messages"][1]["content"]
                    if part["type"] == "image_url"]  # fmt: skip
        kind, _, encoded = pictures[0].partition(";base64,")
        size = len(base64.b64decode(encoded))
        page = f"<!doctype html><title>Rebuilt</title><p>{kind} {size}"
        return calls(("write_file", {"name": "index.html", "content": page}),
                     ("submit", {"summary": "The site."}))  # fmt: skip

    model = models(says)
    card = cast.a_card(room, "Rebuild this page", kind="site")
    given = examine(name="screenshot.png", media_type="image/png", content=PIXEL)
    attach_files(files=[given], by=owner_of(room), at=cast.AT, card_id=card.id)
    run = works(card, a_worker(room, model, pictures=True, role="developer"))
    assert run.state == "submitted"
    sent = model.requests[0]["messages"][1]["content"][-1]["image_url"]["url"]
    assert base64.b64decode(sent.partition(",")[2]) == PIXEL
    version = version_of_run(run)
    assert version is not None
    assert [(f.name, f.media_type) for f in version.files.all()] == [("index.html", "text/html")]
    assert f"data:image/png {len(PIXEL)}" in text_of(run)


def test_a_model_that_takes_no_pictures_is_sent_none(room: Room, models: Models) -> None:
    model = models(lambda body: DONE)
    card = cast.a_card(room)
    given = examine(name="screenshot.png", media_type="image/png", content=PIXEL)
    attach_files(files=[given], by=owner_of(room), at=cast.AT, card_id=card.id)
    works(card, a_worker(room, model))
    order = model.requests[0]["messages"][1]["content"]
    assert isinstance(order, str)
    assert "- screenshot.png (image/png" in order


def a_budget(room: Room, what: str, cap: str) -> Budget:
    set_budget(room_id=room.id, subject_id=room.id, what=what, cap=cap, period="ever",
               by=owner_of(room), at=cast.AT)  # fmt: skip
    return Budget.objects.get()


def test_each_call_is_spoken_for_and_settled_with_what_it_took(room: Room, models: Models) -> None:
    budget = a_budget(room, "tokens", "100000")
    run = works(cast.a_card(room), a_worker(room, models(in_turn(calls(("read_card", {})), DONE))))
    assert run.state == "submitted"
    budget.refresh_from_db()
    assert (budget.spent, budget.reserved) == (Decimal(2 * 840), 0)
    assert not Reservation.objects.filter(settled_at=None).exists()
    assert verify(datetime.now(UTC)) == []


def test_a_call_that_no_budget_holds_is_not_made(room: Room, models: Models) -> None:
    budget = a_budget(room, "tokens", "1000")
    model = models(lambda body: DONE)
    run = works(cast.a_card(room), a_worker(room, model))
    assert (run.state, run.failure) == ("failed", "over_budget")
    assert run.reason["params"]["budget_id"] == budget.id
    assert model.requests == []
    assert verify(datetime.now(UTC)) == []


def test_money_is_counted_by_the_prices_that_were_set(room: Room, models: Models) -> None:
    budget = a_budget(room, "usd", "1")
    prices = {"cache_hit": 0.5, "cache_miss": 1.0, "output": 10.0}
    run = works(cast.a_card(room), a_worker(room, models(lambda body: DONE), prices=prices))
    budget.refresh_from_db()
    took = Decimal(str(round((500 * 0.5 + 300 * 1.0 + 40 * 10.0) / 1e6, 6)))
    assert (budget.spent, budget.reserved) == (took, 0)
    assert run.cost_usd == took


def test_a_models_agent_has_a_budget_of_money_and_tokens_of_its_own(
    room: Room, models: Models
) -> None:
    agent = a_worker(room, models(lambda body: DONE))
    set_budget(room_id=room.id, subject_id=agent.id, what="tokens", cap="100000", period="ever",
               by=owner_of(room), at=cast.AT)  # fmt: skip
    works(cast.a_card(room), agent)
    assert Budget.objects.get().spent == 840
    with pytest.raises(Refused, match="not_counted_of_agents"):
        set_budget(room_id=room.id, subject_id=cast.an_agent(room).id, what="tokens", cap="9",
                   period="ever", by=owner_of(room), at=cast.AT)  # fmt: skip


def test_what_a_budget_of_steps_does_not_hold_is_not_kept(room: Room, models: Models) -> None:
    a_budget(room, "steps", "3")

    def says(body: dict[str, Any]) -> Says:
        return DONE if turns(body) > 5 else calls(("report_progress", {"note": f"n{turns(body)}"}))

    run = works(cast.a_card(room), a_worker(room, models(says)))
    assert run.steps.count() == run.steps_count == 3
    assert verify(datetime.now(UTC)) == []


def test_many_runs_go_on_at_once_in_one_process(room: Room, models: Models) -> None:
    model = models(lambda body: Says(**{**_fields(DONE), "waits_s": 0.5}))
    agent = a_worker(room, model)
    agent.max_concurrency = 40
    agent.save()
    runs = [gives(cast.a_card(room, f"Card {n}"), agent) for n in range(30)]
    began = time.monotonic()

    def all_over(_: Run) -> bool:
        return not Run.objects.filter(id__in=[run.id for run in runs], ended_at=None).exists()

    goes_on(runs[0], until=all_over)
    assert time.monotonic() - began < 12
    assert Run.objects.filter(state="submitted").count() == 30
    assert Card.objects.filter(status="review").count() == 30
    assert verify(datetime.now(UTC)) == []


def test_a_proposed_card_waits_for_people(room: Room, models: Models) -> None:
    proposes = calls(("propose_card", {"title": "Also the docs", "brief": "They are old."}))
    run = works(cast.a_card(room), a_worker(room, models(in_turn(proposes, DONE))))
    assert run.state == "submitted"
    proposed = Card.objects.get(status="triage")
    assert (proposed.title, proposed.proposed_by["actor"]) == ("Also the docs", run.agent_id)


def test_nothing_is_looked_at_before_its_time(room: Room, models: Models, other: Host) -> None:
    model = models(lambda body: DONE)
    run = gives(cast.a_card(room), a_worker(room, model))
    Talk.objects.create(
        workspace_id=run.workspace_id, run=run, door="model", opened_at=cast.AT,
        due_at=soon(30), facts={"opening": {"system": "s", "order": "o"}},
    )  # fmt: skip
    other.look(datetime.now(UTC))
    time.sleep(0.3)
    assert model.requests == []


def test_a_process_that_ends_gives_its_conversations_back_at_once(
    room: Room, models: Models, other: Host
) -> None:
    def says(body: dict[str, Any]) -> Says:
        note = ("report_progress", {"note": f"n{turns(body)}"})
        return DONE if turns(body) > 3 else calls(note, waits_s=0.3)

    model = models(says)
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: len(made(run, "model")) == 2)
    host().let_go()
    assert Talk.objects.get(run=run).claimed_until is None
    other.look(datetime.now(UTC))
    goes_on(run, until=is_over)
    assert run.state == "submitted"
    assert len(model.requests) <= 6  # five turns; the one that was cut off is asked once more
