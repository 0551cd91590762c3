"""Personal tokens as they are used."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from workspace.keys import hashed
from workspace.models import ApiToken
from workspace.models.prepared import Prepared

LIVE_TOKEN = Prepared(
    lambda sha256: ApiToken.objects.filter(
        token_sha256=sha256, revoked_at=None, person__is_active=True,
        person__workspaces__workspace=F("workspace"),
    ).select_related("person", "workspace")
)  # fmt: skip
NOTED_EVERY = timedelta(minutes=1)


def use_token(*, token: str, at: datetime) -> ApiToken | None:
    """The live token these characters are, with its person; None if it opens nothing.

    When it was last used is noted at most once a minute: a busy token costs no writes.
    """
    found: ApiToken | None = LIVE_TOKEN.first(hashed(token))
    if found is None:
        return None
    if found.last_used_at is None or at - found.last_used_at >= NOTED_EVERY:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=at - NOTED_EVERY)
        ApiToken.objects.filter(unnoted, id=found.id).update(last_used_at=at)
    return found
