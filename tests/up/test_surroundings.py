"""What the supervisor asks of the machine: ports, a broker, a home, log files."""

import os
import socket
from pathlib import Path

import pytest

from workspace.up import broker, demo, ports
from workspace.up.environment import child_environment, home_of, make_home, secret_key
from workspace.up.errors import CannotStart
from workspace.up.logs import LogFile


def test_the_first_free_usual_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ports.listen(0)
    first = taken.getsockname()[1]
    free = ports.free_port()
    monkeypatch.setattr(ports, "USUAL", range(first, first + 1))
    with pytest.raises(CannotStart, match="all in use"):
        ports.listen(None)
    monkeypatch.setattr(ports, "USUAL", [first, free])
    with ports.listen(None) as chosen:
        assert chosen.getsockname() == ("127.0.0.1", free)
    taken.close()


def test_a_port_taken_on_every_address_counts_as_busy() -> None:
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))
        everywhere.listen()
        with pytest.raises(CannotStart, match="in use"):
            ports.listen(everywhere.getsockname()[1])


def test_the_listening_socket_never_blocks() -> None:
    with ports.listen(0) as listening:
        assert not listening.getblocking()


def test_the_installed_broker_runs_without_anything_on_path() -> None:
    assert os.access(broker.find_server({"PATH": ""}), os.X_OK)


def test_a_broker_on_path_is_the_second_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_bundled_server", lambda: None)
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    assert broker.find_server({"PATH": str(tmp_path)}) == str(server)


def test_no_broker_at_all_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_bundled_server", lambda: None)
    with pytest.raises(CannotStart, match="Install valkey-server or redis-server"):
        broker.find_server({"PATH": ""})


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="cannot use the folder"):
        make_home(tmp_path / "file" / "home")


def test_the_home_is_the_option_then_the_environment_then_the_usual_folder() -> None:
    assert home_of({"MUSTER_HOME": "/b"}, "/a") == Path("/a").resolve()
    assert home_of({"MUSTER_HOME": "/b"}) == Path("/b").resolve()
    assert home_of({"MUSTER_HOME": ""}).name == ".muster"


def test_what_a_person_set_is_left_as_it_is(tmp_path: Path) -> None:
    own = {
        "MUSTER_SECRET_KEY": "mine",
        "DATABASE_URL": "postgres:///mine",
        "MUSTER_URL": "https://muster.example",
        "MUSTER_ALLOW_CIDRS": "",
    }
    made = child_environment(own, home=tmp_path, url="http://x", broker_url="unix:///y")
    assert {name: made[name] for name in own} == own
    assert not (tmp_path / "secret.key").exists()


def test_the_key_is_made_once(tmp_path: Path) -> None:
    assert secret_key(tmp_path) == secret_key(tmp_path)
    assert len(secret_key(tmp_path)) >= 48


def test_an_agent_whose_port_was_taken_gets_another_and_keeps_its_secret(tmp_path: Path) -> None:
    first = demo.prepare_agents(tmp_path, "tests.up.standin")
    with ports.listen(first[0]["port"]):
        second = demo.prepare_agents(tmp_path, "tests.up.standin")
    assert second[0]["port"] != first[0]["port"]
    assert second[0]["secret"] == first[0]["secret"]
    assert second[1] == first[1]


def test_a_damaged_demo_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / demo.FILE).write_text('{"agents": [1')
    assert len(demo.prepare_agents(tmp_path, "tests.up.standin")) == 2


def test_a_log_keeps_one_older_file_and_no_more(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web.log", rotate_at=100)
    for number in range(50):
        log.write(f"line {number:03}")
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1"]
    both = (tmp_path / "web.log.1").read_text() + (tmp_path / "web.log").read_text()
    assert both.endswith("line 048\nline 049\n")
    assert len(both) < 250
    assert list(log.last)[-1] == "line 049"
