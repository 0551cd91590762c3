"""A connector becomes known: by a code, by a link, from one file; with one agent or several."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.connect.running import (
    AGENT,
    Browserless,
    Connector,
    agent_named,
    card_in,
    drives,
    pairing_code,
    room_with,
    until,
)
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for

LINK = re.compile(r"(/connectors/confirm\?of=[0-9a-f]{64})")
TELLS = """
import json, os, pathlib, sys
brief = sys.stdin.read()
pathlib.Path("around.json").write_text(json.dumps(dict(os.environ)))
print("# Done\\n\\n" + brief.splitlines()[0])
"""


@pytest.fixture
def connector(place: Installation, tmp_path: Path) -> Iterator[Connector]:
    made = Connector(place, tmp_path / "connector")
    yield made
    made.stop()


def test_a_link_pairs_once_a_person_has_confirmed_its_word(
    place: Installation, api: Api, connector: Connector
) -> None:
    connector.start("--agent", "Linked", *drives())
    connector.wait_until("word: ")
    said = connector.log.read_text()
    link = LINK.search(said)
    word = re.search(r"word: (\S+)", said)
    assert link and word
    with chromium() as browser:
        person = Person(browser)
        person.page.goto(place.manage("sign_in_link"))
        person.page.goto(place.url + link[1])
        expect(person.page.locator("#pair-word")).to_have_text(word[1])
        assert "Linked" not in api.agents()
        person.page.get_by_role("button", name="It shows this word").click()
        connector.wait_until("online")
        person.page.goto(f"{place.url}/connectors")
        expect(person.page.locator("table")).to_contain_text("Linked")
        expect(person.page.locator("table")).to_contain_text("online")
        assert person.troubles == []


def test_a_link_needs_a_person_who_is_signed_in(place: Installation) -> None:
    with urllib.request.urlopen(f"{place.url}/connectors/confirm?of={'0' * 64}") as answer:
        assert "/sign-in" in answer.url


def test_a_wrong_code_is_said_and_nothing_is_begun(
    place: Installation, connector: Connector
) -> None:
    connector.start(code="BBBB-BBBB-BBBB")
    assert connector.process is not None and connector.process.wait(20) == 2
    assert "the code was not taken" in connector.log.read_text()
    assert not (connector.state / "connector.json").exists()


def test_its_token_is_kept_for_its_owner_alone_and_passed_to_no_program(
    place: Installation, api: Api, connector: Connector, tmp_path: Path
) -> None:
    script = tmp_path / "tells.py"
    script.write_text(TELLS)
    connector.options = ("--plain",)
    connector.pair("--agent", "Teller", "--", sys.executable, str(script))
    kept = connector.state / "connector.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    token = json.loads(kept.read_text())["token"]
    room = room_with(api, agent_named(api, "Teller"), name="Teller")
    card = until(api, card_in(api, room, "Tell all"), "review")
    version = api.get(f"/deliverables/{card['deliverable']['id']}")  # type: ignore[index]
    files = {file["name"]: file["id"] for file in version["files"]}
    assert sorted(files) == ["around.json", "result.md"]
    around = _text(api, version["id"], files["around.json"])
    assert token not in around and "rt_" not in around and "lse_" not in around
    # Its output is the deliverable.
    assert _text(api, version["id"], files["result.md"]) == "# Done\n\n# Tell all\n"


def _text(api: Api, version_id: str, file_id: str) -> str:
    url = f"{api.base}/deliverables/{version_id}/files/{file_id}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {api.token}"})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def test_several_agents_share_one_connector_and_each_gets_its_own_cards(
    api: Api, connector: Connector, tmp_path: Path
) -> None:
    config = tmp_path / "agents.toml"
    config.write_text(
        f'[[agent]]\nname = "Third"\nskills = ["third skill"]\n'
        f'command = ["{sys.executable}", "{AGENT}"]\n'
    )
    connector.pair(
        "--config", str(config), "--agent", "First=first skill", *drives(),
        "--agent", "Second=second skill", *drives(),
    )  # fmt: skip
    ids = {name: agent_named(api, name) for name in ("First", "Second", "Third")}
    room = room_with(api, *ids.values(), name="Several")
    cards = {
        name: card_in(api, room, f"deliver {name}", skills=[f"{name.lower()} skill"])
        for name in ids
    }
    for name, card_id in cards.items():
        card = until(api, card_id, "review")
        assert card["run"]["agent_id"] == ids[name]  # type: ignore[index]


def test_one_file_and_nothing_but_python_is_enough(
    place: Installation, api: Api, tmp_path: Path
) -> None:
    program = tmp_path / "muster-connect.pyz"
    with urllib.request.urlopen(f"{place.url}/connect/muster-connect.pyz") as answer:
        program.write_bytes(answer.read())
    # -I and -S: nothing of this project, and no package that is installed, can be imported.
    command = [sys.executable, "-I", "-S", str(program), place.url,
               "--code", pairing_code(place), "--state", str(tmp_path / "state"),
               "--agent", "From one file", *drives()]  # fmt: skip
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE) as running:
        try:
            room = room_with(api, agent_named(api, "From one file"), name="From one file")
            until(api, card_in(api, room, "deliver from one file"), "review")
        finally:
            running.terminate()
            _, said = running.communicate(timeout=20)
    assert b"Traceback" not in said


def test_a_second_connector_for_the_same_folder_is_refused(
    place: Installation, connector: Connector
) -> None:
    connector.pair("--agent", "Only one", *drives())
    words = [sys.executable, "-m", "agents.connect", place.url, "--state", str(connector.state),
             *drives()]  # fmt: skip
    done = subprocess.run(
        words, cwd=connector.folder, capture_output=True, text=True, timeout=30,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    assert done.returncode == 2 and "runs already" in done.stderr


def test_a_connector_removed_in_the_page_ends_and_says_why(
    place: Installation, connector: Connector
) -> None:
    connector.pair("--name", "Short-lived", "--agent", "Short-lived", *drives())
    pages = Browserless(place)
    rows = pages.get("/connectors").split("<tr>")
    row = next(one for one in rows if "<b>Short-lived</b>" in one)
    revoke = re.search(r'action="(/connectors/\w+/revoke)"', row)
    assert revoke
    pages.post("/connectors", revoke[1])
    assert connector.process is not None
    assert wait_for(connector.process.poll, 20, "it ends") == 2
    assert "pair it again" in connector.log.read_text()
