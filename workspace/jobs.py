"""Jobs of the workspace itself."""

from __future__ import annotations

import os

from celery import shared_task
from django.utils import timezone

from workspace.commands import ticks


@shared_task(name="worker.beat")
def beat() -> None:
    """The worker's sign of life: it travelled through the broker to get here."""
    ticks.beat(name="worker", facts={"pid": os.getpid()}, at=timezone.now())
