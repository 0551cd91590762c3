"""Where an installation lives, and what its processes are told about it."""

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from workspace.up.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("log", "static")
LOOPBACK = "127.0.0.0/8,::1/128"


def home_of(environ: Mapping[str, str], given: str | None = None) -> Path:
    """The folder an installation lives in: `--home`, else MUSTER_HOME, else .muster/."""
    chosen = given or environ.get("MUSTER_HOME") or str(ROOT / ".muster")
    return Path(chosen).expanduser().resolve()


def make_home(home: Path) -> None:
    """Create the folder, readable by its owner only: it holds keys and everything people wrote."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"Muster cannot use the folder {home}: {error.strerror}.") from error


def secret_key(home: Path) -> str:
    """The installation's key, made at the first start and kept in its home."""
    path = home / "secret.key"
    with contextlib.suppress(FileNotFoundError):
        if kept := path.read_text().strip():
            return kept
    key = secrets.token_urlsafe(48)
    write_private(path, key + "\n")
    return key


def write_private(path: Path, text: str) -> None:
    """Replace a file in one move, so nobody reads half of it; only its owner may read it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def database_url(home: Path) -> str:
    return f"sqlite:///{quote(str(home / 'muster.sqlite3'))}"


def child_environment(
    environ: Mapping[str, str], *, home: Path, url: str, broker_url: str | None
) -> dict[str, str]:
    """What every child is told. `broker_url` is our own broker, None where REDIS_URL rules."""
    made = dict(environ)
    made["MUSTER_HOME"] = str(home)
    made["PYTHONUNBUFFERED"] = "1"
    _unless_set(made, "MUSTER_SECRET_KEY", lambda: secret_key(home))
    _unless_set(made, "DATABASE_URL", lambda: database_url(home))
    _unless_set(made, "MUSTER_URL", lambda: url)
    if broker_url is not None:
        made["REDIS_URL"] = broker_url
        made["MUSTER_EMBEDDED"] = "1"
        # Agents on this machine are welcome only where nothing was said about networks.
        if "MUSTER_ALLOW_CIDRS" not in environ:
            made["MUSTER_ALLOW_CIDRS"] = LOOPBACK
    return made


def _unless_set(made: dict[str, str], name: str, value: Callable[[], str]) -> None:
    if not made.get(name):
        made[name] = value()
