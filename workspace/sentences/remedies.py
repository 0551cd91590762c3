"""How a card goes on after a failure, and how finished work does when its inputs change."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

GOING_ON: dict[str, str | Promise] = {
    "needs_diagnosis": lazy("It did not succeed, so it is looked at before it goes on."),
    "someone_else_next": lazy("That says nothing about the work, so another agent gets it."),
    "same_work_again": lazy("What it builds on has changed, so the work begins again."),
    "its_budget_is_gone": lazy("Only this agent's budget is used up, so another agent gets it."),
    "goes_on_with_budget": lazy(
        "A budget stopped it, which says nothing about the work: it goes on once there is more."
    ),
    "nobody_could_say": lazy("No judge could say what went wrong, so another agent gets it."),
    "inputs_changed": lazy("What it builds on has a newer version."),
    "does_it_stand": lazy("What it was built on has changed. Does it still stand?"),
    "composed_again": lazy("The package is put together again."),
    "budget_used_up": lazy(
        "The budget of the %(of)s holds no more: %(used)s of %(cap)s %(what)s. "
        "An owner can raise it."
    ),
    "budget_is_low": lazy("Four fifths of a budget are gone: %(used)s of %(cap)s %(what)s."),
}

# What a diagnosis names as the cause.
CAUSES: dict[str, str | Promise] = {
    "missing_input": lazy("Something it needs is missing."),
    "missing_permission": lazy("It lacks a permission."),
    "tool_error": lazy("A tool it uses, or the agent itself, ended with an error."),
    "unclear_brief": lazy("The brief did not say clearly enough what is wanted."),
    "too_large": lazy("The card is too much for one run."),
    "wrong_worker": lazy("This agent is not the right one for it."),
    "criteria_not_met": lazy("What was made does not meet the criteria."),
    "contradiction": lazy("Findings contradict one another."),
    "provider": lazy("The service the agent runs on had trouble."),
    "unknown": lazy("Nobody can say what caused it."),
}
