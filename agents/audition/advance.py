"""Going on with an audition: one look at every item, and what follows. Safe to run twice."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from agents.audition.briefs import CHANGE_LINE, card_of, inputs_of
from agents.audition.seen import RunSeen, Seen, see
from agents.audition.verdicts import Verdict, judge
from agents.doors.verifying import verify_agent
from agents.doors.webhook.door import send_copy
from workspace import queries
from workspace.actors import SYSTEM
from workspace.commands import auditions
from workspace.commands.asks import answer_ask
from workspace.commands.cards import cancel_card
from workspace.commands.reviews import request_changes
from workspace.commands.starting import assign_card
from workspace.errors import Refused
from workspace.timings import DEFAULT

log = logging.getLogger("muster.audition")

Rows = Any
OPEN = ("waiting", "running")
WORKS = ("verified", "verified_insecure")
# What the fault proxy does is done to signed deliveries and to calls with a run token: elsewhere
# there is nothing of the kind that an agent could get wrong.
ON_THE_WIRE = ("signature", "duplicate", "late", "cancel", "throttled")


def advance(subject_id: str) -> None:
    """Look at a running audition, or try an agent again whose version changed."""
    now = timezone.now()
    if subject_id.startswith("agt_"):
        again(subject_id, now)
        return
    if not auditions.claim_audition(audition_id=subject_id, at=now):
        return
    try:
        go_on(subject_id)
    except Refused as refused:
        # It was stopped meanwhile, or its agent removed: the next look sees that.
        log.info("audition %s: %s", subject_id, refused)
    finally:
        until = timezone.now() + DEFAULT.span("audition_every")
        auditions.rest_audition(audition_id=subject_id, until=until)


def again(agent_id: str, now: datetime) -> None:
    try:
        auditions.start_again(agent_id=agent_id, at=now)
    except Refused:
        return  # somebody else has begun, or it is not wanted any more


def go_on(audition_id: str) -> None:
    """One look; what is refused meets other facts at the next one."""
    audition = queries.audition(audition_id)
    if audition is None or audition.state != "running":
        return
    if audition.agent.status == "revoked":
        why = {"code": "agent_revoked", "params": {}}
        auditions.stop_audition(audition_id=audition_id, by=SYSTEM, at=timezone.now(), why=why)
        return
    signature = audition.items[0]
    if signature["state"] in OPEN:
        check_signature(audition)
        audition = queries.audition(audition_id)
        assert audition is not None
    if audition.agent.status in WORKS:
        for item in audition.items:
            if item["state"] == "running":
                look_at(audition, item)
        begin_next(audition_id)
        audition = queries.audition(audition_id)
    if audition is not None and not is_open(audition):
        auditions.end_audition(audition_id=audition_id, at=timezone.now())


def is_open(audition: Rows) -> bool:
    works = audition.agent.status in WORKS
    return works and any(item["state"] in OPEN for item in audition.items)


def check_signature(audition: Rows) -> None:
    """The same as Verify on the agent's page: the challenge, then a wrong signature."""
    if audition.items[0]["state"] == "waiting":
        at = timezone.now()
        auditions.begin_item(audition_id=audition.id, code="signature", at=at)
    found = verify_agent(audition.agent_id, by=auditions.acting(audition))
    if audition.agent.door != "webhook" and found.status in WORKS:
        for code in ON_THE_WIRE:
            leave_out(audition.id, code)
        return
    steps = [step["code"] for step in found.steps if not step.get("ok")]
    if found.status == "verified":
        verdict = Verdict("pass", "wrong_signature_refused")
    elif found.status == "verified_insecure":
        verdict = Verdict("fail", "wrong_signature_accepted")
    else:
        verdict = Verdict("fail", "not_verified", {"step": steps[0] if steps else ""})
    end_item(audition, "signature", verdict)


def leave_out(audition_id: str, code: str) -> None:
    """End an item that does not exist at the agent's door."""
    audition = queries.audition(audition_id)
    assert audition is not None
    state = next(item["state"] for item in audition.items if item["code"] == code)
    if state == "waiting":
        auditions.begin_item(audition_id=audition.id, code=code, at=timezone.now())
    if state in OPEN:
        door = {"door": audition.agent.door}
        end_item(audition, code, Verdict("leave_out", "not_at_this_door", door))


def look_at(audition: Rows, item: dict[str, Any]) -> None:
    seen = see(audition, item, timezone.now())
    verdict = judge(seen)
    try:
        if verdict is not None:
            end_item(audition, item["code"], verdict)
        else:
            act(audition, item, seen)
    except Refused as refused:
        # It is busy, or the facts have moved on: the next look sees them. Only an endpoint that
        # rests after failures is not waited for.
        if refused.params.get("status_of_agent") == "degraded":
            end_item(audition, item["code"], Verdict("fail", "silent", {"failure": "unreachable"}))


def end_item(audition: Rows, code: str, verdict: Verdict) -> None:
    evidence = {"code": verdict.code, "params": verdict.params}
    auditions.judge_item(
        audition_id=audition.id,
        code=code,
        move=verdict.move,
        evidence=evidence,
        at=timezone.now(),
    )


def begin_next(audition_id: str) -> None:
    """Begin as many items as the agent takes cards at once."""
    audition = queries.audition(audition_id)
    assert audition is not None
    states = [item["state"] for item in audition.items]
    free = audition.agent.max_concurrency - states.count("running")
    waiting = [item for item in audition.items if item["state"] == "waiting"]
    for item in waiting[: max(free, 0)]:
        begin(audition, item["code"])


def begin(audition: Rows, code: str) -> None:
    url = f"{settings.MUSTER_URL}/agent/v1/planted/{audition.canary}"
    card = auditions.begin_item(
        audition_id=audition.id,
        code=code,
        card=card_of(code, audition.agent.skills),
        inputs=inputs_of(code, canary=audition.canary, url=url),
        at=timezone.now(),
    )
    assert card is not None
    try:
        give(audition, card.id, round=1, code=code)
    except Refused:
        return  # it has other work: given at a later look


def give(audition: Rows, card_id: str, *, round: int, code: str) -> None:
    assign_card(
        card_id=card_id,
        agent_id=audition.agent_id,
        attempt=1,
        round=round,
        why={"code": "audition", "params": {"item": code}},
        by=auditions.acting(audition),
        at=timezone.now(),
    )


def act(audition: Rows, item: dict[str, Any], seen: Seen) -> None:
    """Do what the item is about, each thing once."""
    card = queries.card_tried(item["card_id"])
    assert card is not None
    answer_asks(audition, card)
    run = seen.run
    if card.status == "ready":
        give(audition, card.id, round=2 if run is not None else 1, code=seen.code)
    elif run is None:
        return
    elif seen.code == "cancel" and "stopped_at" not in seen.marks and is_at_work(run):
        mark(audition, seen, "stopped_at")
        cancel_card(card_id=card.id, by=auditions.acting(audition), at=timezone.now())
    elif seen.code == "late" and run.version is not None and not run.copies:
        send_after_its_end(seen)
    elif seen.code == "changes" and run.round == 1 and run.version is not None:
        request_changes(
            deliverable_id=run.version.id,
            reason=named_change(run.version.files),
            by=auditions.acting(audition),
            at=timezone.now(),
        )


def is_at_work(run: RunSeen) -> bool:
    """It has said so, or was kept from saying more than that it has begun."""
    return run.state == "working" or (run.state == "offered" and bool(run.calls))


def mark(audition: Rows, seen: Seen, name: str) -> None:
    at = timezone.now()
    marks = {name: at.isoformat()}
    auditions.mark_item(audition_id=audition.id, code=seen.code, marks=marks, at=at)


def send_after_its_end(seen: Seen) -> None:
    """The straggler: a copy of the assignment, once what came before has come to rest."""
    assert seen.run is not None
    ended_at = seen.run.ended_at
    if ended_at is None or seen.now - ended_at < seen.watch:
        return
    row = queries.run_with_card(seen.run.id)
    delivery = queries.assignment_of(row)
    if delivery is not None:
        send_copy(delivery)


def named_change(files: dict[str, str]) -> str:
    """A request that names one thing, in the first file that can be read."""
    name = next((name for name, text in files.items() if text.strip()), next(iter(files), ""))
    return (
        f"Add this line at the end of `{name}`, and change nothing else: `{CHANGE_LINE}`\n\n"
        "Leave every other line, and every other file, as it is."
    )


def answer_asks(audition: Rows, card: Rows) -> None:
    """What a person would say who knows no more: the first choice, and no to every command."""
    for ask in card.asks.filter(state="open", kind__in=["question", "permission"]):
        answer = {"decision": "reject_once"} if ask.kind == "permission" else first_choice(ask.body)
        by = auditions.acting(audition)
        answer_ask(ask_id=ask.id, answer=answer, by=by, at=timezone.now())


def first_choice(body: dict[str, Any]) -> dict[str, Any]:
    fields = (body.get("schema") or {}).get("properties") or {"answer": {"type": "string"}}
    return {"action": "accept", "content": {n: _value(rule) for n, rule in fields.items()}}


def _value(rule: dict[str, Any]) -> Any:
    if rule.get("enum"):
        return rule["enum"][0]
    kinds = {"integer": 1, "number": 1, "boolean": True}
    return kinds.get(rule.get("type", ""), "Decide by yourself, from what you were given.")
