"""One real installation, shared by the journeys that only look and work in it.

It ends with them: one that nobody needs any more still costs the others a tenth of a core.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import Api, Installation

FAST = {"MUSTER_DEMO_PACE": "0.05", "MUSTER_DEMO_TIME_SCALE": "0.2"}


@pytest.fixture(scope="package")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo, with its agents working faster than people would like to watch."""
    installation = Installation(tmp_path_factory.mktemp("muster"), env=FAST)
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="package")
def api(muster: Installation) -> Api:
    return Api(muster, muster.manage("api_token"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """An installation of this test's own, to be broken; not started yet."""
    installation = Installation(tmp_path / "home", env=FAST)
    try:
        yield installation
    finally:
        installation.stop()
