"""Where the workspace itself runs an agent's loop: each call of the model, each call of a tool."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, code
from workspace.models.run import Run


class Exchange(Row):
    """One call in a run's conversation with a model; together they are the whole of it.

    A run that is taken up again after a crash begins with these: what is `done` is not done again,
    what had only `begun` is repeated and its `tries` say so.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="exchanges")
    n = models.PositiveIntegerField()
    kind = code()  # model | tool | told (what the agent was told meanwhile)
    state = models.CharField(max_length=16)  # wanted | begun | waiting (for a person) | done
    of = models.PositiveIntegerField(null=True)  # the call of the model that asked for this tool
    asked = models.JSONField(default=dict)  # model: {sha256, tokens}; tool: {id, name, arguments}
    said = models.JSONField(default=dict)  # model: its message; tool and told: {text}
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    tries = models.PositiveIntegerField(default=1)  # how often it was begun
    due_at = models.DateTimeField(null=True)  # not before then again: its endpoint asked to wait
    trouble = models.JSONField(default=dict, blank=True)  # of its last try: code + params
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "run", "n"], name="one_exchange")
        ]
