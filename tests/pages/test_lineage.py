"""The runs of a card, attempt by attempt: why each ended, what was decided, what that changed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import cast
from tests.pages import attempts
from tests.pages.sample import Sample
from workspace.commands.cards import CardFacts
from workspace.mast import MODES
from workspace.models import Agent, Artifact, Card, Room, Run
from workspace.sentences import WHAT_TO_DO, evidence
from workspace.transitions import FAILURES


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def room(sample: Sample) -> Room:
    return Room.objects.get(id=sample.room_id)


def agent(name: str) -> Agent:
    return Agent.objects.get(name=name)


def run_on(page: str, run: Run) -> str:
    found = re.search(rf'<article class="run" id="{run.id}">.*?</article>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", found[0])


def drawer(client: Client, card: Card) -> str:
    answer = client.get(f"/rooms/{card.room_id}/cards/{card.id}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.text


def test_a_rewritten_brief_shows_as_a_diff_on_the_attempt_that_got_it(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    first = attempts.comes_back_empty(card, agent("Ledger"), now)
    remedy = attempts.rewritten(first, now + timedelta(seconds=10))
    second = cast.a_run(card, agent("Prober"), at=now + timedelta(seconds=12))
    page = drawer(ana, card)
    ended = run_on(page, first)
    assert "failed: came back empty" in ended and "FM-3.1 Premature termination" in ended
    assert "No file came with it" in ended and "Say in the brief which file" in ended
    assert "Then its brief is written anew." in ended
    assert "The brief did not say clearly enough what is wanted." in ended
    assert f"/judgements/{attempts.judgement_of(remedy).id}" in ended
    later = run_on(page, second)
    assert "against attempt 1, round 1 by Ledger" in later
    assert re.search(r'class="removed".{0,60}Ledger', later)
    assert re.search(r'class="added".{0,80}Hand in the result as at least one file', later)
    assert "Each failure names its line" not in later  # the criteria stayed as they were
    assert page.index(second.id) < page.index(first.id)


def test_until_the_next_attempt_the_decision_itself_shows_what_it_changed(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    first = attempts.comes_back_empty(card, agent("Ledger"), now)
    attempts.rewritten(first, now + timedelta(seconds=10))
    shown = run_on(drawer(ana, card), first)
    assert re.search(r'class="added".{0,80}Hand in the result', shown)


def test_a_loop_says_what_was_repeated_and_how_often(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    run = attempts.goes_in_circles(card, agent("Prober"), now)
    shown = run_on(drawer(ana, card), run)
    assert "the same step 5 times in a row" in shown and "“open retry.py”" in shown
    assert "FM-1.3 Step repetition" in shown and "5 steps in all" in shown


def test_a_checkpoint_is_shown_where_it_was_kept_and_where_it_is_taken_up(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    first = attempts.goes_in_circles(card, agent("Prober"), now, note="48 tests collected")
    second = cast.a_run(card, agent("Ledger"), at=now + timedelta(seconds=20))
    page = drawer(ana, card)
    assert "“48 tests collected”" in run_on(page, first)
    assert re.search(r'class="added".{0,60}48 tests collected', run_on(page, second))


def test_parts_of_a_split_card_are_listed_with_links(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    run = attempts.goes_in_circles(card, agent("Prober"), now)
    parts = [CardFacts(title="Test the client"), CardFacts(title="Test the cache")]
    remedy = attempts.decided(run, now + timedelta(seconds=10), remedy="split", parts=parts)
    shown = run_on(drawer(ana, card), run)
    assert "Then it is split into smaller cards." in shown
    for child in remedy.changed["children"]:
        assert f'href="/rooms/{room.id}/cards/{child}"' in shown
    assert "Test the client" in shown and "Test the cache" in shown


def test_a_late_result_is_offered_with_its_files(
    ana: Client, stranger: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    run = attempts.falls_silent(card, agent("Sleepy"), now)
    attempts.comes_too_late(run, now + timedelta(seconds=1000))
    shown = run_on(drawer(ana, card), run)
    assert "came after its time" in shown and "It was ready after all." in shown
    late = Artifact.objects.get(run=run)
    assert f'href="/files/late/{late.id}"' in shown
    answer = ana.get(f"/files/late/{late.id}")
    assert b"".join(answer.streaming_content) == b"47 passed"  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert stranger.get(f"/files/late/{late.id}").status_code == 404


def test_only_what_came_late_is_handed_out_as_late(ana: Client, sample: Sample) -> None:
    in_time = Artifact.objects.filter(late=False).first()
    assert in_time is not None
    assert ana.get(f"/files/late/{in_time.id}").status_code == 404


def test_what_an_agent_wrote_is_text_and_never_markup(
    ana: Client, room: Room, now: datetime
) -> None:
    card = attempts.a_tried_card(room)
    run = attempts.goes_in_circles(card, agent("Prober"), now, note="<img src=x onerror=alert(1)>")
    attempts.decided(run, now + timedelta(seconds=10), remedy="retry", note="<script>x</script>")
    page = drawer(ana, card)
    assert "<img src=x" not in page and "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_drawer_asks_the_database_as_often_for_many_runs_as_for_two(
    ana: Client, room: Room, now: datetime
) -> None:
    counts = []
    card = attempts.a_tried_card(room)
    drawer(ana, card)  # what a process keeps from then on is not asked again
    for n in range(4):
        run = attempts.goes_in_circles(card, agent("Prober"), now + timedelta(seconds=30 * n))
        attempts.decided(run, now + timedelta(seconds=30 * n + 10), remedy="retry")
        if n in (1, 3):
            with CaptureQueriesContext(connection) as asked:
                drawer(ana, card)
            counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_says_what_to_do_and_reads_whatever_was_stored(failure: str) -> None:
    assert WHAT_TO_DO[failure]
    odd = {"count": None, "tries": None, "silent_s": 3, "last_sign_at": "not a time",
           "limit_at": None, "changed": None, "said": None, "status": 503, "cap": 1}  # fmt: skip
    for params in ({}, odd):
        for one in evidence(failure, params):
            assert one.text and "%(" not in one.text


def test_only_known_failures_carry_a_code_of_the_taxonomy() -> None:
    assert MODES.keys() <= set(FAILURES)
    for mode in MODES.values():
        assert re.fullmatch(r"FM-[123]\.[1-6]", mode.code) and mode.title
