"""One installation without the demo, shared by tests here that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import Api, Installation


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("muster") / "home", "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="package")
def api(place: Installation) -> Api:
    return Api(place, place.manage("api_token"))


@pytest.fixture
def own_place(tmp_path: Path) -> Iterator[Installation]:
    """An installation of this test's own, to be broken; not started yet."""
    installation = Installation(tmp_path / "home", "--no-demo")
    try:
        yield installation
    finally:
        installation.stop()
