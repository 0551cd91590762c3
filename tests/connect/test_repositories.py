"""Work on a repository: a worktree of its own, a commit and its checks out of it, a way back."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.connect import repos
from tests.connect.running import Browserless, Connector, agent_named, card_in, room_with, until
from tests.contract.seen import CardSeen
from tests.journeys.installation import Api, Installation

CHANGES = """
import sys, pathlib
sys.stdin.read()
pathlib.Path("greeting.py").write_text("print('hello')\\n")
pathlib.Path("old.txt").unlink()
"""
CHECKS = [[sys.executable, "greeting.py"], [sys.executable, "-c", "raise SystemExit(3)"]]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *words],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "old.txt").write_text("old\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "First")
    return folder


@pytest.fixture
def name(tmp_path: Path) -> str:
    return f"Coder {tmp_path.name}"[:60]


@pytest.fixture
def connector(place: Installation, tmp_path: Path, clone: Path, name: str) -> Iterator[Connector]:
    script = tmp_path / "changes.py"
    script.write_text(CHANGES)
    made = Connector(place, tmp_path / "connector", "--plain", "--repo", f"site={clone}")
    try:
        yield made.pair("--agent", name, "--", sys.executable, str(script))
    finally:
        made.stop()


def given(api: Api, room: str, **repository: Any) -> CardSeen:
    card_id = card_in(api, room, "Say hello", kind="code", repository=repository)
    return CardSeen(api, room, card_id)


def test_a_commit_comes_back_with_its_checks_and_a_way_back(
    api: Api, connector: Connector, clone: Path, name: str, tmp_path: Path
) -> None:
    base = git(clone, "rev-parse", "HEAD")
    room = room_with(api, agent_named(api, name), name="Coder")
    card = given(api, room, url="site", commit=base, checks=CHECKS)
    version = card.until_review()
    roles = {file["name"]: file["role"] for file in version["files"]}
    assert roles == {
        "work.diff": "deliverable", "work.bundle": "deliverable", "revert.diff": "evidence",
        "commit.json": "evidence", "checks/1.log": "log", "checks/2.log": "log",
    }  # fmt: skip
    assert "1 of 2 checks passed" in version["summary"]
    files = brought(api, version, tmp_path / "back")
    about = json.loads((files / "commit.json").read_text())
    assert [check["exit_code"] for check in about["checks"]] == [0, 3]
    assert (files / "checks" / "1.log").read_text() == "hello\n"
    # The bundle holds that commit on that base, and the way back undoes all of it.
    git(clone, "fetch", "--quiet", str(files / "work.bundle"), "HEAD:refs/heads/work")
    assert git(clone, "rev-parse", "work") == about["commit"]
    assert git(clone, "rev-parse", "work^") == base
    git(clone, "checkout", "--quiet", "work")
    git(clone, "apply", "--index", str(files / "revert.diff"))
    assert git(clone, "diff", "--cached", base) == ""
    # Nothing of it stays in the clone.
    until(api, card.card_id, "review")
    connector.wait_until("over")
    assert len(git(clone, "worktree", "list").splitlines()) == 1


def test_a_roll_back_shows_the_way_back(
    place: Installation, api: Api, connector: Connector, name: str
) -> None:
    room = room_with(api, agent_named(api, name), name="Coder back")
    pages = Browserless(place)
    pages.post(
        f"/rooms/{room}/cards/new", f"/rooms/{room}/cards/new", title="Say hello", kind="code",
        independent_runs="1", repository="site", base_commit="HEAD",
        checks="true\necho 'two words'",
    )  # fmt: skip
    card_id = next(c["id"] for c in api.cards(room).values() if c["title"] == "Say hello")
    card = CardSeen(api, room, card_id)
    assert card.now()["repository"] == {
        "url": "site", "commit": "HEAD", "checks": [["true"], ["echo", "two words"]],
    }  # fmt: skip
    version = card.until_review()
    card.accept(version)
    page = f"/rooms/{room}/cards/{card.card_id}"
    assert 'id="revert"' not in pages.get(page)
    api.post(f"/rooms/{room}/pause")
    api.post(f"/deliverables/{version['id']}/roll_back", {"reason": "It greets too loudly."})
    shown = pages.get(page)
    assert 'id="revert"' in shown and "git apply --index revert.diff" in shown
    revert = next(file for file in version["files"] if file["name"] == "revert.diff")
    assert f"/files/{revert['id']}" in shown
    assert "-print('hello')" in pages.get(f"/files/{revert['id']}")


def brought(api: Api, version: dict[str, Any], folder: Path) -> Path:
    for file in version["files"]:
        url = f"{api.base}/deliverables/{version['id']}/files/{file['id']}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {api.token}"})
        path = folder / file["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(request) as answer:
            path.write_bytes(answer.read())
    return folder


def test_what_the_connector_has_no_clone_of_is_said(
    api: Api, connector: Connector, name: str
) -> None:
    room = room_with(api, agent_named(api, name), name="Coder elsewhere")
    card = given(api, room, url="elsewhere", commit="HEAD")
    failed = card.until(lambda: card.events("run.failed"), "it fails")[0]["data"]
    assert failed["failure"] == "misconfigured"
    assert "no clone of elsewhere" in failed["evidence"]["said"]


def test_a_commit_that_is_none_is_said(api: Api, connector: Connector, name: str) -> None:
    room = room_with(api, agent_named(api, name), name="Coder nowhere")
    card = given(api, room, url="site", commit="0123456789abcdef")
    failed = card.until(lambda: card.events("run.failed"), "it fails")[0]["data"]
    assert failed["failure"] == "misconfigured"


@pytest.mark.parametrize(
    ("repository", "code"),
    [
        ({"url": "--upload-pack=x"}, "not_a_repository"),
        ({"url": "site", "commit": "--help"}, "not_a_commit"),
        ({"url": "site", "commit": "a..b"}, "not_a_commit"),
        ({"url": "site", "checks": [[]]}, "not_a_command"),
        ({"url": "site", "checks": [["a\u0000b"]]}, "bad_text"),
    ],
)
def test_a_card_names_no_option_and_no_nonsense(
    api: Api, repository: dict[str, Any], code: str
) -> None:
    room = room_with(api, name=f"Nonsense {code} {repository}"[:60])
    body = {"title": "Say hello", "repository": repository}
    status, answer = api.call("POST", f"/rooms/{room}/cards", body)
    assert status in (400, 422)
    assert code in json.dumps(answer) or status == 400


def test_a_check_is_never_given_to_a_shell(clone: Path, tmp_path: Path) -> None:
    worktree, out = tmp_path / "work", tmp_path / "out"
    base = repos.add_worktree(clone, "HEAD", worktree)
    (worktree / "new.txt").write_text("new\n")
    checks = [["echo", "$(touch pwned); touch pwned"], ["touch pwned"]]
    made = repos.hand_in(clone, worktree, base, checks, out)
    logs = {name: path.read_text() for name, path, role in made.files if role == "log"}
    assert logs["checks/1.log"] == "$(touch pwned); touch pwned\n"
    about = json.loads((out / "commit.json").read_text())
    assert [check["exit_code"] for check in about["checks"]] == [0, 127]
    assert not list(tmp_path.rglob("pwned"))


def test_a_hook_of_the_repository_does_not_run(clone: Path, tmp_path: Path) -> None:
    hook = clone / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    repos.add_worktree(clone, "HEAD", tmp_path / "work")
    assert not (tmp_path / "work" / "hooked").exists()


def test_nothing_changed_is_nothing_to_hand_in(clone: Path, tmp_path: Path) -> None:
    base = repos.add_worktree(clone, "HEAD", tmp_path / "work")
    assert repos.hand_in(clone, tmp_path / "work", base, [], tmp_path / "out").files == ()
