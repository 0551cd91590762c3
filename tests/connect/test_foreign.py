"""Real agents of others behind the connector: what a person allows is run, what not is not.

Their model is a script of ours. This proves the plumbing, and nothing about a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.connect.foreign_agents import COMMAND, Foreign, kimi, opencode
from tests.connect.running import Connector, agent_named, card_in, room_with, until
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for


@pytest.fixture
def started(tmp_path: Path) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connected(
    place: Installation, folder: Path, stack: ExitStack, name: str, agent: Foreign
) -> Connector:
    """A connector that drives this program, in the surroundings it was given."""
    folder.mkdir()
    config = folder / "connect.toml"
    words = ", ".join(f'"{word}"' for word in agent.command)
    around = "\n".join(f'{key} = "{value}"' for key, value in agent.env.items())
    config.write_text(f'[[agent]]\nname = "{name}"\ncommand = [{words}]\n[agent.env]\n{around}\n')
    made = Connector(place, folder)
    stack.callback(made.stop)
    return made.pair("--config", str(config), "--starts-within", "120")


def asked_in_the_page(place: Installation, person: Person, card: str) -> None:
    """The person sees the whole command before there is anything to press."""
    person.page.goto(f"{place.url}/asks")
    row = person.page.locator(".ask", has_text=card)
    expect(row).to_contain_text(COMMAND, timeout=90_000)


@pytest.mark.parametrize(("button", "text"), [("Allow once", True), ("Refuse", False)])
def test_kimi_code_runs_a_command_only_when_a_person_allows_it_in_the_page(
    place: Installation, api: Api, tmp_path: Path, started: ExitStack, button: str, text: bool
) -> None:
    name = f"Kimi Code {button}"
    agent = started.enter_context(kimi(tmp_path / "home"))
    connector = connected(place, tmp_path / "connector", started, name, agent)
    room = room_with(api, agent_named(api, name), name=name)
    card_id = card_in(api, room, f"Make a file ({button})")
    until(api, card_id, "waiting", within=120)
    person = Person(started.enter_context(chromium()))
    person.page.goto(place.manage("sign_in_link"))
    asked_in_the_page(place, person, f"Make a file ({button})")
    row = person.page.locator(".ask", has_text=f"Make a file ({button})")
    assert not list(connector.state.rglob("made.txt")), "it ran before anybody had allowed it"
    row.get_by_role("button", name=button).first.click()
    if text:
        until(api, card_id, "review", within=60)
        person.page.goto(f"{place.url}/reviews")
        person.page.locator("#review-list .title", has_text="Make a file").first.click()
        expect(person.page.locator("body")).to_contain_text("made by a real shell")
        person.page.get_by_role("button", name="Accept v1").click()
        person.page.wait_for_load_state()
        until(api, card_id, "done", within=20)
    else:
        card = refused(api, card_id)
        assert card["runs"][-1]["failure"] == "empty_completion"
        assert not list(connector.state.rglob("made.txt"))
    assert any("Bash" in str(body.get("tools")) for body in agent.model.requests)
    assert person.troubles == []


def refused(api: Api, card_id: str) -> dict[str, object]:
    """The card once its first run is over without a file."""

    def over() -> dict[str, object] | None:
        card = dict(api.get(f"/cards/{card_id}"))
        return card if card["runs"] and card["runs"][-1]["state"] == "failed" else None

    return wait_for(over, 60, "its first run ends without a file")


def test_another_agent_works_with_no_change_to_the_connector(
    place: Installation, api: Api, tmp_path: Path, started: ExitStack
) -> None:
    agent = started.enter_context(opencode(tmp_path / "home"))
    connected(place, tmp_path / "connector", started, "OpenCode", agent)
    room = room_with(api, agent_named(api, "OpenCode"), name="OpenCode")
    card_id = card_in(api, room, "Make another file")
    until(api, card_id, "waiting", within=120)
    ask = next(ask for ask in api.get("/asks")["items"] if ask["card_id"] == card_id)
    assert ask["body"]["action"]["command"] == COMMAND
    api.post(f"/asks/{ask['id']}/answer", {"decision": "allow_once"})
    card = until(api, card_id, "review", within=60)
    version = api.get(f"/deliverables/{card['deliverable']['id']}")  # type: ignore[index]
    assert [file["name"] for file in version["files"]] == ["made.txt"]
