"""What may be spent, what is spoken for, and what is gone."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, key


class Budget(Row):
    """A cap on money, tokens, steps or wall time for a room, a card or an agent, over a period."""

    id = key("bud")
    subject_id = models.CharField(max_length=40)
    what = models.CharField(max_length=16)  # usd | tokens | steps | seconds
    period = models.CharField(max_length=16, default="ever")  # ever, or a day such as 2026-11-24
    cap = models.DecimalField(max_digits=18, decimal_places=6)
    reserved = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    spent = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    warned_at = models.DateTimeField(null=True)  # four fifths were gone
    asked_at = models.DateTimeField(null=True)  # people were asked whether to raise it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "subject_id", "what", "period"], name="one_budget"
            ),
            models.CheckConstraint(
                condition=models.Q(cap__gte=0, reserved__gte=0, spent__gte=0),
                name="a_budget_is_not_negative",
            ),
        ]


class Reservation(Row):
    """Spoken for until it is settled: the worst case of one run or one model call."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="reservations")
    ref = models.CharField(max_length=40)  # a run's or a judgement's id
    amount = models.DecimalField(max_digits=18, decimal_places=6)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "budget", "ref"],
                condition=models.Q(settled_at=None),
                name="one_open_reservation",
            )
        ]


class ModelCall(Row):
    """One request to the coordinator's model: what limits and costs are counted from."""

    judgement = models.ForeignKey(
        "workspace.Judgement", null=True, on_delete=models.CASCADE, related_name="calls"
    )
    at = models.DateTimeField(db_index=True)
    tokens_wanted = models.PositiveIntegerField()  # prompt and requested output
    ended_at = models.DateTimeField(null=True)
    tokens = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    outcome = models.CharField(max_length=32, blank=True)  # answered, or the trouble's code
    account = models.CharField(
        max_length=32, blank=True, db_index=True
    )  # whose limits it counts on
    held_until = models.DateTimeField(null=True)  # the service asked all of its calls to wait
