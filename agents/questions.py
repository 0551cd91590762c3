"""Rows → the question a judgement asks. Reads only; what an agent said goes where it may go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from agents.asking_assign import cards_and_workers, named
from agents.coordinator.board import Board
from agents.doors.model.roles import templates
from agents.files_seen import attachments_of, files_of
from agents.judge.digest import Finished, card_lines, digest
from agents.judge.proposals import Reading
from agents.judge.questions import (
    AcceptedPart,
    AssignQuestion,
    CardLine,
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
from agents.judge.quotes import quoted
from agents.judge.saved import proposal_from_data
from agents.observe import observe
from workspace import queries
from workspace.commands.packages import accepted_parts
from workspace.errors import Refused

DIGEST_TOKENS = 20_000
MOST_FINISHED = 100
MOST_STEPS = 30
# One word of a ruling may be told to who plans: a date, a version, a code, but no sentence.
PLAIN_WORD = re.compile(r"(?:[<>=~]{1,2}|[vV])?-?\d[\d.,:TZ+/-]{0,31}[A-Za-z%]{0,4}|[A-Za-z]{1,16}")
PLAIN_UNIT = re.compile(r"[^\W_][\w%°µ/.²³-]{0,11}|[%°$€£]|")

Rows = Any


def question_for(row: Rows) -> Question:
    """The question of one judgement, from the rows as they are now.

    Raises Refused("not_found") if what it was about is gone.
    """
    return BUILT[row.kind](row)


def _plan(row: Rows) -> PlanQuestion:
    return plan_question(row.room)


def plan_question(room: Rows) -> PlanQuestion:
    seats = list(room.seats.select_related("agent").order_by("added_at", "id"))
    return PlanQuestion(
        goal=room.goal,
        room_rules=room.rules,
        skills=tuple(dict.fromkeys([*skills_of(seats), *_could_be_enlisted(room)])),
        seats=tuple(Worker(seat.agent.name, named(seat.agent.skills)) for seat in seats),
        facts=facts_of(room),
        attachments=attachments_of(room, None),
    )


def _could_be_enlisted(room: Rows) -> list[str]:
    """Skills of the specialists that the coordinator may bring in where nobody here has them."""
    may = queries.room_policy(room).specialists and queries.model_of(room.workspace) is not None
    return [skill for one in templates().values() for skill in one.skills] if may else []


def skills_of(seats: Iterable[Rows]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(skill for seat in seats for skill in named(seat.agent.skills)))


def facts_of(room: Rows) -> tuple[FactLine, ...]:
    """The room's memory as a planner may see it, oldest first: of a ruling nothing that an agent
    worded."""
    return tuple(_ruled(fact) if fact.key else _pinned(fact) for fact in queries.facts_of(room.id))


def _pinned(fact: Rows) -> FactLine:
    return FactLine(fact.subject, fact.value, fact.unit, fact.text)


def _ruled(fact: Rows) -> FactLine:
    conflict = fact.conflict
    subject = f"conflict {queries.conflict_number(conflict)}" if conflict else "a conflict"
    is_own = conflict is not None and conflict.ruling.get("claim_id") is None
    value, unit = (fact.value, fact.unit) if is_own else plain_value(fact.value, fact.unit)
    return FactLine(subject, value, unit, fact.text, origin="ruling")


def plain_value(value: Any, unit: str) -> tuple[str | int | float | bool | None, str]:
    """A number, a yes or no, a date or one short word, with its unit; None for a text."""
    if isinstance(value, str) and not PLAIN_WORD.fullmatch(value.strip()):
        return None, ""
    return value, unit if PLAIN_UNIT.fullmatch(unit) else ""


def board_of(room: Rows) -> Board:
    found = observe(room.id, timezone.now())
    if found is None:
        raise Refused("not_found", status=404, what="room", id=room.id)
    return found


def finished_in(room: Rows) -> Finished:
    """What is over, which a board does not hold: without it finished work would look missing."""
    newest = queries.newest_closed_cards(room.id, MOST_FINISHED)
    lines = (CardLine(card.id, card.number, card.title, card.status) for card in newest)
    return Finished(queries.card_counts(room.id), tuple(lines))


def _assign(row: Rows) -> AssignQuestion:
    room = row.room
    cards, workers = cards_and_workers(board_of(room))
    return AssignQuestion(
        room_rules=room.rules,
        goal_line=room.goal.strip().split("\n")[0][:300],
        cards=cards,
        workers=workers,
    )


def _diagnose(row: Rows) -> DiagnoseQuestion:
    room = row.room
    run = queries.run_with_card(row.subject_id)
    card, policy = run.card, queries.room_policy(room)
    seats = queries.seats_to_look_at(room.id)
    evidence = _evidence(run)
    reading = queries.newest_answer(room, "read", run.id)
    said = queries.newest_verdict(card)
    return DiagnoseQuestion(
        title=card.title,
        brief=card.brief,
        failure=run.failure or "rejected",
        criteria=tuple(card.criteria),
        kind=card.kind,
        card_skills=named(card.skills),
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        skills=skills_of(seats),
        evidence=evidence,
        reading=_reading(reading),
        attempts=tuple(
            PastAttempt(one.attempt, one.worker_id, _outcome(one), remedy)
            for one, remedy in queries.attempts_of(card)
        ),
        attempts_left=max(policy.attempts - card.attempts, 0),
        depth_left=max(policy.depth - card.depth, 0),
        cards_left=min(max(policy.max_cards - room.cards_made, 0), 20),
        can_reassign=sum(set(card.skills) <= set(seat.agent.skills) for seat in seats) > 1,
        reviewer_said=said if run.state == "submitted" else "",
        attachments=attachments_of(room, card),
    )


def _outcome(run: Rows) -> str:
    version = run.deliverables.order_by("-version").first()
    is_rejected = version is not None and version.state == "rejected"
    return "rejected" if is_rejected else run.failure or run.state


def _evidence(run: Rows) -> dict[str, int | float | bool]:
    """The numbers and yes/no of why a run ended; its words stay with whoever may read them."""
    params = run.reason.get("params", {})
    found = {name: value for name, value in params.items() if isinstance(value, int | float)}
    said = str(params.get("said", "")).strip()
    if said:
        found["same_error"] = any(
            one.agent_id != run.agent_id and one.reason.get("params", {}).get("said") == said
            for one, _ in queries.attempts_of(run.card)
            if one.failure == run.failure
        )
    return found


def _reading(row: Rows | None) -> Reading | None:
    if row is None or row.proposal is None:
        return None
    found = proposal_from_data(row.proposal)
    if not isinstance(found, Reading):
        return None
    # Who gives orders to its readers is not quoted to the one who decides.
    return replace(found, quotes=()) if found.has_instructions else found


def _read(row: Rows) -> ReadQuestion:
    """The agent's own words about a run: how it ended, its last steps, its summary."""
    run = queries.run_with_card(row.subject_id)
    texts = [Excerpt("how it ended", str(run.reason.get("params", {}).get("said", "")))]
    texts += [
        Excerpt(f"step {step.n}: {step.kind}", "\n".join((step.title, step.input, step.output)))
        for step in queries.last_steps(run, MOST_STEPS)
    ]
    version = queries.version_of_run(run)
    if version is not None:
        texts.append(Excerpt("summary", version.summary))
    return ReadQuestion(tuple(one for one in texts if one.text.strip()))


def _check(row: Rows) -> CheckQuestion:
    version = queries.version(row.subject_id)
    card = version.card
    files, unseen = files_of(version.files.select_related("blob").order_by("id"))
    return CheckQuestion(
        title=card.title,
        criteria=tuple(
            Criterion(n, text)
            for n, text in enumerate(version.run.asked.get("criteria") or card.criteria, start=1)
        ),
        kind=version.kind,
        summary=version.summary,
        files=files,
        unseen=unseen,
        claims=tuple(claim_line(claim) for claim in version.claims.order_by("id")),
        sources=tuple(str(source.place) for source in version.sources.order_by("id")[:200]),
        attachments=attachments_of(row.room, card),
    )


def claim_line(claim: Rows) -> ClaimLine:
    return ClaimLine(
        claim.id, claim.subject, claim.value, claim.unit, claim.text, claim.deliverable.card.title
    )


def _reconcile(row: Rows) -> ReconcileQuestion:
    """The two claims whose texts the rules cannot tell apart."""
    first, second = (queries.claim(one) for one in row.asked_about["claim_ids"])
    return ReconcileQuestion(claim_line(first), claim_line(second))


def _reply(row: Rows) -> ReplyQuestion:
    room = row.room
    message = queries.message(row.subject_id)
    return ReplyQuestion(
        message=message.body,
        sender=message.person.name if message.person else "",
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        digest=digest(board_of(room), DIGEST_TOKENS, finished_in(room)),
    )


def _course(row: Rows) -> CourseQuestion:
    room = row.room
    board, finished = board_of(room), finished_in(room)
    known = {card.id for card in board.cards}
    over = tuple(card for card in finished.newest if card.card_id not in known)
    return CourseQuestion(
        goal=room.goal,
        room_rules=room.rules,
        facts=facts_of(room),
        digest=digest(board, DIGEST_TOKENS, finished),
        cards=(*card_lines(board), *over),
    )


def _compose(row: Rows) -> ComposeQuestion:
    room = row.room
    return ComposeQuestion(
        goal=room.goal,
        parts=tuple(
            AcceptedPart(part.card_id, part.card.title, part.kind, _quoted_summary(room, part))
            for part in accepted_parts(room)
        ),
        room_rules=room.rules,
        facts=facts_of(room),
    )


def _quoted_summary(room: Rows, part: Rows) -> str:
    """What an agent says of its accepted work: signed off by a person, and still its words."""
    reading = queries.newest_answer(room, "read", part.run_id)
    said = (reading.proposal or {}) if reading else {}
    return "" if said.get("has_instructions") else quoted(part.summary)


BUILT: dict[str, Callable[[Rows], Question]] = {
    "plan": _plan,
    "comparison": _plan,
    "assign": _assign,
    "diagnose": _diagnose,
    "check": _check,
    "read": _read,
    "reconcile": _reconcile,
    "reply": _reply,
    "course": _course,
    "compose": _compose,
}
