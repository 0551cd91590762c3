"""Who seldom writes gets its turn beside a process that writes all the time."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from workspace.sqlite.turns import Turns

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import json, sys, threading, time
import django
django.setup()
from django.db import connection, transaction
threads, pause, until = int(sys.argv[1]), float(sys.argv[2]), time.time() + float(sys.argv[3])
made, waits = [], []
def write():
    while time.time() < until:
        began = time.monotonic()
        with transaction.atomic():
            waits.append(time.monotonic() - began)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE t SET n = n + 1")
            time.sleep(0.002)
        made.append(1)
        time.sleep(pause)
every = [threading.Thread(target=write) for _ in range(threads)]
for one in every: one.start()
for one in every: one.join()
print(json.dumps({"made": len(made), "longest": max(waits)}))
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "muster.sqlite3"
    with sqlite3.connect(path) as rows:
        rows.execute("CREATE TABLE t (n INTEGER)")
        rows.execute("INSERT INTO t VALUES (0)")
    return path


def writer(database: Path, threads: int, pause: float, seconds: float) -> subprocess.Popen[str]:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{database}",
           "DJANGO_SETTINGS_MODULE": "workspace.settings"}  # fmt: skip
    words = [sys.executable, "-c", WRITER, str(threads), str(pause), str(seconds)]
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> dict[str, float]:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    found: dict[str, float] = json.loads(out)
    return found


def test_who_seldom_writes_never_waits_long_beside_a_process_that_always_writes(
    database: Path,
) -> None:
    """With SQLite's own waiting, the longest wait here is half of the time they are given."""
    always, seldom = writer(database, 8, 0.0, 6.0), writer(database, 1, 0.02, 6.0)
    busy, rare = said(always), said(seldom)
    assert rare["longest"] < 1.0
    assert rare["made"] > 40
    with sqlite3.connect(database) as rows:
        assert rows.execute("SELECT n FROM t").fetchone() == (busy["made"] + rare["made"],)


def test_a_process_that_dies_gives_its_turn_back(database: Path) -> None:
    holding = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, time; from workspace.sqlite.turns import turns_of\n"
         "turns_of(sys.argv[1]).take(1); print('taken', flush=True); time.sleep(60)",
         str(database)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holding.stdout is not None
    assert holding.stdout.readline() == "taken\n"
    mine = Turns(str(database.resolve()) + ".turn")
    has_turn = threading.Event()

    def take() -> None:
        mine.take(1.0)
        has_turn.set()

    threading.Thread(target=take, daemon=True).start()
    assert not has_turn.wait(0.5), "two have the turn at once"
    holding.kill()
    assert has_turn.wait(10)
    mine.give_back()


def test_a_thread_whose_process_never_ends_its_turn_is_told_that_the_database_is_locked(
    tmp_path: Path,
) -> None:
    turns = Turns(str(tmp_path / "x.turn"))
    turns.take(1.0)
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        turns.take(0.05)
    turns.give_back()
    turns.take(0.05)
    turns.give_back()
