"""One real installation on which agents are auditioned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.installation import Api, Installation

FAST = {"MUSTER_DEMO_PACE": "0.1", "MUSTER_DEMO_TIME_SCALE": "0.5"}


@pytest.fixture(scope="module")
def muster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("auditions"), env=FAST)
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def api(muster: Installation) -> Api:
    return Api(muster, muster.manage("api_token"))
