"""Workspaces, the people in them, and how people prove who they are."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from workspace.models.base import Row, code, key


class Workspace(models.Model):
    """One team's people, agents, rooms and budgets."""

    id = key("wsp")
    name = models.CharField(max_length=120)
    timings = models.JSONField(default=dict, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()


class PersonManager(BaseUserManager["Person"]):
    def create(self, **facts: Any) -> Person:
        person = Person(**facts)
        person.set_unusable_password()
        person.save(force_insert=True)
        return person


class Person(AbstractBaseUser):
    """A human being. Signs in by one-time links; has no password."""

    id = key("usr")
    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    # Raised at sign-out everywhere, removal and role changes: sockets of an older epoch close.
    auth_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PersonManager] = PersonManager()

    @property
    def initials(self) -> str:
        words = self.name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


class WorkspaceMember(Row):
    """A person in a workspace: owner or member."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="workspaces")
    role = code()
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "person"], name="one_seat_per_person")
        ]


class SignInLink(models.Model):
    """A link that signs one person in, once. Only its SHA-256 is kept."""

    id = key("sgn")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Invite(Row):
    """A link by which others join a room; it may ask them to bring an agent."""

    id = key("inv")
    room = models.ForeignKey("workspace.Room", on_delete=models.CASCADE, related_name="invites")
    token_sha256 = models.CharField(max_length=64, unique=True)
    role = code()
    made_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)


class ApiToken(Row):
    """A personal token (`mst_…`) with scopes; only its SHA-256 is kept, the prefix is shown."""

    id = key("tok")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
