"""One connector for one folder of state: two would do everything twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.connect.settings import Wrong

try:
    import fcntl
except ImportError:  # a system without; then whoever starts two is on their own
    fcntl = None  # type: ignore[assignment]


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Raises Wrong where another one runs; the lock goes with the process, however it ends."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Wrong(f"a connector runs already for {state}") from None
        yield
    finally:
        os.close(handle)
