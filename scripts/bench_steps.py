"""What a step costs that an agent reports through the webhook door, on a real installation.

One event a callback, and a hundred in one, by processor time of the web process, which writes to
the database itself. The floor is the same stack in the same run answering a request that does
nothing. A line of JSON; nothing here is a limit.
"""

import http.client
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import sysconf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
SINGLES, BATCHES, EACH = 1_000, 30, 100
TICK_MS = 1000 / sysconf("SC_CLK_TCK")
ASKED = threading.Event()
ORDER: dict[str, Any] = {}


class Agent(BaseHTTPRequestHandler):
    """Takes whatever comes, and keeps the first order; it is marked as one that checks nothing."""

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        data = event["data"]
        if event["type"] == "card.assigned" and not ASKED.is_set():
            ORDER.update(data)
            ASKED.set()
        said = {"challenge": data.get("challenge"), "status": "accepted", "agent": {"name": "x"}}
        self.send_response(202 if event["type"] == "card.assigned" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def measure(home: Path, start: Callable[[Path], subprocess.Popen[str]]) -> dict[str, Any]:
    """`start` starts an installation in `home` and returns once it is ready."""
    supervisor = start(home)
    agent = ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    threading.Thread(target=agent.serve_forever, daemon=True).start()
    try:
        state = json.loads((home / "up.json").read_text())
        give_a_card(home, state["url"], f"http://127.0.0.1:{agent.server_address[1]}/")
        return taken_together(state["url"], int(state["children"]["web"]))
    finally:
        agent.shutdown()
        supervisor.send_signal(signal.SIGINT)
        supervisor.wait(60)


def give_a_card(home: Path, url: str, agent_url: str) -> None:
    """Register the agent, and give it the one card of a room."""
    command = [sys.executable, "manage.py", "api_token"]
    env = {"MUSTER_HOME": str(home), "PATH": "/usr/bin:/bin", "MUSTER_URL": url}
    token = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    def post(path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token.stdout.strip()}",
                   "Content-Type": "application/json"}  # fmt: skip
        data = json.dumps(body).encode()
        asked = urllib.request.Request(f"{url}/api/v1{path}", data, headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    made = post("/agents", {"name": "Reporter", "url": agent_url, "lease": 3600,
                            "silent_after": 1800})  # fmt: skip
    post(f"/agents/{made['id']}/verify", {})
    room = post("/rooms", {"name": "Bench", "goal": "Nothing to split.", "agents": [made["id"]]})
    post(f"/rooms/{room['id']}/cards", {"title": "Report", "brief": "Report.", "criteria": ["x"]})
    if not ASKED.wait(60):
        sys.exit("The agent was given no card.")


def taken_together(url: str, web: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    place = urlsplit(ORDER["callback"]["base_url"]).path
    report(connection, place, 0, 20)  # warm
    floor = spent(web, lambda: nothing(connection, SINGLES)) / SINGLES
    began = time.monotonic()
    single = spent(web, lambda: [report(connection, place, n + 1, 1) for n in range(SINGLES)])
    took = time.monotonic() - began
    many = spent(web, lambda: [report(connection, place, n + 9_000, EACH) for n in range(BATCHES)])
    return {
        "floor_ms_a_request": round(floor, 3),
        "single_ms_a_step": round(single / SINGLES, 3),
        "batched_ms_a_step": round(many / (BATCHES * EACH), 3),
        "single_over_floor": round(single / SINGLES / floor, 2),
        "single_steps_a_second": round(SINGLES / took, 1),
    }


def spent(pid: int, what: Callable[[], object]) -> float:
    """Milliseconds of processor time that a process took meanwhile."""
    before = ticks(pid)
    what()
    return (ticks(pid) - before) * TICK_MS


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def nothing(connection: http.client.HTTPConnection, count: int) -> None:
    for _ in range(count):
        connection.request("GET", "/agent/v1/nowhere")
        connection.getresponse().read()


def report(connection: http.client.HTTPConnection, place: str, batch: int, count: int) -> None:
    events = [
        {"id": f"{batch}-{n}", "type": "run.activity",
         "data": {"kind": "action", "title": f"Page {batch}-{n}", "status": "ok"}}
        for n in range(count)
    ]  # fmt: skip
    headers = {"Authorization": f"Bearer {ORDER['callback']['token']}",
               "Muster-Lease": ORDER["run"]["lease_token"],
               "Content-Type": "application/json"}  # fmt: skip
    connection.request("POST", f"{place}/events", json.dumps({"events": events}), headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        sys.exit(f"A report was answered {answer.status}: {said[:300]!r}")


def bench_steps(start: Callable[[Path], subprocess.Popen[str]], *, is_json: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as home:
        measured = measure(Path(home), start)
    if is_json:
        print(json.dumps({"part": "steps", **measured}), flush=True)
        return
    for name, value in measured.items():
        print(f"{name:<28} {value}", flush=True)
