"""What the children say: in home/log/NAME.log, and on the terminal with the name first."""

import contextlib
import sys
from collections import deque
from pathlib import Path
from typing import IO, TextIO

ROTATE_AT = 2_000_000
LAST_LINES = 12
COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)


class LogFile:
    """A log that keeps one older file of the same size beside it."""

    def __init__(self, path: Path, *, rotate_at: int = ROTATE_AT) -> None:
        self.path = path
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self._rotate_at = rotate_at
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def write(self, line: str) -> None:
        self.last.append(line)
        # A full disk must not take the supervisor down with it.
        with contextlib.suppress(OSError):
            if self._file.tell() >= self._rotate_at:
                self._rotate()
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("a", encoding="utf-8")


class Terminal:
    """Where a person reads along. It may go away at any time."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._coloured = stream.isatty()
        self._names: list[str] = []

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()

    def line(self, name: str, text: str) -> None:
        label = f"{name:>8} |"
        if self._coloured:
            if name not in self._names:
                self._names.append(name)
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self.say(f"{label} {text}")
