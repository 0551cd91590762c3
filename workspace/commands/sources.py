"""What versions name as their sources: when each is looked up, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from workspace.actors import SYSTEM
from workspace.commands.locks import lock_deliverable
from workspace.errors import NotFound
from workspace.events import SourcesChecked
from workspace.models import Deliverable, Source
from workspace.models.prepared import Prepared
from workspace.queries.covered import coverage_of
from workspace.record import hint, record

NAMED = Prepared(
    lambda deliverable_id: Source.objects.filter(deliverable_id=deliverable_id).order_by("id")
)
MOST_URLS = 100  # different ones of a version that are looked up
MOST_TRIES = 3
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10))
CLAIM_FOR = timedelta(seconds=90)  # longer than a job may take
STATES = ("found", "missing", "dead", "refused", "unchecked")


@dataclass(frozen=True, slots=True)
class LookUp:
    """What came of looking a source up. `is_final` is False where it is worth another try."""

    state: str
    is_final: bool = True


def begin_lookups(version: Deliverable, *, at: datetime) -> None:
    """Have a new version's sources looked up; part of submitting it."""
    urls: set[str] = set()
    due = []
    for source in NAMED.all(version.id):
        url = source.place.get("url")
        if url and url not in urls and len(urls) >= MOST_URLS:
            continue
        urls |= {url} if url else set()
        due.append(source.id)
    if due:
        Source.objects.filter(id__in=due).update(due_at=at)
        hint("sources", version.id)


def due_versions(at: datetime, most: int = 20) -> list[str]:
    """Versions with a source whose time has come, for the sweep to hint at."""
    due = Source.objects.filter(due_at__lte=at, deliverable__isnull=False)
    found = due.order_by("deliverable_id").values_list("deliverable_id", flat=True).distinct()
    return [str(id) for id in found[:most]]


@transaction.atomic
def claim_sources(*, deliverable_id: str, at: datetime, most: int) -> list[Source]:
    """Take some due sources of a version to look them up. A claim that is never settled lapses.

    All sources with one URL are taken together, so that it is fetched once.
    """
    try:
        _room, _card, version = lock_deliverable(deliverable_id)
    except NotFound:
        return []
    due = version.sources.filter(due_at__lte=at).order_by("tries", "id")
    places: set[str] = set()
    taken = []
    for source in due:
        key = source.place.get("url") or source.id
        if key not in places and len(places) >= most:
            continue
        places.add(key)
        taken.append(source.id)
    # Counted when taken, so that a page that kills its reader is not read for ever.
    Source.objects.filter(id__in=taken).update(due_at=at + CLAIM_FOR, tries=F("tries") + 1)
    rows = Source.objects.filter(id__in=taken).select_related("deliverable__run__card")
    return list(rows.order_by("id"))


@transaction.atomic
def settle_sources(*, deliverable_id: str, found: Mapping[str, LookUp], at: datetime) -> None:
    """Keep what was found, by source id. What may change is looked up again later, some times.

    When nothing of the version is left to be looked up, its coverage is that of sources that hold,
    and one event says how they stand.
    """
    room, card, version = lock_deliverable(deliverable_id)
    rows = version.sources.filter(id__in=list(found), due_at__isnull=False)
    changed = [_settled(row, found[row.id], at) for row in rows]
    Source.objects.bulk_update(changed, ["state", "checked_at", "due_at"])
    if not changed or version.sources.filter(due_at__isnull=False).exists():
        return
    version.coverage = coverage_of(version).share
    version.save(update_fields=["coverage"])
    counted = Counter(version.sources.values_list("state", flat=True))
    what = SourcesChecked(
        deliverable_id=version.id, card_id=card.id,
        **{state: counted[state] for state in STATES},
    )  # fmt: skip
    record(room, what, by=SYSTEM, at=at)


def _settled(row: Source, found: LookUp, at: datetime) -> Source:
    row.checked_at = at
    if found.is_final or row.tries >= MOST_TRIES:
        row.state, row.due_at = found.state, None
    else:
        row.due_at = at + AGAIN_AFTER[row.tries - 1]
    return row
