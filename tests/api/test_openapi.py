"""The published description, held to OpenAPI 3.1's structure and to what is served."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from tests.house.source import modules, tree
from workspace.checks import _permissions, _views
from workspace.sentences import REASONS, REFUSALS

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from nodes(each)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_it_is_openapi_31_with_what_that_asks_for(described: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", described["openapi"])
    assert described["info"]["title"] and described["info"]["version"]
    assert described["servers"][0]["url"].endswith("/api/v1")
    for path, method, operation in operations(described):
        assert path.startswith("/") and method in METHODS
        assert operation["responses"], path
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5](\d\d|XX)|default", status)
            assert response["description"]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    references = [node["$ref"] for node in nodes(described) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        start, section, name = reference.removeprefix("#/").split("/")
        assert name in described[start][section], reference


def test_every_operation_has_its_own_name_and_its_parameters(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, _, operation in operations(described):
        named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


def test_every_described_operation_is_reached(described: dict[str, Any]) -> None:
    """Two routers with one path would hide the second's methods, and the description say nothing"""
    for path, method, _ in operations(described):
        url = "/api/v1" + re.sub(r"{\w+}", "xxx_1", path)
        assert Client().generic(method.upper(), url).status_code == 401, (method, path)


def test_every_operation_asks_for_a_bearer_token(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    for path, _, operation in operations(described):
        (asked,) = operation["security"]
        (name,) = asked
        assert schemes[name] == {"type": "http", "scheme": "bearer"}, path


def test_the_fixed_routes_are_all_there(described: dict[str, Any]) -> None:
    fixed = {
        "/rooms": "get post", "/rooms/{room_id}": "get patch", "/rooms/{room_id}/plan": "post",
        "/rooms/{room_id}/pause": "post", "/rooms/{room_id}/resume": "post",
        "/rooms/{room_id}/cards": "get post", "/cards/{card_id}": "get patch",
        "/cards/{card_id}/take": "post", "/cards/{card_id}/assign": "post",
        "/cards/{card_id}/submit": "post", "/cards/{card_id}/cancel": "post",
        "/cards/{card_id}/messages": "post", "/rooms/{room_id}/events": "get",
        "/rooms/{room_id}/messages": "post", "/agents": "get post",
        "/agents/{agent_id}/verify": "post", "/rooms/{room_id}/agents": "post", "/reviews": "get",
        "/deliverables/{deliverable_id}": "get", "/deliverables/{deliverable_id}/accept": "post",
        "/deliverables/{deliverable_id}/request_changes": "post",
        "/deliverables/{deliverable_id}/reject": "post", "/asks": "get",
        "/asks/{ask_id}/answer": "post", "/rooms/{room_id}/conflicts": "get",
        "/conflicts/{conflict_id}/rule": "post", "/rooms/{room_id}/insights": "get",
        "/rooms/{room_id}/export": "get",
    }  # fmt: skip
    for path, methods in fixed.items():
        assert set(methods.split()) <= set(described["paths"][path]), path


def test_a_submission_is_described_as_json_and_as_a_form(described: dict[str, Any]) -> None:
    content = described["paths"]["/cards/{card_id}/submit"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    assert "files" in content["application/json"]["schema"]["properties"]


def test_the_system_checks_find_every_operation_and_its_permission() -> None:
    call_command("check")
    found = {
        name: permission
        for path, view in _views(get_resolver())
        if path.startswith("api/v1/")
        for name, permission in _permissions(path, view)
    }
    assert found["POST api/v1/deliverables/<row_id:deliverable_id>/accept"] == "review.accept"
    assert found["GET api/v1/rooms"] == "workspace.read"
    assert None not in found.values()


def refused_codes(path: Path) -> set[str]:
    """The codes that a module's `Refused(…)` calls spell out."""
    return {
        node.args[0].value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refused"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.mark.parametrize("folder", ["workspace/commands/", "workspace/api/", "workspace/views/"])
def test_every_refusal_has_a_sentence(folder: str) -> None:
    codes = set().union(*(refused_codes(path) for path in modules(folder)))
    assert codes
    assert codes - REFUSALS.keys() - REASONS.keys() == set()
