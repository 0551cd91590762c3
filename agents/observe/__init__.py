"""Rows → board: everything a plan may know, in a constant number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from agents.coordinator.board import (
    Board,
    BudgetLine,
    Call,
    Card,
    CardStatus,
    DeliverableState,
    Dependency,
    Judgement,
    JudgementState,
    Limits,
    Rest,
    Role,
    Run,
    RunState,
    Trail,
)
from agents.doors.model.roles import templates
from agents.observe import claims, inputs, seats
from workspace import queries, spending
from workspace.commands.packages import PACKAGE
from workspace.policy import RoomPolicy

# Rows are read through the workspace's own models; nothing here writes.
Rows = Any


def observe(room_id: str, now: datetime) -> Board | None:
    """One room at `now`, all of it as it was at one moment; None if there is no such room."""
    with queries.one_moment():
        return _seen(room_id, now)


def _seen(room_id: str, now: datetime) -> Board | None:
    room = queries.room_with_workspace(room_id)
    if room is None:
        return None
    policy = queries.room_policy(room)
    asking = queries.runs_asking(room_id)
    changed = inputs.changed(room_id)
    finished = (*changed.finished, *sorted(queries.done_and_disputed(room_id)))
    of_cards, of_runs = queries.version_states(room_id, finished)
    runs = _runs(room_id, now, asking, changed, finished, of_runs)
    cards = tuple(_cards(room_id, runs, finished, of_cards))
    return Board(
        room_id=room.id,
        now=now,
        mode="manual" if room.mode == "manual" else "auto",
        paused=room.paused,
        goal=room.goal,
        rules=room.rules,
        revision=room.revision,
        planned=queries.is_planned(room),
        cards=cards,
        seats=tuple(seats.seats(room, now)),
        judgements=tuple(_judgements(room)),
        limits=_limits(policy),
        judge=room.judge,
        rest=_rest(room),
        claims=tuple(claims.standing(room_id)),
        conflicts=tuple(claims.conflicts(room_id)),
        budgets=tuple(_budgets(room, now)),
        calls=tuple(_calls(room_id)),
        reviews_waiting=sum(card.status == "review" for card in cards),
        reviewers=queries.reviewers(room).count(),
        course_at=room.course_at,
        created_at=room.created_at,
        asked_about=queries.room_asks(room_id),
        roles=_roles(room, policy),
    )


def _rest(room: Rows) -> Rest | None:
    if not room.model_rests or room.judge != "rules":
        return None
    params = room.judge_note.get("params", {})
    return Rest(
        judge=str(params.get("judge", "")),
        failure=str(params.get("failure", "")),
        times=room.model_rests,
        back_at=room.model_back_at,
    )


def _limits(policy: RoomPolicy) -> Limits:
    return Limits(
        attempts=policy.attempts,
        rounds=policy.rounds,
        depth=policy.depth,
        same_steps=policy.same_steps,
        alternating_steps=policy.alternating_steps,
        steps_without_news=policy.steps_without_news,
        reviews_each=policy.reviews_each,
        checks=policy.checks,
        course_every=timedelta(seconds=policy.course_every),
        specialists=policy.specialists,
    )


def _roles(room: Rows, policy: RoomPolicy) -> tuple[Role, ...]:
    """What specialists can be enlisted as; nothing where none may be, or there is no model."""
    if not policy.specialists or queries.model_of(room.workspace) is None:
        return ()
    known = templates().values()
    return tuple(Role(one.name, one.title, one.skills, one.kinds) for one in known)


def _runs(
    room_id: str,
    now: datetime,
    asking: dict[str, list[tuple[str, datetime]]],
    changed: inputs.Changes,
    finished: tuple[str, ...],
    versions: dict[str, str],
) -> dict[str, list[Run]]:
    """Per card its runs, newest first."""
    found: dict[str, list[Run]] = {}
    remedies = queries.remedies_of(room_id)
    for row in queries.runs_of_cards(room_id, finished):
        run_id, limits, asks = row["id"], row["timings"], asking.get(row["id"], [])
        found.setdefault(row["card_id"], []).append(
            Run(
                id=run_id,
                worker="agent" if row["agent_id"] else "person",
                agent_id=row["agent_id"],
                state=cast(RunState, row["state"]),
                attempt=row["attempt"],
                round=row["round"],
                silent_after=timedelta(seconds=limits["silent_after"]),
                lease=timedelta(seconds=limits["lease"]),
                failure=row["failure"] or None,
                offered_at=row["offered_at"],
                ack_by=row["ack_by"],
                last_sign_at=row["last_sign_at"],
                deadline_at=row["deadline_at"],
                clock_rests=(rests := max((until for _, until in asks), default=now) > now),
                rests_until=max(until for _, until in asks) if rests else None,
                unanswered=asks[0][0] if asks and not rests else None,
                cancel_by=row["cancel_by"],
                slot=row["slot"],
                remedy=remedies.get(run_id),
                budget_of=_budget_of(row),
                counts=row["fence"] > (row["card__counted_from"] or 0),
                version=cast(DeliverableState | None, versions.get(run_id)),
                trail=_trail(row["trail"]),
                changed_inputs=changed.of_run(run_id),
            )
        )
    return found


def _budget_of(run: dict[str, Any]) -> str | None:
    """Whose budget ended it; what an agent says of a budget of its own is none of ours."""
    if run["failure"] != "over_budget":
        return None
    return (run["reason"].get("params") or {}).get("of")


def _trail(kept: dict[str, Any]) -> Trail:
    return Trail(
        steps=kept.get("steps", 0),
        same=kept.get("same", 0),
        alternating=kept.get("alternating", 0),
        without_news=kept.get("without_news", 0),
        last=kept.get("last", ""),
    )


def _cards(
    room_id: str,
    runs: dict[str, list[Run]],
    finished: tuple[str, ...],
    newest: dict[str, str],
) -> list[Card]:
    rows = list(queries.cards_to_look_at(room_id, finished))
    confirming = queries.cards_being_confirmed(room_id)
    waits = queries.unmet_dependencies([row.id for row in rows])
    handed = queries.handed_over(room_id)
    waiting = queries.versions_in_review(room_id)
    disputed = queries.conflicts_below(room_id)
    return [
        Card(
            id=row.id,
            number=row.number,
            title=row.title,
            status=cast(CardStatus, row.status),
            created_at=row.created_at,
            skills=tuple(row.skills),
            kind=row.kind,
            depends_on=tuple(Dependency(needed, met) for needed, met in waits.get(row.id, [])),
            priority=row.priority,
            due=row.due_at,
            attempts=row.attempts,
            rounds=row.rounds if runs.get(row.id) else 0,
            assignee=row.given_to_agent_id,
            kept_for_person=_is_kept_for_people(row),
            runs=tuple(runs.get(row.id, ())),
            deliverable=cast(DeliverableState | None, newest.get(row.id)),
            has_open_ask=row.id in handed or any(r.clock_rests for r in runs.get(row.id, ())),
            handed_off=handed.get(row.id),
            independent=row.independent_runs,
            parent_id=row.parent_id,
            depth=row.depth,
            confirming=row.id in confirming,
            in_review=tuple(waiting.get(row.id, ())),
            not_for=tuple(row.not_for),
            conflicts=disputed.get(row.id, ()),
            revision=row.revision,
        )
        for row in rows
    ]


def _is_kept_for_people(card: Rows) -> bool:
    """A person's own, or the package, which people have put together; unless it is an agent's."""
    is_package = PACKAGE in card.labels and card.given_to_agent_id is None
    return is_package or card.given_to_person_id is not None


def _judgements(room: Rows) -> list[Judgement]:
    within = queries.timings(room.workspace, room).span("judge_within")
    states = {"wanted": "open", "asking": "open"}
    return [
        Judgement(
            id=row.id,
            kind=row.kind,
            subject_id=row.subject_id,
            revision=row.revision,
            state=cast(JudgementState, states.get(row.state, row.state)),
            judge=row.judge,
            answer_by=row.asked_at + within,
            abstained=(row.proposal or {}).get("type") == "abstain",
            abstain_code=(row.proposal or {}).get("code"),
            cards=len((row.proposal or {}).get("cards", [])),
            failure=row.trouble[-1]["code"] if row.trouble else None,
            asked_at=row.asked_at,
            answer={} if row.kind == "plan" else {**(row.proposal or {}), **row.asked_about},
        )
        for row in queries.judgements_to_look_at(room)
    ]


def _budgets(room: Rows, now: datetime) -> list[BudgetLine]:
    return [
        BudgetLine(
            id=line.id,
            subject_id=line.subject_id,
            what=cast(Any, line.what),
            period=line.period,
            cap=float(line.cap),
            used=float(line.used),
            warned=line.warned,
            asked=line.asked,
            reserved=float(line.reserved),
            pace=line.pace,
        )
        for line in spending.lines(room, now)
    ]


def _calls(room_id: str) -> list[Call]:
    return [Call(row.id, row.at) for row in queries.messages_without_reply(room_id)]
