"""What a move of the coordinator would do, as one sentence that a person confirms or reads."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace.sentences.telling import Blanks

# By the kind of move; what is asked of a judge, or taken from it, by the kind of question too.
MOVES: dict[str, str | Promise] = {
    "assign": lazy("Give %(card)s to %(agent)s."),
    "assign.round": lazy("Send %(card)s back to %(agent)s with the changes people asked for."),
    "ask_judgement": lazy("Put a question to the judge."),
    "ask_judgement.plan": lazy("Split the goal into cards."),
    "ask_judgement.assign": lazy("Have the model compare the agents for what is ready."),
    "ask_judgement.diagnose": lazy("Have the judge say what went wrong with %(card)s."),
    "ask_judgement.read": lazy("Have what the agent wrote on %(card)s read, without any tools."),
    "ask_judgement.check": lazy("Have the judge check the version of %(card)s, as advice."),
    "ask_judgement.reconcile": lazy("Have the judge say whether two claims say the same."),
    "ask_judgement.reply": lazy("Answer what somebody wrote to the coordinator."),
    "ask_judgement.course": lazy("Have the judge say whether the board still serves the goal."),
    "ask_judgement.compose": lazy("Have the judge write the words of the package."),
    "take_plan": lazy("Make the cards of the plan."),
    "offer_card": lazy("Offer the goal as one card: it could not be split."),
    "take_answer": lazy("Use what the judge answered."),
    "take_answer.diagnose": lazy("Go on with %(card)s as the judge says: %(remedy)s."),
    "take_answer.diagnose.ask": lazy("Ask people how to go on with %(card)s."),
    "take_answer.read": lazy("Keep what was read of the agent's words on %(card)s."),
    "take_answer.check": lazy("Put the judge's check of %(card)s beside its review."),
    "take_answer.assign": lazy("Use the order in which the model put the agents."),
    "take_answer.reconcile": lazy("Keep what the judge says about the two claims."),
    "take_answer.reply": lazy("Send the reply to whoever wrote to the coordinator."),
    "take_answer.course": lazy("Keep what the judge says about the course of the work."),
    "take_answer.compose": lazy("Put the package together with the judge's words."),
    "remedy": lazy("Go on with %(card)s: %(remedy)s."),
    "expire_ask": lazy("Stop waiting for an answer that did not come in time, and ask people."),
    "hand_off": lazy("Ask people to take over %(card)s."),
    "take_back": lazy("Take %(card)s back: an agent that can do it has come."),
    "tell_inputs": lazy("Hand the worker on %(card)s the newer versions of what it builds on."),
    "ask_standing": lazy("Ask people whether %(card)s still stands."),
    "open_conflict": lazy("Put claims that disagree before people."),
    "doubt_claims": lazy("Have people look whether two claims disagree."),
    "withdraw_conflict": lazy("Close a conflict: its claims do not disagree any more."),
    "ask_people": lazy("Ask people about this room."),
    "wake_model": lazy("Ask the model again."),
    "warn_budget": lazy("Say that most of a budget is gone."),
    "enlist": lazy("Bring in %(count)s more: %(role)s."),
    "dismiss": lazy("Let %(agent)s go: it has had nothing to do for long."),
    "mark_stale": lazy("Show the worker on %(card)s as silent."),
    "fail_run": lazy("End the run on %(card)s as failed."),
    "cancel_run": lazy("End the run on %(card)s that was told to stop."),
}


def would(kind: str, *more: str, **words: Any) -> str:
    """The sentence of a move; `more` are codes that tell it closer, the closest known one wins."""
    names = [".".join((kind, *more[:n])) for n in range(len(more), -1, -1)]
    for name in names:
        if name in MOVES:
            return str(MOVES[name]) % Blanks(words)
    return _("%(kind)s.") % {"kind": kind.replace("_", " ").capitalize()}
