"""Where agents say that a task has changed: the right token means a look, and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast
from tests.doors_a2a.agents import task
from workspace.keys import push_token
from workspace.models import Talk


@pytest.fixture
def run(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    return play.look(play.given(), times=3)


def push(run, body=b"{}", kind="application/json", **headers):
    return Client().post(f"/agent/v1/a2a/{run.id}", body, content_type=kind, headers=headers)


def due(run):
    return Talk.objects.get(run=run).due_at


@pytest.mark.parametrize("kind", ["application/json", "application/a2a+json"])
@pytest.mark.parametrize("body", [b'{"task": {"id": "t1"}}', b"not json at all", b""])
def test_news_of_a_task_is_a_reason_to_look_at_once(run, kind, body):
    before = due(run)
    token = push_token(run.id, run.fence)
    answer = push(run, body, kind, **{"X-A2A-Notification-Token": token})
    assert answer.status_code == 204
    assert due(run) < before


def test_the_token_may_come_as_a_bearer_token(run):
    token = push_token(run.id, run.fence)
    assert push(run, Authorization=f"Bearer {token}").status_code == 204


def test_a_body_is_not_believed(run):
    body = b'{"task": {"id": "t1", "status": {"state": "TASK_STATE_COMPLETED"}}}'
    push(run, body, **{"X-A2A-Notification-Token": push_token(run.id, run.fence)})
    run.refresh_from_db()
    assert run.state == "working"


@pytest.mark.parametrize("token", ["", "ntf_wrong", "Bearer", "ntf_é"])
def test_a_wrong_token_changes_nothing(run, token):
    before = due(run)
    answer = push(run, **{"X-A2A-Notification-Token": token.encode().decode("latin-1")})
    assert answer.status_code == 401
    assert due(run) == before


def test_the_tokens_of_a_run_open_their_own_doors_only(run):
    shown = cast.credentials(run)
    assert push(run, **{"X-A2A-Notification-Token": shown.run_token}).status_code == 401
    token = push_token(run.id, run.fence)
    answer = Client().post(
        f"/agent/v1/runs/{run.id}/heartbeat", b"{}", content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Muster-Lease": shown.lease_token},
    )  # fmt: skip
    assert answer.status_code == 401


def test_a_run_that_nobody_knows_is_refused_like_a_wrong_token(run):
    unknown = Client().post("/agent/v1/a2a/run_0", b"{}", content_type="application/json")
    assert unknown.status_code == 401
    assert Client().get(f"/agent/v1/a2a/{run.id}").status_code == 405
