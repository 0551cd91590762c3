"""Asks the web process how all parts are, and notices which has been unwell for too long."""

import json
import selectors
import socket
from dataclasses import dataclass, field

UNWELL_FOR = 60.0
PATIENCE = 5.0
LONGEST_ANSWER = 65_536


@dataclass(frozen=True)
class Health:
    """One answer of /healthz. `parts` is empty when there was no readable answer."""

    ready: bool
    parts: dict[str, bool]

    @property
    def unwell(self) -> list[str]:
        if not self.parts:
            return [] if self.ready else ["web"]
        return sorted(name for name, well in self.parts.items() if not well)


NO_ANSWER = Health(ready=False, parts={})


class Probe:
    """One question to /healthz that never keeps its caller waiting.

    `turn` goes as far as it can and returns the answer once there is one.
    """

    def __init__(self, address: tuple[str, int], at: float) -> None:
        self._until = at + PATIENCE
        self._received = b""
        self._asked = False
        self._host = f"{address[0]}:{address[1]}"
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.connect_ex(address)

    def watch(self, selector: selectors.BaseSelector) -> None:
        """Let the caller's waiting end when there is something to do here."""
        selector.register(self._socket, selectors.EVENT_WRITE)

    def turn(self, selector: selectors.BaseSelector, at: float) -> Health | None:
        try:
            answer = self._go_on(selector, at)
        except OSError:
            answer = NO_ANSWER
        if answer is not None:
            self.close(selector)
        return answer

    def close(self, selector: selectors.BaseSelector) -> None:
        selector.unregister(self._socket)
        self._socket.close()

    def _go_on(self, selector: selectors.BaseSelector, at: float) -> Health | None:
        if at > self._until:
            return NO_ANSWER
        if not self._asked:
            try:
                # HTTP/1.0: the answer ends where the connection ends, and is never chunked.
                self._socket.send(f"GET /healthz HTTP/1.0\r\nHost: {self._host}\r\n\r\n".encode())
            except BlockingIOError:
                return None
            self._asked = True
            selector.modify(self._socket, selectors.EVENT_READ)
        while True:
            try:
                chunk = self._socket.recv(LONGEST_ANSWER)
            except BlockingIOError:
                return None
            if not chunk or len(self._received) > LONGEST_ANSWER:
                return read_answer(self._received)
            self._received += chunk


def read_answer(answer: bytes) -> Health:
    """The health in a raw HTTP answer; NO_ANSWER where it cannot be read."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if status not in ([b"200"], [b"503"]) or not isinstance(fields, dict):
        return NO_ANSWER
    parts = {
        name: part.get("ok") is True for name, part in fields.items() if isinstance(part, dict)
    }
    return Health(ready=status == [b"200"], parts=parts)


@dataclass
class Patience:
    """Since when each part has been unwell without a break."""

    since: dict[str, float] = field(default_factory=dict)

    def note(self, health: Health, at: float) -> list[str]:
        """The parts unwell for so long that they should be started anew."""
        unwell = health.unwell
        self.since = {name: self.since.get(name, at) for name in unwell}
        return [name for name in unwell if at - self.since[name] > UNWELL_FOR]

    def forget(self, name: str) -> None:
        """Give a part that starts anew its full time again."""
        self.since.pop(name, None)
