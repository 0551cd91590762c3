"""The commands again on PostgreSQL: a server of this test's own, on a socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
PARTS = 3  # so that they share the workers
NOT_THERE = "PostgreSQL's server is not installed: scripts/test-needs.sh sees to it (make test)"
# Root may not run the server; the system's packages bring a user who may.
AS = {"user": "postgres"} if os.geteuid() == 0 else {}


def programs() -> Path:
    """Where initdb and pg_ctl are: the newest of the system's, else on the PATH."""
    found = [path.parent for place in PLACES for path in Path(place).glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int("".join(filter(str.isdigit, str(folder))) or 0))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    pytest.fail(NOT_THERE)


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A fresh server without durability, reached by a socket in a folder of its own."""
    bin, home = programs(), Path(tempfile.mkdtemp(prefix="muster-pg-"))
    if AS:
        shutil.chown(home, AS["user"])
    data = home / "data"

    def run(*command: str | Path) -> None:
        done = subprocess.run(
            command, **AS, cwd=home, capture_output=True, text=True, timeout=60,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        )  # fmt: skip
        assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    options = f"-c listen_addresses= -k {home} -c fsync=off -c full_page_writes=off"
    try:
        run(bin / "initdb", "-D", data, "-U", "muster", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(bin / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start")
        try:
            yield f"postgresql://muster@/postgres?host={home}"
        finally:
            run(bin / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def files() -> list[Path]:
    """Everything that is tried on PostgreSQL too."""
    here = [file for file in HERE.glob("test_*.py") if file.name != "test_postgresql.py"]
    return sorted([*here, HERE.parent / "promises" / "test_verify.py"])


@pytest.mark.parametrize("part", range(PARTS))
def test_every_command_keeps_its_promises_on_postgresql(database_url: str, part: int) -> None:
    # The server is this process's own: the next part finds its database migrated.
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
        "--reuse-db",
        *map(str, files()[part::PARTS]),
    ]  # fmt: skip
    xdist = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS")
    env = {name: value for name, value in os.environ.items() if name not in xdist}
    done = subprocess.run(
        command, cwd=ROOT, env={**env, "DATABASE_URL": database_url}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
