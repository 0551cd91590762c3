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
