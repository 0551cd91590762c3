"""People's verdicts. Only a person's command is here; nothing else accepts anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import close_asks
from workspace.commands.locks import authorise, lock_card, lock_deliverable
from workspace.commands.moving import move_card
from workspace.commands.packages import PACKAGE
from workspace.commands.runs import spend_choice
from workspace.commands.standings import note_outcome
from workspace.commands.starting import RunStart, last_run, start_run
from workspace.commands.submitting import submit, supersede_others
from workspace.errors import NotAllowed, Refused
from workspace.events import (
    AcceptanceCounted,
    ChangesRequested,
    DeliverableAccepted,
    DeliverableOpened,
    DeliverableRejected,
    DeliverableRolledBack,
)
from workspace.models import ApiToken, Card, Deliverable, Opening, Person, Review, Room, Run
from workspace.models.prepared import Prepared
from workspace.queries import accepts, blockers, conflicts_before, room_policy, workers
from workspace.record import record
from workspace.reports import Result
from workspace.transitions import DELIVERABLE, LIVE_RUN, step

OPENED = Prepared(
    lambda deliverable_id, person_id: Opening.objects.filter(
        deliverable_id=deliverable_id, person_id=person_id
    )
)
RUN = Prepared(lambda run_id: Run.objects.select_related("agent").filter(id=run_id))
TOKEN = Prepared(lambda apitoken_id: ApiToken.objects.filter(id=apitoken_id))
GIVEN = Prepared(
    lambda deliverable_id, person_id: Review.objects.filter(
        deliverable_id=deliverable_id, person_id=person_id
    ).values_list("id", flat=True)
)


@transaction.atomic
def open_deliverable(*, deliverable_id: str, by: By, at: datetime) -> Opening:
    """The person has this version in front of them; accepting needs it."""
    room, card, version = lock_deliverable(deliverable_id)
    authorise(room, by, "review.open")
    if known := OPENED.first(version.id, by.actor):
        seen: Opening = known
        return seen
    opening, is_new = Opening.objects.get_or_create(
        workspace_id=room.workspace_id, deliverable=version, person_id=by.actor,
        defaults={"opened_at": at},
    )  # fmt: skip
    if is_new:
        what = DeliverableOpened(deliverable_id=version.id, card_id=card.id)
        record(room, what, by=by, at=at)
    return opening


@transaction.atomic
def accept_deliverable(
    *, deliverable_id: str, sha256: str, by: By, at: datetime, reason: str = ""
) -> Deliverable:
    """A person accepts exactly the version with this sha256 (I3).

    Refused for anybody who is not a person, for a token without `review:accept`, where the
    version was not opened, is not the one named, or is not waiting, where the room's policy
    excludes the person, and while people have to rule on what it builds on. With several
    acceptances needed, the last one decides.
    """
    room, card, version = lock_deliverable(deliverable_id)
    _require_acceptor(room, card, version, by)
    if sha256 != version.sha256:
        raise Refused("another_version", status=409, version=version.version)
    if OPENED.first(version.id, by.actor) is None:
        raise Refused("not_opened", status=409)
    state = step(DELIVERABLE, version.state, "accept")
    if held := conflicts_holding(card):
        raise Refused("conflict_open", status=409, conflict=held[0])
    _review(room, version, "accept", reason, [], by=by, at=at)
    need, have = room_policy(room).accepts_needed, accepts(version)
    if have < need:
        counted = AcceptanceCounted(**_facts(card, version), have=have, need=need)
        record(room, counted, by=by, at=at)
        return version
    version.state, version.decided_at = state, at
    version.save(update_fields=["state", "decided_at"])
    move_card(card, "accept", at=at)
    record(room, DeliverableAccepted(**_facts(card, version)), by=by, at=at)
    supersede_others(room, card, version, by=by, at=at)
    note_outcome(version.run, "accepted", at=at)
    return version


def conflicts_holding(card: Card) -> list[str]:
    """Open conflicts that keep its versions from being accepted: among what the card builds on,
    or, for the package, anywhere in the room."""
    if PACKAGE not in card.labels:
        return conflicts_before(card)
    found = card.room.conflicts.filter(status="open").order_by("opened_at", "id")
    return list(found.values_list("id", flat=True))


def _require_acceptor(room: Room, card: Card, version: Deliverable, by: By) -> None:
    if not by.is_person:
        raise NotAllowed("review.accept")
    authorise(room, by, "review.accept")
    policy = room_policy(room)
    if by.scopes is not None and policy.browser_only:
        raise Refused("browser_only", status=403)
    run = version.run = RUN.one(version.run_id)  # with its agent; its outcome is counted later
    if run.person_id == by.actor and _others_may_accept(room, by.actor):
        raise Refused("own_work", status=403)
    owner = run.agent.owner_id if run.agent else None
    if policy.exclude_producers_owner and owner == by.actor:
        raise Refused("own_agent", status=403)


def _others_may_accept(room: Room, person_id: str) -> bool:
    """Someone alone in a room signs off their own work; else another pair of eyes does."""
    judges = room.members.filter(role__in=["owner", "reviewer"])
    return judges.exclude(person_id=person_id).exists()


def _review(
    room: Room, version: Deliverable, verdict: str, reason: str, comments: list[dict[str, Any]],
    *, by: By, at: datetime,
) -> Review:  # fmt: skip
    if GIVEN.first(version.id, by.actor) is not None:
        raise Refused("already_reviewed")
    token = TOKEN.first(by.token_id) if by.token_id else None
    return Review.objects.create(
        workspace_id=room.workspace_id, room=room, deliverable=version, person_id=by.actor,
        verdict=verdict, sha256=version.sha256, reason=reason.replace("\x00", "").strip()[:10_000],
        comments=comments[:100], token=token, at=at,
    )  # fmt: skip


def _facts(card: Card, version: Deliverable) -> dict[str, Any]:
    return {
        "card_id": card.id, "card_status": card.status, "card_reason": card.reason,
        "deliverable_id": version.id, "deliverable_state": version.state,
        "version": version.version, "sha256": version.sha256,
    }  # fmt: skip


@transaction.atomic
def request_changes(
    *, deliverable_id: str, reason: str, by: By, at: datetime,
    comments: list[dict[str, Any]] | None = None,
) -> Deliverable:  # fmt: skip
    """Send a version back with what to change: the same worker first, as the next round.

    While versions of other independent runs wait, they are judged first.
    """
    room, card, version = lock_deliverable(deliverable_id)
    authorise(room, by, "review.request_changes")
    said = _required(reason)
    version.state, version.decided_at = step(DELIVERABLE, version.state, "request_changes"), at
    _review(room, version, "request_changes", said, comments or [], by=by, at=at)
    version.save(update_fields=["state", "decided_at"])
    is_last = not _others_wait(card)
    if is_last:
        move_card(card, "request_changes", at=at, reason=_because("changes_requested", by, said))
    record(room, ChangesRequested(**_facts(card, version), said=said[:500]), by=by, at=at)
    note_outcome(version.run, "changes_requested", at=at)
    if is_last:
        _next_round_of_person(room, card, version, said, by=by, at=at)
    return version


def _others_wait(card: Card) -> bool:
    """Whether versions of other independent runs are still there to be judged."""
    return card.deliverables.filter(state="submitted").exists()


def _next_round_of_person(
    room: Room, card: Card, version: Deliverable, said: str, *, by: By, at: datetime
) -> None:
    """A person's own card comes straight back to them; agents are given theirs by the tick."""
    person = workers(room).filter(id=version.run.person_id or "").first()
    if person is None:
        return
    if card.id in blockers([card]):
        # An input was rolled back since: theirs to take once there is a new one.
        card.given_to_person = person
        card.save(update_fields=["given_to_person"])
        return
    start = RunStart(
        person=person, attempt=version.run.attempt, round=version.run.round + 1, feedback=said,
        previous=version.run,
    )  # fmt: skip
    start_run(room, card, start, by=by, at=at)


@transaction.atomic
def reject_deliverable(
    *, deliverable_id: str, reason: str, by: By, at: datetime,
    comments: list[dict[str, Any]] | None = None,
) -> Deliverable:  # fmt: skip
    """Throw a version away: the card is ready for another attempt."""
    room, card, version = lock_deliverable(deliverable_id)
    authorise(room, by, "review.reject")
    said = _required(reason)
    version.state, version.decided_at = step(DELIVERABLE, version.state, "reject"), at
    _review(room, version, "reject", said, comments or [], by=by, at=at)
    version.save(update_fields=["state", "decided_at"])
    card.given_to_person = None
    card.save(update_fields=["given_to_person"])
    spend_choice(card, version.run)
    if not _others_wait(card):
        move_card(card, "reject", at=at, reason=_because("rejected", by, said))
    record(room, DeliverableRejected(**_facts(card, version), said=said[:500]), by=by, at=at)
    note_outcome(version.run, "rejected", at=at)
    return version


@transaction.atomic
def roll_back(*, deliverable_id: str, reason: str, by: By, at: datetime) -> Deliverable:
    """Take an acceptance back; the card is ready again."""
    room, card, version = lock_deliverable(deliverable_id)
    authorise(room, by, "deliverable.roll_back")
    said = _required(reason)
    take_acceptance_back(room, card, version, "rolled_back", said=said, by=by, at=at)
    return version


def take_acceptance_back(
    room: Room, card: Card, version: Deliverable, code: str, *, by: By, at: datetime,
    said: str = "",
) -> None:  # fmt: skip
    """The part of rolling back that an answered ask shares; everything is locked."""
    version.state = step(DELIVERABLE, version.state, "roll_back")
    version.save(update_fields=["state"])
    version.reviews.filter(verdict="accept").update(undone_at=at)
    close_asks(card, by=by, at=at)
    move_card(card, "roll_back", at=at, reason=_because(code, by, said))
    record(room, DeliverableRolledBack(**_facts(card, version), said=said[:500]), by=by, at=at)
    if code == "rolled_back":  # that its inputs changed is no fault of whoever made it
        note_outcome(version.run, "rolled_back", at=at)


def _required(reason: str) -> str:
    said = reason.replace("\x00", "").strip()
    if not said:
        raise Refused("reason_needed", status=422)
    return said[:10_000]


def _because(code: str, by: By, said: str) -> dict[str, Any]:
    return {"code": code, "params": {"by": by.actor, "said": said[:500]}}


@transaction.atomic
def submit_as_person(*, card_id: str, result: Result, by: By, at: datetime) -> Deliverable:
    """A person's files, through the same gate. A done card goes back to review."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.submit")
    run = card.runs.select_for_update().filter(state__in=LIVE_RUN).first()
    if run is not None and run.person_id != by.actor:
        raise Refused("someone_elses_run")
    if run is None:
        close_asks(card, by=by, at=at)
        start = RunStart(
            person=Person.objects.get(id=by.actor), attempt=card.attempts + 1,
            previous=last_run(card),
        )  # fmt: skip
        run = start_run(room, card, start, by=by, at=at)
    return submit(room, card, run, result, by=by, at=at)
