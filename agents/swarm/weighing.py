"""What processes have used of the machine so far."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

TICKS_PER_S = 100.0


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU time by name, user and system together; without those that are gone."""
    found = {}
    for name, pid in pids.items():
        spent = _from_proc(pid) if Path("/proc/self/stat").exists() else _from_ps(pid)
        if spent is not None:
            found[name] = spent
    return found


def _from_proc(pid: int) -> float | None:
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = said.rpartition(")")[2].split()
    return sum(int(fields[n]) for n in (11, 12, 13, 14)) / TICKS_PER_S


def _from_ps(pid: int) -> float | None:
    words = ["ps", "-o", "time=", "-p", str(pid)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    parts = done.stdout.strip().replace("-", ":").split(":")
    if not done.stdout.strip():
        return None
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return seconds
