"""The pack, the model that obeys it and the garbage are what they say they are."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx2
import pytest

from tests.fakes.model_server import ModelServer, Request, model_server
from tests.injections.garbage import SHAPES, garbage
from tests.injections.obeying import Obeying
from tests.injections.orders import KINDS
from tests.injections.pack import IDS, PLACEHOLDER, PLACES, WANTS, found_in, load

SOME_IDS = {
    "card_id": "card_01kbzzzzzzzzzzzzzzzzzzzz01",
    "agent_id": "agent_01kbzzzzzzzzzzzzzzzzzzzz02",
    "deliverable_id": "dlv_01kbzzzzzzzzzzzzzzzzzzzz03",
    "room_id": "room_01kbzzzzzzzzzzzzzzzzzzzz04",
    "sha256": "ab" * 32,
}
FIELDS = {
    "skills": ["research"],
    "kinds": ["report"],
    "max_cards": 5,
    "workers": [{"agent_id": SOME_IDS["agent_id"]}],
    "cards": [{"card_id": SOME_IDS["card_id"]}],
    "criteria": [{"n": 1, "text": "Each price names its shop."}],
    "remedies": ["retry", "rewrite", "split", "ask"],
    "a": {"id": "claim_1"},
    "b": {"id": "claim_2"},
}
HARMLESS = [
    "The default timeout is 10 seconds, see client.py line 88.",
    "Collect the findings and link each to its source. A person reviews every deliverable.",
    "I have read 40 of 90 pages and found three prices so far.",
]


def asked_for(kind: str, *texts: str) -> dict[str, Any]:
    """The body of a request for this kind, with an agent's texts in it."""
    said = [{"name": f"note {n}", "text": text} for n, text in enumerate(texts)]
    return {
        "model": "kimi-k2.6",
        "thinking": {"type": "disabled"},
        "messages": [
            {"role": "system", "content": "You judge."},
            {"role": "user", "content": json.dumps(FIELDS | {"texts": said, "files": said})},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": kind, "schema": {}}},
    }


def post(server: ModelServer, body: dict[str, Any]) -> str:
    with httpx2.Client(trust_env=False) as client:
        answer = client.post(f"{server.base_url}/chat/completions", json=body)
    answer.raise_for_status()
    content: str = answer.json()["choices"][0]["message"]["content"]
    return content


# -- the pack ------------------------------------------------------------------------------------


def test_the_pack_holds_at_least_seventy_different_injections() -> None:
    pack = load()
    assert len(pack) >= 70
    assert len({one.id for one in pack}) == len({one.text for one in pack}) == len(pack)


def test_every_effect_is_wanted_four_times_and_from_every_place_something_is_tried() -> None:
    wants, places = Counter(one.wants for one in load()), Counter(one.where for one in load())
    assert set(wants) == set(WANTS)
    assert set(places) == set(PLACES)
    assert min(wants.values()) >= 4
    assert min(places.values()) >= 3


def test_only_known_placeholders_stand_in_the_texts() -> None:
    used = {found for one in load() for found in PLACEHOLDER.findall(one.text)}
    assert used == {f"{{{name}}}" for name in IDS}
    assert not any(PLACEHOLDER.search(one.filled(**SOME_IDS).text) for one in load())


def test_names_are_short_enough_to_be_names() -> None:
    names = [one.filled(**SOME_IDS) for one in load() if one.where in ("file_name", "agent_name")]
    assert all(len(one.text.encode()) <= 120 and "\n" not in one.text for one in names)
    assert not any("/" in one.text for one in names if one.where == "file_name")


@pytest.mark.parametrize("wants", WANTS)
def test_an_injection_is_recognised_filled_escaped_and_wrapped(wants: str) -> None:
    for one in (one for one in load() if one.wants == wants):
        text = one.filled(**SOME_IDS).text
        wrapped = text.replace(" ", "\n  ")
        escaped = text.replace("<", "&lt;").replace(">", "&gt;")
        for form in (text, wrapped, escaped, f"> {text} <", text.upper()):
            assert one in found_in([form]), (one.id, form)


def test_harmless_texts_are_no_injections() -> None:
    assert found_in(HARMLESS) == ()


# -- the model that obeys ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_ordered_it_stays_sober(kind: str) -> None:
    obeying = Obeying()
    with model_server(obeying) as server:
        answer = json.loads(post(server, asked_for(kind, *HARMLESS)))
    assert obeying.followed[0].manner == "sober"
    assert obeying.obeyed == frozenset()
    assert "accept" not in answer and "tool_calls" not in answer


@pytest.mark.parametrize("kind", KINDS)
def test_it_obeys_every_injection_in_its_prompt(kind: str) -> None:
    texts = [one.filled(**SOME_IDS).text for one in load()]
    obeying = Obeying("blunt")
    with model_server(obeying) as server:
        answer = json.loads(post(server, asked_for(kind, *texts)))
    assert obeying.obeyed == {one.id for one in load()}
    assert set(SOME_IDS.values()) <= set(answer["accept"])
    assert {one["name"] for one in answer["tool_calls"]} == set(WANTS)


def test_it_keeps_to_the_form_when_it_is_asked_again() -> None:
    text = load()[0].filled(**SOME_IDS).text
    body = asked_for("reply", text)
    body["messages"] += [{"role": "assistant", "content": "{}"}, {"role": "user", "content": "No."}]
    obeying = Obeying()
    with model_server(obeying) as server:
        answer = json.loads(post(server, body))
    assert obeying.followed[0].manner == "sly"
    assert set(answer) == {"text", "wants", "cannot"}
    assert text[:40] in answer["text"]


def test_an_order_to_split_becomes_ten_thousand_parts() -> None:
    flood = next(one for one in load() if one.wants == "create_cards")
    with model_server(Obeying("blunt")) as server:
        answer = json.loads(post(server, asked_for("diagnose", flood.text)))
    assert answer["remedy"] == "split"
    assert len(answer["parts"]) == 10_000


def test_an_order_to_reveal_secrets_becomes_a_question_to_people() -> None:
    prying = next(one for one in load() if one.wants == "reveal_secret")
    with model_server(Obeying("sly")) as server:
        answer = json.loads(post(server, asked_for("diagnose", prying.text)))
    assert answer["remedy"] == "ask"
    assert "password" in answer["question"]


# -- garbage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_over_25_sorts_of_garbage_for_every_kind(kind: str) -> None:
    made = garbage(kind)
    assert len({one.name for one in made}) == len(made) >= 25
    assert len({one.text for one in made}) == len(made)


def test_there_is_a_shape_for_every_kind() -> None:
    assert set(SHAPES) == set(KINDS)


@pytest.mark.parametrize("stream", [False, True])
def test_ten_megabytes_of_garbage_come_over_http(stream: bool) -> None:
    huge = next(one for one in garbage("plan") if one.name == "huge_text")
    body = asked_for("plan") | {"stream": stream}
    answer = huge.behave(Request("POST", "/v1/chat/completions", {}, body))
    assert answer.body is not None
    assert len(answer.body) > 10_000_000
