"""Who may cause what: one table, written down a second time and on purpose.

The workspace has its own; this one is the referee's, from what the product promises. An event
that its actor may not cause is an unauthorised effect, and so is one of a type it does not know.
"""

from __future__ import annotations

PERSON, AGENT, COORDINATOR, SYSTEM = "person", "agent", "coordinator", "system"
ANYBODY = (PERSON, AGENT, COORDINATOR, SYSTEM)
OFFICE = (PERSON, COORDINATOR)
OWN, JUDGE = ("owner",), ("owner", "reviewer")
WORK = (*JUDGE, "contributor")
ALL = (*WORK, "observer")
NOT_YET = (*ALL, "")  # who makes the room, or comes into it

# Event type → the kinds of actor that may cause it, and the roles a person needs.
MAY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "room.created": ((PERSON, SYSTEM), NOT_YET),
    "room.edited": ((PERSON,), OWN),
    "room.mode_set": ((PERSON,), OWN),
    "room.paused": ((PERSON,), JUDGE),
    "room.resumed": ((PERSON,), JUDGE),
    "room.judge_changed": ((PERSON, COORDINATOR, SYSTEM), WORK),
    "member.joined": ((PERSON, SYSTEM), NOT_YET),
    "member.role_set": ((PERSON,), OWN),
    "member.removed": ((PERSON,), ALL),
    "invite.made": ((PERSON,), OWN),
    "invite.revoked": ((PERSON,), OWN),
    "agent.seated": ((PERSON, SYSTEM, COORDINATOR), OWN),
    "agent.unseated": ((PERSON, SYSTEM, COORDINATOR), OWN),
    "card.created": ((*OFFICE, AGENT), WORK),
    "card.edited": (OFFICE, WORK),
    "card.kept": ((PERSON,), WORK),
    "card.given": (OFFICE, WORK),
    "card.cancelled": (OFFICE, WORK),
    "card.reopened": (OFFICE, WORK),
    "card.handed_over": ((COORDINATOR,), ()),
    "card.split": (OFFICE, WORK),
    "card.confirmed": ((PERSON,), WORK),
    "remedy.chosen": ((COORDINATOR,), ()),
    "judgement.asked": (OFFICE, WORK),
    "judgement.answered": ((COORDINATOR,), ()),
    "judgement.trouble": ((COORDINATOR,), ()),
    "judgement.taken": ((COORDINATOR,), ()),
    "plan.taken": ((COORDINATOR,), ()),
    "ask.opened": ((AGENT,), ()),
    "ask.raised": ((COORDINATOR,), ()),
    "ask.closed": (ANYBODY, ALL),
    "rule.kept": ((PERSON,), WORK),
    "rule.removed": ((PERSON,), WORK),
    "conflict.opened": (OFFICE, JUDGE),
    "conflict.doubted": ((COORDINATOR,), ()),
    "conflict.grown": (OFFICE, JUDGE),
    "conflict.withdrawn": (OFFICE, JUDGE),
    "conflict.ruled": ((PERSON,), JUDGE),
    "conflict.set_aside": ((PERSON,), JUDGE),
    "fact.pinned": ((PERSON,), WORK),
    "fact.unpinned": ((PERSON,), WORK),
    "attachment.added": ((PERSON,), WORK),
    "attachment.removed": ((PERSON,), WORK),
    "sources.checked": ((SYSTEM,), ()),
    "budget.set": ((PERSON,), ALL),
    "budget.warned": (ANYBODY, ALL),
    "budget.used_up": (ANYBODY, ALL),
    "run.queued": ((*OFFICE, AGENT), WORK),
    "run.offered": ((SYSTEM,), ()),
    "run.requeued": ((SYSTEM,), ()),
    "run.accepted": ((AGENT,), ()),
    "run.progressed": ((AGENT,), ()),
    "run.silent": ((COORDINATOR,), ()),
    "run.revived": ((AGENT,), ()),
    "run.resumed": ((PERSON,), WORK),
    "run.inputs_changed": ((COORDINATOR,), ()),
    "run.submitted": ((AGENT, PERSON, COORDINATOR), WORK),
    "run.failed": ((AGENT, COORDINATOR, SYSTEM), ()),
    "run.declined": ((AGENT,), ()),
    "run.cancelling": (OFFICE, WORK),
    "run.cancelled": ((AGENT, PERSON, COORDINATOR), WORK),
    "run.superseded": ((PERSON, COORDINATOR, SYSTEM), WORK),
    "run.write_refused": ((AGENT,), ()),
    "late.offered": ((PERSON,), WORK),
    "deliverable.opened": ((PERSON,), ALL),
    "deliverable.accepted": ((PERSON,), JUDGE),
    "deliverable.acceptance_counted": ((PERSON,), JUDGE),
    "deliverable.changes_requested": ((PERSON,), JUDGE),
    "deliverable.rejected": ((PERSON,), JUDGE),
    "deliverable.rolled_back": ((PERSON,), JUDGE),
    "deliverable.superseded": ((AGENT, PERSON, COORDINATOR), WORK),
    "message.posted": (OFFICE, WORK),
}

# What an agent may cause only of its own: a card that people still have to sort, its own claim.
AGENTS_OWN = {"card.created": ("card_status", "triage"), "run.queued": ("worker", "")}

# What a scripted person says it did → the events that may follow from it.
OF_PEOPLE = {
    "accept": ("deliverable.accepted", "deliverable.acceptance_counted"),
    "request_changes": ("deliverable.changes_requested",),
    "reject": ("deliverable.rejected",),
    "roll_back": ("deliverable.rolled_back",),
    "rule": ("conflict.ruled",),
}
VERDICTS = frozenset(kind for kinds in OF_PEOPLE.values() for kind in kinds)
ACCEPTANCES = frozenset(OF_PEOPLE["accept"])


def kind_of(actor: str) -> str:
    """person, agent, coordinator or system; empty for anything else."""
    if actor.startswith("usr_"):
        return PERSON
    if actor.startswith("agt_"):
        return AGENT
    return actor if actor in (COORDINATOR, SYSTEM) else ""
