"""The real `mcp` client works a card on a real installation, in both eras of the protocol."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors_mcp.puller import Board, Told
from tests.journeys.installation import Api, Installation, wait_for

LIMITS = {"ack_within": 20, "silent_after": 30, "lease": 60, "max_concurrency": 4}


@pytest.fixture(scope="module")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("pulling"), "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def api(muster: Installation) -> Api:
    return Api(muster, muster.manage("api_token"))


def an_agent(api: Api, name: str) -> tuple[str, str]:
    made = api.post("/agents", {"name": name, "door": "mcp", **LIMITS})
    return made["id"], made["secret"]


def a_room(api: Api, name: str, agent_id: str, **more: Any) -> str:
    body = {"name": name, "goal": "Nothing to split.", "agents": [agent_id], **more}
    return str(api.post("/rooms", body)["id"])


def a_card(api: Api, room_id: str, title: str) -> str:
    facts = {"title": title, "brief": "Say which region.", "criteria": ["It names a region"]}
    return str(api.post(f"/rooms/{room_id}/cards", facts)["id"])


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_card_is_claimed_asked_about_handed_in_and_accepted(
    muster: Installation, api: Api, mode: str
) -> None:
    agent_id, token = an_agent(api, f"Puller {mode}")
    room_id = a_room(api, f"Pulled {mode}", agent_id, rules="- Cite every claim")
    async with Board(f"{muster.url}/mcp", token, mode) as board:
        rooms = (await board.call("list_rooms"))["rooms"]
        assert [room["rules"] for room in rooms] == [["Cite every claim"]]
        card_id = a_card(api, room_id, "Name the region")
        listed = wait_for_card(api, card_id)
        assert listed
        given = (await board.call("list_cards"))["given_to_you"]
        assert [line["card_id"] for line in given] == [card_id]
        card = await board.call("claim_card", card_id=card_id)
        assert "It names a region" in card["prompt"]
        brief = await board.client.read_resource(f"muster://cards/{card_id}/brief")
        assert "Say which region." in brief.contents[0].text
        told = await board.on(card, "report_progress", step="Reading", percent=20)
        assert told["directive"] == "continue"
        ask = await board.on(card, "ask_human", message_md="Which?", choices=["EU", "US"])
        assert ask["state"] == "open"
        api.post(f"/asks/{ask['ask_id']}/answer", {"action": "accept", "content": {"answer": "US"}})
        answer = await board.answer(card, ask)
        assert answer["content"] == {"answer": "US"}
        file = await board.on(card, "upload_file", name="notes.md", content="US, said a person.")
        await board.on(card, "add_source", source={"file": "notes.md", "supports": ["c1"]})
        made = await board.on(
            card, "submit_deliverable", summary_md="The region is US.",
            artifacts=[{"artifact_id": file["artifact_id"]}],
            claims=[{"id": "c1", "subject": "region", "value": "US"}],
        )  # fmt: skip
        assert made["state"] == "submitted"
        with pytest.raises(Told, match="run_terminal"):
            await board.on(card, "report_progress", step="More")
    version = api.get(f"/deliverables/{made['deliverable_id']}")
    assert version["sha256"] == made["sha256"]
    assert [(source["place"]["file"], source["supports"]) for source in version["sources"]] == [
        ("notes.md", ["c1"])
    ]
    api.post(f"/deliverables/{made['deliverable_id']}/accept", {"sha256": made["sha256"]})
    assert api.get(f"/cards/{card_id}")["status"] == "done"
    assert muster.breaches() == []


def wait_for_card(api: Api, card_id: str) -> bool:
    """Once the coordinator has given it to the one agent there is."""
    return wait_for(
        lambda: api.get(f"/cards/{card_id}")["run"] is not None, 20, "the card is given"
    )


async def test_a_free_card_of_a_manual_room_is_taken(muster: Installation, api: Api) -> None:
    agent_id, token = an_agent(api, "Taker")
    room_id = a_room(api, "By hand", agent_id)
    api.call("PATCH", f"/rooms/{room_id}", {"mode": "manual"})
    async with Board(f"{muster.url}/mcp", token) as board:
        await board.call("list_rooms")
        card_id = a_card(api, room_id, "Take me")
        free = (await board.call("list_cards"))["free"]
        assert [line["card_id"] for line in free] == [card_id]
        card = await board.call("claim_card", card_id=card_id)
        assert api.get(f"/cards/{card_id}")["run"]["agent_id"] == agent_id
        await board.on(card, "release_card", reason="It was only a try.")
        with pytest.raises(Told, match="declined_before"):
            await board.call("claim_card", card_id=card_id)
    assert muster.breaches() == []


async def test_leave_comes_at_once_from_the_room_or_from_what_a_person_keeps(
    muster: Installation, api: Api
) -> None:
    agent_id, token = an_agent(api, "Asker")
    room_id = a_room(api, "Leave", agent_id)
    async with Board(f"{muster.url}/mcp", token) as board:
        await board.call("list_rooms")
        card_id = a_card(api, room_id, "Look around")
        wait_for_card(api, card_id)
        card = await board.call("claim_card", card_id=card_id)
        told = await board.on(card, "request_approval", title="Look", argv=["ls", "src"])
        assert (told["state"], told["decision"]) == ("answered", "allow_once")
        made = await board.on(card, "request_approval", title="Make it", argv=["mkdir", "out"])
        assert made["state"] == "open"
        said = {"decision": "allow_always", "scope": "card"}
        api.post(f"/asks/{made['ask_id']}/answer", said)
        # What lasts stays with the workspace: the agent hears of once.
        assert (await board.answer(card, made))["decision"] == "allow_once"
        later = await board.on(card, "request_approval", title="Again", argv=["mkdir", "more"])
        assert (later["state"], later["decision"]) == ("answered", "allow_once")
        other = await board.on(card, "request_approval", title="Go", argv=["rm", "-r", "out"])
        assert other["state"] == "open"
    assert [rule["program"] for rule in api.get(f"/rooms/{room_id}/rules")["items"]] == ["mkdir"]
    assert muster.breaches() == []


async def test_who_never_comes_has_not_answered(muster: Installation, api: Api) -> None:
    made = api.post("/agents", {"name": "Absent", "door": "mcp", **LIMITS, "ack_within": 1})
    token = made["secret"]
    room_id = a_room(api, "Waiting in vain", made["id"])
    async with Board(f"{muster.url}/mcp", token) as board:
        await board.call("list_rooms")
    card_id = a_card(api, room_id, "Will it come?")

    def failed() -> bool:
        run = api.get(f"/cards/{card_id}")["run"]
        return bool(run) and run["failure"] == "no_ack"

    wait_for(failed, 20, "its run has failed for want of an answer")


def test_the_metadata_names_the_resource_and_no_server_to_sign_in_at(muster: Installation) -> None:
    for path in ("", "/mcp"):
        url = f"{muster.url}/.well-known/oauth-protected-resource{path}"
        with urllib.request.urlopen(url) as answer:
            told = json.loads(answer.read())
        assert told["resource"] == f"{muster.url}/mcp"
        assert "authorization_servers" not in told


def test_a_wrong_token_is_refused_over_http(muster: Installation) -> None:
    headers = {"Authorization": "Bearer mat_" + "x" * 40, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{muster.url}/mcp", data=b"{}", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 401
    assert "invalid_token" in refused.value.headers["WWW-Authenticate"]
