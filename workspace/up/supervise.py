"""The supervisor's one loop: pump what children say, start again what died, stop in order.

One thread. Everything that waits does so by taking turns: `while not condition(): turn()`.
"""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from workspace.up.children import Child, Part
from workspace.up.errors import CannotStart, GaveUp, StopRequested
from workspace.up.guarding import Guard
from workspace.up.logs import LogFile, Terminal
from workspace.up.restarts import Restarts

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_TURN = 0.5


@dataclass
class Kept:
    """A part that should be running, and whether it is."""

    part: Part
    child: Child | None = None
    restarts: Restarts = field(default_factory=Restarts)
    start_at: float | None = None
    given_up: bool = False


class Supervisor:
    """Keeps parts running. `changed` is called after any child starts or is given up."""

    def __init__(
        self, *, log_dir: Path, terminal: Terminal, guard: Guard, changed: Callable[[], None]
    ) -> None:
        self.kept: dict[str, Kept] = {}
        self._log_dir = log_dir
        self._logs: dict[str, LogFile] = {}
        self._terminal = terminal
        self._guard = guard
        self._changed = changed
        self._stop_signals = 0
        self._stopping = False
        self.selector = selectors.DefaultSelector()
        self._wake = socket.socketpair()
        for end in self._wake:
            end.setblocking(False)
        self.selector.register(self._wake[0], selectors.EVENT_READ)

    def listen_to_signals(self) -> None:
        """The first signal asks for a clean stop, a second one ends everything at once."""
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_stop)

    def start(self, part: Part) -> None:
        """Start a part, and keep it running from now on."""
        kept = Kept(part)
        self.kept[part.name] = kept
        self._start_child(kept)

    def restart(self, name: str, why: str) -> None:
        """End a part that runs but does not do its work; it starts again as if it had died."""
        child = self.kept[name].child
        if child is not None:
            self._note(f"Muster starts {name} again: {why}.")
            child.signal(signal.SIGKILL)

    def pid_of(self, name: str) -> int | None:
        child = self.kept[name].child
        return child.pid if child else None

    def turn(self, longest: float = LONGEST_TURN) -> None:
        """Wait for something to happen, at most `longest` seconds, and see to it.

        Raises StopRequested when asked to stop, GaveUp when a core part keeps dying.
        """
        self._pump(longest)
        if self._stop_signals and not self._stopping:
            raise StopRequested
        self._guard.keep_alive()
        now = time.monotonic()
        for kept in list(self.kept.values()):
            if kept.child is not None:
                self._see_to_end(kept, kept.child, now)
            elif kept.start_at is not None and now >= kept.start_at:
                self._start_child(kept)

    def wait_for(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Take turns until the condition holds; whether it did in time."""
        until = time.monotonic() + within
        while not condition():
            if time.monotonic() > until:
                return False
            self.turn(0.05)
        return True

    def run(self, part: Part) -> list[str]:
        """Run a part to its end while the others go on; what it said. Raises CannotStart."""
        said: list[str] = []
        child = self._launch(part, said.append)
        try:
            while child.ended() is None:
                self.turn(0.1)
        finally:
            self._retire(child)
        code = child.ended()
        if code:
            raise CannotStart("\n".join([*said[-15:], f"`{part.name}` failed ({_ending(code)})."]))
        return said

    def stop_all(self) -> None:
        """Stop every part, stage by stage, each with its grace; what then still runs is killed."""
        self._stopping = True
        for kept in self.kept.values():
            kept.start_at = None
        for stage in sorted({kept.part.stop_stage for kept in self.kept.values()}):
            self._stop_stage([k for k in self.kept.values() if k.part.stop_stage == stage])
        # Python forgets its handlers while it ends, and a late Ctrl-C would then look like a crash.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        for log in self._logs.values():
            log.close()

    def _stop_stage(self, stage: list[Kept]) -> None:
        children = [kept.child for kept in stage if kept.child is not None]
        for child in children:
            child.ask_to_stop()
        grace = max((child.part.grace for child in children), default=0.0)
        until = time.monotonic() + grace
        while any(child.ended() is None for child in children) and time.monotonic() < until:
            if self._stop_signals > 1:
                break
            self._pump(0.1)
        for kept in stage:
            if kept.child is not None:
                self._bury(kept, kept.child)

    def _start_child(self, kept: Kept) -> None:
        kept.start_at = None
        name = kept.part.name
        kept.child = self._launch(kept.part, self._showing(kept.part))
        kept.restarts.started(time.monotonic())
        self._changed()
        self._log(name).write(f"--- {name} started as process {kept.child.pid}")

    def _launch(self, part: Part, show: Callable[[str], None]) -> Child:
        try:
            child = Child(part, show)
        except OSError as error:
            raise CannotStart(f"Muster cannot start {part.name}: {error}.") from error
        self._guard.watch(child.pid)
        self.selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def _see_to_end(self, kept: Kept, child: Child, now: float) -> None:
        code = child.ended()
        if code is None:
            return
        self._bury(kept, child)
        name = kept.part.name
        kept.start_at = kept.restarts.next_start(now)
        if kept.start_at is not None:
            wait = kept.start_at - now
            self._note(f"{name} ended ({_ending(code)}). It starts again in {wait:g} s.")
            return
        kept.given_up = True
        self._changed()
        log = self._log(name)
        if kept.part.core:
            last = "\n".join(log.last)
            raise GaveUp(f"{name} keeps ending ({_ending(code)}). Its log is {log.path}.\n{last}")
        self._note(f"{name} keeps ending ({_ending(code)}) and is left alone. See {log.path}.")

    def _bury(self, kept: Kept, child: Child) -> None:
        self._retire(child)
        kept.child = None

    def _retire(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self.selector.unregister(child.output)
        child.close()
        self._guard.forget(child.pid)

    def _pump(self, longest: float) -> None:
        for key, _ in self.selector.select(longest):
            if isinstance(key.data, Child):
                if not key.data.pump():
                    self.selector.unregister(key.fileobj)
            elif key.fileobj is self._wake[0]:
                with contextlib.suppress(BlockingIOError):
                    self._wake[0].recv(4096)

    def _showing(self, part: Part) -> Callable[[str], None]:
        log = self._log(part.name)

        def show(line: str) -> None:
            log.write(line)
            if part.aloud:
                self._terminal.line(part.name, line)

        return show

    def _log(self, name: str) -> LogFile:
        if name not in self._logs:
            self._logs[name] = LogFile(self._log_dir / f"{name}.log")
        return self._logs[name]

    def _note(self, text: str) -> None:
        self._log("up").write(text)
        self._terminal.say(text)

    def _note_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_signals += 1
        if self._stop_signals > 1:
            for kept in self.kept.values():
                if kept.child is not None:
                    kept.child.signal(signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
