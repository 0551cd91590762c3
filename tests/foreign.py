"""Programs nobody wrote for Muster, installed from their registries into folders of their own.

They are kept beside the project's environment, so the next run finds them. Where a registry cannot
be reached, the tests that need them are skipped, and say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEPT = Path(sys.prefix) / "foreign"
INSTALLED_WITHIN = 420


def python_with(*packages: str) -> str:
    """An interpreter of an environment of its own that holds these packages."""
    with _folder("python", packages) as (folder, is_there):
        python = folder / "bin" / "python"
        if not is_there:
            _run(sys.executable, "-m", "venv", str(folder))
            pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1"]
            _run(str(python), *pip, "--timeout", "15", *packages)
        return str(python)


def node_with(*packages: str) -> Path:
    """A folder whose `node_modules` holds these packages; skips where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed here")
    with _folder("node", packages) as (folder, is_there):
        if not is_there:
            folder.mkdir(parents=True, exist_ok=True)
            quiet = ["--no-audit", "--no-fund", "--silent"]
            _run(npm, "install", "--prefix", str(folder), *quiet, *packages)
        return folder


@contextmanager
def _folder(kind: str, packages: tuple[str, ...]) -> Iterator[tuple[Path, bool]]:
    """Where these are kept, and whether they are there; one process at a time makes them."""
    name = hashlib.sha256(" ".join(sorted(packages)).encode()).hexdigest()[:12]
    folder = KEPT / f"{kind}-{name}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{kind}-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "installed"
        is_there = done.exists()
        if not is_there:
            shutil.rmtree(folder, ignore_errors=True)
        yield folder, is_there
        done.write_text("\n".join(packages))


def _run(*command: str) -> None:
    made = subprocess.run(command, capture_output=True, text=True, timeout=INSTALLED_WITHIN)
    if made.returncode:
        said = (made.stderr or made.stdout)[-300:]
        pytest.skip(f"{command[-1]} cannot be had here: {said}")
