"""An empty database that was migrated once, to be copied: migrating takes seconds of a processor.

It is kept beside the project's environment for as long as the migrations are the same. How a first
start migrates is tested where installations are started as people start them, in `tests/up`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(sys.prefix) / "migrated"


def copy_to(path: Path) -> None:
    """Make the file an empty database of today's shape."""
    path.parent.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(exist_ok=True)
    kept = KEPT / f"{_shape()}.sqlite3"
    with (KEPT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first of several processes makes it
        if not kept.exists():
            for old in KEPT.glob("*.sqlite3"):
                old.unlink()
            _make(kept)
        shutil.copyfile(kept, path)


def _shape() -> str:
    """Names what the tables depend on: our migrations, and Django's own."""
    migrations = sorted((ROOT / "workspace" / "migrations").glob("*.py"))
    said = [django.__version__, *(f"{one.name}\n{one.read_text('utf-8')}" for one in migrations)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _make(kept: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="muster-migrated-") as folder:
        made = Path(folder) / "made.sqlite3"
        theirs = {k: v for k, v in os.environ.items() if not k.startswith(("MUSTER_", "DATABASE_"))}
        env = {**theirs, "MUSTER_HOME": folder, "DATABASE_URL": f"sqlite:///{made}"}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"],
            cwd=ROOT, env=env, check=True, timeout=300,
        )  # fmt: skip
        shutil.move(made, kept)
