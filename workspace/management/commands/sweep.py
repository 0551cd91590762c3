"""`manage.py sweep`: each second, hint at whatever is due and may have been forgotten."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from workspace.celery import app
from workspace.commands import ticks
from workspace.nudges import AWAY, nudge
from workspace.timings import DEFAULT

log = logging.getLogger("muster.sweep")


class Command(BaseCommand):
    help = "Hint at due work each second; running two is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        while not stop.wait(DEFAULT.sweep_every):
            try:
                sweep_once()
            except DatabaseError as error:
                # The database may be away for a while; the next second is another chance.
                log.warning("sweep failed: %s", error)
                close_old_connections()


def sweep_once() -> None:
    """Say we are alive, ask the worker for its own sign, and hint at all that is due."""
    now = timezone.now()
    ticks.beat(name="sweep", facts={"pid": os.getpid()}, at=now)
    for hearer, subjects in ticks.due_work(now).items():
        for subject in subjects:
            nudge(hearer, subject)
    try:
        app.send_task("worker.beat", retry=False, ignore_result=True, expires=5)
    except AWAY as error:  # the next second is another chance
        log.warning("the broker is away: %s", type(error).__name__)
