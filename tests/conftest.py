"""Where tests keep things, and the hints a command gives instead of a broker's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import grouped
from tests.migrated import copy_to

# Programs that tests start write here, never into the home of whoever runs the tests.
HOME = Path(tempfile.mkdtemp(prefix="muster-tests-"))
os.environ["MUSTER_HOME"] = str(HOME)
os.environ.setdefault(grouped.NOTES, str(HOME))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadgroup":
        return None
    return grouped.Grouped(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    grouped.mark(items)
    yield
    grouped.line_up(items)


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
    if database["ENGINE"].endswith("sqlite"):
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
