"""Agent cards as they are met: of 1.0 and 0.3, complete or not."""

from __future__ import annotations

import json

import pytest

from agents.doors.a2a.card import (
    Demand,
    Interface,
    binding_of,
    card_places,
    choose,
    read_card,
    version_of,
)
from agents.doors.a2a.reach import origin_of, own_origins

AT = "https://agent.example/x/.well-known/agent-card.json"
OLD = {"name": "Old", "url": "https://agent.example/a2a", "version": "2", "capabilities": {}}


def read(**facts):
    return read_card(json.dumps({"name": "One", "capabilities": {}, **facts}).encode(), at=AT)


def test_a_card_of_1_0_lists_what_it_speaks_in_its_own_order():
    card = read(
        version="3", skills=[{"id": "r", "name": "research"}, {"id": "w"}, "not one"],
        capabilities={"streaming": True, "pushNotifications": True},
        supportedInterfaces=[
            {"url": "https://agent.example/grpc", "protocolBinding": "GRPC"},
            {"url": "https://agent.example/rest/", "protocolBinding": "REST",
             "protocolVersion": "1.0.0", "tenant": "blue"},
            {"url": "https://agent.example/rpc", "protocolBinding": "JSONRPC"},
        ],
    )  # fmt: skip
    assert card.interfaces == (
        Interface("https://agent.example/rest/", "HTTP+JSON", "1.0", "blue"),
        Interface("https://agent.example/rpc", "JSONRPC", "1.0"),
    )
    assert (card.skills, card.others) == (("research", "w"), ("GRPC 1.0",))
    assert (card.streaming, card.push) == (True, True)


def test_a_card_of_0_3_names_a_main_address_and_others_beside_it():
    card = read(**OLD, additionalInterfaces=[
        {"url": "https://agent.example/a2a", "transport": "JSONRPC"},
        {"url": "https://agent.example/rest", "transport": "HTTP+JSON"},
    ])  # fmt: skip
    assert card.interfaces == (
        Interface("https://agent.example/a2a", "JSONRPC", "0.3"),
        Interface("https://agent.example/rest", "HTTP+JSON", "0.3"),
    )


def test_the_main_address_of_0_3_speaks_what_the_card_prefers():
    card = read(**OLD, preferredTransport="HTTP+JSON", protocolVersion="0.3.0")
    assert card.interfaces[0].binding == "HTTP+JSON"


def test_an_address_may_be_relative_to_where_the_card_is():
    card = read(supportedInterfaces=[{"url": "/rpc", "protocolBinding": "JSONRPC"}])
    assert card.interfaces[0].url == "https://agent.example/rpc"


def test_a_card_in_snake_case_is_a_card():
    listed = [{"url": "https://a.example/", "protocol_binding": "jsonrpc",
               "protocol_version": "1.0"}]  # fmt: skip
    assert read(supported_interfaces=listed).interfaces[0].binding == "JSONRPC"


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[]", b"{}", b"null", b'{"name": "x"}', b'{"url": 5}',
             b'{"url": "https://a.example"}', b'{"object": "list", "data": []}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_card_is_not_taken_for_one(body):
    assert read_card(body, at=AT) is None


@pytest.mark.parametrize(
    ("listed", "others"),
    [
        ([], ()),
        ("nonsense", ()),
        ([{"url": "https://a.example", "protocolVersion": "2.0"}], ("JSONRPC 2.0",)),
        ([{"url": "https://a.example", "protocolVersion": "0.1"}], ("JSONRPC 0.1",)),
        ([{"protocolBinding": "JSONRPC"}], ("JSONRPC 1.0",)),
    ],
)
def test_a_card_may_offer_nothing_that_is_spoken_here(listed, others):
    card = read(supportedInterfaces=listed or [{}], skills=[])
    assert card.interfaces == ()
    assert set(others) <= set(card.others)


@pytest.mark.parametrize(
    ("name", "binding"),
    [("JSONRPC", "JSONRPC"), ("json-rpc", "JSONRPC"), ("REST", "HTTP+JSON"),
     ("HTTP+JSON", "HTTP+JSON"), ("http_json", "HTTP+JSON"), ("GRPC", ""), ("", "")],
)  # fmt: skip
def test_bindings_go_by_several_names(name, binding):
    assert binding_of(name) == binding


@pytest.mark.parametrize(
    ("said", "version"),
    [("1.0", "1.0"), ("1.0.0", "1.0"), ("1", "1.0"), ("v1.1", "1.0"), ("0.3", "0.3"),
     ("0.3.0", "0.3"), ("0.2.6", "0.3"), ("0.1", ""), ("2.0", ""), ("latest", ""), ("", "")],
)  # fmt: skip
def test_versions_go_by_several_spellings(said, version):
    assert version_of(said) == version


def test_the_card_is_looked_for_below_the_url_then_below_its_host():
    assert card_places("https://a.example/team/one/") == [
        "https://a.example/team/one/.well-known/agent-card.json",
        "https://a.example/team/one/.well-known/agent.json",
        "https://a.example/.well-known/agent-card.json",
        "https://a.example/.well-known/agent.json",
    ]
    assert card_places("https://a.example/cards/one.json") == ["https://a.example/cards/one.json"]


def test_an_address_of_the_agents_own_is_chosen_before_others():
    card = read(supportedInterfaces=[
        {"url": "https://elsewhere.example/", "protocolBinding": "JSONRPC"},
        {"url": "https://agent.example/rpc", "protocolBinding": "JSONRPC"},
    ])  # fmt: skip
    own = own_origins("https://agent.example/x", [])
    chosen = choose(card, lambda url: origin_of(url) in own)
    assert chosen is not None
    assert chosen.url == "https://agent.example/rpc"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.example", "https://a.example:443/x", True),
        ("https://a.example", "https://A.EXAMPLE/x?y", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://a.example.evil.test", False),
        ("https://a.example", "https://a.example@evil.test", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one, other, is_same):
    assert (origin_of(one) == origin_of(other)) is is_same


BEARER = {"type": "http", "scheme": "bearer"}
KEY = {"type": "apiKey", "in": "header", "name": "X-K"}


@pytest.mark.parametrize(
    ("schemes", "demand"),
    [
        (BEARER, Demand("Authorization", True)),
        (KEY, Demand("X-K")),
        ({"type": "oauth2", "flows": {}}, Demand("Authorization", True)),
        ({"httpAuthSecurityScheme": {"scheme": "Bearer"}}, Demand("Authorization", True)),
        ({"apiKeySecurityScheme": {"location": "header", "name": "X-K"}}, Demand("X-K")),
        ({"apiKeySecurityScheme": {"location": "query", "name": "k"}},
         Demand(unsupported="apiKey query")),
        ({"type": "http", "scheme": "basic"}, Demand(unsupported="basic")),
        ({"type": "mutualTLS"}, Demand(unsupported="mutualtls")),
        ({**KEY, "name": "Host"}, Demand(unsupported="apiKey header")),
        ({**KEY, "name": "X\r\nEvil"}, Demand(unsupported="apiKey header")),
        ({}, Demand()),
    ],
)  # fmt: skip
def test_what_a_card_demands_of_callers(schemes, demand):
    old = read(**OLD, securitySchemes={"s": schemes}, security=[{"s": []}])
    new = read(**OLD, securitySchemes={"s": schemes}, securityRequirements=[{"schemes": {"s": {}}}])
    assert old.demand == new.demand == demand


def test_of_several_demands_one_that_can_be_met_is_met():
    wanted = [{"tls": []}, {"key": []}]
    card = read(**OLD, securitySchemes={"tls": {"type": "mutualTLS"}, "key": KEY}, security=wanted)
    assert card.demand == Demand("X-K")


def test_a_scheme_that_nothing_requires_is_no_demand():
    assert read(**OLD, securitySchemes={"s": BEARER}).demand == Demand()
