"""What doors keep: the tokens agents show us, how far a run's conversation has come, and the
connectors that hold agents' programs elsewhere."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, key
from workspace.models.run import Run
from workspace.models.workspace import Person


class AgentToken(Row):
    """A token (`mat_…`) by which an agent that calls us is known; only its SHA-256 is kept."""

    id = key("mat")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=16)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # one that was rotated away counts for a day more
    revoked_at = models.DateTimeField(null=True)


class Talk(Row):
    """One run's conversation through a door that keeps one: where it stands, and when to look.

    A timer row: whoever claims it looks, says what happened as the run's own events, and sets the
    next time. `facts` are the door's own, such as the task of another system; never a secret.
    """

    id = key("talk")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="talk")
    door = models.CharField(max_length=16)
    facts = models.JSONField(default=dict)
    looks = models.PositiveIntegerField(default=0)
    misses = models.PositiveIntegerField(default=0)  # looks in a row that brought nothing
    due_at = models.DateTimeField(null=True, db_index=True)  # None: over
    claimed_until = models.DateTimeField(null=True)
    # Who looks at it for as long as it takes; whoever finds another name here has lost it.
    holder = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()


class Connector(Row):
    """A program somewhere else that holds a socket to us and drives agents beside it.

    Known by its own token (`con_…`), of which only the SHA-256 is kept. `session` names the one
    socket that counts; who holds it says so again and again, or `held_until` passes.
    """

    id = key("con")
    name = models.CharField(max_length=80)
    version = models.CharField(max_length=40, blank=True)
    owner = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="connectors"
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16)
    paired_at = models.DateTimeField()
    session = models.CharField(max_length=40, blank=True)
    held_until = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Pairing(Row):
    """Leave for one connector to join, by a code that is typed or a link that was confirmed.

    Short-lived and for one use; only the code's SHA-256 is kept.
    """

    id = key("pair")
    code_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    connector = models.ForeignKey(
        Connector, null=True, on_delete=models.SET_NULL, related_name="pairings"
    )
