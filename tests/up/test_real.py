"""The real `manage.py up`: daphne, the worker, the sweep, Valkey and the demo agents."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.up.conftest import LEFT_OUT, REAL, ROOT, Started, is_running, until

# They share one installation, and a machine that runs two at once proves nothing about either.
pytestmark = pytest.mark.xdist_group("installation")


@pytest.fixture(scope="module")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    one = Started(REAL, tmp_path_factory.mktemp("up") / "home", "--port", "0")
    yield one.until_ready(within=150)
    one.stop()


def signs_of_life(muster: Started, since: float) -> bool:
    """Whether every part has answered since then; older answers may be a dead part's."""
    status, parts = muster.health_told()
    ages = [part.get("age_s") or 0 for part in parts.values() if isinstance(part, dict)]
    return status == 200 and max(ages) < time.monotonic() - since


def test_every_part_answers_once_ready(muster: Started) -> None:
    status, parts = muster.health_told()
    assert status == 200
    for name in ("web", "worker", "sweep", "broker", "database"):
        assert parts[name]["ok"] is True, name


def test_the_ready_line_holds_a_link_that_opens(muster: Started) -> None:
    found = re.search(r"^Muster is ready: (\S+)$", muster.output, re.MULTILINE)
    assert found
    assert found.group(1).startswith(muster.url + "/sign-in/")


def test_every_demo_agent_runs_and_is_listed_with_its_process(muster: Started) -> None:
    agents = muster.state["agents"]
    assert len(agents) == 6
    assert all(is_running(agent["pid"]) for agent in agents.values())


def test_a_command_in_another_terminal_meets_what_runs(muster: Started) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
    said = subprocess.run(
        [sys.executable, "manage.py", "sign_in_link"],
        cwd=ROOT,
        env={**env, "MUSTER_HOME": str(muster.home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith(muster.url + "/sign-in/")


@pytest.mark.parametrize("name", ["web", "worker", "sweep", "valkey"])
def test_a_killed_part_is_back_within_half_a_minute(muster: Started, name: str) -> None:
    before = muster.pid(name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: muster.pid(name) not in (None, before), within=30)
    back = time.monotonic()
    until(lambda: signs_of_life(muster, back), within=30 - (back - killed))


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_works(muster: Started) -> None:
    pids = [*muster.every_pid(), muster.state["guard"]]
    muster.process.kill()
    until(lambda: not any(is_running(pid) for pid in pids), within=5)
    again = Started(REAL, muster.home, "--port", "0")
    try:
        pids = again.until_ready(within=150).every_pid()
        assert again.health() == 200
    finally:
        assert again.stop() == 0
    assert not any(is_running(pid) for pid in pids)
