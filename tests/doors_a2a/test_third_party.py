"""Servers nobody wrote for Muster, through the A2A door of a real installation.

fasta2a's model says the same to everything, and the SDKs' agents are scripted: what is shown is
that the protocol is spoken with programs of others, not that a model does good work.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.contract.seen import CardSeen
from tests.doors_a2a.third_party import EXAMPLE, running
from tests.journeys.installation import ROOT, Api, Installation

pytestmark = pytest.mark.xdist_group("a2a_third_party")
_numbers = count(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("a2a"), "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def api(place: Installation) -> Api:
    return Api(place, place.manage("api_token"))


def joined(api: Api, url: str, **facts: object) -> str:
    """Registered as what the probe found, and verified; the agent's id."""
    found = api.post("/agents/probe", {"url": url})
    assert (found["door"], found["code"]) == ("a2a", "found_a2a")
    name = f"{found['name']} {next(_numbers)}"
    made = api.post("/agents", {"name": name, "url": url, "door": found["door"], **facts})
    verified = api.post(f"/agents/{made['id']}/verify")
    assert verified["status"] == "verified", verified["steps"]
    return str(made["id"])


def given(api: Api, agent_id: str, title: str) -> CardSeen:
    body = {"name": f"{title} {next(_numbers)}", "goal": "Nothing to split.", "agents": [agent_id]}
    room_id = api.post("/rooms", body)["id"]
    card = {"title": title, "brief": "Four lines.", "criteria": ["Four lines"]}
    return CardSeen(api, room_id, api.post(f"/rooms/{room_id}/cards", card)["id"])


def finished(card: CardSeen) -> str:
    """What was handed in, once a person has accepted it."""
    version = card.until_review()
    text = card.text_of(version)
    card.accept(version)
    return text


def test_the_page_of_this_door_shows_the_agent_that_is_run_here() -> None:
    assert EXAMPLE.read_text() in (ROOT / "docs" / "doors" / "a2a.md").read_text()


def test_pydantic_ai_behind_fasta2a_finishes_a_card(place: Installation, api: Api) -> None:
    with running("fasta2a", EXAMPLE) as url:
        card = given(api, joined(api, url), "What is easy to review?")
        assert finished(card).startswith("Easy to review is what is small.")
    assert place.breaches() == []


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
def test_an_agent_on_the_sdk_of_1_0_finishes_a_card(
    place: Installation, api: Api, binding: str
) -> None:
    with running("sdk-one", "sdk_one.py", binding) as url:
        card = given(api, joined(api, url), "progress")
        finished(card)
        assert max(e["data"]["steps"] for e in card.events("run.progressed")) >= 3
        claims = card.now()["deliverable"]
        assert claims["state"] == "accepted"
    assert place.breaches() == []


@pytest.mark.parametrize("binding", ["JSONRPC", "HTTP+JSON"])
def test_an_agent_on_the_sdk_of_0_3_finishes_a_card(
    place: Installation, api: Api, binding: str
) -> None:
    with running("sdk-zero", "sdk_zero.py", binding) as url:
        card = given(api, joined(api, url), "Say what you were told")
        assert "Say what you were told" in finished(card)
    assert place.breaches() == []


def test_the_answer_to_a_question_reaches_an_agent_on_the_sdk_of_0_3(
    place: Installation, api: Api
) -> None:
    with running("sdk-zero", "sdk_zero.py", "JSONRPC") as url:
        card = given(api, joined(api, url), "question something")
        ask = card.asked("question")
        assert ask["body"]["message_md"] == "Which region?"
        card.answer(ask, action="accept", content={"answer": "EU, please"})
        assert "EU, please" in finished(card)


def test_an_agent_that_wants_a_person_to_sign_in_shows_where(place: Installation, api: Api) -> None:
    with running("sdk-one", "sdk_one.py") as url:
        card = given(api, joined(api, url), "sign in first")
        ask = card.asked("question")
        assert ask["body"]["url"] == "https://login.example.org/start"
        assert not ask["body"]["schema"]
        card.answer(ask, action="accept", content={})
        assert "Signed in: Done. Go on." in finished(card)


def test_a_credential_is_shown_to_an_agent_whose_card_asks_for_one(
    place: Installation, api: Api
) -> None:
    with running("sdk-one", "sdk_one.py", "JSONRPC", "token=s3cret") as url:
        assert api.post("/agents/probe", {"url": url})["needs"] == ["key"]
        made = api.post("/agents", {"name": "Guarded", "url": url, "door": "a2a", "key": "wrong"})
        refused = api.post(f"/agents/{made['id']}/verify")
        assert refused["status"] == "unverified"
        assert refused["steps"][-1]["code"] == "a2a_credential_refused"
        api.post(f"/agents/{made['id']}/rotate", {"key": "s3cret"})
        assert api.post(f"/agents/{made['id']}/verify")["status"] == "verified"
        finished(given(api, made["id"], "deliver"))


def test_files_of_every_kind_become_files_of_the_deliverable(place: Installation, api: Api) -> None:
    with running("sdk-one", "sdk_one.py") as url:
        card = given(api, joined(api, url), "files")
        version = card.until_review()
        files = {file["name"]: file["media_type"] for file in version["files"]}
    assert files == {
        "dot.png": "image/png", "table.json": "application/json",
        "what I was told.md": "text/markdown",
    }  # fmt: skip


def test_what_an_agent_raises_is_told_in_its_words(place: Installation, api: Api) -> None:
    with running("sdk-one", "sdk_one.py") as url:
        card = given(api, joined(api, url), "raise an error")
        failed = card.until(lambda: card.events("run.failed"), "it has failed")[0]["data"]
    assert failed["failure"] == "error"
    assert failed["evidence"]["said"]
    assert place.breaches() == []


def test_news_that_an_agent_pushes_is_heard_and_stands_in_its_log(
    place: Installation, api: Api
) -> None:
    with running("sdk-one", "sdk_one.py", "JSONRPC", "push", "no-streaming") as url:
        agent_id = joined(api, url)
        card = given(api, agent_id, "progress")
        finished(card)
        assert max(e["data"]["steps"] for e in card.events("run.progressed")) >= 3
    browser = build_opener(HTTPCookieProcessor())
    browser.open(place.manage("sign_in_link")).close()
    with browser.open(f"{place.url}/agents/{agent_id}") as page:
        assert "task.pushed" in page.read().decode()


def test_a_worker_that_is_killed_while_an_agent_is_at_work_costs_nothing(
    place: Installation, api: Api
) -> None:
    with running("sdk-one", "sdk_one.py", "JSONRPC", "no-streaming") as url:
        cards = [given(api, joined(api, url), "accept") for _ in range(2)]
        for card in cards:
            card.until(lambda: card.events("run.accepted"), "it is at work")  # noqa: B023
        os.kill(place.pid("worker"), signal.SIGKILL)
        for card in cards:
            card.until(lambda: card.now()["status"] == "review", "it is in review", 120)  # noqa: B023
            assert [run["state"] for run in card.runs()] == ["submitted"]
    assert place.breaches() == []
