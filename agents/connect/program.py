"""A program of somebody else's on this machine: started, listened to, and ended for good."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

LONGEST_LINE = 8 * 1024 * 1024
KEPT_ERRORS = 40  # lines of what it says to its error output, for the reason it failed


class CannotStart(Exception):
    """There is no such program, or the system does not start it."""


class Program:
    """A process in a group of its own, so that ending it ends what it started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.heard_at = time.monotonic()
        self._errors: deque[str] = deque(maxlen=KEPT_ERRORS)
        self._reading = asyncio.create_task(self._read_errors())

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> Program:
        # Its folder is another one than ours, so its path must not depend on where it stands.
        found = shutil.which(command[0], path=environment.get("PATH"))
        if found is None:
            raise CannotStart(f"there is no program {command[0]}")
        try:
            process = await asyncio.create_subprocess_exec(
                os.path.abspath(found), *command[1:], cwd=folder, env=dict(environment),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE, limit=LONGEST_LINE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(f"{command[0]}: {error.strerror or error}") from None
        return cls(process)

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    def last_words(self) -> str:
        """How it ended, and the end of what it said to its error output."""
        code = self.process.returncode
        how = "it still runs" if code is None else f"it ended with {code}"
        said = "\n".join(self._errors)[-1500:].strip()
        return f"{how}: {said}" if said else how

    async def _read_errors(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        rest = b""
        while piece := await stream.read(65_536):
            # A flood on the error output is no line to keep, and no sign of work either.
            *lines, rest = (rest + piece)[-65_536:].split(b"\n")
            self._errors.extend(
                line.decode("utf-8", "replace")[:500] for line in lines[-KEPT_ERRORS:]
            )
        if rest:
            self._errors.append(rest.decode("utf-8", "replace")[:500])

    async def end(self, within: float = 3.0) -> None:
        """Ask the whole group to end, then make it; returns once it is gone."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.is_running:
                end_group(self.process.pid, sign)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.process.wait(), within)
        end_group(self.process.pid, signal.SIGKILL)  # what it left behind
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._reading, 1.0)


def end_group(pid: int, sign: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sign)
