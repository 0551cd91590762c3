"""What a persisted step through the model door costs, beside its floor in the same run.

    python scripts/bench_model.py [--agents 50] [--turns 13] [--delay 0.05]

A scratch database of its own, the model in a process of its own that answers after `delay`; the
loop runs in this process as in a worker, without web, coordinator or broker. The floor makes the
same number of calls with aiohttp alone and commits a row of SQLite for each step.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LOOK_EVERY = 0.05
# At once; a fast model; as many as a room takes, of a model that thinks for a second.
PLAYED = ((50, 13, 0.0), (50, 13, 0.05), (300, 5, 1.0))


def bench_model(*, is_json: bool) -> None:
    """Each of `PLAYED` in a process of its own, one line each."""
    for agents, turns, delay in PLAYED:
        words = [sys.executable, __file__, "--agents", str(agents), "--turns", str(turns),
                 "--delay", str(delay)]  # fmt: skip
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        told = {"part": "model", **json.loads(done.stdout)}
        if is_json:
            sys.stdout.write(json.dumps(told) + "\n")
        else:
            sys.stdout.writelines(f"{name:<28} {value}\n" for name, value in told.items())
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--turns", type=int, default=13)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds the model takes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="muster-model-bench-") as home:
        set_up(Path(home))
        model = start_model(asked.delay)
        assert model.stdout is not None
        try:
            found = measured(model.stdout.readline().strip(), asked.agents, asked.turns,
                             asked.delay, Path(home))  # fmt: skip
        finally:
            model.terminate()
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the loop's threads have nothing more to do


def set_up(home: Path) -> None:
    os.environ |= {
        "MUSTER_HOME": str(home), "DATABASE_URL": f"sqlite:///{home / 'bench.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "workspace.settings", "MUSTER_ALLOW_CIDRS": "127.0.0.0/8",
        "MUSTER_LOG": "ERROR",
    }  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    import workspace.record

    workspace.record.nudge = lambda *hint: None  # type: ignore[attr-defined,assignment]  # no broker here


def start_model(delay: float) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "agents.swarm.model", "--delay", str(delay)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def measured(url: str, agents: int, turns: int, delay: float, home: Path) -> dict[str, Any]:
    from agents.swarm.benching import a_room_of, is_over, steps_kept

    room_id, order = a_room_of(url, agents, turns)
    from agents.doors import sending
    from agents.doors.registry import door_of

    began, cpu = time.perf_counter(), time.process_time()
    sending.begin_due(datetime.now(UTC))
    while not is_over(room_id):
        now = datetime.now(UTC)
        sending.begin_due(now)
        door_of("model").look(now)
        time.sleep(LOOK_EVERY)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    steps = steps_kept(room_id)
    floor_s, floor_cpu = floor(url, order, agents, turns, home)
    ideal = turns * delay
    return {
        "agents": agents, "turns": turns, "delay_s": delay, "steps": steps,
        "seconds": round(took, 3), "floor_seconds": round(floor_s, 3),
        "cpu_ms_per_step": round(1000 * spent / steps, 3),
        "floor_cpu_ms_per_step": round(1000 * floor_cpu / steps, 3),
        "share_of_ideal": round(ideal / took, 3) if delay else None,
        "floor_share_of_ideal": round(ideal / floor_s, 3) if delay else None,
        "steps_per_s": round(steps / took, 1),
    }  # fmt: skip


def floor(url: str, order: str, agents: int, turns: int, home: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of the same calls with nothing around them but a commit a step."""
    import aiohttp

    rows = sqlite3.connect(home / "floor.sqlite3", isolation_level=None)
    rows.execute("PRAGMA journal_mode=WAL")
    rows.execute("PRAGMA synchronous=NORMAL")
    rows.execute("CREATE TABLE step (agent INTEGER, n INTEGER, said TEXT)")

    async def one(web: aiohttp.ClientSession, agent: int) -> None:
        messages: list[dict[str, Any]] = [{"role": "user", "content": order}]
        for turn in range(turns):
            async with web.post(f"{url}/chat/completions", json={"messages": messages}) as answer:
                said = (await answer.json())["choices"][0]["message"]
            messages.append(said)
            for n in (2 * turn, 2 * turn + 1):
                rows.execute("BEGIN IMMEDIATE")
                rows.execute("INSERT INTO step VALUES (?, ?, ?)", (agent, n, json.dumps(said)))
                rows.execute("COMMIT")
            messages += [{"role": "tool", "tool_call_id": call["id"], "content": "Noted."}
                         for call in said["tool_calls"]]  # fmt: skip

    async def everyone() -> None:
        # As many at once as there are agents, or it would be no floor.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as web:
            await asyncio.gather(*(one(web, agent) for agent in range(agents)))

    began, cpu = time.perf_counter(), time.process_time()
    asyncio.run(everyone())
    return time.perf_counter() - began, time.process_time() - cpu


if __name__ == "__main__":
    main()
