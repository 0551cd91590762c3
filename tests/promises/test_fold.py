"""Old state + events == fetched state, after whatever happened (I5)."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promises.machine import Commands


@pytest.mark.django_db
def test_any_commands_in_any_order_keep_every_promise():
    run_state_machine_as_test(
        Commands,
        settings=settings(
            max_examples=30, stateful_step_count=50, derandomize=True, deadline=None,
            database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
