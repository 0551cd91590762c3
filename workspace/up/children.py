"""One child process: how it starts, what it says, how it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workspace.up.environment import ROOT
from workspace.up.guard import send

PR_SET_PDEATHSIG = 1
CHUNK = 65_536
LONGEST_LINE = 16_384
# A pipe holds 64 KiB or a few times that.
LAST_CHUNKS = 16
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Part:
    """What to run, as data. Nothing works without a `core` part; the others may be given up."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    core: bool = True
    aloud: bool = True
    stop_stage: int = 0
    grace: float = 5.0
    pass_fds: tuple[int, ...] = ()
    cwd: Path = ROOT


class Child:
    """A started part. Its group holds all it starts in turn."""

    def __init__(self, part: Part, show: Callable[[str], None]) -> None:
        self.part = part
        self._show = show
        self._partial = b""
        self._process = subprocess.Popen(
            part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(part.env),
            cwd=part.cwd,
            pass_fds=part.pass_fds,
            # A terminal's Ctrl-C reaches the supervisor alone; it then stops the rest in order.
            start_new_session=True,
            # Safe: the supervisor has one thread, so nothing else can hold a lock across the fork.
            preexec_fn=_prepare(os.getpid()),
        )
        assert self._process.stdout is not None
        self.output = self._process.stdout
        os.set_blocking(self.output.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code (a signal's number below zero), or None while it runs."""
        return self._process.poll()

    def pump(self) -> bool:
        """Show the lines said since the last call; False once nothing more can come."""
        try:
            chunk = os.read(self.output.fileno(), CHUNK)
        except BlockingIOError:
            return True
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        if len(self._partial) > LONGEST_LINE or (self._partial and not chunk):
            lines.append(self._partial)
            self._partial = b""
        for line in lines:
            self._show(line.decode("utf-8", "replace").rstrip("\r"))
        return bool(chunk)

    def signal(self, number: int) -> None:
        """Send a signal to the child and all it started."""
        send({self.pid}, number)

    def ask_to_stop(self) -> None:
        self.signal(signal.SIGTERM)
        # A frozen process gets its ending only when it is let go on.
        self.signal(signal.SIGCONT)

    def close(self) -> None:
        """End what is left of the child and its group, and show its last words."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        # Whoever left the group may still hold the pipe, so its end is not waited for.
        for _ in range(LAST_CHUNKS):
            if not self.pump():
                break
        self.output.close()


def _prepare(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        for number in RESET:
            signal.signal(number, signal.SIG_DFL)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            # The parent may have died just before the call above, which then never fires.
            if os.getppid() != parent:
                os._exit(1)

    return prepare
