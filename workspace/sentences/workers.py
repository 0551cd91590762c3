"""Why this worker."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

WORKERS: dict[str, str | Promise] = {
    "enlisted_missing": lazy(
        "Nobody here can do what is ready (%(skills)s), so %(count)s more are brought in: "
        "%(role)s. Cards: %(cards)s. This room takes %(most)s specialists."
    ),
    "enlisted_more": lazy(
        "Everyone who could do what is ready is busy, so %(count)s more are brought in: %(role)s. "
        "Cards: %(cards)s. This room takes %(most)s specialists."
    ),
    "specialist": lazy(
        "Specialist: brought in by the coordinator, the workspace's own model as %(role)s."
    ),
    "specialist_idle": lazy("It had nothing to do for %(minutes)s minutes and was let go."),
    "best_fit": lazy(
        "Of %(eligible_count)s free agents with the skills it needs, %(who)s is the best by skill "
        "and load (about %(percent)s %% by what it says of itself); none has shown anything of "
        "this yet."
    ),
    "best_audition": lazy(
        "Of %(eligible_count)s free agents with the skills it needs, %(who)s comes first by skill, "
        "load and how it did in its audition (about %(percent)s %%); none has shown anything of "
        "this at work yet."
    ),
    "stood_audition": lazy(
        "%(who)s has shown nothing of this at work yet, but stood its audition: with about "
        "%(percent)s %% nobody who is free is likelier to do this well."
    ),
    "likeliest": lazy(
        "Of %(eligible_count)s free agents %(who)s is the likeliest to do this well: about "
        "%(percent)s %% (outcomes so far: %(outcomes)s)."
    ),
    "only_one_free": lazy(
        "%(who)s is the only free agent with the skills it needs, and about %(percent)s %% likely "
        "to do this well (outcomes so far: %(outcomes)s)."
    ),
    "tried_out": lazy(
        "%(who)s has shown little of this yet (about %(percent)s %% likely to do this well, "
        "outcomes so far: %(outcomes)s; the surest: %(surest_percent)s %%), so it is tried."
    ),
    "freer_or_cheaper": lazy(
        "%(who)s does this about as well as the best (%(percent)s %% against "
        "%(surest_percent)s %%), and is freer, faster or cheaper."
    ),
    "model_choice": lazy(
        "Of the agents the rules allow, the model put %(who)s first: about %(percent)s %% likely "
        "to do this well (outcomes so far: %(outcomes)s)."
    ),
    "cards_to_rank": lazy("Several agents could do what is ready, so the model compares them."),
    "ranking_used": lazy("The order the model gave has been used."),
    "same_worker": lazy(
        "%(who)s made the version before, so it makes the changes: about %(percent)s %% likely to "
        "do this well (outcomes so far: %(outcomes)s)."
    ),
    "chosen_by_person": lazy(
        "A person chose %(who)s: about %(percent)s %% likely to do this well (outcomes so far: "
        "%(outcomes)s)."
    ),
    "claimed": lazy("%(who)s came for it and took it itself."),
    "named_by_person": lazy("A person chose %(who)s."),
    "audition": lazy("Part of its audition."),
    "taken": lazy("Taken by the person who does it."),
    "built_to_fail": lazy("built to fail"),
    "demo": lazy("%(says)s"),
}

LEFT_OUT: dict[str, str | Promise] = {
    "failed_before": lazy("failed here"),
    "declined_before": lazy("declined"),
    "has_it_already": lazy("has it already"),
    "at_capacity": lazy("busy"),
    "paused": lazy("paused"),
    "unverified": lazy("not verified"),
    "degraded": lazy("resting"),
    "offline": lazy("offline"),
    "over_budget": lazy("over its budget"),
    "disabled": lazy("off"),
    "revoked": lazy("removed"),
    "not_usable": lazy("cannot be used"),
    "not_in_room": lazy("not in this room"),
    "lacks_skills": lazy("lacks a skill"),
    "has_a_side": lazy("made one of the claims"),
    "not_auditioned": lazy("no audition yet"),
    "audition_failed": lazy("failed its audition"),
    "audition_outdated": lazy("audition outdated"),
    "being_auditioned": lazy("in its audition"),
}


def left_out(code: str) -> str:
    """Why an agent was not compared, in a word or two."""
    return str(LEFT_OUT.get(code, code.replace("_", " ")))
