"""The supervisor over stand-in programs: real processes, real signals, a real broker."""

import os
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from tests.up.conftest import Start, is_running, until


def none_left(pids: list[int]) -> bool:
    return not any(is_running(pid) for pid in pids)


def test_a_start_ends_in_one_line_with_the_sign_in_link(start: Start) -> None:
    one = start().until_ready()
    assert one.output.count("Muster is ready:") == 1
    assert f"Muster is ready: {one.url}/in/once" in one.output
    assert one.health() == 200
    assert set(one.state["children"]) == {"valkey", "web", "worker", "sweep", "ann", "ben"}


def test_a_second_start_on_the_same_home_is_refused_and_names_the_first(start: Start) -> None:
    one = start().until_ready()
    second = start()
    assert second.until_ended() == 1
    assert one.url in second.output
    assert str(one.process.pid) in second.output
    assert one.health() == 200


def test_ctrl_c_leaves_nothing_running(start: Start) -> None:
    one = start().until_ready()
    pids = [*one.every_pid(), one.state["guard"]]
    assert one.stop() == 0
    assert none_left(pids)
    assert not (one.home / "up.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_while_starting_leaves_nothing_running(
    start: Start, number: signal.Signals
) -> None:
    one = start()
    until(lambda: (one.home / "up.json").exists() and bool(one.pid("valkey")), within=20)
    pids = one.every_pid()
    one.process.send_signal(number)
    assert one.until_ended() == 0
    assert none_left(pids)


def test_a_second_ctrl_c_does_not_wait_for_the_graces(start: Start) -> None:
    one = start(STANDIN_DEAF="worker").until_ready()
    worker = one.pid("worker")
    pids = one.every_pid()
    assert worker is not None
    one.process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in one.output, within=10)
    assert is_running(worker)
    one.process.send_signal(signal.SIGINT)
    assert one.until_ended(within=5) == 0
    assert none_left(pids)


@pytest.mark.parametrize("name", ["web", "worker", "sweep", "valkey", "ann"])
def test_a_killed_part_comes_back(start: Start, name: str) -> None:
    one = start().until_ready()
    before = one.pid(name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    until(lambda: one.pid(name) not in (None, before), within=20, about=lambda: one.output)
    until(lambda: one.health() == 200, within=20, about=lambda: one.output)
    assert f"{name} ended (signal 9)" in one.output


@pytest.mark.parametrize("name", ["web", "worker", "sweep"])
def test_a_part_that_runs_but_gives_no_sign_of_life_is_started_again(
    start: Start, name: str
) -> None:
    one = start(STANDIN_PATIENCE="2").until_ready()
    before = one.pid(name)
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    until(lambda: one.pid(name) not in (None, before), within=30, about=lambda: one.output)
    until(lambda: one.health() == 200, within=20, about=lambda: one.output)
    assert f"Muster starts {name} again: it has given no sign of life" in one.output


def test_a_restarted_web_keeps_its_port(start: Start) -> None:
    one = start().until_ready()
    url = one.url
    os.kill(one.pid("web") or 0, signal.SIGKILL)
    # The socket stays open in the supervisor, so this waits for the next web instead of failing.
    with socket.create_connection(("127.0.0.1", one.state["port"]), timeout=20) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.recv(15).startswith(b"HTTP/1.0 ")
    assert one.url == url


def test_a_killed_supervisor_leaves_no_child(start: Start) -> None:
    one = start().until_ready()
    pids = [*one.every_pid(), one.state["guard"]]
    os.kill(one.pid("worker") or 0, signal.SIGSTOP)
    one.process.kill()
    until(lambda: none_left(pids), within=5)


def test_the_guard_alone_ends_the_children_where_the_kernel_does_not_help(start: Start) -> None:
    one = start().until_ready()
    # A frozen process does not die of the signal the kernel sends for a dead parent.
    pid = one.pid("valkey")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    one.process.kill()
    until(lambda: not is_running(pid), within=5)


def test_a_start_right_after_a_killed_one_waits_until_its_children_are_gone(start: Start) -> None:
    first = start().until_ready()
    pids = first.every_pid()
    first.process.kill()
    second = start().until_ready()
    assert none_left(pids)
    assert second.health() == 200


def test_a_killed_guard_is_replaced_and_still_guards(start: Start) -> None:
    one = start().until_ready()
    guard = one.state["guard"]
    os.kill(guard, signal.SIGKILL)
    os.kill(one.pid("sweep") or 0, signal.SIGKILL)
    until(lambda: one.state["guard"] != guard and bool(one.pid("sweep")), within=10)
    pids = one.every_pid()
    one.process.kill()
    until(lambda: none_left(pids), within=5)


def test_a_core_part_that_keeps_ending_stops_everything(start: Start) -> None:
    one = start(STANDIN_FAIL="worker")
    assert one.until_ended(within=60) == 1
    assert "worker keeps ending (exit 1)" in one.output
    assert "worker ends at once, as told" in one.output
    assert one.output.rstrip().endswith("Muster has stopped.")
    assert not (one.home / "up.json").exists()


def test_a_demo_agent_that_keeps_ending_is_left_alone(start: Start) -> None:
    one = start(STANDIN_FAIL="agent").until_ready()
    until(lambda: "ann keeps ending (exit 1) and is left alone" in one.output, within=60)
    assert one.health() == 200
    assert one.state["agents"]["Ann"]["pid"] is None


def test_a_failed_migration_says_why_and_stops(start: Start) -> None:
    one = start(STANDIN_FAIL="migrate")
    assert one.until_ended() == 1
    assert "migrate ends at once, as told" in one.output
    assert "`migrate` failed (exit 1)." in one.output


def test_a_demo_that_cannot_be_prepared_is_said_and_the_rest_goes_on(start: Start) -> None:
    one = start(STANDIN_FAIL="seed_demo").until_ready()
    assert "`seed_demo` failed (exit 1)." in one.output
    assert "The demo could not be prepared; all else goes on." in one.output
    assert one.health() == 200


def test_a_busy_port_is_refused_by_name(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one = start("--port", str(port))
        assert one.until_ended() == 1
    assert one.output == f"Port {port} is in use. Choose another one, or none at all.\n"


def test_a_port_that_is_none_is_refused(start: Start) -> None:
    for one in (start("--port", "70000"), start("--port", "abc"), start(port=None, PORT="abc")):
        assert one.until_ended() in (1, 2)
        assert "abc" in one.output or "70000" in one.output
        assert "Traceback" not in one.output


def test_without_the_demo_no_agent_is_started(start: Start) -> None:
    for words, env in ((["--no-demo"], {}), ([], {"MUSTER_DEMO": "0"})):
        one = start(*words, **env).until_ready()
        assert one.state["agents"] == {}
        assert not (one.home / "demo.json").exists()
        one.stop()


def test_a_broker_of_ones_own_is_used_and_none_started(start: Start) -> None:
    one = start("--no-demo", REDIS_URL="redis://127.0.0.1:1/0").until_ready()
    assert "valkey" not in one.state["children"]
    assert "REDIS_URL" not in one.state["environment"]
    assert "MUSTER_ALLOW_CIDRS" not in one.state["environment"]


def test_a_home_with_a_long_and_unusual_name_works(start: Start, tmp_path: Path) -> None:
    one = start(home=tmp_path / ("a long – name " * 8).strip()).until_ready()
    where = Path(one.state["environment"]["REDIS_URL"].removeprefix("unix://"))
    assert where.is_socket()
    assert not where.is_relative_to(one.home)
    assert one.stop() == 0
    assert not where.parent.exists()


def test_secrets_are_kept_and_readable_by_their_owner_only(start: Start) -> None:
    one = start().until_ready()
    names = ("secret.key", "demo.json", "up.json")
    for name in names:
        assert stat.S_IMODE((one.home / name).stat().st_mode) == 0o600, name
    kept = [(one.home / name).read_text() for name in names[:2]]
    agents = one.state["agents"]
    one.stop()
    again = start().until_ready()
    assert [(again.home / name).read_text() for name in names[:2]] == kept
    assert {n: a["port"] for n, a in again.state["agents"].items()} == {
        n: a["port"] for n, a in agents.items()
    }


def test_a_demo_agent_is_told_its_own_secret_and_none_of_the_installations(start: Start) -> None:
    one = start().until_ready()
    command = ["ps", "eww", "-o", "command=", "-p", str(one.pid("ann"))]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "MUSTER_AGENT_SECRET=whsec_" in told
    for name in ("MUSTER_SECRET_KEY=", "DATABASE_URL=", "REDIS_URL="):
        assert name not in told


def test_what_a_child_says_is_shown_with_its_name_and_kept_in_its_log(start: Start) -> None:
    one = start().until_ready()
    assert "  worker | hello from the worker" in one.output
    assert "hello from the worker" in (one.home / "log" / "worker.log").read_text()


def test_the_supervisor_never_loads_django(start: Start) -> None:
    one = start().until_ready()
    kilobytes = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(one.process.pid)], capture_output=True, text=True, check=True
    ).stdout
    assert int(kilobytes) < 40_000
