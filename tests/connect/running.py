"""A real connector beside a real installation, paired through the page as a person would."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from tests.journeys.installation import ROOT, Api, Installation, wait_for

AGENT = Path(__file__).with_name("acp_agent.py")
CODE = re.compile(r'id="pair-code">([A-Z0-9-]+)<')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browserless:
    """A signed-in person's pages without a browser: cookies, forms, and nothing else."""

    def __init__(self, place: Installation) -> None:
        self.base = place.url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.get(place.manage("sign_in_link").removeprefix(self.base))

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, page: str, action: str, **fields: str) -> str:
        """Send the form that stands on a page."""
        found = TOKEN.search(self.get(page))
        assert found, f"no form on {page}"
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": found[1], **fields}).encode()
        request = urllib.request.Request(self.base + action, body, {"Referer": self.base + page})
        with self.opener.open(request, timeout=20) as answer:
            return str(answer.read().decode())


def pairing_code(place: Installation) -> str:
    found = CODE.search(Browserless(place).post("/connectors", "/connectors/code"))
    assert found, "the page shows no code"
    return found[1]


class Connector:
    """One connector's process and its folder; `url` may lead through a proxy."""

    def __init__(self, place: Installation, folder: Path, *options: str, url: str = "") -> None:
        self.place, self.folder, self.options = place, folder, options
        self.url = url or place.url
        self.seen = folder / "seen"
        self.seen.mkdir(parents=True, exist_ok=True)
        self.log = folder / "connector.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self, *command: str, code: str = "") -> Connector:
        words = [sys.executable, "-m", "agents.connect", self.url, "--state", str(self.state)]
        words += ["--code", code] if code else []
        words += [*self.options, *(command or ("--agent", "Helper=writing", *drives()))]
        env = {**os.environ, "SEEN": str(self.seen), "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                words, cwd=self.folder, env=env, stdout=out, stderr=subprocess.STDOUT
            )
        return self

    def pair(self, *command: str) -> Connector:
        self.start(*command, code=pairing_code(self.place))
        self.wait_until("online")
        return self

    def wait_until(self, said: str, times: int = 1, within: float = 30) -> None:
        def found() -> bool:
            assert self.process is not None
            text = self.log.read_text()
            assert self.process.poll() is None, f"the connector ended: {text[-2000:]}"
            return text.count(said) >= times

        wait_for(found, within, f"the connector says {said!r}: {self.log.read_text()[-1500:]}")

    def kill(self) -> None:
        """As if the machine's power were cut, for this process alone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def noted(self, name: str) -> list[str]:
        path = self.seen / name
        return path.read_text().splitlines() if path.exists() else []


def drives() -> tuple[str, ...]:
    return ("--", sys.executable, str(AGENT))


def room_with(api: Api, *agent_ids: str, name: str = "A room", **facts: object) -> str:
    """A room without a plan of its own, in which only these work."""
    body = {"name": name, "goal": "Cards made by hand.", "agents": list(agent_ids), **facts}
    return str(api.post("/rooms", body)["id"])


def agent_named(api: Api, name: str) -> str:
    """The agent that was paired under this name; the tests share an installation, so no two may."""

    def there() -> list[str]:
        every = api.get("/agents?limit=200")["items"]
        return [agent["id"] for agent in every if agent["name"] == name]

    found = wait_for(there, 20, f"the agent {name} is there")
    assert len(found) == 1, f"two tests have an agent called {name}"
    return found[0]


def card_in(api: Api, room_id: str, title: str, **facts: object) -> str:
    body = {"title": title, "brief": f"Do what it says: {title}.", "criteria": [], **facts}
    return str(api.post(f"/rooms/{room_id}/cards", body)["id"])


def until(api: Api, card_id: str, status: str, within: float = 40) -> dict[str, object]:
    """The card once it has that status."""
    last: dict[str, object] = {}

    def there() -> dict[str, object] | None:
        last.update(api.get(f"/cards/{card_id}"))
        return last if last["status"] == status else None

    try:
        return wait_for(there, within, status)
    except AssertionError:
        raise AssertionError(f"not {status} within {within:.0f} s: {last}") from None
