"""One home runs once. The locks are the kernel's, so a killed process cannot leave one behind.

Two of them: `up.lock` is held by the supervisor and its guard, so until the last child is gone;
`running.lock` by the supervisor alone, and tells a start which of the two it meets.
"""

import fcntl
import os
import time
from collections.abc import MutableMapping
from pathlib import Path

from workspace.up.environment import home_of
from workspace.up.errors import CannotStart
from workspace.up.state import read_state

TIDYING_UP = 10.0


def take_lock(home: Path, *, patience: float = TIDYING_UP) -> int:
    """The descriptor that holds the home, to be shared with the guard.

    Waits while children of a killed supervisor are ended. Raises CannotStart, naming who runs here.
    """
    descriptor = _open(home / "up.lock")
    until = time.monotonic() + patience
    while not _lock_now(descriptor):
        if is_running(home) or time.monotonic() > until:
            os.close(descriptor)
            raise CannotStart(_already_running(home))
        time.sleep(0.1)
    # Never closed: it is held for as long as this process lives. A start that looks for it may
    # hold it for a moment, so this one waits.
    fcntl.flock(_open(home / "running.lock"), fcntl.LOCK_EX)
    return descriptor


def is_running(home: Path) -> bool:
    """Whether a supervisor lives in this home now."""
    try:
        descriptor = os.open(home / "running.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _lock_now(descriptor)
    finally:
        os.close(descriptor)


def adopt_home(environ: MutableMapping[str, str]) -> None:
    """Let a command from another terminal meet what runs in this home, if anything does."""
    home = home_of(environ)
    environ["MUSTER_HOME"] = str(home)
    if is_running(home):
        for name, value in read_state(home).get("environment", {}).items():
            environ.setdefault(name, value)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _already_running(home: Path) -> str:
    running = read_state(home)
    if not running:
        return f"Muster is already starting in {home}."
    return f"Muster is already running at {running.get('url')} (process {running.get('pid')})."
