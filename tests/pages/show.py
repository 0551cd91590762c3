"""`python -m tests.pages.show` fills an empty installation with the sample, to look at."""

from __future__ import annotations

import os


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from tests.pages.sample import a_sample
    from workspace.commands.people import make_sign_in_link
    from workspace.models import Person

    found = a_sample(timezone.now())
    person = Person.objects.get(id=found.owner_id)
    token = make_sign_in_link(person=person, at=timezone.now())
    print(f"{settings.MUSTER_URL}/sign-in/{token} {found}")


if __name__ == "__main__":
    main()
