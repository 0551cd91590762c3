"""A model that answers as scripted, and sometimes as services and models do at their worst."""

from __future__ import annotations

import json
from typing import Any

from agents.egress import Answer, EgressRefused
from agents.simulator.faults import Faults
from agents.trials.model import ANSWERS, completion, events

BASE_URL = "https://model.example/v1"
IDS = ("card_id", "agent_ids", "claim_ids", "card_ids")
GARBAGE = ("", "Sure! Here is the plan: {cards: [", "null", '{"cards": ' + "[" * 400, "\ud83d NaN")
REFUSED = {"model_429": (429, "rate_limit_reached_error"), "model_500": (500, "server_error")}


class Model:
    """What stands for the network between the judge and its model."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.asked = 0

    async def fetch(self, outbound: Any, **_: Any) -> Answer:
        self.asked += 1
        fault = self.faults.one_of("model_429", "model_500")
        if fault:
            status, kind = REFUSED[fault]
            headers = {"content-type": "application/json", "retry-after": "20"}
            body = {"error": {"type": kind, "message": "scripted"}}
            return Answer(status, headers, json.dumps(body).encode(), 1)
        body = json.loads(outbound.body)
        if "response_format" not in body:
            raise EgressRefused("connection_failed")
        text = self.said(body)
        if body.get("stream"):
            return Answer(200, {"content-type": "text/event-stream"}, b"".join(events(text)), 1)
        return Answer(200, {"content-type": "application/json"}, completion(text), 1)

    def said(self, body: dict[str, Any]) -> str:
        kind = body["response_format"]["json_schema"]["name"]
        user = next(one for one in body["messages"] if one["role"] == "user")["content"]
        asked = json.loads(user if isinstance(user, str) else user[0]["text"])
        answer = {"cannot": ""} | ANSWERS[kind](asked)
        if self.faults.strikes("model_garbage"):
            return self.faults.dice.choice(GARBAGE)
        other = with_unknown_ids(answer)
        if other != answer and self.faults.strikes("model_unknown_ids"):
            answer = other
        elif self.faults.strikes("model_wrong_types"):
            answer = {name: wrong_type(value) for name, value in answer.items()}
        return json.dumps(answer)


def with_unknown_ids(value: Any) -> Any:
    """The same answer about cards, agents and claims that there are not."""
    if isinstance(value, list):
        return [with_unknown_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _unknown(one) if key in IDS else with_unknown_ids(one) for key, one in value.items()
    }


def _unknown(ids: Any) -> Any:
    return [_unknown(one) for one in ids] if isinstance(ids, list) else f"{str(ids)[:5]}nobody"


def wrong_type(value: Any) -> Any:
    if isinstance(value, list):
        return {"0": value}
    return [value] if isinstance(value, str) else str(value)
