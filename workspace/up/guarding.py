"""The supervisor's side of the guard: tell it what lives, and start it anew should it die."""

import contextlib
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("guard.py")


class Guard:
    """The process that ends our children should we be killed."""

    def __init__(self, lock: int | None) -> None:
        self._lock = lock
        self._groups: set[int] = set()
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def keep_alive(self) -> None:
        """Start it anew if it died; it learns again what lives."""
        if self._process.poll() is not None:
            self._hang_up()
            self._process = self._start()
            for group in self._groups:
                self._tell(f"+{group}\n")

    def close(self) -> None:
        self._hang_up()
        self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            pass_fds=() if self._lock is None else (self._lock,),
        )

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        # A guard that died is found by keep_alive and told everything again.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _hang_up(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
