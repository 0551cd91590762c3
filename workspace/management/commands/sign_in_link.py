"""`manage.py sign_in_link`: a one-time link for the console; the first makes the owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from workspace.commands.people import create_workspace, make_sign_in_link
from workspace.models import Person


class Command(BaseCommand):
    help = "Print a link that signs one person in, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="", help="whose link; the first owner's without it")
        parser.add_argument("--first", action="store_true", help="make the owner if there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["email"], make_first=options["first"])
        token = make_sign_in_link(person=person, at=timezone.now())
        self.stdout.write(f"{settings.MUSTER_URL}/sign-in/{token}")


def find_person(email: str, *, make_first: bool) -> Person:
    """Whom the console means: by e-mail, else the first owner; made if asked for."""
    if email:
        found = Person.objects.filter(email=email).first()
        if found is None:
            raise CommandError(f"nobody here has the address {email}")
        return found
    found = Person.objects.filter(workspaces__role="owner").order_by("id").first()
    if found is None and not make_first:
        raise CommandError("nobody has signed in yet: start with `manage.py up`")
    return found or create_workspace(
        name="My workspace", owner_name="Owner", email=None, at=timezone.now()
    )
