"""A network that can be cut: a small TCP proxy between a connector and its workspace."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress


class Network:
    """While it is cut nothing passes, nothing is refused and nothing is closed: it is silent."""

    def __init__(self, port: int) -> None:
        self.to = ("127.0.0.1", port)
        self.is_cut = threading.Event()
        self.stopped = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(0.2)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def cut(self) -> None:
        self.is_cut.set()

    def mend(self) -> None:
        """What was open before the cut stays dead, as after a change of networks."""
        for one, other in self.pairs:
            for end in (one, other):
                with suppress(OSError):
                    end.close()
        self.pairs.clear()
        self.is_cut.clear()

    def stop(self) -> None:
        self.stopped.set()
        self.mend()
        self.listening.close()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                near, _ = self.listening.accept()
            except (TimeoutError, OSError):
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.is_cut.is_set():
            self.pairs.append((near, near))
            return
        try:
            far = socket.create_connection(self.to, 5)
        except OSError:
            near.close()
            return
        self.pairs.append((near, far))
        with selectors.DefaultSelector() as waiting, suppress(OSError, ValueError):
            waiting.register(near, selectors.EVENT_READ, far)
            waiting.register(far, selectors.EVENT_READ, near)
            while not self.is_cut.is_set():
                for key, _ in waiting.select(0.2):
                    data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                    if self.is_cut.is_set():
                        return  # lost on the way
                    if not data:
                        near.close()
                        far.close()
                        return
                    key.data.sendall(data)
