"""Celery jobs: hints to look. Each is safe to run twice, and to lose."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from agents import judging, sourcing
from agents.audition.advance import advance
from agents.doors import sending
from agents.doors.model.host import let_go
from agents.doors.registry import door_of
from agents.tick import tick
from agents.waking import Waker

log = logging.getLogger("muster.jobs")
AWAY = (OSError, KombuError, RedisError)
SENT_TOGETHER = 50


@shared_task(name="room.tick")
def tick_room(room_id: str) -> None:
    """Have a room's coordinator look, unless its turn comes in a moment anyway."""
    if _waker.is_waiting(room_id):
        return
    tick(room_id, put_off=_waker.wake)


def _hint(job: Task, subject: str) -> None:
    try:
        job.apply_async((subject,), retry=False)
    except AWAY as error:  # the sweep comes by
        log.warning("the broker is away: %s", type(error).__name__)


_waker = Waker(lambda room_id: _hint(tick_room, room_id))


@shared_task(name="deliveries.send")
def send_deliveries(_subject: str) -> None:
    """Begin what is owed; answers are taken as they come, so a slow agent holds up nobody.

    A part of it at a time: three hundred orders in one job would hold its thread for as long.
    """
    if sending.deliver_due(timezone.now(), most=SENT_TOGETHER):
        _hint(send_deliveries, "more")


@shared_task(name="judgements.answer")
def answer_judgement(judgement_id: str) -> None:
    """Have a judge answer, if it is still wanted."""
    judging.answer(judgement_id)


@shared_task(name="sources.check")
def check_sources(deliverable_id: str) -> None:
    """Look up what a version names as its sources, as far as it is due."""
    sourcing.check(deliverable_id)


@shared_task(name="talks.look")
def look(door: str) -> None:
    """Look at the conversations of a door whose time has come."""
    door_of(door).look(timezone.now())


@worker_shutting_down.connect
def give_back(**_told: Any) -> None:
    """Whoever takes this worker's place goes on with its conversations at once."""
    let_go()


@shared_task(name="auditions.advance")
def advance_audition(subject_id: str) -> None:
    """Go on with an audition, or try an agent again whose version changed."""
    advance(subject_id)
