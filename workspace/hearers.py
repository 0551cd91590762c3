"""Who hears of what: the one visible table of wake rules.

`live` wakes the hubs that watch the stream, `tick` the room's coordinator, `owed` the
senders of deliveries, `judge` the answering of judgements, `sources` the looking up of
what versions name; `audition` is hinted at by the commands of auditions, `look` by those of
the conversations that doors keep. Everything is
heard live.
What an agent reports of itself, refusals and notices wake no coordinator: that is how
agents cannot keep each other busy.
"""

from __future__ import annotations

LIVE = frozenset({"live"})
TICK = frozenset({"live", "tick"})
OWED = frozenset({"live", "owed"})
BOTH = frozenset({"live", "tick", "owed"})

QUIET = {
    "run.progressed": LIVE,
    "run.write_refused": LIVE,
    "run.offered": TICK,  # from now on an answer is awaited
    "run.requeued": LIVE,
    "run.accepted": LIVE,
    "run.revived": LIVE,
    "run.silent": OWED,
    "room.judge_changed": LIVE,
    "judgement.trouble": LIVE,
    "deliverable.opened": LIVE,
    "deliverable.acceptance_counted": LIVE,
    "message.posted": OWED,
    "ask.opened": LIVE,
    "ask.closed": BOTH,
    "run.queued": BOTH,
    "late.offered": LIVE,
    "run.cancelling": BOTH,
    "run.failed": BOTH,
    "run.superseded": BOTH,
    "card.edited": BOTH,
    "card.cancelled": BOTH,
    "judgement.asked": frozenset({"live", "judge"}),
    "judgement.taken": LIVE,
    "conflict.doubted": LIVE,
    "remedy.chosen": LIVE,
    "ask.raised": LIVE,
    "budget.warned": LIVE,
    "budget.used_up": LIVE,
    "run.inputs_changed": OWED,
    "sources.checked": LIVE,
    "attachment.removed": LIVE,
    "invite.made": LIVE,
    "invite.revoked": LIVE,
    "rule.kept": LIVE,
    "rule.removed": LIVE,
    "pilot.kept": LIVE,
    "connector.paired": LIVE,
    "connector.revoked": LIVE,
    "audition.started": LIVE,
    "audition.ended": LIVE,
}


def hearers(event_type: str) -> frozenset[str]:
    return QUIET.get(event_type, TICK)
