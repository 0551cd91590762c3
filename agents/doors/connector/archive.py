"""The connector as one file that Python runs: its own modules and the one library it needs."""

import io
import zipfile
from functools import cache
from importlib.metadata import files
from pathlib import Path

import websockets

import agents.connect

MAIN = "import sys\n\nfrom agents.connect.__main__ import main\n\nsys.exit(main())\n"
LAUNCH = b"#!/usr/bin/env python3\n"
WHEN = (2020, 1, 1, 0, 0, 0)  # equal bytes for equal programs


@cache
def whole_program() -> bytes:
    """A zip application. Only Python sources are in it, so it runs wherever Python does."""
    out = io.BytesIO()
    out.write(LAUNCH)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "__main__.py", MAIN.encode())
        _put(archive, "agents/__init__.py", b"")
        _put_package(archive, "agents/connect", Path(agents.connect.__path__[0]))
        _put_package(archive, "websockets", Path(websockets.__path__[0]))
        for file in files("websockets") or []:
            if file.name.upper().startswith("LICENSE"):
                _put(archive, f"licenses/websockets-{file.name}", file.read_binary())
    return out.getvalue()


def _put_package(archive: zipfile.ZipFile, place: str, folder: Path) -> None:
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        _put(archive, f"{place}/{name}", path.read_bytes())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    about = zipfile.ZipInfo(name, WHEN)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.external_attr = 0o644 << 16
    archive.writestr(about, content)
