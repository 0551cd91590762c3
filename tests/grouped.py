"""Which process runs which tests: a group stays together, and what takes long comes first.

pytest-xdist 3.8 tells its scheduler of groups by way of the tests' ids, which pytest 9.2 no longer
lets it change (pytest-xdist#1386): every group was divided among all processes, and each started
what a group shares. Here a process notes the groups it has collected, and the scheduler reads that.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

NOTES = "MUSTER_TEST_GROUPS"  # the folder of the notes: the first process names it to the others
# Where tests share an installation, one process at a time runs them: two would start two.
SHARED = {"connect": {"place"}, "doors_mcp": {"muster"}, "journeys": {"muster"}}
# Groups and folders of tests that wait for real programs or take minutes. They come before all
# others: what is left for the end is short, so that no process ends long after the others.
LONG = (
    "pilot", "five_days", "journeys", "contract", "auditions", "connect", "team", "simulator",
    "installation", "a2a_third_party", "long_run", "killed_worker", "doors_mcp", "up", "demo",
)  # fmt: skip


class Grouped(LoadScopeScheduling):
    """Gives out groups whole, in the order in which they were collected."""

    def schedule(self) -> None:
        self.config.option.loadscopereorder = False
        self.groups: dict[str, str] = {}
        for note in Path(os.environ[NOTES]).glob("*.json"):
            self.groups |= json.loads(note.read_text())
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self.groups.get(nodeid, nodeid)


def mark(items: list[pytest.Item]) -> None:
    """Tests that share an installation are a group."""
    for item in items:
        folder = item.path.parent.name
        if SHARED.get(folder, set()) & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(folder))


def line_up(items: list[pytest.Item]) -> None:
    """Order what was collected, and note its groups."""
    items.sort(key=_place)
    groups = {item.nodeid: group for item in items if (group := _group(item))}
    if me := os.environ.get("PYTEST_XDIST_WORKER"):
        (Path(os.environ[NOTES]) / f"{me}.json").write_text(json.dumps(groups))


def _place(item: pytest.Item) -> int:
    names = (_group(item), item.path.parent.name)
    long = next((name for name in names if name in LONG), None)
    return LONG.index(long) if long else len(LONG)


def _group(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark else ""
