"""The coordinator's page: who judges, the moves and their reasons, what is held, what it costs."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.coordinator.plan import plan
from agents.coordinator.saved import board_from_json, move_to_json
from tests import cast
from tests.pages import attempts
from tests.pages.sample import Sample
from workspace.actors import By, coordinator
from workspace.commands.calls import begin_call, end_call
from workspace.commands.judgements import (
    answer_judgement,
    ask_judgement,
    claim_judgement,
    note_trouble,
)
from workspace.commands.messages import post_message, reply
from workspace.commands.resting import use_judge
from workspace.commands.reviews import request_changes, submit_as_person
from workspace.commands.runs import fail_run, offer_run
from workspace.commands.starting import assign_card
from workspace.models import Agent, Budget, Card, Judgement, Person, Room, Run
from workspace.reports import Accepted
from workspace.shown.rivals import rivals_of


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def room(sample: Sample) -> Room:
    return Room.objects.get(id=sample.room_id)


def agent(name: str) -> Agent:
    return Agent.objects.get(name=name)


def page_of(client: Client, room: Room, path: str = "coordinator") -> str:
    answer = client.get(f"/rooms/{room.id}/{path}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(answer.text))


def a_judgement(room: Room, now: datetime, **facts: object) -> Judgement:
    """Asked of the model, refused once, then answered."""
    by = coordinator(rule="goal_without_plan", params={"revision": room.revision})
    asked = ask_judgement(
        room_id=room.id, kind="plan", subject_id=room.id, revision=room.revision, judge="kimi",
        by=by, at=now,
    )  # fmt: skip
    claim_judgement(judgement_id=asked.id, at=now)
    call = begin_call(
        judgement_id=asked.id, tokens_wanted=9_000, wait=lambda rows: timedelta(0), at=now
    )
    assert call is not None
    end_call(call_id=call.id, tokens=0, cost_usd=0.0, outcome="rate_limited", at=now)
    note_trouble(
        judgement_id=asked.id, code="rate_limited", params={"status": 429},
        again_at=now + timedelta(seconds=5), at=now,
    )  # fmt: skip
    again = now + timedelta(seconds=6)
    claim_judgement(judgement_id=asked.id, at=again)
    call = begin_call(
        judgement_id=asked.id, tokens_wanted=9_000, wait=lambda rows: timedelta(0), at=again
    )
    assert call is not None
    end_call(call_id=call.id, tokens=1_700, cost_usd=0.0123, outcome="answered", at=again)
    said = {"type": "plan", "cards": [], "note": "<b>bold</b> plan"}
    return answer_judgement(
        judgement_id=asked.id, judge="kimi", proposal=said,
        verdict={"code": "valid", "params": {"asked": 1}},
        facts={"model": "kimi-k2.6", "prompt_sha256": "ab" * 32, "prompt_tokens": 1_500,
               "cached_tokens": 900, "completion_tokens": 200, "latency_ms": 2_400,
               "cost_usd": 0.0123, "prompt_size": 1_480, "thinking": True, **facts},
        at=again,
    )  # fmt: skip


def test_it_says_who_judges_and_why(ana: Client, room: Room, now: datetime) -> None:
    assert "Rules judge here, no model." in page_of(ana, room)
    note = {"code": "judge_failed", "params": {"judge": "kimi", "failure": "quota"}}
    use_judge(room, "rules", note, by=coordinator(rule="x"), at=now)
    page = page_of(ana, room)
    assert "The judge (kimi) could not answer: its quota is used up" in page


def test_a_room_without_money_says_that_rules_are_at_work(
    ana: Client, room: Room, now: datetime
) -> None:
    use_judge(room, "kimi", {}, by=coordinator(rule="x"), at=now)
    assert "Judge: kimi" in page_of(ana, room)
    Budget.objects.create(
        workspace=room.workspace, subject_id=room.id, what="usd", period="ever", cap=1, spent=1
    )
    page = page_of(ana, room)
    assert "Judge: rules" in page and "Judge: kimi" not in page
    assert "The room’s budget is used up (1 of 1 usd), so the model is not asked." in page


def test_every_move_tells_its_reason(ana: Client, room: Room, now: datetime) -> None:
    card = attempts.a_tried_card(room)
    run = attempts.goes_in_circles(card, agent("Prober"), now)
    remedy = attempts.decided(run, now + timedelta(seconds=10), remedy="retry")
    page = page_of(ana, room)
    moves = page[page.index("Last moves") : page.index("Judgements")]
    assert "It went in circles: the same step 5 times in a row." in moves
    assert "The judge (rules) answered" in page or "The judge" in moves
    assert f"/judgements/{attempts.judgement_of(remedy).id}" in moves
    assert moves.index("the same agent tries again") < moves.index("failed on")


def test_what_is_held_back_is_gathered_by_why(ana: Client, room: Room) -> None:
    page = page_of(ana, room)
    held = page[page.index("Held back now") :]
    assert 'It waits for other cards. <span class="quiet">2 cards' in held
    assert "Go/no-go report" in held and "Release notes for 1.4" in held


def test_a_judgement_stands_with_what_it_took_and_its_tries(
    ana: Client, room: Room, now: datetime
) -> None:
    made = a_judgement(room, now)
    page = page_of(ana, room)
    row = page[page.index('id="judgements"') :]
    assert f"/judgements/{made.id}" in row and "kimi-k2.6, thinking" in row
    assert "1480" in row and "1500 / 900 / 200" in row and "$0.0123" in row and "2.4 s" in row
    assert "1 try failed: it asked us to slow down" in row
    costs = page[page.index("What asking costs") :]
    assert f"{now:%Y-%m-%d}" in costs
    assert re.search(r'<td class="num">2</td> <td class="num">1700</td> <td class="num">1</td>',
                     costs)  # fmt: skip


def test_one_judgement_shows_the_question_the_proposal_and_the_verdict(
    ana: Client, room: Room, now: datetime
) -> None:
    made = a_judgement(room, now)
    answer = ana.get(f"/rooms/{room.id}/judgements/{made.id}")
    assert "&lt;b&gt;bold&lt;/b&gt; plan" in answer.text  # a judge's words are text
    page = page_of(ana, room, f"judgements/{made.id}")
    assert "The judge was asked for a plan" in page and "ab" * 32 in page
    assert "1480 estimated before asking · prompt 1500, of these cached 900 · answer 200" in page
    assert "it asked us to slow down" in page and '"code": "valid"' in page


def test_a_question_that_waits_for_the_models_limits_says_so(ana: Client, room: Room) -> None:
    at = timezone.now()
    asked = ask_judgement(
        room_id=room.id, kind="plan", subject_id=room.id, revision=room.revision, judge="kimi",
        by=coordinator(rule="goal_without_plan"), at=at,
    )  # fmt: skip
    claim_judgement(judgement_id=asked.id, at=at)
    waits = begin_call(
        judgement_id=asked.id, tokens_wanted=9_000, wait=lambda rows: timedelta(seconds=50), at=at
    )
    assert waits is None
    assert "1 question waits for the limits" in page_of(ana, room)


def chosen(room: Room, rules: str, model: str, used: str, now: datetime) -> Run:
    """Both named an agent for a card; the one `used` got it."""
    card = cast.a_card(room, "Choose", skills=["code"])
    params = {"rules_choice": agent(rules).id, "model_choice": agent(model).id}
    run = assign_card(
        card_id=card.id, agent_id=agent(used).id, attempt=1, round=1,
        why={"code": "model_choice", "params": params}, by=coordinator(rule="model_choice"), at=now,
    )  # fmt: skip
    offer_run(run_id=run.id, by=coordinator(rule="x"), at=now)
    cast.says(run, Accepted(), at=now)
    return run


def test_model_and_rules_are_compared_by_what_came_of_it(
    ana: Client, room: Room, now: datetime, sample: Sample
) -> None:
    owner = Person.objects.get(id=sample.owner_id)
    for name in ("Ledger", "Prober", "Reader", "Mender"):
        Agent.objects.filter(name=name).update(max_concurrency=9)
    right = chosen(room, "Ledger", "Prober", "Prober", now)
    cast.accept(cast.a_submission(right, at=now), owner, at=now)
    wrong = chosen(room, "Ledger", "Reader", "Reader", now)
    fail_run(run_id=wrong.id, kind="error", evidence={}, by=coordinator(rule="x"), at=now)
    chosen(room, "Mender", "Mender", "Mender", now)
    chosen(room, "Ledger", "Sleepy", "Ledger", now)
    found = rivals_of(room)
    assert (found.of, found.differed) == (4, 3)
    assert (found.by_model.accepted, found.by_model.failed, found.by_model.open) == (1, 1, 0)
    assert (found.by_rules.runs, found.by_rules.open) == (1, 1)
    page = page_of(ana, room)
    assert "They differed on 3 of 4 runs." in page
    assert "1 of 2 were accepted and 1 failed" in page
    token = cast.a_token(owner)
    answer = (
        Client()
        .get(f"/api/v1/rooms/{room.id}/insights", headers={"Authorization": f"Bearer {token}"})
        .json()
    )
    assert answer["model_against_rules"] == {
        "of": 4, "agreed": {"runs": 1, "accepted": 0, "failed": 0, "open": 1},
        "by_model": {"runs": 2, "accepted": 1, "failed": 1, "open": 0},
        "by_rules": {"runs": 1, "accepted": 0, "failed": 0, "open": 1}, "rules_after": 0,
    }  # fmt: skip


def test_a_choice_is_right_when_a_later_round_of_it_is_accepted_or_was_replaced(
    room: Room, now: datetime, sample: Sample
) -> None:
    owner = Person.objects.get(id=sample.owner_id)
    Agent.objects.update(max_concurrency=9)
    run = chosen(room, "Ledger", "Prober", "Prober", now)
    first = cast.a_submission(run, at=now)
    request_changes(deliverable_id=first.id, reason="More.", by=By(owner.id), at=now)
    assert rivals_of(room).by_model.open == 1
    again = assign_card(
        card_id=run.card_id, agent_id=run.agent_id, attempt=1, round=2, why={},
        by=coordinator(rule="same_worker"), at=now,
    )  # fmt: skip
    offer_run(run_id=again.id, by=coordinator(rule="x"), at=now)
    cast.accept(cast.a_submission(again, at=now), owner, at=now)
    assert rivals_of(room).by_model.accepted == 1
    submit_as_person(card_id=run.card_id, result=cast.a_result("by hand"), by=By(owner.id), at=now)
    assert rivals_of(room).by_model.accepted == 1


def test_the_rules_were_right_where_their_choice_did_what_the_models_did_not(
    ana: Client, room: Room, now: datetime, sample: Sample
) -> None:
    owner = Person.objects.get(id=sample.owner_id)
    Agent.objects.update(max_concurrency=9)
    run = chosen(room, "Ledger", "Prober", "Prober", now)
    fail_run(run_id=run.id, kind="error", evidence={}, by=coordinator(rule="x"), at=now)
    after = assign_card(
        card_id=run.card_id, agent_id=agent("Ledger").id, attempt=2, round=1, why={},
        by=coordinator(rule="likeliest"), at=now,
    )  # fmt: skip
    offer_run(run_id=after.id, by=coordinator(rule="x"), at=now)
    version = cast.a_submission(after, at=now)
    assert rivals_of(room).rules_after == 0
    cast.accept(version, owner, at=now)
    assert rivals_of(room).rules_after == 1
    assert "In 1 of those that failed the agent the rules had named then did it" in page_of(
        ana, room
    )


def test_programs_get_the_costs_by_day(room: Room, now: datetime, sample: Sample) -> None:
    a_judgement(room, now)
    token = cast.a_token(Person.objects.get(id=sample.owner_id))
    answer = (
        Client()
        .get(f"/api/v1/rooms/{room.id}/insights", headers={"Authorization": f"Bearer {token}"})
        .json()
    )
    (day,) = answer["costs"]["days"]
    assert day == {"day": f"{now:%Y-%m-%d}", "calls": 2, "tokens": 1_700, "cost_usd": 0.0123,
                   "waits": 1}  # fmt: skip
    assert answer["costs"]["cost_usd"] == 0.0123


def test_a_room_where_nobody_could_compare_says_that(ana: Client, room: Room) -> None:
    assert "No run yet where both the model and the rules could choose." in page_of(ana, room)


def test_the_exported_board_is_replayed_to_the_same_moves(
    ana: Client, room: Room, tmp_path: Path
) -> None:
    cast.a_card(room, "Something ready", skills=["docs"])
    answer = ana.get(f"/rooms/{room.id}/board.json")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    board = board_from_json(answer.text)
    assert board.room_id == room.id
    saved = tmp_path / "board.json"
    saved.write_text(answer.text)
    first, second = io.StringIO(), io.StringIO()
    call_command("replay", str(saved), stdout=first)
    call_command("replay", str(saved), stdout=second)
    assert first.getvalue() == second.getvalue()
    lines = first.getvalue().splitlines()
    assert lines == [move_to_json(move) for move in plan(board).moves]
    assert "assign" in {json.loads(line)["move"] for line in lines}


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"room_id": 7, "nonsense": true}'])
def test_what_is_not_a_saved_board_is_not_replayed(text: str, tmp_path: Path) -> None:
    saved = tmp_path / "not.json"
    saved.write_text(text)
    with pytest.raises(CommandError, match="not a saved board"):
        call_command("replay", str(saved))


def test_a_missing_file_is_not_replayed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a saved board"):
        call_command("replay", str(tmp_path / "nowhere.json"))


def test_members_may_look_and_only_judges_take_the_board_away(
    mei: Client, stranger: Client, room: Room, now: datetime
) -> None:
    made = a_judgement(room, now)
    page = page_of(mei, room)
    assert "board.json" not in page
    assert mei.get(f"/rooms/{room.id}/board.json").status_code == 403
    for path in ("coordinator", f"judgements/{made.id}", "board.json"):
        assert stranger.get(f"/rooms/{room.id}/{path}").status_code == 404


def test_a_judgement_of_another_room_is_not_shown_here(
    ana: Client, sample: Sample, now: datetime
) -> None:
    other = cast.a_room(Person.objects.get(id=sample.owner_id), name="Other")
    made = a_judgement(other, now)
    assert ana.get(f"/rooms/{sample.room_id}/judgements/{made.id}").status_code == 404


def test_a_reply_without_words_is_said_as_the_coordinators(
    ana: Client, room: Room, sample: Sample, now: datetime
) -> None:
    card = Card.objects.get(id=sample.card_id)
    asked = post_message(card_id=card.id, body="@coordinator why?", by=By(sample.owner_id), at=now)
    judged = ask_judgement(
        room_id=room.id, kind="reply", subject_id=asked.id, revision=room.revision, judge="rules",
        by=coordinator(rule="coordinator_was_asked"), at=now,
    )  # fmt: skip
    answer_judgement(
        judgement_id=judged.id, judge="rules", facts={}, at=now, verdict={"code": "valid"},
        proposal={"type": "abstain", "code": "no_model", "params": {}, "offer": None},
    )  # fmt: skip
    reply(
        message_id=asked.id, body="", judgement_id=judged.id, at=now,
        note={"code": "cannot_reply", "params": {"judge": "rules"}},
        by=coordinator(judgement=judged.id),
    )  # fmt: skip
    page = page_of(ana, room, f"cards/{card.id}")
    said = page[page.index("Comments") :]
    assert "<b>Coordinator</b>" in said
    assert "The judge at work here (rules) cannot answer in words." in said
    timeline = page_of(ana, room, "timeline")
    assert "The judge at work here (rules) cannot answer in words." in timeline


def test_the_page_is_read_with_as_many_queries_for_many_judgements_as_for_few(
    ana: Client, room: Room, now: datetime
) -> None:
    counts = []
    page_of(ana, room)
    card = attempts.a_tried_card(room)
    for n in range(4):
        run = attempts.goes_in_circles(card, agent("Prober"), now + timedelta(seconds=30 * n))
        attempts.decided(run, now + timedelta(seconds=30 * n + 10), remedy="retry")
        if n in (1, 3):
            with CaptureQueriesContext(connection) as asked:
                page_of(ana, room)
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_signing_in_comes_first(sample: Sample, signed_in: Callable[[Person], Client]) -> None:
    browser = Client(headers={"host": "127.0.0.1"})
    for path in ("coordinator", "board.json", "judgements/jdg_x", "suggestions"):
        answer = browser.get(f"/rooms/{sample.room_id}/{path}")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in"), path
