"""Pilot results: the list, one scorecard, and two of them compared."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.pilot.referee import Outcome, score
from tests.pages.pilot_sample import ABOUT, SCENARIOS, a_scorecard, a_verdict
from tests.pages.sample import Sample
from workspace.actors import SYSTEM
from workspace.commands.pilots import keep_pilot
from workspace.models import Pilot, Room


def keep(sample: Sample, facts: dict[str, Any], days: int = 0) -> Pilot:
    workspace_id = Room.objects.get(id=sample.room_id).workspace_id
    at = timezone.now() - timedelta(days=days)
    return keep_pilot(
        workspace_id=workspace_id, commit=f"abc12{days}", facts=facts, by=SYSTEM, at=at
    )


@pytest.fixture
def pilot(sample: Sample) -> Pilot:
    return keep(sample, a_scorecard(), days=1)


def of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<(?!/?(svg|circle|rect|line)\b)[^>]*>", " ", answer.text).split())


def test_without_a_pilot_the_page_says_which_command_runs_one(ana: Client, sample: Sample) -> None:
    text = of(ana, "/pilots")
    assert "No pilot has been kept yet" in text
    assert "python manage.py pilot" in text
    assert "Compare these two" not in text


def test_the_pages_are_for_members_who_are_signed_in(
    stranger: Client, observer: Client, pilot: Pilot
) -> None:
    pages = ("/pilots", f"/pilots/{pilot.id}", f"/pilots/compare?a={pilot.id}&b={pilot.id}")
    for page in pages:
        answer = Client(headers={"host": "127.0.0.1"}).get(page)
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in")
    assert stranger.get("/pilots").status_code == 200
    assert pilot.id not in stranger.get("/pilots").text
    for page in pages[1:]:
        assert stranger.get(page).status_code == 404


def test_every_page_leads_there(ana: Client, sample: Sample) -> None:
    assert ana.get("/").text.count('href="/pilots"') == 3  # at the top, at the foot, under More


def test_a_pilot_in_the_list_says_how_many_of_how_many(ana: Client, pilot: Pilot) -> None:
    text = of(ana, "/pilots")
    assert "12 of 12" in text and "abc121" in text
    assert "Compare these two" not in text  # there is only one


def test_a_scorecard_shows_both_columns_by_word(ana: Client, pilot: Pilot) -> None:
    text = of(ana, f"/pilots/{pilot.id}")
    assert "Everything ended as its scenarios say." in text
    assert "With the rule 12 of 12 ended as their files say; with it off 12 of 12 broke" in text
    for title, rule, _ in SCENARIOS.values():
        assert title in text and f"off: {rule}" in text
    assert text.count("as said") >= len(SCENARIOS)
    assert text.count("breaks, as it must") == len(SCENARIOS)
    assert "not: noticed in time" in text


def test_every_figure_is_told_as_n_of_m(ana: Client, pilot: Pilot) -> None:
    text = of(ana, f"/pilots/{pilot.id}")
    for said in ("36 of 36", "0 of 492", "0 of 456", "0 of 2544", "72 of 72", "2160 of 2280"):
        assert said in text, said
    assert "Cost" not in text  # nothing counted it: there is no zero to show
    assert "half within 1.10 ×" in text and "n 3" in text
    shares = re.findall(r"(?<![\d.])(\d+(?:\.\d+)?) %", text)
    assert all(re.search(rf"to {re.escape(one)} %", text) for one in shares if one != "95")


def test_silence_and_false_stalls_are_drawn_and_told(ana: Client, pilot: Pilot) -> None:
    text = of(ana, f"/pilots/{pilot.id}")
    assert "3 of 3 within 1.2 × the limit; half within 1.10 ×, most 1.14 ×" in text
    assert text.count('class="pilot-mark"') == 3
    assert "Virtual time, heavy tails" in text and "11 of 4000, 0.2 to 0.5 %" in text
    assert "<script" not in ana.get(f"/pilots/{pilot.id}").text.split("<main")[1]


def test_lift_says_who_survived_how_many_of_how_many(ana: Client, pilot: Pilot) -> None:
    text = of(ana, f"/pilots/{pilot.id}")
    assert "Faults survived, by who coordinates" in text
    assert "Round robin and retry" in text and "0 of 12" in text


def test_what_did_not_end_as_said_is_told_and_by_which_checks(ana: Client, sample: Sample) -> None:
    wrong = [
        a_verdict("late_result", "with", 21, outcomes=(Outcome("kept_late", False),)),
        a_verdict("late_result", "without", 21, outcomes=(Outcome("lost", True),)),
    ]
    text = of(ana, f"/pilots/{keep(sample, score(wrong).data()).id}")
    assert "Not everything ended as its scenarios say." in text
    assert "not as said" in text and "not: late results kept" in text
    assert "does not break as it must" in text


@pytest.mark.parametrize(
    ("judge", "about", "said"),
    [("rules", {}, False), ("kimi", {}, True), ("kimi", {"model": "kimi-k2.6"}, False),
     ("kimi", {"model": "obeying"}, True), ("rules", {"scripted_model": True}, True)],
)  # fmt: skip
def test_the_page_says_plainly_when_a_script_stood_in_for_a_model(
    ana: Client, sample: Sample, judge: str, about: dict[str, Any], said: bool
) -> None:
    card = score([a_verdict("silent_agent", "with", 21, judge=judge)], {}, {**ABOUT, **about})
    made = keep(sample, card.data())
    assert ("A script stood in for the model" in of(ana, f"/pilots/{made.id}")) is said
    assert ("a script stood in for the model" in of(ana, "/pilots")) is said


def test_an_empty_scorecard_is_shown_too(ana: Client, sample: Sample) -> None:
    text = of(ana, f"/pilots/{keep(sample, score([]).data()).id}")
    assert "No scenario was run." in text


def test_two_pilots_are_compared_figure_by_figure(
    ana: Client, sample: Sample, pilot: Pilot
) -> None:
    worse = a_verdict("silent_agent", "with", 21)
    worse.counts.shares.update(doubled=(1, 38), covered=(2, 60), recovered=(1, 2))
    later = keep(sample, score([worse]).data())
    assert "Compare these two" in of(ana, "/pilots")
    text = of(ana, f"/pilots/compare?a={pilot.id}&b={later.id}")
    assert "72 of 72" in text and "2 of 60" in text
    assert text.count("▼ worse") >= 2  # doubled, and covered
    assert "not told apart" in text and "difference" in text
    back = of(ana, f"/pilots/compare?a={later.id}&b={pilot.id}")
    assert back.count("▲ better") == text.count("▼ worse")


def test_a_comparison_with_what_is_not_there_is_not_there(ana: Client, pilot: Pilot) -> None:
    for query in ("", f"a={pilot.id}", f"a={pilot.id}&b=plt_none"):
        assert ana.get(f"/pilots/compare?{query}").status_code == 404


def test_words_from_a_scorecard_are_shown_as_words(ana: Client, sample: Sample) -> None:
    evil = "<script>alert(1)</script>"
    card = score([a_verdict("silent_agent", "with", 21, title=evil)], {}, {"machine": evil})
    text = ana.get(f"/pilots/{keep(sample, card.data()).id}").text
    assert evil not in text and "&lt;script&gt;alert(1)" in text
