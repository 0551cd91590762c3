"""What tests share is started once, however many processes run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import time
import pytest

@pytest.mark.parametrize("n", range(6))
def test_alone(n):
    time.sleep(0.2)

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("n", range(6))
def test_together(n):
    time.sleep(0.2)
"""


def test_one_process_runs_a_group_and_others_share_the_rest(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(TESTS)
    words = ["-c", "pyproject.toml", "-p", "tests.conftest", "-p", "no:cacheprovider", "-v"]
    theirs = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "MUSTER_TEST_GROUPS")
    env = {name: value for name, value in os.environ.items() if name not in theirs}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "-n", "2", "--dist", "loadgroup", str(tmp_path)],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    ran = re.findall(r"\[(gw\d)\].* PASSED .*::test_(\w+)\[", done.stdout)
    by = {name: [one for one, test in ran if test == name] for name in ("together", "alone")}
    assert (len(by["together"]), len(by["alone"])) == (6, 6)
    assert len(set(by["together"])) == 1
    assert set(by["alone"]) - set(by["together"])
