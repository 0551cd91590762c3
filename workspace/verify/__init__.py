"""The promises I1–I12 as checks over what is kept. Each yields the breaches it finds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, F, Q, QuerySet, Sum

from workspace import queries
from workspace.files import chunks, manifest_sha256
from workspace.models import (
    WITH_BLOBS,
    Agent,
    Artifact,
    Ask,
    Blob,
    Budget,
    Card,
    Conflict,
    Deliverable,
    DeliverableFile,
    Dependency,
    Event,
    Fact,
    Heartbeat,
    Judgement,
    Received,
    Remedy,
    Reservation,
    Review,
    Room,
    Run,
    RunInput,
    Tick,
)
from workspace.ownership import Owner, next_owners
from workspace.transitions import LIVE_RUN, OPEN_CARD, TERMINAL_RUN
from workspace.verify.told import CONFLICT_STEPS as CONFLICT_STEPS
from workspace.verify.told import EVERYWHERE as EVERYWHERE
from workspace.verify.told import Breach as Breach
from workspace.verify.told import Check as Check
from workspace.verify.told import Seen as Seen
from workspace.verify.told import Within as Within
from workspace.verify.told import follow as follow
from workspace.verify.told import given_in_conflict, streams, terminal_runs, without_reason

COUNTING = ("submitted", "accepted")
OVERDUE = timedelta(seconds=3)
RUNNING = timedelta(seconds=15)


def verify(now: datetime) -> list[Breach]:
    """All breaches at one moment; none is the only good answer."""
    return _found(now, EVERYWHERE)


def verify_room(room_id: str, now: datetime) -> list[Breach]:
    """What `verify` finds of one room, its stream and its agents."""
    return _found(now, Within(room_id))


def _found(now: datetime, within: Within) -> list[Breach]:
    with queries.one_moment():
        return [breach for check in CHECKS.values() for breach in check(now, within)]


def owners(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I1: every open card has an owner of its next action, and no tick is overdue."""
    for room in Room.objects.filter(within("id"), archived_at=None, paused=False):
        cards = list(
            room.cards.filter(status__in=OPEN_CARD).only("room_id", "status", "given_to_person_id")
        )
        found = next_owners(cards)
        workers = set(queries.workers(room).values_list("id", flat=True))
        for card in cards:
            if not _can_act(found.get(card.id), workers):
                yield Breach("I1", card.id, f"{card.status} without an owner of the next action")
    asked = Ask.objects.filter(within(), state="open")
    for ask in asked.filter(run__state__in=TERMINAL_RUN):
        yield Breach("I1", ask.id, "asked by a run that is over")
    for ask in asked.filter(kind="handoff").exclude(card__status="waiting"):
        yield Breach("I1", ask.id, "handed over a card that goes on")
    if not Heartbeat.objects.filter(name="sweep", at__gt=now - RUNNING).exists():
        return  # nothing is running here; /healthz says so
    ticks = Tick.objects.filter(within())
    late = ticks.filter(due_at__lt=now - OVERDUE, room__archived_at=None, claimed_until=None)
    for tick in late:
        yield Breach("I1", tick.room_id, "its tick is overdue")


def _can_act(owner: Owner | None, workers: set[str]) -> bool:
    """Whether somebody is there who owns it, and may still do it."""
    if owner is None or owner.kind == "coordinator":
        return owner is not None
    return bool(workers.intersection(owner.ids) if owner.kind == "person" else owner.ids)


def one_live_run(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I2: at most one live run per card, unless it asks for more; then one in each slot."""
    is_live = Q(runs__state__in=LIVE_RUN)
    cards = Card.objects.filter(within()).annotate(
        live=Count("runs", filter=is_live),
        slots=Count("runs__slot", filter=is_live, distinct=True),
    )
    for card in cards.filter(Q(live__gt=F("independent_runs")) | Q(live__gt=F("slots"))):
        yield Breach("I2", card.id, f"{card.live} live runs in {card.slots} slots")


def done_by_people(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I3: done means a person accepted that exact version."""
    newest = _newest_versions(within)
    for card in Card.objects.filter(within(), status="done"):
        counting = card.deliverables.filter(state__in=COUNTING).values_list("state", "id")
        if [state for state, _ in counting] != ["accepted"] or counting[0][1] not in newest:
            yield Breach("I3", card.id, "done without its newest version accepted")
    for version in Deliverable.objects.filter(within(), state__in=COUNTING).exclude(id__in=newest):
        yield Breach("I3", version.id, "counts although there is a newer version")
    for version in Deliverable.objects.filter(within(), state="accepted"):
        if not Review.objects.filter(
            deliverable=version, verdict="accept", sha256=version.sha256, undone_at=None
        ).exists():
            yield Breach("I3", version.id, "accepted without a person's review of this sha256")


def _newest_versions(within: Within) -> set[str]:
    """Of every card its newest version; of one that was done independently, of each slot."""
    found: dict[str, dict[int, tuple[str, bool]]] = {}
    rows = (
        Deliverable.objects.filter(within())
        .order_by("version")
        .values_list("id", "card_id", "run__slot", "version", "card__versions")
    )
    for id, card_id, slot, version, count in rows:
        found.setdefault(card_id, {})[slot] = (id, version == count)
    return {
        id
        for slots in found.values()
        for id, is_last in slots.values()
        if is_last or len(slots) > 1
    }


def effects_once(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I4: one effect per event: one completion makes one version, and ids are kept."""
    counted = Run.objects.filter(within()).annotate(n=Count("deliverables", distinct=True))
    twice = counted.filter(n__gt=1)
    for run in twice:
        yield Breach("I4", run.id, f"{run.n} versions from one run")
    for row in (
        Received.objects.filter(within("run__room"))
        .values("run_id", "event_id")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
    ):
        yield Breach("I4", row["run_id"], f"event {row['event_id']} was taken twice")


def budgets(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I6: spent and reserved stay within the cap but for one step, and what is reserved is kept."""
    open_ones = Reservation.objects.filter(settled_at=None)
    held = dict(open_ones.values_list("budget_id").annotate(held=Sum("amount")).order_by())
    for budget in Budget.objects.filter(Q(id__in=list(held)) | Q(reserved__gt=0)):
        if budget.reserved != held.get(budget.id, 0):
            yield Breach("I6", budget.subject_id, f"{budget.what} reserved for nothing")
    for budget in Budget.objects.filter(cap__lt=F("spent") + F("reserved")):
        limit = max(budget.cap, _used_when_lowered(budget))
        if budget.spent + budget.reserved > limit and _is_overrun(budget, limit):
            yield Breach("I6", budget.subject_id, f"{budget.what} over its cap")


def _used_when_lowered(budget: Budget) -> Decimal:
    """What was used when a person last set a cap that was not above it."""
    lowered = Event.objects.filter(
        type="budget.used_up", actor__startswith="usr_", data__budget_id=budget.id
    )
    newest = lowered.order_by("-at", "-seq").first()
    return Decimal(newest.data["used"]) if newest else Decimal(0)


def _is_overrun(budget: Budget, limit: Decimal) -> bool:
    """More than one step beyond the limit; of wall time, more than the runs then under way."""
    settled = budget.reservations.exclude(settled_at=None).order_by("settled_at", "id")
    steps = list(settled.values_list("amount", "at", "settled_at"))
    if budget.what != "seconds":
        largest = max((amount for amount, _, _ in steps), default=Decimal(0))
        return budget.spent + budget.reserved > limit + largest
    total, passed_at = Decimal(0), None
    for amount, began, ended in steps:
        if passed_at is not None and began > passed_at + OVERDUE:
            return True
        total += amount
        if passed_at is None and total > limit:
            passed_at = ended
    return budget.spent > max(total, limit)


def fences(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I7: a live run has its card's newest fence: nothing older can write."""
    for run in Run.objects.filter(within(), state__in=LIVE_RUN, card__independent_runs=1):
        if run.fence != run.card.fence:
            yield Breach("I7", run.id, f"live with fence {run.fence} of {run.card.fence}")


def no_cycles(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I9: the card graph has no cycle, a parent is not done before its children, and nothing was
    given to an agent to build on while people had to rule on it."""
    yield from card_order(now, within)
    told = Event.objects.filter(within("stream"), type__in=[*CONFLICT_STEPS, "run.queued"])
    yield from given_in_conflict(told.order_by("stream_id", "seq").iterator(), within, {})


def card_order(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """The part of I9 that rows show: no cycle, and no parent done before its children."""
    edges: dict[str, list[str]] = {}
    needs = Dependency.objects.filter(within("card__room"))
    for card_id, needed in needs.values_list("card_id", "needs_id"):
        edges.setdefault(card_id, []).append(needed)
    safe: set[str] = set()
    for start in edges:
        if _reaches_itself(start, edges, safe):
            yield Breach("I9", start, "depends on itself")
    # One that the parent was given, and that was taken back since, is asked about.
    for row in needs.filter(
        card=F("needs__parent"), card__status="done", needs__status__in=OPEN_CARD
    ):
        given = RunInput.objects.filter(run__card=row.card_id, deliverable__card=row.needs_id)
        if not given.exists():
            yield Breach("I9", row.needs_id, "open under a parent that is done")


def _reaches_itself(start: str, edges: dict[str, list[str]], safe: set[str]) -> bool:
    waiting, seen = list(edges.get(start, ())), set()
    while waiting:
        current = waiting.pop()
        if current == start:
            return True
        if current not in seen and current not in safe:
            seen.add(current)
            waiting.extend(edges.get(current, ()))
    safe.add(start)
    return False


def reasons(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I10: every move of the coordinator has its reason; answered judgements have a proposal, and
    what a ruling pinned has a person's ruling."""
    moves = Event.objects.filter(within("stream"), actor="coordinator", cause={})
    yield from without_reason(moves)
    yield from reasons_kept(now, within)


def reasons_kept(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """The part of I10 that rows show."""
    answered = Judgement.objects.filter(within(), state__in=["answered", "taken"])
    for row in answered.filter(proposal__isnull=True):
        yield Breach("I10", row.id, "answered without a proposal")
    for fact in Fact.objects.filter(within()).exclude(key="").exclude(conflict__status="ruled"):
        yield Breach("I10", fact.id, "pinned without its ruling")
    unruled = Q(ruled_by=None) | Q(ruling={})
    for conflict in Conflict.objects.filter(within(), unruled, status="ruled"):
        yield Breach("I10", conflict.id, "ruled by nobody")
    judged = Remedy.objects.filter(within("run__room"), judgement__isnull=False)
    for remedy in judged.exclude(judgement__state="taken"):
        yield Breach("I10", remedy.id, "follows an answer that was not taken")


def bytes_match(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I11: manifests and bytes match their sha256; inputs are the pinned ones."""
    versions = Deliverable.objects.filter(within())
    given_inputs = RunInput.objects.filter(within("run__room"))
    for version in versions.prefetch_related(WITH_BLOBS, "claims"):
        if manifest_sha256(version.manifest) != version.sha256:
            yield Breach("I11", version.id, "its manifest is not the one accepted")
        elif _shown(version) != _promised(version.manifest):
            yield Breach("I11", version.id, "its files or claims are not those of its manifest")
    for blob in _blobs(within).iterator():
        if not default_storage.exists(blob.path):
            yield Breach("I11", blob.sha256, "its bytes are gone")
        elif not _has_sha256(blob):
            yield Breach("I11", blob.sha256, "its bytes are others")
    for row in given_inputs.exclude(sha256=F("deliverable__sha256")):
        yield Breach("I11", row.run_id, "an input is not the pinned version")
    for version in versions.select_related("run").prefetch_related("run__inputs"):
        given = sorted(row.sha256 for row in version.run.inputs.all())
        if version.manifest.get("inputs", []) != given:
            yield Breach("I11", version.id, "was not made from what its run was given")
    # What took the place of an input was given too.
    for row in given_inputs.filter(settled__how="told").select_related("deliverable"):
        later = RunInput.objects.filter(run=row.run_id, deliverable__card=row.deliverable.card_id)
        if not later.filter(deliverable__version__gt=row.deliverable.version).exists():
            yield Breach("I11", row.run_id, "told of an input it was not given")


def _blobs(within: Within) -> QuerySet[Blob]:
    """All there are, or those of a room's versions and of what its runs have sent."""
    if within.room_id is None:
        return Blob.objects.all()
    of_versions = DeliverableFile.objects.filter(within("deliverable__room"))
    of_runs = Artifact.objects.filter(within("run__room"))
    found = Q(id__in=of_versions.values("blob")) | Q(id__in=of_runs.values("blob"))
    return Blob.objects.filter(found)


def _shown(version: Deliverable) -> tuple[object, object]:
    """The files and claims that people are shown of this version."""
    files = {file.name: (file.blob.sha256, file.role) for file in version.files.all()}
    return files, {claim.ref: (claim.subject, claim.value) for claim in version.claims.all()}


def _promised(manifest: dict[str, Any]) -> tuple[object, object]:
    files = {file["name"]: (file["sha256"], file["role"]) for file in manifest.get("files", [])}
    claims = manifest.get("claims", [])
    return files, {one["id"][:64]: (one["subject"][:300], one["value"]) for one in claims}


def _has_sha256(blob: Blob) -> bool:
    digest = hashlib.sha256()
    for chunk in chunks(blob):
        digest.update(chunk)
    return digest.hexdigest() == blob.sha256


def removed_agents(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I12: an agent that was revoked changes nothing afterwards."""
    for agent in Agent.objects.filter(within("runs__room"), status="revoked").distinct():
        if agent.runs.filter(state__in=LIVE_RUN).exists():
            yield Breach("I12", agent.id, "revoked with a live run")
        revoked = Event.objects.filter(
            type="agent.status_set", data__agent_id=agent.id, data__status="revoked"
        ).first()
        if revoked and _acted_after(agent, revoked):
            yield Breach("I12", agent.id, "acted after it was revoked")


def _acted_after(agent: Agent, revoked: Event) -> bool:
    """Whether an event of the agent's is later than its end: by number where it had a seat until
    then; elsewhere by the clock, unless that was set back since, and what follows says so."""
    about = Event.objects.filter(type="agent.unseated", data__agent_id=agent.id, at=revoked.at)
    left = dict(about.order_by("seq").values_list("stream_id", "seq"))
    for event in Event.objects.filter(actor=agent.id).only("stream_id", "seq", "at"):
        if event.stream_id in left:
            if event.seq > left[event.stream_id]:
                return True
        elif event.at > revoked.at:
            following = Event.objects.filter(stream_id=event.stream_id, seq__gt=event.seq)
            if not following.filter(at__lte=revoked.at).exists():
                return True
    return False


CHECKS: dict[str, Check] = {
    "I1": owners, "I2": one_live_run, "I3": done_by_people, "I4": effects_once, "I5": streams,
    "I6": budgets, "I7": fences, "I8": terminal_runs, "I9": no_cycles, "I10": reasons,
    "I11": bytes_match, "I12": removed_agents,
}  # fmt: skip
# What is left to look at once `follow` has been through the events.
OF_ROWS: dict[str, Check] = {
    name: check for name, check in CHECKS.items() if name not in ("I5", "I8")
} | {"I9": card_order, "I10": reasons_kept}
