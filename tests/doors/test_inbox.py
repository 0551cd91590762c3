"""The long poll."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.test import AsyncClient

from agents.doors.webhook.inbox import application
from tests import cast
from workspace.actors import By
from workspace.commands.cards import cancel_card, edit_card

pytestmark = pytest.mark.django_db(transaction=True)


class Answer:
    """An answer of the long poll without Django's middlewares, as it is served."""

    def __init__(self, told):
        self.status_code, self.body = told["status"], told["body"]

    def json(self):
        return json.loads(self.body)


async def poll(calls, query=""):
    path = f"/agent/v1/runs/{calls.run.id}/inbox{query}"
    headers = [(name.lower().encode(), value.encode()) for name, value in calls.headers().items()]
    asked = HttpCommunicator(application, "GET", path, headers=headers)
    return Answer(await asked.get_response(timeout=30))


def edit(calls, brief):
    owner = calls.run.room.members.get(role="owner").person
    edit_card(card_id=calls.run.card_id, changes={"brief": brief}, by=By(owner.id), at=cast.AT)


async def test_news_that_waits_is_answered_at_once(calls):
    await sync_to_async(edit)(calls, "New")
    response = await poll(calls, "?after=0&wait=25")
    body = response.json()
    (entry,) = body["items"]
    assert (entry["type"], entry["data"]["card"]["description_md"]) == ("card.revised", "New")
    assert body["next"] == entry["seq"]
    later = await poll(calls, f"?after={body['next']}")
    assert later.json() == {"items": [], "next": body["next"]}


async def test_news_that_comes_ends_the_wait(calls):
    waiting = asyncio.create_task(poll(calls, "?wait=20"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await sync_to_async(edit)(calls, "New")
    response = await asyncio.wait_for(waiting, timeout=15)
    assert len(response.json()["items"]) == 1


async def test_a_run_that_ends_ends_the_wait_with_the_reason(calls):
    waiting = asyncio.create_task(poll(calls, "?wait=20"))
    await asyncio.sleep(0.2)
    owner = await sync_to_async(lambda: calls.run.room.members.get(role="owner").person)()
    await sync_to_async(cancel_card)(card_id=calls.run.card_id, by=By(owner.id), at=cast.AT)
    response = await asyncio.wait_for(waiting, timeout=15)
    assert response.json()["items"][0]["type"] == "card.cancelled"


async def test_the_route_in_django_answers_alike(calls):
    client = AsyncClient(raise_request_exception=False)
    path = f"/agent/v1/runs/{calls.run.id}/inbox"
    response = await client.get(path, headers=calls.headers())
    assert response.json() == {"items": [], "next": 0}


async def test_a_poll_is_a_sign_of_life(calls):
    await poll(calls)
    await sync_to_async(calls.now)()
    assert calls.run.state == "working"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?after=x", 422, "invalid_body"),
        ("?wait=-1", 422, "invalid_body"),
        ("?after=٣", 422, "invalid_body"),
    ],
)
async def test_a_strange_number_is_refused(calls, query, status, code):
    response = await poll(calls, query)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_poll_with_another_token_or_an_old_lease_is_refused(calls):
    calls.lease = "lse_old"
    response = await poll(calls)
    assert (response.status_code, response.json()["code"]) == (409, "lease_lost")
    calls.token = "rt_no"
    response = await poll(calls)
    assert (response.status_code, response.json()["code"]) == (401, "wrong_token")
