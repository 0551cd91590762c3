"""The published description is held to what is really parsed and sent."""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import get_args

import pytest

from agents.doors import events as sent
from agents.doors.callbacks import EVENT_READERS, read_completion, read_events
from agents.doors.fields import Fields, Malformed
from agents.doors.webhook.openapi import ROUTES, description
from agents.doors.webhook.outbound_schemas import OUTBOUND
from tests.doors.schema_check import wrong

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DOCUMENT = description("https://muster.example")
PARTS = DOCUMENT["components"]["schemas"]

FILE = sent.FileRef("a.csv", "text/csv", 3, "0" * 64, "https://muster.example/f")
CARD = sent.CardFacts("card_1", "7", 3, "T", "D", ("c",), (), "normal", None, "https://m.example/c")
INPUT = sent.InputGiven("card_0", "T", "dlv_1", 2, "0" * 64, "s", (FILE,))
COMMENT = sent.CommentMade("msg_1", "A reviewer", "b", NOW)
ORDER = sent.RunOrder("run_1", 1, 1, NOW, NOW, None, 3600.0, None, "lse_x")
EXAMPLES = [
    sent.CardAssigned(
        ORDER, CARD, "prompt", ("cite",), (INPUT,), None, (COMMENT,), (FILE,),
        (sent.PreviousRun("run_0", "changes_requested", "shorter"),),
        (sent.FactPinned("timeout", 10, "s", "the code"),), "table", ("text/csv",), True,
        {"commands": "ask"}, sent.Callback("https://muster.example/agent/v1/runs/run_1", "rt_x"),
    ),
    sent.CardRevised("run_1", CARD, ("brief",), "person_edit", "", (INPUT,), (FILE,), "lse_x"),
    sent.CardCancelled("run_1", "card_1", "user", NOW),
    sent.MessagePosted("run_1", "card_1", COMMENT),
    sent.QuestionAnswered("run_1", "q1", "accept", {"region": "EU"}, "usr_1"),
    sent.PermissionDecided("run_1", "p1", "allow_once", "sha256:0", "usr_1", None),
    sent.LeaseExpiring("run_1", NOW),
    sent.AgentVerify("agt_1", "c"),
    sent.Ping("agt_1", "n"),
]  # fmt: skip


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.TYPE)
def test_what_is_sent_is_what_is_described(event):
    envelope = sent.envelope(
        event, workspace=sent.WorkspaceRef("wsp_1", "https://m.example"), at=NOW
    )
    assert wrong(PARTS["Envelope"], envelope, PARTS) == []
    assert wrong(PARTS[f"data.{event.TYPE}"], envelope["data"], PARTS) == []
    assert set(envelope["data"]) == set(OUTBOUND[event.TYPE]["properties"])
    assert envelope["timestamp"] == "2026-11-24T09:00:00.000Z"
    json.dumps(envelope, allow_nan=False)


def test_every_event_that_can_be_sent_is_described():
    kinds = {event.TYPE for event in get_args(sent.OutboundEvent)}
    assert kinds == set(OUTBOUND) == set(DOCUMENT["webhooks"]) == {e.TYPE for e in EXAMPLES}


def test_every_event_that_can_be_received_is_described():
    listed = PARTS["EventBatch"]["properties"]["events"]["items"]["properties"]["type"]["enum"]
    assert set(listed) == set(EVENT_READERS)


def test_tokens_do_not_show_in_the_text_of_an_event():
    assert "lse_x" not in repr(EXAMPLES[0])
    assert "rt_x" not in repr(EXAMPLES[0])
    hidden = [
        field.name
        for kind in get_args(sent.OutboundEvent)
        if is_dataclass(kind)
        for field in fields(kind)
        if "token" in field.name and field.repr and field.default is not MISSING
    ]
    assert hidden == []


def test_the_parser_takes_what_the_description_promises():
    result = {
        "summary_md": "s",
        "artifacts": [{"artifact_id": "art_1"}, {"name": "a", "content": "1"}],
        "claims": [{"id": "c", "subject": "s", "value": None, "unit": "s", "text": "t"}],
        "sources": [{"file": "a.py", "lines": "3", "supports": ["c"]}],
    }
    assert wrong(PARTS["Result"], result, PARTS) == []
    assert len(read_completion(Fields(result)).sources) == 1
    batch = {"events": [{"id": "e", "type": "run.completed", "data": {"result": result}}]}
    assert wrong(PARTS["EventBatch"], batch, PARTS) == []
    assert len(read_events(batch)) == 1


def test_the_parser_refuses_what_the_description_forbids():
    for bad in ({"events": [{"id": "e"}]}, {"events": [{"id": 1, "type": "run.accepted"}]}):
        assert wrong(PARTS["EventBatch"], bad, PARTS)
        with pytest.raises(Malformed):
            read_events(bad)


def test_every_reference_in_the_document_leads_somewhere():
    text = json.dumps(DOCUMENT)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(PARTS)


def test_every_call_is_described_once():
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert {name for path in DOCUMENT["paths"].values() for name in path} == {"get", "post"}
