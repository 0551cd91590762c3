"""`make bench`: how long a start takes, what it weighs, how fast the house answers and decides.

Starts Muster in a home of its own, without the demo, and stops it again; tells what a step costs
that an agent reports, and what one costs that the workspace makes itself for a model's agent; then
takes the trials of
the coordinator that are figures: how long a plan of a large room takes, beside a floor of the same
run, and how well cards are given to agents nobody knows, beside other ways to choose.
`--json` gives one JSON line a part; `--only PART` takes one of them.
"""

import argparse
import http.client
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench_model import bench_model
from bench_steps import bench_steps

ROOT = Path(__file__).resolve().parents[1]
LONGEST_START = 300
PARTS = ("house", "steps", "model", "plan", "assignment")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--requests", type=int, default=300, help="requests of each kind")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    asked = parser.parse_args()
    for part in [asked.only] if asked.only else PARTS:
        if part == "house":
            bench_house(asked.requests, is_json=asked.json)
        elif part == "steps":
            bench_steps(started, is_json=asked.json)
        elif part == "model":
            bench_model(is_json=asked.json)
        else:
            bench_trial(part, is_json=asked.json)


def bench_house(requests: int, *, is_json: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as home:
        measured = measure(Path(home), requests)
    if is_json:
        print(json.dumps({"part": "house", **measured}), flush=True)
        return
    for name, value in measured.items():
        print(f"{name:<28} {value}", flush=True)


def bench_trial(name: str, *, is_json: bool) -> None:
    """A trial as its command gives it; exits with it where a promise of it is broken."""
    words = [sys.executable, "manage.py", "trial", name, *(["--json"] if is_json else [])]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if is_json and done.stdout:
        print(json.dumps({"part": name, **json.loads(done.stdout)}), flush=True)
    else:
        print(f"\n{done.stdout}", flush=True)
    if done.returncode:
        sys.exit(done.returncode)


def measure(home: Path, requests: int) -> dict[str, Any]:
    began = time.monotonic()
    supervisor = started(home)
    try:
        measured: dict[str, Any] = {"start_seconds": round(time.monotonic() - began, 2)}
        state = json.loads((home / "up.json").read_text())
        measured |= weigh({"supervisor": state["pid"], **state["children"]})
        for path in ("/healthz", "/sign-in"):
            measured |= time_requests(state["url"], path, requests)
    finally:
        supervisor.send_signal(signal.SIGINT)
        stopping = time.monotonic()
        supervisor.wait(60)
    measured["stop_seconds"] = round(time.monotonic() - stopping, 2)
    return measured


def started(home: Path) -> subprocess.Popen[str]:
    """Muster in a home of its own, once it is ready."""
    supervisor = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo", "--port", "0", "--home", str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_until_ready(supervisor)
    return supervisor


def wait_until_ready(supervisor: subprocess.Popen[str]) -> None:
    assert supervisor.stdout is not None
    until = time.monotonic() + LONGEST_START
    said = []
    for line in supervisor.stdout:
        said.append(line)
        if line.startswith("Muster is ready"):
            return
        if time.monotonic() > until:
            break
    sys.exit("Muster did not start:\n" + "".join(said))


def weigh(pids: dict[str, int]) -> dict[str, Any]:
    """Resident megabytes of each process and of all."""
    megabytes = {name: resident(pid) for name, pid in pids.items()}
    return {f"{name}_mb": size for name, size in megabytes.items()} | {
        "all_mb": round(sum(megabytes.values()), 1)
    }


def resident(pid: int) -> float:
    answer = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return round(int(answer.stdout) / 1024, 1)


def time_requests(url: str, path: str, count: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status >= 400:
            sys.exit(f"{path} answered {answer.status}.")
    cuts = statistics.quantiles(taken, n=100)
    name = re.sub(r"\W+", "_", path.strip("/"))
    return {f"{name}_p50_ms": round(cuts[49], 2), f"{name}_p99_ms": round(cuts[98], 2)}


if __name__ == "__main__":
    main()
