"""Connectors over the people's API: codes, who is there, taking one away."""

from __future__ import annotations

from django.utils import timezone

from tests.api.conftest import Api, refused
from tests.cast import a_token
from workspace.commands.connectors import AgentThere, hold_connector, pair_connector
from workspace.models import Agent, Connector, Person


def paired(api: Api) -> Connector:
    code = api.post("/connectors/codes").body["code"]
    return pair_connector(code=code, name="Laptop", version="1.0", at=timezone.now())[0]


def held(connector: Connector) -> Agent:
    agents = [AgentThere(name="Helper")]
    hold_connector(
        connector_id=connector.id, session="ses_1", version="1.0", agents=agents,
        at=timezone.now(),
    )  # fmt: skip
    return Agent.objects.get(name="Helper")


def test_a_connector_joins_by_a_code_and_is_seen_to_be_there(api: Api) -> None:
    connector = paired(api)
    listed = api.get("/connectors").body["items"]
    assert [(one["id"], one["is_online"], one["agent_ids"]) for one in listed] == [
        (connector.id, False, [])
    ]
    agent = held(connector)
    one = api.get("/connectors").body["items"][0]
    assert one["is_online"] and one["agent_ids"] == [agent.id]


def test_one_that_is_removed_is_gone_with_its_agents(api: Api) -> None:
    connector = paired(api)
    agent = held(connector)
    assert api.post(f"/connectors/{connector.id}/revoke").status_code == 200
    agent.refresh_from_db()
    assert agent.status == "revoked"
    assert api.get("/connectors").body["items"] == []
    refused(api.post(f"/connectors/{connector.id}/revoke"), 404, "not_found")


def test_a_connector_of_another_workspace_is_not_there(api: Api, stranger: Person) -> None:
    connector = paired(api)
    elsewhere = Api(a_token(stranger))
    assert elsewhere.get("/connectors").body["items"] == []
    refused(elsewhere.post(f"/connectors/{connector.id}/revoke"), 404, "not_found")
    connector.refresh_from_db()
    assert connector.revoked_at is None


def test_codes_need_the_scope_of_agents(owner: Person) -> None:
    refused(Api(a_token(owner, "read", "write")).post("/connectors/codes"), 403, "not_allowed")
    assert Api(a_token(owner, "agents")).post("/connectors/codes").status_code == 201
