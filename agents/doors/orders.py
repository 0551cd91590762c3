"""From rows to what an agent is told: the events that deliveries stand for.

A delivery keeps only parameters. Everything else, credentials above all, is put in here, when
it is sent or read from the inbox.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from agents.doors.events import (
    Callback,
    CardAssigned,
    CardCancelled,
    CardFacts,
    CardRevised,
    CommentMade,
    FactPinned,
    FileRef,
    InputGiven,
    LeaseExpiring,
    MessagePosted,
    OutboundEvent,
    PermissionDecided,
    Ping,
    PreviousRun,
    QuestionAnswered,
    RunOrder,
    WorkspaceRef,
)
from agents.doors.json_wall import Json
from agents.doors.prompt import Brief, InputText, render_prompt
from workspace import queries
from workspace.errors import Refused
from workspace.keys import lease_token, run_token

if TYPE_CHECKING:
    from workspace.models import Attachment, Card, DeliverableFile, Delivery, Message, Run

MOST_PREVIOUS = 8
LONGEST_SIDE = 300  # of a claim that an agent with no side is shown
ACCEPTED_TYPES = {
    "report": ("text/markdown", "application/pdf", "text/html"),
    "document": ("text/markdown", "application/pdf", "text/plain"),
    "table": ("text/csv", "application/json"),
    "patch": ("text/x-diff", "text/plain"),
}


def workspace_ref(delivery: "Delivery") -> WorkspaceRef:
    return WorkspaceRef(id=delivery.workspace_id, url=settings.MUSTER_URL)


def event_of(delivery: "Delivery", *, at: datetime) -> OutboundEvent:
    """The event a delivery stands for, as of now. Raises Refused if what it is about is gone."""
    if delivery.type == "ping":
        return Ping(agent_id=delivery.agent_id, nonce=delivery.id)
    build = _BUILDERS.get(delivery.type)
    if build is None or delivery.run is None:
        raise Refused("unknown_event", status=500, type=delivery.type)
    return build(delivery.run, delivery.data, at)


def assigned(run: "Run", *, at: datetime) -> CardAssigned:
    """The order of a run as it stands at `at`."""
    return _assigned(run, {}, at)


def _assigned(run: "Run", data: dict[str, Any], at: datetime) -> CardAssigned:
    card = card_facts(run)
    inputs = inputs_given(run)
    comments = _comments(run.card)
    facts = _facts(run)
    attachments = attachments_given(run)
    guidance = tuple(line.strip(" -*") for line in run.room.rules.splitlines() if line.strip(" -*"))
    return CardAssigned(
        run=_run_order(run, at),
        card=card,
        prompt=render_prompt(_brief(run, inputs, attachments, comments, guidance, facts)),
        guidance=guidance,
        inputs=inputs,
        checkpoint=_checkpoint(run),
        comments=comments,
        attachments=attachments,
        previous_runs=_previous_runs(run),
        facts=facts,
        kind=run.card.kind,
        accept=ACCEPTED_TYPES.get(run.card.kind, ()),
        sources_required=False,
        permissions={"commands": "ask", **queries.leave_of(run.room)},
        callback=Callback(callback_base(run.id), run_token(run.id, run.fence)),
    )


def _facts(run: "Run") -> tuple[FactPinned, ...]:
    """The room's memory as it is now: an agent is told what people have settled."""
    return tuple(
        FactPinned(fact.subject, fact.value, fact.unit, fact.text)
        for fact in queries.facts_pinned(run.room_id)
    )


def _said(fact: FactPinned) -> str:
    holds = "" if fact.value is None else f"{fact.value} {fact.unit}".strip()
    told = ": ".join(part for part in (fact.subject, holds) if part)
    return f"{told} ({fact.text})" if fact.text else told


def callback_base(run_id: str) -> str:
    return f"{settings.MUSTER_URL}/agent/v1/runs/{run_id}"


def _run_order(run: "Run", at: datetime) -> RunOrder:
    limits = run.timings
    return RunOrder(
        id=run.id,
        attempt=run.attempt,
        round=run.round,
        ack_by=run.ack_by or at + timedelta(seconds=limits["ack_within"]),
        lease_expires_at=lease_expires_at(run, at),
        deadline=run.deadline_at,
        lease_token=lease_token(run.id, run.fence),
    )


def lease_expires_at(run: "Run", at: datetime) -> datetime:
    return (run.last_sign_at or at) + timedelta(seconds=run.timings["lease"])


def card_facts(run: "Run") -> CardFacts:
    card, room = run.card, run.room
    asker = room.created_by
    return CardFacts(
        id=card.id,
        key=str(card.number),
        revision=card.revision,
        title=card.title,
        description_md=description_of(card),
        acceptance_criteria=tuple(card.criteria),
        labels=(*card.skills, *card.labels),
        priority="high" if card.priority > 0 else "low" if card.priority < 0 else "normal",
        due=card.due_at,
        url=f"{settings.MUSTER_URL}/rooms/{room.id}?card={card.id}",
        requested_by={"id": asker.id, "name": asker.name} if asker else None,
        repository=_repository(card),
    )


def _repository(card: "Card") -> dict[str, Json] | None:
    if not card.repository:
        return None
    checks: list[Json] = [list(words) for words in card.checks]
    return {"url": card.repository, "commit": card.base_commit or "HEAD", "checks": checks}


def description_of(card: "Card") -> str:
    """The card's brief; for a neutral opinion with what is in dispute, as said and not as told."""
    conflict = queries.disputed_by(card) if "neutral" in card.labels else None
    if conflict is None:
        return card.brief
    said = (
        one["text"] if one["value"] is None else f"{one['value']} {one['unit']}".strip()
        for one in conflict.heard
    )
    quoted = [f"> {' '.join(str(one).split())[:LONGEST_SIDE]}" for one in said]
    subject = f"The subject: `{' '.join(conflict.subject.split())}`"
    return "\n".join([card.brief, "", subject, "", "What was said:", *quoted])


def inputs_given(run: "Run") -> tuple[InputGiven, ...]:
    # One that was replaced while the run was at work stays pinned, but is not given again.
    rows = [row for row in queries.inputs_given(run.id) if row.settled.get("how") != "told"]
    return tuple(
        InputGiven(
            card_id=row.deliverable.card_id,
            card_title=row.deliverable.card.title,
            deliverable_id=row.deliverable_id,
            version=row.deliverable.version,
            sha256=row.sha256,
            summary_md=row.deliverable.summary,
            files=_refs(run, queries.files_in(row.deliverable_id)),
        )
        for row in rows
    )


def attachments_given(run: "Run") -> tuple[FileRef, ...]:
    """What people gave with the room's goal and with this card."""
    return _refs(run, queries.attachments_given(run.card))


def _refs(run: "Run", rows: "Iterable[DeliverableFile | Attachment]") -> tuple[FileRef, ...]:
    return tuple(
        FileRef(
            name=file.name,
            media_type=file.media_type,
            size=file.blob.size,
            sha256=file.blob.sha256,
            url=file_url(run.id, file.id),
        )
        for file in rows
    )


def file_url(run_id: str, file_id: str) -> str:
    return f"{settings.MUSTER_URL}/agent/v1/files/{run_id}/{file_id}"


def _comments(card: "Card") -> tuple[CommentMade, ...]:
    return tuple(_comment(message) for message in reversed(queries.comments_on(card)))


def _comment(message: "Message") -> CommentMade:
    author = message.person or message.agent
    return CommentMade(
        id=message.id,
        author=author.name if author else "Coordinator",
        body_md=message.body,
        at=message.at,
    )


def _previous_runs(run: "Run") -> tuple[PreviousRun, ...]:
    """The runs before this one, oldest first, each with what the next was told about it."""
    found: list[PreviousRun] = []
    later = run
    while later.previous is not None and len(found) < MOST_PREVIOUS:
        earlier = later.previous
        version = earlier.deliverables.order_by("-version").first()
        found.append(
            PreviousRun(
                id=earlier.id,
                outcome=version.state if version else earlier.failure or earlier.state,
                feedback_md=later.feedback,
                files=_refs(run, queries.files_in(version.id)) if version else (),
            )
        )
        later = earlier
    return tuple(reversed(found))


def _checkpoint(run: "Run") -> dict[str, Json] | None:
    """What the attempt before left, with links to the files it names."""
    kept = run.checkpoint
    if not kept:
        return None
    ids = [str(each) for each in kept.get("artifact_ids", [])]
    return {
        "note_md": str(kept.get("note_md", "")),
        "artifact_ids": list(ids),
        "urls": [file_url(run.id, each) for each in ids],
    }


def _brief(
    run: "Run",
    inputs: tuple[InputGiven, ...],
    attachments: tuple[FileRef, ...],
    comments: tuple[CommentMade, ...],
    guidance: tuple[str, ...],
    facts: tuple[FactPinned, ...],
) -> Brief:
    return Brief(
        room_goal=run.room.goal,
        title=run.card.title,
        description=description_of(run.card),
        criteria=run.card.criteria,
        guidance=guidance,
        facts=[_said(fact) for fact in facts],
        kind=run.card.kind,
        inputs=[
            InputText(
                title=one.card_title,
                version=one.version,
                summary=one.summary_md,
                files=[(file.name, file.url) for file in one.files],
            )
            for one in inputs
        ],
        attachments=[(file.name, file.url) for file in attachments],
        comments=[(comment.author, comment.body_md) for comment in comments],
        feedback=run.feedback,
        checkpoint=str((run.checkpoint or {}).get("note_md", "")),
        round=run.round,
        attempt=run.attempt,
    )


def _revised(run: "Run", data: dict[str, Any], at: datetime) -> CardRevised:
    return CardRevised(
        run_id=run.id,
        card=card_facts(run),
        changed=tuple(data.get("changed", ())),
        reason=data.get("reason", "person_edit"),
        feedback_md=data.get("feedback_md", ""),
        inputs=inputs_given(run),
        attachments=attachments_given(run),
        lease_token=lease_token(run.id, run.fence),
    )


def _cancelled(run: "Run", data: dict[str, Any], at: datetime) -> CardCancelled:
    stop_by = (run.ended_at or at) + timedelta(seconds=run.timings["cancel_within"])
    return CardCancelled(run.id, run.card_id, data.get("reason", "user"), stop_by)


def _message(run: "Run", data: dict[str, Any], at: datetime) -> MessagePosted:
    found = run.card.messages.select_related("person", "agent").filter(id=data["message_id"])
    message = found.first()
    if message is None:
        raise Refused("not_found", status=404, what="message")
    return MessagePosted(run.id, run.card_id, _comment(message))


def _answered(run: "Run", data: dict[str, Any], at: datetime) -> QuestionAnswered:
    return QuestionAnswered(
        run_id=run.id,
        question_id=data["question_id"],
        action=data["action"],
        content=data.get("content"),
        answered_by=data.get("answered_by", ""),
    )


def _decided(run: "Run", data: dict[str, Any], at: datetime) -> PermissionDecided:
    """Leave that is over by now is told as none."""
    told = data.get("expires_at")
    expires_at = datetime.fromisoformat(told) if told else None
    is_over = expires_at is not None and at >= expires_at and data["decision"] != "reject_once"
    return PermissionDecided(
        run_id=run.id,
        permission_id=data["permission_id"],
        decision="cancelled" if is_over else data["decision"],
        action_digest=data.get("action_digest", ""),
        decided_by=data.get("decided_by", ""),
        expires_at=expires_at,
    )


def _expiring(run: "Run", data: dict[str, Any], at: datetime) -> LeaseExpiring:
    return LeaseExpiring(run.id, lease_expires_at(run, at))


_BUILDERS: dict[str, Callable[["Run", dict[str, Any], datetime], OutboundEvent]] = {
    "card.assigned": _assigned,
    "card.revised": _revised,
    "card.cancelled": _cancelled,
    "message.posted": _message,
    "question.answered": _answered,
    "permission.decided": _decided,
    "run.lease_expiring": _expiring,
}
