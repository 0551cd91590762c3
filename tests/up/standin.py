"""Muster's processes, played by a few lines each, so that the supervisor is tested in seconds.

`python -m tests.up.standin up …` is `manage.py up` over these programs. STANDIN_FAIL names the ones
that end at once, STANDIN_DEAF those that do not listen when asked to stop.
"""

import http.server
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workspace.up import command, ready, restarts
from workspace.up.parts import Commands

ME = (sys.executable, "-m", "tests.up.standin")
FRESH = 1.5


@dataclass(frozen=True)
class Entry:
    name: str
    module: str = "tests.up.standin"
    skills: tuple[str, ...] = ("testing",)


ROSTER = (Entry("Ann"), Entry("Ben"))


def beat(name: str) -> None:
    """Show a sign of life until told to stop."""
    deaf = name in os.environ.get("STANDIN_DEAF", "")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else lambda number, frame: sys.exit(0))
    sign = beat_of(name)
    while True:
        # Put there whole: a file that is being written is empty for a moment.
        made = sign.with_suffix(".new")
        made.write_text(str(time.time()))
        made.replace(sign)
        time.sleep(0.2)


def beat_of(name: str) -> Path:
    return Path(os.environ["MUSTER_HOME"], f"{name}.beat")


def is_fresh(name: str) -> bool:
    try:
        return time.time() - float(beat_of(name).read_text()) < FRESH
    except (OSError, ValueError):
        return False


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = {"web": {"ok": True}, **{n: {"ok": is_fresh(n)} for n in ("worker", "sweep")}}
        well = all(part["ok"] for part in parts.values())
        body = json.dumps({"ok": well, **parts}).encode()
        self.send_response(200 if well else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def serve(descriptor: int | None, port: int = 0) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Pages, bind_and_activate=False)
    if descriptor is not None:
        server.socket.close()
        server.socket = socket.socket(fileno=descriptor)
        server.socket.setblocking(True)
    else:
        server.server_bind()
        server.server_activate()
    server.serve_forever()


def manage(name: str) -> None:
    if name == "sweep":
        beat("sweep")
    if name == "sign_in_link":
        print(f"{os.environ['MUSTER_URL']}/in/once")


def main(words: list[str]) -> None:
    role = words[0] if words else "agent"
    name = words[1] if role == "manage" else role
    if name in os.environ.get("STANDIN_FAIL", "").split(","):
        sys.exit(f"{name} ends at once, as told")
    if role == "up":
        ready.UNWELL_FOR = float(os.environ.get("STANDIN_PATIENCE", ready.UNWELL_FOR))
        command.PROBE_EVERY_RUNNING = 0.3
        restarts.LONGEST_DELAY = 0.5
        table = Commands((*ME, "web"), (*ME, "worker"), (*ME, "manage"), "tests.up.standin")
        sys.exit(command.main(words[1:], table))
    elif role == "web":
        serve(int(words[words.index("--fd") + 1]))
    elif role == "worker":
        print("hello from the worker", flush=True)
        beat("worker")
    elif role == "manage":
        manage(name)
    else:
        serve(None, int(os.environ["MUSTER_AGENT_PORT"]))


if __name__ == "__main__":
    main(sys.argv[1:])
