"""What judges were asked, what they answered, and what went wrong with them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

JUDGES: dict[str, str | Promise] = {
    "judge_answered": lazy("The judge (%(judge)s) answered."),
    "judge_cannot_say": lazy("The judge (%(judge)s) cannot say: %(why)s"),
    "answer_of_no_use": lazy("What the judge (%(judge)s) proposed cannot be done. Rules carry on."),
    "coordinator_was_asked": lazy("Someone wrote to the coordinator."),
    "cannot_reply": lazy(
        "The judge at work here (%(judge)s) cannot answer in words. Ask a person, or set a model."
    ),
    "course_is_due": lazy("It is time to look whether the board still serves the goal."),
    "judge_trouble": lazy(
        "The judge (%(judge)s) cannot be used: %(failure)s. Rules carry on until someone decides."
    ),
    "judge_keeps_failing": lazy(
        "The judge (%(judge)s) keeps failing: %(failure)s. Rules carry on, and it is tried again "
        "from time to time. Stay with rules instead?"
    ),
    "budget_stops_model": lazy(
        "The room’s budget is used up (%(used)s of %(cap)s %(what)s), so the model is not asked. "
        "Rules carry on."
    ),
    "people_chose_rules": lazy("People decided to go on with rules."),
    "nobody_fits": lazy("nobody here fits"),
    "no_criteria": lazy("there are no criteria to check"),
    "goal_without_plan": lazy("The goal has no cards yet."),
    "plan_answered": lazy("The goal was split into %(cards)s cards."),
    "cannot_split": lazy("The rules cannot split this goal. Here is one card; edit or split it."),
    "judge_failed": lazy(
        "The judge (%(judge)s) could not answer: %(failure)s. The rules carry on."
    ),
    "model_has_rested": lazy("The model (%(judge)s) has rested; it is asked again."),
    "judge_late": lazy("The judge (%(judge)s) did not answer in time. The rules carry on."),
    "judge_abstained": lazy(
        "The judge cannot split this goal: %(why)s. Here it is as one card: keep it, edit it, "
        "or make the cards yourself."
    ),
    "no_parts": lazy("it names no parts that can be told apart"),
    "list_is_not_work": lazy("its list is not a list of work"),
    "too_many_parts": lazy("it names more parts than one plan may have"),
    "empty_goal": lazy("it is empty"),
    "no_recognisable_parts": lazy("The goal names no parts the rules recognise."),
    "model_cannot": lazy("the model sees no way to split it"),
    "no_model": lazy("No model is set."),
    "configuration": lazy("its address or key is not accepted"),
    "quota": lazy("its quota is used up"),
    "content_filter": lazy("it refuses to talk about this"),
    "overloaded": lazy("it is overloaded"),
    "server_error": lazy("its server has an error"),
    "invalid_request": lazy("it does not understand the question"),
    "nonsense": lazy("its answer makes no sense"),
    "reconcile_answered": lazy("The judge compared two claims: %(verdict)s."),
    "texts_unclear": lazy("Rules cannot tell whether two claims say the same."),
    "version_to_check": lazy("A version has come in, and nobody has looked at it yet."),
}

# What two claims were found to be.
VERDICTS: dict[str, str | Promise] = {
    "agree": lazy("they say the same"),
    "differ": lazy("they say two different things"),
    "cannot_tell": lazy("it cannot tell"),
}
# What kept a judge from answering, to follow "it could not answer:".
TROUBLE: dict[str, str | Promise] = {
    **{
        code: JUDGES[code]
        for code in (
            "configuration", "quota", "content_filter", "overloaded", "server_error",
            "invalid_request", "nonsense",
        )
    },
    "deadline": lazy("it took too long"),
    "late": lazy("it did not answer in time"),
    "unreachable": lazy("it could not be reached"),
    "rate_limited": lazy("it asked us to slow down"),
    "too_large": lazy("the question is larger than it may be"),
    "out_of_tokens": lazy("its thinking left nothing for an answer"),
    "bad_response": lazy("its answer cannot be read"),
    "broken_off": lazy("its answer broke off"),
    "answer_too_large": lazy("its answer is too long"),
    "subject_gone": lazy("what it was asked about is gone"),
}  # fmt: skip
