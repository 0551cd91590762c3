"""Celery jobs: hints to look. Each is safe to run twice, and to lose."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from agents import judging
from agents.doors.webhook import send
from agents.tick import tick
from workspace import outbox


@shared_task(name="room.tick")
def tick_room(room_id: str) -> None:
    """Have a room's coordinator look."""
    tick(room_id)


@shared_task(name="deliveries.send")
def send_deliveries(_subject: str) -> None:
    """Send what is owed, one job a delivery, so that one slow agent holds up nobody else."""
    for delivery_id in outbox.due_ids(timezone.now()):
        send_delivery.apply_async(args=[delivery_id], ignore_result=True)


@shared_task(name="delivery.send")
def send_delivery(delivery_id: str) -> None:
    """Send one delivery, if it is still due."""
    send.deliver_one(delivery_id)


@shared_task(name="judgements.answer")
def answer_judgement(judgement_id: str) -> None:
    """Have a judge answer, if it is still wanted."""
    judging.answer(judgement_id)
