"""Every duration Muster waits for, in seconds: setting, then room, then agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Timings:
    """All durations in seconds. A pilot shortens them; nothing else knows a duration."""

    ack_within: float = 30  # offered → a first answer
    no_answer_shown: float = 10  # the page says "no answer yet"
    silent_after: float = 300  # no sign → stale, still live
    lease: float = 900  # no sign → failed(stalled), fenced
    late_for: float = 86_400  # how long after its end a run token takes files and completion
    cancel_within: float = 30  # cancelling → cancelled, answered or not
    ask_rests: float = 604_800  # a blocking ask rests the clock at most this long
    permit_for: float = 600  # how long leave for an action holds once it is given
    tick_every: float = 0.25  # at most one tick per room in this time
    sweep_every: float = 1
    judge_within: float = 55  # a judgement not answered by then goes to the rules, within a minute
    model_rests: float = 60  # a model in trouble is tried again; each time in a row twice as late
    rests_at_most: float = 900
    connect_within: float = 5
    deliver_within: float = 25
    verify_within: float = 10
    audition_item: float = 600  # the longest that one item of an audition is given
    audition_watch: float = 3  # how long it is watched after its end for what must not come
    audition_every: float = 1
    sign_in_link_for: float = 3_600
    invite_for: float = 604_800

    def but(self, changes: Mapping[str, Any]) -> Timings:
        """These timings with what `changes` names; unknown names are left out."""
        known = {field.name for field in fields(self)}
        return replace(
            self, **{k: float(v) for k, v in changes.items() if k in known and v is not None}
        )

    def span(self, name: str) -> timedelta:
        return timedelta(seconds=getattr(self, name))


DEFAULT = Timings()
