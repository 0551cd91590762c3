"""A card handed over to people: everything tried, what is known, and what they can decide."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.pages import attempts
from tests.pages.sample import Sample
from workspace.actors import By, coordinator
from workspace.commands.asks import hand_over
from workspace.commands.memory import pin_fact
from workspace.commands.starting import assign_card
from workspace.models import Agent, Ask, Card, Deliverable, Person, Room


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def room(sample: Sample) -> Room:
    return Room.objects.get(id=sample.room_id)


@pytest.fixture
def handed(room: Room, now: datetime) -> Card:
    """Silent, then empty, then in circles; then the judge asks people."""
    known = Card.objects.get(room=room, title="Facts from the code")
    card = attempts.a_tried_card(room, depends_on=[known])
    first = attempts.falls_silent(card, agent("Sleepy"), now)
    attempts.comes_too_late(first, now + timedelta(seconds=1000))
    second = attempts.comes_back_empty(card, agent("Ledger"), now + timedelta(seconds=1010))
    attempts.rewritten(second, now + timedelta(seconds=1020))
    third = attempts.goes_in_circles(
        card, agent("Prober"), now + timedelta(seconds=1030), note="48 tests collected"
    )
    attempts.handed_over(third, now + timedelta(seconds=1040))
    card.refresh_from_db()
    return card


@pytest.fixture
def past_limits(room: Room, now: datetime) -> Card:
    """Four attempts failed; the rules hand it over."""
    card = attempts.a_tried_card(room)
    for n, name in enumerate(("Sleepy", "Ledger", "Prober", "Mender")):
        attempts.comes_back_empty(card, agent(name), now + timedelta(seconds=30 * n))
    packet = {"code": "too_many_attempts", "params": {"attempts": 4, "limit": 4}}
    by = coordinator(rule="too_many_attempts", params=packet["params"])
    hand_over(card_id=card.id, packet=packet, by=by, at=now + timedelta(seconds=200))
    card.refresh_from_db()
    return card


def agent(name: str) -> Agent:
    return Agent.objects.get(name=name)


def ask_of(card: Card) -> Ask:
    return card.asks.get(kind="handoff", state="open")


def row_of(page: str, ask: Ask) -> str:
    found = re.search(rf'<article class="ask" id="ask-{ask.id}".*?</article>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", found[0])


def test_the_inbox_shows_everything_tried_what_is_known_and_what_is_asked(
    ana: Client, handed: Card, sample: Sample
) -> None:
    by = By(sample.owner_id)
    pin_fact(room_id=handed.room_id, subject="timeout", text="It is 30 s", by=by, at=timezone.now())
    row = row_of(ana.get("/asks").text, ask_of(handed))
    assert "The brief did not say clearly enough what is wanted. How should it go on?" in row
    assert attempts.QUESTION in row and "What was tried: 3 runs" in row
    for told in ("failed: stalled", "failed: came back empty", "failed: looping"):
        assert told in row
    assert row.index("Sleepy") < row.index("Ledger") < row.index("Prober")
    assert "48 tests collected" in row and "Then its brief is written anew." in row
    assert "Facts from the code" in row and "It is 30 s" in row
    assert "It was ready after all." in row and "late.md" in row
    for action in ("take", "give-on"):
        assert f'action="/rooms/{handed.room_id}/cards/{handed.id}/{action}"' in row


def test_a_hand_off_is_on_its_card_too_with_all_that_can_be_done(ana: Client, handed: Card) -> None:
    page = ana.get(f"/rooms/{handed.room_id}/cards/{handed.id}").text
    base = f"/rooms/{handed.room_id}/cards/{handed.id}"
    for action in ("take", "give-on", "go-on", "split", "cancel"):
        assert f'action="{base}/{action}"' in page, action
    assert "Take it myself" in page and page.count("Take it myself") == 1


def test_going_on_with_another_brief_frees_the_card_and_counts_anew(
    ana: Client, past_limits: Card, now: datetime
) -> None:
    url = f"/rooms/{past_limits.room_id}/cards/{past_limits.id}/go-on"
    sent = {"brief": "Only the client's tests.", "criteria": "Each names its line\n\nNo more"}
    assert ana.post(url, sent).status_code == 302
    past_limits.refresh_from_db()
    assert (past_limits.status, past_limits.attempts) == ("ready", 0)
    assert past_limits.brief == "Only the client's tests."
    assert past_limits.criteria == ["Each names its line", "No more"]
    assert not past_limits.asks.filter(state="open").exists()
    assert past_limits.revision == 2


def test_going_on_without_a_change_does_not_make_a_revision(ana: Client, handed: Card) -> None:
    url = f"/rooms/{handed.room_id}/cards/{handed.id}/go-on"
    before = handed.revision
    ana.post(url, {"brief": handed.brief, "criteria": "\n".join(handed.criteria)})
    handed.refresh_from_db()
    assert (handed.status, handed.revision) == ("ready", before)


def test_giving_it_to_an_agent_counts_anew_so_that_it_really_gets_it(
    ana: Client, past_limits: Card
) -> None:
    url = f"/rooms/{past_limits.room_id}/cards/{past_limits.id}/give-on"
    ana.post(url, {"to": agent("Tracer").id})
    past_limits.refresh_from_db()
    assert past_limits.given_to_agent_id == agent("Tracer").id
    assert (past_limits.status, past_limits.attempts) == ("ready", 0)


def test_splitting_by_hand_makes_cards_that_this_one_then_waits_for(
    ana: Client, handed: Card
) -> None:
    url = f"/rooms/{handed.room_id}/cards/{handed.id}/split"
    ana.post(url, {"titles": "The client's tests\n\n  The cache's   tests \n"})
    handed.refresh_from_db()
    made = Card.objects.filter(parent=handed).order_by("number")
    assert [card.title for card in made] == ["The client's tests", "The cache's tests"]
    assert all(card.skills == handed.skills and card.kind == handed.kind for card in made)
    waits_for = set(handed.dependencies.values_list("needs_id", flat=True))
    assert {card.id for card in made} < waits_for
    assert handed.status == "ready"
    with pytest.raises(Exception, match="blocked"):
        assign_card(
            card_id=handed.id, agent_id=agent("Tracer").id, attempt=1, round=1, why={},
            by=coordinator(rule="x"), at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize("titles", ["", "Only one", "\n".join(f"Card {n}" for n in range(21))])
def test_a_split_into_less_than_two_or_more_than_twenty_is_refused(
    titles: str, ana: Client, handed: Card
) -> None:
    url = f"/rooms/{handed.room_id}/cards/{handed.id}/split"
    assert ana.post(url, {"titles": titles}).status_code == 422
    handed.refresh_from_db()
    assert handed.status == "waiting" and not handed.children.exists()


def test_what_is_not_handed_over_cannot_be_gone_on_with(ana: Client, sample: Sample) -> None:
    card = Card.objects.get(id=sample.card_id)
    for action, sent in (("go-on", {}), ("give-on", {"to": sample.agent_id}),
                         ("split", {"titles": "One\nTwo"})):  # fmt: skip
        answer = ana.post(f"/rooms/{card.room_id}/cards/{card.id}/{action}", sent)
        assert answer.status_code == 409, action


def test_an_observer_decides_nothing_and_a_stranger_finds_nothing(
    observer: Client, stranger: Client, handed: Card
) -> None:
    url = f"/rooms/{handed.room_id}/cards/{handed.id}"
    for action, sent in (("go-on", {}), ("give-on", {"to": agent("Tracer").id}),
                         ("split", {"titles": "One\nTwo"})):  # fmt: skip
        assert observer.post(f"{url}/{action}", sent).status_code == 403
        assert stranger.post(f"{url}/{action}", sent).status_code == 404
    handed.refresh_from_db()
    assert handed.status == "waiting"


def test_a_program_gets_the_same_packet(handed: Card, sample: Sample) -> None:
    token = cast.a_token(Person.objects.get(id=sample.owner_id))
    ask = ask_of(handed)
    answer = Client().get(f"/api/v1/asks/{ask.id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    packet = answer.json()["packet"]
    assert packet["code"] == "judge_asks" and packet["question"] == attempts.QUESTION
    tried = packet["tried"]
    assert [run["state"] for run in tried] == ["failed"] * 3
    assert [run["remedy"] for run in tried] == [None, "rewrite", "ask"]
    assert tried[2]["mast"] == "FM-1.3" and tried[2]["last_step"] == "open retry.py"
    assert tried[2]["checkpoint"] == "48 tests collected"
    (known,) = packet["known"]["inputs"]
    version = Deliverable.objects.get(id=known["deliverable_id"])
    assert (known["sha256"], known["state"]) == (version.sha256, "accepted")
    (late,) = packet["known"]["late_results"]
    assert late["who"] == "Sleepy" and late["files"][0]["name"] == "late.md"
    assert "split" in packet["actions"]


def test_a_question_of_an_agent_has_no_packet(sample: Sample) -> None:
    token = cast.a_token(Person.objects.get(id=sample.owner_id))
    ask = Ask.objects.get(kind="question", state="open")
    answer = Client().get(f"/api/v1/asks/{ask.id}", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["packet"] is None and answer.json()["body"]["message_md"]


def test_an_ask_of_another_workspace_is_not_there_for_a_program(handed: Card) -> None:
    token = cast.a_token(cast.an_owner("Kim", workspace="Elsewhere"))
    url = f"/api/v1/asks/{ask_of(handed).id}"
    assert Client().get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 404
