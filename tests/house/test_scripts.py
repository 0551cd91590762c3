"""The scripts behind `make`: what they refuse, and that they do nothing twice."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

SCRIPTS = sorted(path.name for path in (ROOT / "scripts").glob("*.sh"))


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what `make run` reads before there is an environment."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("requirements.txt", "requirements-dev.txt", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def bootstrap(house: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/bootstrap.sh", "requirements.txt"],
        cwd=house,
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
    )


def program(path: Path, text: str) -> str:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_reads_as_plain_shell(name: str) -> None:
    assert subprocess.run(["sh", "-n", ROOT / "scripts" / name]).returncode == 0


def test_a_python_older_than_3_11_is_refused_in_a_sentence(house: Path) -> None:
    old = program(house / "old", '[ "$1" = -V ] && echo Python 3.9.6 && exit 0\nexit 1\n')
    answer = bootstrap(house, PYTHON=old)
    assert answer.returncode == 1
    assert "Muster needs Python 3.11 or newer, and found Python 3.9.6." in answer.stderr
    assert not (house / ".venv").exists()


def test_a_failed_installation_leaves_no_stamp_and_says_so(house: Path) -> None:
    (house / "requirements.txt").write_text(f"nothing==1 --hash=sha256:{'0' * 64}\n")
    program(house / "uv", '[ "$1" = venv ] && exec "$MADE_BY" -m venv --without-pip .venv\nexit 1')
    answer = bootstrap(
        house,
        PATH=f"{house}:/usr/bin:/bin",
        PYTHON=sys.executable,
        MADE_BY=sys.executable,
    )
    assert answer.returncode == 1
    assert "could not be installed" in answer.stderr
    assert not list((house / ".venv").glob("*.stamp"))


def test_an_installed_lock_is_not_installed_again_until_it_changes(house: Path) -> None:
    # A uv that makes the environment and notes each installation.
    program(
        house / "uv",
        '[ "$1" = venv ] && exec "$MADE_BY" -m venv --without-pip .venv\necho "$@" >>installed\n',
    )
    env = {"PATH": f"{house}:/usr/bin:/bin", "PYTHON": sys.executable, "MADE_BY": sys.executable}
    assert bootstrap(house, **env).returncode == 0
    assert bootstrap(house, **env).stderr == ""
    assert (house / "installed").read_text().count("--require-hashes") == 1
    with (house / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert bootstrap(house, **env).returncode == 0
    assert (house / "installed").read_text().count("--require-hashes") == 2
