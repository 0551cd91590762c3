"""Where tests keep things, and the hints a command gives instead of a broker's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migrated import copy_to

# Programs that tests start write here, never into the home of whoever runs the tests.
HOME = Path(tempfile.mkdtemp(prefix="muster-tests-"))
os.environ["MUSTER_HOME"] = str(HOME)


# Where tests share an installation, one process at a time runs them: two would start two.
SHARED = {"connect": {"place"}, "doors_mcp": {"muster"}, "journeys": {"muster"}}
# Groups and folders whose tests wait for real installations, longest first. They come before all
# others: what is left for the end is short, so that no process ends long after the others.
WAITING = (
    "pilot", "journeys", "auditions", "connect", "contract", "five_days", "simulator",
    "installation", "a2a_third_party", "long_run", "killed_worker", "doors_mcp", "up", "demo",
)  # fmt: skip


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        shared = SHARED.get(item.path.parent.name, set())
        if shared & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
    yield
    items.sort(key=place_in_line)


def place_in_line(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group")
    names = (group.args[0] if group else "", item.path.parent.name)
    waits = next((name for name in names if name in WAITING), None)
    return WAITING.index(waits) if waits else len(WAITING)


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def home() -> Iterator[Path]:
    """Files go to a place of this run's own; the settings were read before it was known."""
    from django.test.utils import override_settings

    files = {"BACKEND": "django.core.files.storage.FileSystemStorage",
             "OPTIONS": {"location": HOME / "files"}}  # fmt: skip
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {"default": files, "staticfiles": static}
    (HOME / "static").mkdir()
    with override_settings(HOME=HOME, STATIC_ROOT=HOME / "static", STORAGES=storages):
        yield HOME


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite on a file, as in production: in memory, threads would each see another database."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        copy_to(HOME / "test.sqlite3")
        database.setdefault("TEST", {})["NAME"] = str(HOME / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """The file is there and of today's shape; what else there is to migrate is migrated."""
    from django.db import connection

    return connection.vendor == "sqlite" or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The hints that were given, in order; nothing is sent to a broker."""
    given: list[tuple[str, str]] = []
    monkeypatch.setattr("workspace.record.nudge", lambda *hint: given.append(hint))
    return given
