"""`manage.py api_token`: print a personal token. The console counts as signing in again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from workspace.actors import SYSTEM
from workspace.commands.people import make_token
from workspace.errors import Refused
from workspace.models import Person, WorkspaceMember
from workspace.policy import SCOPES
from workspace.sentences import refusal


class Command(BaseCommand):
    help = "Print a personal token for the people's API. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="whose token; the first owner's if left out")
        parser.add_argument(
            "--scopes", default=",".join(SCOPES),
            help=f"separated by commas; all if left out: {', '.join(SCOPES)}",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        person = _person(options["email"])
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _made, token = make_token(
                person=person, name="console", scopes=scopes, reauthenticated=True, by=SYSTEM,
                at=timezone.now(),
            )  # fmt: skip
        except Refused as error:
            raise CommandError(refusal(error)) from None
        self.stdout.write(token)


def _person(email: str | None) -> Person:
    if email:
        found = Person.objects.filter(email__iexact=email, is_active=True).first()
    else:
        owners = WorkspaceMember.objects.filter(role="owner", person__is_active=True)
        first = owners.select_related("person").order_by("joined_at", "id").first()
        found = first.person if first else None
    if found is None:
        raise CommandError("There is no such person yet. Start Muster once: make run")
    return found
