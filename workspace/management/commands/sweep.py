"""`manage.py sweep`: each second, hint at whatever is due and may have been forgotten."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from workspace.celery import app
from workspace.commands import ticks
from workspace.nudges import AWAY, nudge
from workspace.timings import DEFAULT

log = logging.getLogger("muster.sweep")
Hint = tuple[str, str]  # who is to hear of what
LONGEST_WAIT = 8.0


class Command(BaseCommand):
    help = "Hint at due work each second; running two is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        said = Said()
        while not stop.wait(DEFAULT.sweep_every):
            try:
                sweep_once(said)
            except DatabaseError as error:
                # The database may be away for a while; the next second is another chance.
                log.warning("sweep failed: %s", error)
                close_old_connections()


class Said:
    """What was hinted at and nobody has come to yet: said again after one second, two, four, then
    every eight, so that workers who are behind are not given the same again and again."""

    def __init__(self) -> None:
        self._next: dict[Hint, tuple[object, float, float]] = {}  # mark, when to say it, then after

    def worth_saying(self, due: Mapping[str, Mapping[str, object]], now: float) -> list[Hint]:
        """Which of what is due is to be said at `now`, in seconds on any clock that only grows."""
        before, self._next, found = self._next, {}, []
        for hearer, subjects in due.items():
            for subject, mark in subjects.items():
                hint = (hearer, subject)
                known, at, wait = before.get(hint, (None, now, 1.0))
                if mark is None or mark != known:
                    at, wait = now, 1.0
                if at <= now:
                    found.append(hint)
                    at, wait = now + wait, min(2 * wait, LONGEST_WAIT)
                self._next[hint] = (mark, at, wait)
        return found


def sweep_once(said: Said) -> None:
    """Say we are alive, ask the worker for its own sign, and hint at what is due."""
    now = timezone.now()
    ticks.beat(name="sweep", facts={"pid": os.getpid()}, at=now)
    for hearer, subject in said.worth_saying(ticks.due_work(now), time.monotonic()):
        nudge(hearer, subject)
    try:
        app.send_task("worker.beat", retry=False, ignore_result=True, expires=30)
    except AWAY as error:  # the next second is another chance
        log.warning("the broker is away: %s", type(error).__name__)
