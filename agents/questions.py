"""Rows → the question a judgement asks. Reads only; what an agent said goes where it may go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from agents.coordinator.board import Board
from agents.coordinator.ranking import success
from agents.judge.digest import card_lines, digest
from agents.judge.proposals import Reading
from agents.judge.questions import (
    AcceptedPart,
    AssignQuestion,
    Attachment,
    Candidate,
    CardToGive,
    CheckQuestion,
    ClaimLine,
    ComposeQuestion,
    CourseQuestion,
    Criterion,
    DiagnoseQuestion,
    Excerpt,
    FactLine,
    PastAttempt,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
    Worker,
)
from agents.judge.saved import proposal_from_data
from agents.observe import observe
from workspace import queries
from workspace.commands.packages import accepted_parts
from workspace.errors import Refused
from workspace.files import read_bytes

DIGEST_TOKENS = 20_000
LONGEST_FILE = 200_000  # bytes of one file that a judge looks at
MOST_STEPS = 30
READABLE = ("text/", "application/json", "application/xml", "application/yaml")

Rows = Any


def question_for(row: Rows) -> Question:
    """The question of one judgement, from the rows as they are now.

    Raises Refused("not_found") if what it was about is gone.
    """
    return BUILT[row.kind](row.room, row.subject_id)


def plan_question(room: Rows, subject_id: str = "") -> PlanQuestion:
    seats = list(room.seats.select_related("agent").order_by("added_at", "id"))
    skills = dict.fromkeys(skill for seat in seats for skill in seat.agent.skills)
    return PlanQuestion(
        goal=room.goal,
        room_rules=room.rules,
        skills=tuple(skills),
        seats=tuple(Worker(seat.agent.name, tuple(seat.agent.skills)) for seat in seats),
        facts=facts_of(room),
        attachments=attachments_of(room, None),
    )


def facts_of(room: Rows) -> tuple[FactLine, ...]:
    return tuple(
        FactLine(fact.subject, fact.value, fact.unit, fact.text)
        for fact in queries.facts_of(room.id)
    )


def attachments_of(room: Rows, card: Rows | None) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            row.name,
            row.media_type,
            text=row.text,
            image=read_bytes(row.blob) if row.media_type.startswith("image/") else None,
        )
        for row in queries.attachments_of(room.id, card.id if card else None)
    )


def board_of(room: Rows) -> Board:
    found = observe(room.id, timezone.now())
    if found is None:
        raise Refused("not_found", status=404, what="room", id=room.id)
    return found


def _assign(room: Rows, subject_id: str) -> AssignQuestion:
    board = board_of(room)
    return AssignQuestion(
        room_rules=room.rules,
        goal_line=room.goal.strip().split("\n")[0][:300],
        cards=tuple(
            CardToGive(card.id, card.title, card.kind, card.skills, card.attempts + 1)
            for card in board.cards
            if card.status == "ready" and all(needed.met for needed in card.depends_on)
        )[:40],
        workers=tuple(
            Candidate(
                seat.agent_id,
                seat.name,
                seat.skills,
                round(success(seat), 3),
                seat.load,
                seat.capacity,
            )
            for seat in board.seats
            if seat.usable
        ),
    )


def _diagnose(room: Rows, run_id: str) -> DiagnoseQuestion:
    run = queries.run_with_card(run_id)
    card, policy = run.card, queries.room_policy(room)
    seats = list(room.seats.select_related("agent"))
    evidence = run.reason.get("params", {})
    reading = queries.newest_answer(room, "read", run.id)
    said = queries.newest_verdict(card)
    return DiagnoseQuestion(
        title=card.title,
        brief=card.brief,
        failure=run.failure or "rejected",
        criteria=tuple(card.criteria),
        kind=card.kind,
        card_skills=tuple(card.skills),
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        skills=tuple(dict.fromkeys(skill for seat in seats for skill in seat.agent.skills)),
        evidence={
            name: value for name, value in evidence.items() if isinstance(value, int | float)
        },
        reading=_reading(reading),
        attempts=tuple(
            PastAttempt(one.attempt, one.worker_id, one.failure or one.state, remedy)
            for one, remedy in queries.attempts_of(card)
        ),
        attempts_left=max(policy.attempts - card.attempts, 0),
        depth_left=max(policy.depth - card.depth, 0),
        cards_left=min(max(policy.max_cards - room.cards_made, 0), 20),
        can_reassign=sum(set(card.skills) <= set(seat.agent.skills) for seat in seats) > 1,
        reviewer_said=said if run.state == "submitted" else "",
    )


def _reading(row: Rows | None) -> Reading | None:
    if row is None or row.proposal is None:
        return None
    found = proposal_from_data(row.proposal)
    return found if isinstance(found, Reading) else None


def _read(room: Rows, run_id: str) -> ReadQuestion:
    """The agent's own words about a run: how it ended, its last steps, its summary."""
    run = queries.run_with_card(run_id)
    texts = [Excerpt("how it ended", str(run.reason.get("params", {}).get("said", "")))]
    texts += [
        Excerpt(f"step {step.n}: {step.kind}", "\n".join((step.title, step.input, step.output)))
        for step in queries.last_steps(run, MOST_STEPS)
    ]
    version = queries.version_of_run(run)
    if version is not None:
        texts.append(Excerpt("summary", version.summary))
    return ReadQuestion(tuple(one for one in texts if one.text.strip()))


def _check(room: Rows, deliverable_id: str) -> CheckQuestion:
    version = queries.version(deliverable_id)
    card = version.card
    files = [row for row in version.files.select_related("blob").order_by("id")]
    return CheckQuestion(
        title=card.title,
        criteria=tuple(
            Criterion(n, text)
            for n, text in enumerate(version.run.asked.get("criteria") or card.criteria, start=1)
        ),
        kind=version.kind,
        summary=version.summary,
        files=tuple(
            Excerpt(row.name, read_bytes(row.blob).decode("utf-8", "replace"))
            for row in files
            if row.media_type.startswith(READABLE) and row.blob.size <= LONGEST_FILE
        ),
        claims=tuple(claim_line(claim) for claim in version.claims.order_by("id")),
        sources=tuple(str(source.place) for source in version.sources.order_by("id")[:200]),
        attachments=attachments_of(room, card),
    )


def claim_line(claim: Rows) -> ClaimLine:
    return ClaimLine(
        claim.id, claim.subject, claim.value, claim.unit, claim.text, claim.deliverable.card.title
    )


def _reconcile(room: Rows, claim_id: str) -> ReconcileQuestion:
    """The claim it was asked about, and the one before it on the same subject."""
    from agents.coordinator.conflicts import partner_of

    pair = partner_of(board_of(room), claim_id)
    if pair is None:
        raise Refused("not_found", status=404, what="claim", id=claim_id)
    first, second = (queries.claim(one) for one in pair)
    return ReconcileQuestion(claim_line(first), claim_line(second))


def _reply(room: Rows, message_id: str) -> ReplyQuestion:
    message = queries.message(message_id)
    return ReplyQuestion(
        message=message.body,
        sender=message.person.name if message.person else "",
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        digest=digest(board_of(room), DIGEST_TOKENS),
    )


def _course(room: Rows, subject_id: str) -> CourseQuestion:
    board = board_of(room)
    return CourseQuestion(
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        digest=digest(board, DIGEST_TOKENS),
        cards=card_lines(board),
    )


def _compose(room: Rows, subject_id: str) -> ComposeQuestion:
    return ComposeQuestion(
        goal=room.goal,
        parts=tuple(
            # The summary of an accepted version: a person has signed it off with the rest.
            AcceptedPart(part.card_id, part.card.title, part.kind, part.summary)
            for part in accepted_parts(room)
        ),
        room_rules=room.rules,
        facts=facts_of(room),
    )


BUILT: dict[str, Callable[[Rows, str], Question]] = {
    "plan": plan_question,
    "assign": _assign,
    "diagnose": _diagnose,
    "check": _check,
    "read": _read,
    "reconcile": _reconcile,
    "reply": _reply,
    "course": _course,
    "compose": _compose,
}
