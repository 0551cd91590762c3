"""What the board refuses at this door, and that it stays well."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from agents.doors.mcp import mount
from tests import cast
from tests.doors_mcp.conftest import Wire, a_puller
from workspace.actors import SYSTEM, By
from workspace.commands.agents import pause_agent, revoke_agent
from workspace.commands.rooms import unseat_agent
from workspace.commands.runs import fail_run
from workspace.models import Agent, Card, Deliverable, Room, Run

aside = sync_to_async


async def a_card(room: Room, title: str = "Count the words", **facts: Any) -> Card:
    return await aside(cast.a_card)(room, title, **facts)


async def test_without_a_token_it_says_where_to_look(wire: Wire) -> None:
    await wire.request(body=b"{}")
    assert wire.status == 401
    assert "resource_metadata=" in wire.headers["www-authenticate"]


async def test_a_wrong_a_malformed_and_another_kind_of_token_are_refused(
    wire: Wire, puller: Agent
) -> None:
    right = wire.token
    for token in (right[:-2] + "xx", "mat_", "mst_" + right[4:], right + " ; x", "mat_" + "é" * 30):
        wire.token = token
        await wire.request(body=b"{}")
        assert wire.status == 401, token


async def test_only_posts_are_answered(wire: Wire, puller: Agent) -> None:
    for method in ("GET", "DELETE"):
        await wire.request(method)
        assert wire.status == 405


async def test_another_host_is_refused(wire: Wire, puller: Agent) -> None:
    await wire.request(body=b"{}", host=b"evil.example")
    assert wire.status == 421


async def test_a_body_that_is_no_json_rpc_is_refused_and_the_next_is_answered(
    wire: Wire, puller: Agent
) -> None:
    for body in (b"", b"{", b"[]", b"null", b'{"jsonrpc":"2.0"}', b"\xff\xfe", b"[" * 5000):
        await wire.request(body=body)
        assert wire.status >= 400, body[:20]
    assert (await wire.call("list_rooms"))["is_error"] is False


async def test_a_token_that_was_taken_away_opens_nothing_in_between(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    await aside(revoke_agent)(agent_id=puller.id, by=SYSTEM, at=timezone.now())
    await wire.request(body=b"{}")
    assert wire.status == 401
    assert (await Run.objects.aget(id=handle["run_id"])).state == "superseded"
    assert await Deliverable.objects.acount() == 0


async def test_a_card_of_a_room_it_has_no_seat_in_is_not_there(wire: Wire, puller: Agent) -> None:
    elsewhere = await aside(cast.a_room)(await aside(cast.an_owner)("Other", "Other team"))
    card = await a_card(elsewhere)
    for tool in ("get_card", "claim_card"):
        assert (await wire.call(tool, card_id=card.id))["code"] == "not_found"
    told = await wire.call("list_cards", room_id=elsewhere.id)
    assert told["code"] == "not_found"
    told = await wire.call("propose_card", room_id=elsewhere.id, title="T", brief="B")
    assert told["code"] == "agent_not_in_room"


async def test_who_lost_its_seat_sees_nothing_of_the_room_any_more(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    await aside(unseat_agent)(room_id=room.id, agent_id=puller.id, by=SYSTEM, at=timezone.now())
    assert (await wire.call("list_rooms"))["rooms"] == []
    assert (await wire.call("get_card", card_id=card.id))["code"] == "not_found"
    assert (await wire.call("claim_card", card_id=card.id))["code"] == "not_found"
    assert (await wire.on(handle, "report_progress", step="x"))["code"] == "lease_lost"


async def test_anothers_handle_is_of_no_use(wire: Wire, puller: Agent, room: Room) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    _, wire.token = await aside(a_puller)(room, "Thief")
    for tool, more in (
        ("report_progress", {}),
        ("submit_deliverable", {"summary_md": "mine"}),
        ("release_card", {}),
        ("get_answer", {"ask_id": "ask_1"}),
    ):
        assert (await wire.on(handle, tool, **more))["code"] == "not_found", tool
    assert (await Run.objects.aget(id=handle["run_id"])).state == "working"


async def test_a_lease_that_is_over_is_refused_logged_and_what_it_handed_in_kept(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    run_id = handle["run_id"]
    await aside(fail_run)(run_id=run_id, kind="stalled", evidence={}, by=SYSTEM, at=timezone.now())
    told = await wire.on(handle, "report_progress", step="Still here")
    assert (told["code"], told["directive"], told["kept"]) == ("lease_lost", "cancel", False)
    file = {"name": "a.md", "content": "late"}
    told = await wire.on(handle, "submit_deliverable", artifacts=[file])
    assert (told["code"], told["kept"]) == ("lease_lost", True)
    assert (await wire.on(handle, "upload_file", name="b.md", content="x"))["kept"] is True
    run = await Run.objects.aget(id=run_id)
    assert run.state == "failed"
    assert await run.late_results.acount() == 1
    assert await Deliverable.objects.acount() == 0


async def test_a_made_up_lease_is_refused(wire: Wire, puller: Agent, room: Room) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    told = await wire.on({**handle, "lease_token": "lse_made_up"}, "report_progress")
    assert told["code"] == "lease_lost"
    assert (await Run.objects.aget(id=handle["run_id"])).steps_count == 0


async def test_of_two_that_claim_one_card_one_gets_it(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    other = Wire(wire.mounted)
    _, other.token = await aside(a_puller)(room, "Second")
    await asyncio.gather(wire.call("list_rooms"), other.call("list_rooms"))
    told = await asyncio.gather(
        wire.call("claim_card", card_id=card.id), other.call("claim_card", card_id=card.id)
    )
    refused = [one for one in told if one["is_error"]]
    assert [one["code"] for one in refused] == ["card_not_free"]
    assert await Run.objects.acount() == 1


async def test_it_holds_no_more_cards_than_its_capacity(
    wire: Wire, puller: Agent, room: Room
) -> None:
    first, second = await a_card(room), await a_card(room, "Another")
    await wire.call("claim_card", card_id=first.id)
    assert (await wire.call("claim_card", card_id=second.id))["code"] == "at_capacity"
    assert (await wire.call("list_cards"))["free"] == []


async def test_a_card_it_lacks_the_skills_for_is_neither_shown_nor_given(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room, skills=["welding"])
    assert (await wire.call("list_cards"))["free"] == []
    assert (await wire.call("claim_card", card_id=card.id))["code"] == "lacks_skills"


async def test_who_is_paused_or_in_a_paused_room_takes_nothing(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    await aside(pause_agent)(agent_id=puller.id, paused=True, by=SYSTEM, at=cast.AT)
    assert (await wire.call("claim_card", card_id=card.id))["code"] == "paused"
    await aside(pause_agent)(agent_id=puller.id, paused=False, by=SYSTEM, at=cast.AT)
    await Room.objects.filter(id=room.id).aupdate(paused=True)
    assert (await wire.call("claim_card", card_id=card.id))["code"] == "room_paused"


async def test_a_room_that_demands_an_audition_gives_it_nothing(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    await Room.objects.filter(id=room.id).aupdate(policy={"needs_audition": True})
    told = await wire.call("claim_card", card_id=card.id)
    assert told["code"] == "not_auditioned"
    assert await Run.objects.acount() == 0


async def test_uploads_are_bounded_and_honest(wire: Wire, puller: Agent, room: Room) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    large = base64.b64encode(b"x" * (8 * 1024 * 1024 + 1)).decode()
    for more, code in (
        ({"content_base64": large}, "artifact_too_large"),
        ({"content_base64": "%%%"}, "invalid_argument"),
        ({}, "invalid_argument"),
        ({"content": "a", "content_base64": "YQ=="}, "invalid_argument"),
        ({"content": "a", "name": "../../etc/passwd"}, "invalid_argument"),
        ({"content": "a\x00b"}, "invalid_argument"),
        ({"content": "a", "role": "root"}, "invalid_argument"),
    ):
        told = await wire.on(handle, "upload_file", **{"name": "a.md", **more})
        assert told["code"] == code, (list(more), told)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "padding": "x" * (12 * 1024 * 1024)}).encode()
    await wire.request(body=body)
    assert wire.status == 413


async def test_wrong_arguments_are_said_and_change_nothing(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    for tool, more in (
        ("report_progress", {"percent": 101}),
        ("report_progress", {"percent": "many"}),
        ("report_progress", {"after": -1}),
        ("add_source", {"source": {"title": "no place"}}),
        ("add_source", {"source": deep}),
        ("ask_human", {"message_md": " "}),
        ("ask_human", {"message_md": "Your key?", "schema": {"type": "object", "properties": {
            "api_key": {"type": "string"}}}}),
        ("request_approval", {"title": "Nothing"}),
        ("request_approval", {"title": "T", "argv": ["ls"], "kind": "anything"}),
        ("submit_deliverable", {"artifacts": [{"name": "a.md", "content": [1]}]}),
        ("nothing_of_the_kind", {}),
    ):  # fmt: skip
        told = await wire.on(handle, tool, **more)
        assert told["is_error"], (tool, more)
    run = await Run.objects.aget(id=handle["run_id"])
    assert (run.state, run.steps_count) == ("working", 0)


async def test_a_completion_without_a_file_fails_the_run(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    told = await wire.on(handle, "submit_deliverable", summary_md="Done, believe me.")
    assert told["code"] == "empty_completion"
    assert (await Run.objects.aget(id=handle["run_id"])).failure == "empty_completion"


async def test_a_flood_is_told_to_wait_and_others_are_not(
    wire: Wire, puller: Agent, room: Room, monkeypatch: Any
) -> None:
    monkeypatch.setattr(mount, "PER_SECOND", 0.5)
    other = Wire(wire.mounted)
    _, other.token = await aside(a_puller)(room, "Patient")
    seen = []
    for _ in range(int(mount.BURST) + 5):
        await wire.request(body=b"{}")
        seen.append(wire.status)
    assert seen[-1] == 429
    assert int(wire.headers["retry-after"]) >= 1
    assert seen.count(429) == 5
    assert (await other.call("list_rooms"))["is_error"] is False


async def test_its_proposals_wait_for_people_and_are_few(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    handle = await wire.call("claim_card", card_id=card.id)
    facts = {"room_id": room.id, "brief": "It came up."}
    for n in range(5):
        made = await wire.on(handle, "propose_card", title=f"More {n}", **facts)
        assert made["status"] == "triage"
    told = await wire.on(handle, "propose_card", title="One too many", **facts)
    assert told["code"] == "too_many_proposals"
    for n in range(5):
        await wire.call("propose_card", title=f"Without {n}", **facts)
    told = await wire.call("propose_card", title="Eleven", **facts)
    assert told["code"] == "too_many_proposals"
    proposed = [one async for one in Card.objects.filter(status="triage")]
    assert {one.proposed_by["actor"] for one in proposed} == {puller.id}
    assert len(proposed) == 10


async def test_nobody_is_met_by_what_waits_to_be_fetched(
    puller: Agent, room: Room, wire: Wire
) -> None:
    from agents.doors.sending import deliver_one

    await wire.call("list_rooms")
    await Agent.objects.filter(id=puller.id).aupdate(last_seen_at=cast.AT)
    card = await a_card(room)
    run = await aside(cast.a_run)(card, puller)
    owed = await run.deliveries.aget(type="card.assigned")
    assert await aside(deliver_one)(owed.id) == "delivered"
    assert (await Agent.objects.aget(id=puller.id)).last_seen_at == cast.AT
    assert (await Run.objects.aget(id=run.id)).accepted_at is None


async def test_claiming_what_it_holds_gives_the_same_handle(
    wire: Wire, puller: Agent, room: Room
) -> None:
    card = await a_card(room)
    first = await wire.call("claim_card", card_id=card.id)
    again = await wire.call("claim_card", card_id=card.id)
    assert first["lease_token"] == again["lease_token"]
    run = await Run.objects.aget(id=first["run_id"])
    assert (run.state, run.why["code"]) == ("working", "claimed")


async def test_its_first_call_verifies_it_and_it_is_told_of_itself(
    wire: Wire, puller: Agent
) -> None:
    assert puller.status == "unverified"
    told = await wire.call("list_rooms")
    assert told["you"]["status"] == "verified"
    assert (await puller.verifications.aget()).steps[0]["code"] == "came_with_its_token"
    assert By(puller.id).is_person is False
    assert (await Agent.objects.aget(id=puller.id)).last_seen_at > timezone.now() - timedelta(
        minutes=1
    )


def test_a_web_process_that_nobody_calls_by_mcp_does_not_load_it() -> None:
    code = "import sys, workspace.asgi; print('mcp' in sys.modules, 'starlette' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
