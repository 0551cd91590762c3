"""Worlds begin with copies of an empty database; here that one need not be migrated again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agents.simulator import database
from tests.migrated import copy_to


@pytest.fixture(scope="session", autouse=True)
def shape(tmp_path_factory: pytest.TempPathFactory) -> None:
    file: Path = tmp_path_factory.mktemp("shape") / "empty.sqlite3"
    copy_to(file)
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    on_disk = sqlite3.connect(file)
    on_disk.backup(kept)
    on_disk.close()
    database._shape[:] = [kept]
