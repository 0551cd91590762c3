"""The page of a room's budgets: what is left, who used it, and who may change it."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from agents.observe import observe
from tests import cast
from tests.pages.sample import Sample
from workspace.actors import By, coordinator
from workspace.commands.budgets import set_budget
from workspace.commands.charging import charge, reserve
from workspace.commands.rooms import edit_room
from workspace.commands.starting import assign_card
from workspace.models import Agent, Budget, Judgement, Member, Room
from workspace.shown.budgets import amount, duration


def page_of(sample: Sample) -> str:
    return f"/rooms/{sample.room_id}/budgets"


def put(sample: Sample, what: str, cap: float, subject: str = "", period: str = "ever") -> Budget:
    return set_budget(
        room_id=sample.room_id, subject_id=subject or sample.room_id, what=what, period=period,
        cap=cap, by=By(sample.owner_id), at=timezone.now(),
    )  # fmt: skip


def use(sample: Sample, what: str, cost: float, subject: str = "") -> None:
    room, now = Room.objects.get(id=sample.room_id), timezone.now()
    charge(
        room=room, subjects=[subject or room.id], amounts={what: cost}, ref="x", began=now, at=now
    )


def test_a_room_without_budgets_says_that_nothing_is_limited(ana: Client, sample: Sample) -> None:
    text = ana.get(page_of(sample)).text
    assert "No budget is set" in text and "Set a budget" in text
    assert 'class="budget"' not in text
    assert "The rules cost nothing." in text


def test_settings_lead_to_the_page(ana: Client, sample: Sample) -> None:
    assert page_of(sample) in ana.get(f"/rooms/{sample.room_id}/settings").text


def test_the_page_is_for_members_who_are_signed_in(
    stranger: Client, observer: Client, sample: Sample
) -> None:
    assert stranger.get(page_of(sample)).status_code == 404
    assert observer.get(page_of(sample)).status_code == 200
    answer = Client(headers={"host": "127.0.0.1"}).get(page_of(sample))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")


def test_an_owner_sets_changes_and_removes_a_budget(ana: Client, sample: Sample) -> None:
    url = page_of(sample)
    given = {"subject": sample.card_id, "what": "steps", "period": "day", "cap": "40"}
    assert ana.post(f"{url}/set", given)["Location"] == url
    kept = Budget.objects.get(period="day")
    text = ana.get(url).text
    assert "of 40 steps" in text and "#1 Run the tests" in text and "today" in text
    ana.post(f"{url}/set", {**given, "cap": "60"})
    assert "of 60 steps" in ana.get(url).text
    ana.post(f"{url}/{kept.id}/remove")
    assert not Budget.objects.exists()


def test_a_meter_shows_what_is_used_and_what_is_spoken_for(ana: Client, sample: Sample) -> None:
    put(sample, "usd", 5)
    use(sample, "usd", 3.9)
    room = Room.objects.get(id=sample.room_id)
    reserve(
        room=room, subjects=[room.id], wanted={"usd": Decimal("0.4")}, ref="y", at=timezone.now()
    )
    text = ana.get(page_of(sample)).text
    assert "<b>4.30</b> of 5.00 USD" in text
    assert "0.40 USD of it spoken for" in text
    assert 'data-state="near"' in text and "86 % used" in text


def test_a_budget_that_is_used_up_says_what_that_means(ana: Client, sample: Sample) -> None:
    put(sample, "steps", 10, sample.agent_id)
    use(sample, "steps", 10, sample.agent_id)
    put(sample, "usd", 0)
    text = ana.get(page_of(sample)).text
    assert text.count('data-state="over"') == 3  # both meters, and the room's own in its head
    assert "used up: nothing new is begun" in text and "nothing may be used" in text


def test_the_page_says_that_agents_report_their_own_cost(ana: Client, sample: Sample) -> None:
    text = ana.get(page_of(sample)).text
    assert "Agents report their own cost" in text and "wall time and their steps" in text


@pytest.mark.parametrize("cap", ["-1", "much", "NaN", "inf", "1" + "0" * 30, ""])
def test_what_is_no_amount_is_said_in_words_and_stays_typed(
    ana: Client, sample: Sample, cap: str
) -> None:
    given = {"subject": sample.room_id, "what": "tokens", "period": "day", "cap": cap}
    answer = ana.post(f"{page_of(sample)}/set", given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and f'value="{cap}"' in answer.text
    assert '<option value="tokens" selected data-model>' in answer.text
    assert not Budget.objects.exists()


def test_others_see_everything_and_why_they_cannot_change_it(
    mei: Client, ana: Client, sample: Sample
) -> None:
    kept = put(sample, "usd", 5)
    put(sample, "steps", 5, sample.agent_id)
    text = mei.get(page_of(sample)).text
    assert "Only an owner of this room can change it." in text
    assert "Only who owns this agent or the workspace can change it." in text
    assert "Set a budget" not in text and "/budgets/set" not in text
    given = {"subject": sample.room_id, "what": "usd", "period": "ever", "cap": "500"}
    assert mei.post(f"{page_of(sample)}/set", given).status_code == 403
    assert mei.post(f"{page_of(sample)}/{kept.id}/remove").status_code == 403
    assert mei.get(f"{page_of(sample)}/set").status_code == 405
    kept.refresh_from_db()
    assert kept.cap == 5


def test_who_owns_an_agent_may_limit_it_and_nothing_else(mei: Client, sample: Sample) -> None:
    person = Member.objects.get(room_id=sample.room_id, role="contributor").person
    Agent.objects.filter(id=sample.agent_id).update(owner=person)
    text = mei.get(page_of(sample)).text
    assert f'<option value="{sample.agent_id}">' in text
    assert f'<option value="{sample.room_id}">' not in text
    given = {"subject": sample.agent_id, "what": "steps", "period": "ever", "cap": "9"}
    mei.post(f"{page_of(sample)}/set", given)
    assert Budget.objects.get().cap == 9


def test_who_used_most_comes_first(ana: Client, sample: Sample) -> None:
    text = ana.get(page_of(sample)).text
    used = text[text.index("Who used most") :]
    assert used.index("Mender") < used.index("Prober") < used.index("Reader")
    assert "3 runs" in used and "4 steps" in used


def test_what_a_model_was_asked_is_listed_by_kind_with_its_cost(
    ana: Client, sample: Sample
) -> None:
    room = Room.objects.get(id=sample.room_id)
    for n, (kind, cost) in enumerate((("plan", "0.25"), ("check", "1.5"), ("check", "1.5"))):
        Judgement.objects.create(
            workspace_id=room.workspace_id, room=room, kind=kind, subject_id=f"x{n}", revision=1,
            state="taken", judge="kimi", model="m", prompt_tokens=1000, completion_tokens=234,
            cost_usd=cost, asked_at=timezone.now(), proposal={},
        )  # fmt: skip
    text = ana.get(page_of(sample)).text
    assert "3.25 USD" in text
    assert text.index("Checks") < text.index("Plans")
    assert "2,468" in text and "3.00 USD" in text and "0.25 USD" in text


def test_attention_shows_how_much_reviewers_have_before_them(ana: Client, sample: Sample) -> None:
    text = ana.get(page_of(sample)).text
    assert "3 to review" in text and "20 for each of 2 reviewers" in text
    assert "until people have reviewed" not in text
    now, by = timezone.now(), By(sample.owner_id)
    for each, says in ((1, "until people have reviewed"), (0, "Any number of versions")):
        edit_room(room_id=sample.room_id, changes={"policy": {"reviews_each": each}}, by=by, at=now)
        assert says in ana.get(page_of(sample)).text


def test_names_from_agents_and_people_stay_text(ana: Client, sample: Sample) -> None:
    Agent.objects.filter(id=sample.agent_id).update(name="<img src=x onerror=alert(1)>")
    put(sample, "steps", 5, sample.agent_id)
    text = ana.get(page_of(sample)).text
    assert "<img src=x" not in text and "&lt;img src=x" in text


@pytest.mark.parametrize(
    ("what", "number", "says"),
    [
        ("usd", "0", "0.00 USD"), ("usd", "0.0042", "0.0042 USD"),
        ("usd", "1234.5", "1,234.50 USD"),
        ("tokens", "2000000", "2,000,000 tokens"), ("steps", "7", "7 steps"),
        ("seconds", "59.9", "59 s"), ("seconds", "3600", "1 h"), ("seconds", "7321", "2 h 2 min"),
    ],
)  # fmt: skip
def test_amounts_are_said_with_their_unit(what: str, number: str, says: str) -> None:
    assert amount(what, Decimal(number), with_unit=True) == says


def test_a_time_says_its_two_largest_units() -> None:
    assert [duration(n) for n in (0, 61, 120, 3661)] == ["0 s", "1 min 1 s", "2 min", "1 h 1 min"]


def test_attention_counts_cards_as_the_coordinator_does(ana: Client, sample: Sample) -> None:
    room, now = Room.objects.get(id=sample.room_id), timezone.now()
    card = cast.a_card(room, "Twice", independent_runs=2)
    before = re.search(r"(\d+) to review", ana.get(page_of(sample)).text)
    runs = [
        assign_card(
            card_id=card.id, agent_id=cast.an_agent(room, f"Twin {slot}").id, attempt=1, round=1,
            why={}, slot=slot, by=coordinator(rule="best_fit"), at=now,
        )
        for slot in (1, 2)
    ]  # fmt: skip
    for run in runs:
        cast.a_submission(run, at=now)
    assert card.deliverables.filter(state="submitted").count() == 2
    after = re.search(r"(\d+) to review", ana.get(page_of(sample)).text)
    board = observe(room.id, now)
    assert before and after and board
    assert int(after[1]) == int(before[1]) + 1 == board.reviews_waiting


def test_of_an_agent_only_what_is_known_can_be_chosen(
    mei: Client, ana: Client, sample: Sample
) -> None:
    page = ana.get(page_of(sample)).text
    assert '<optgroup label="Agents" data-agents>' in page
    assert '<option value="usd" data-model>' in page
    given = {"subject": sample.agent_id, "what": "usd", "period": "ever", "cap": "5"}
    answer = ana.post(f"{page_of(sample)}/set", given)
    assert answer.status_code == 422
    assert "Limit its steps or its wall time" in unescape(answer.text)
    person = Member.objects.get(room_id=sample.room_id, role="contributor").person
    Agent.objects.filter(id=sample.agent_id).update(owner=person)
    assert 'value="usd"' not in mei.get(page_of(sample)).text
