"""Claims that no rule tells apart: a person looks, opens a conflict or sets it aside, and rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation


@pytest.fixture
def person(muster: Installation) -> Iterator[Person]:
    with chromium() as browser:
        someone = Person(browser)
        someone.page.goto(muster.manage("sign_in_link"))
        yield someone


def hand_in(api: Api, room_id: str, title: str) -> str:
    """A card that a person does; `title` is also the words of its claims."""
    card = api.post(f"/rooms/{room_id}/cards", {"title": title})["id"]
    claims = [
        {"id": subject, "subject": subject, "text": f"{title} says so."}
        for subject in ("licence", "owner")
    ]
    body = {"files": [{"name": "a.md", "content": title}], "claims": claims}
    api.post(f"/cards/{card}/submit", body)
    return str(card)


def test_a_person_opens_one_doubt_as_a_conflict_rules_on_it_and_sets_the_other_aside(
    muster: Installation, api: Api, person: Person
) -> None:
    body = {"name": "Doubts", "goal": "Compare.", "mode": "manual", "agents": []}
    room_id = api.post("/rooms", body)["id"]
    page = person.page
    page.goto(f"{muster.url}/rooms/{room_id}/conflicts")
    parts = [hand_in(api, room_id, title) for title in ("The readme", "The head of the file")]
    doubts = page.locator(".doubt")
    expect(doubts).to_have_count(2)
    expect(page.locator("#conflicts-list")).to_contain_text("a person should look")
    about = doubts.filter(has=page.get_by_role("heading", name="owner"))
    about.get_by_role("button", name="They agree, or are about different things").click()
    expect(doubts).to_have_count(1)
    doubts.get_by_role("button", name="They disagree").click()
    expect(doubts).to_have_count(0)
    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("A person looked and found that they disagree.")
    (found,) = api.get(f"/rooms/{room_id}/conflicts?status=open")["items"]
    assert {claim["card_id"] for claim in found["claims"]} == set(parts)
    conflict.get_by_role("radio", name="Side A").check()
    conflict.get_by_label("Why").fill("It is the one we publish.")
    conflict.get_by_role("button", name="Rule").click()
    expect(page.locator("#conflicts-list")).to_contain_text("Given to every run from now on.")
    assert person.troubles == []
