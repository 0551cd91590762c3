"""The web's listening socket, bound here so that it outlives every restart of the web process."""

import contextlib
import errno
import socket
from collections.abc import Iterable

from workspace.up.errors import CannotStart

HOST = "127.0.0.1"
USUAL = range(8000, 8020)


def listen(port: int | None) -> socket.socket:
    """Listen on the port asked for, or on the first free one of the usual range.

    Raises CannotStart when the port asked for, or every usual one, is taken.
    """
    if port is not None:
        bound = _bind_first([port])
        if bound is None:
            raise CannotStart(f"Port {port} is in use. Choose another one, or none at all.")
        return bound
    bound = _bind_first(USUAL)
    if bound is None:
        raise CannotStart(
            f"Ports {USUAL.start} to {USUAL.stop - 1} are all in use. Choose one with PORT."
        )
    return bound


def is_free(port: int) -> bool:
    """Whether a program could listen on this port of the loopback address now."""
    bound = _bind_first([port])
    if bound is None:
        return False
    bound.close()
    return True


def free_port() -> int:
    """A port the system considers free. Another program may still take it first."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _bind_first(ports: Iterable[int]) -> socket.socket | None:
    for port in ports:
        if port and _is_answered(port):
            continue
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            bound.close()
            if error.errno == errno.EADDRINUSE:
                continue
            raise CannotStart(f"Muster cannot listen on port {port}: {error.strerror}.") from error
        bound.listen(256)
        # Twisted waits for ever in accept() on a blocking socket it did not open itself.
        bound.setblocking(False)
        return bound
    return None


def _is_answered(port: int) -> bool:
    # A server on every address does not stop macOS from binding the loopback address beneath it.
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.5):
        return True
    return False
