"""Leave for an action: from the room's policy, from a rule that a person kept, else from a person.

Every action that is asked about is on the record as an ask, also one that is decided at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workspace.actors import By
from workspace.commands.asks import close_ask, open_ask, tell
from workspace.commands.rules import note_use, rule_for
from workspace.errors import Refused
from workspace.models import Ask, Card, Room, Run
from workspace.permits import Verdict, action_digest, classify
from workspace.queries import leave_of
from workspace.reports import PermissionWanted


def ask_leave(
    room: Room, card: Card, run: Run, said: PermissionWanted, *, ref: str, by: By, at: datetime
) -> Ask:
    """A run's request for one exact action. Room, card and run are locked.

    Refused where the digest is not the action's, or the same `ref` came with another action.
    """
    digest = action_digest(said.action)
    if not said.action:
        raise Refused("empty_action", status=422)
    if said.action_digest and said.action_digest != digest:
        raise Refused("wrong_digest", status=422)
    if known := Ask.objects.filter(run=run, ref=ref).exclude(ref="").first():
        if known.action_digest != digest:
            raise Refused("wrong_digest", status=422)
        return known
    verdict = classify(said.action, said.kind)
    decided = _without_asking(room, run, verdict, said.action, at)
    body = {
        "title": said.title, "kind": said.kind, "action": said.action, "risk": said.risk,
        "reason_md": said.reason_md, "class": verdict.klass, "why": verdict.code,
        "keeps": verdict.keeps, "program": verdict.program, "words": list(verdict.words),
    }  # fmt: skip
    ask = open_ask(
        room, card, run, kind="permission", body=body, blocking=decided is None, ref=ref, by=by,
        at=at,
    )  # fmt: skip
    if decided is not None:
        ask.answer = decided
        close_ask(room, ask, "answer", by=By("system", cause={"rule": "permits"}), at=at)
        tell(run, ask, decided_by=str(decided.get("rule") or "policy"), at=at)
    return ask


def _without_asking(
    room: Room, run: Run, verdict: Verdict, action: dict[str, Any], at: datetime
) -> dict[str, Any] | None:
    """The decision where nobody has to be asked, with what it rests on."""
    if room.is_scratch:
        return None  # an audition watches how an agent asks
    if rule := rule_for(run, verdict, {"action": action}, at=at):
        note_use(rule, at=at)
        return {"decision": f"{rule.decision}_once", "rule": rule.id}
    if verdict.by_policy and leave_of(room)[verdict.klass] == "allow":
        return {"decision": "allow_once", "policy": verdict.klass}
    return None
