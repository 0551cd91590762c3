"""Sentences for stored codes: why a card waits, what happened, what was refused.

Rows keep `{"code", "params"}`; here, and only here, they become words of a language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace.errors import Refused

Reason = Mapping[str, Any]


class Names(Protocol):
    def name(self, id: str | None) -> str: ...


class Blanks(dict[str, Any]):
    """Parameters of a sentence; one that was not stored reads as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


# What the coordinator and its rules say.
REASONS: dict[str, str | Promise] = {
    # why a card waits
    "blocked": lazy("It waits for other cards."),
    "kept_for_person": lazy("A person is to do it."),
    "changes_are_for_the_person": lazy("The person who made it makes the changes."),
    "agent_is_busy": lazy("%(who)s is busy with other cards."),
    "all_are_busy": lazy("Everyone who could do it is busy."),
    "agent_comes_back": lazy("The agent that could do it is away for now."),
    "being_ranked": lazy("The model compares the agents that could do it."),
    "too_few_independent": lazy(
        "%(have)s of %(wanted)s independent runs are begun. No other agent can take one now."
    ),
    # why this worker
    "best_fit": lazy("The best free agent with the skills it needs."),
    "likeliest": lazy(
        "Of %(eligible_count)s free agents %(who)s is the likeliest to do this well: about "
        "%(percent)s %% (outcomes so far: %(outcomes)s)."
    ),
    "only_one_free": lazy(
        "%(who)s is the only free agent with the skills it needs, and about %(percent)s %% likely "
        "to do this well (outcomes so far: %(outcomes)s)."
    ),
    "tried_out": lazy("%(who)s has shown little of this yet, so it is tried."),
    "freer_or_cheaper": lazy(
        "%(who)s does this about as well as the best, and is freer, faster or cheaper."
    ),
    "model_choice": lazy("Of the agents the rules allow, the model put %(who)s first."),
    "cards_to_rank": lazy("Several agents could do what is ready, so the model compares them."),
    "ranking_used": lazy("The order the model gave has been used."),
    "same_worker": lazy("The agent that made the version before makes the changes."),
    "chosen_by_person": lazy("A person chose this agent."),
    "taken": lazy("Taken by the person who does it."),
    # why a run ended or a card was freed
    "silent": lazy("No sign for %(silent_s)s s."),
    "stalled": lazy(
        "No sign for %(silent_s)s s. Its lease ran out and its token no longer counts."
    ),
    "no_ack": lazy("It did not answer in time after it was sent the card."),
    "deadline": lazy("Its time was over."),
    "unreachable": lazy("It could not be reached, even after several tries."),
    "rejected_delivery": lazy("It refused the card with an error that trying again does not mend."),
    "looping": lazy("It went in circles: %(count)s steps brought nothing new. Last: %(last)s"),
    "error": lazy("It reported an error: %(said)s"),
    "over_budget": lazy("It reached its budget."),
    "budget_used_up": lazy(
        "A budget of the %(of)s is used up: %(used)s of %(cap)s %(what)s. An owner can raise it."
    ),
    "budget_is_low": lazy("Four fifths of a budget are gone: %(used)s of %(cap)s %(what)s."),
    "review_queue_full": lazy(
        "%(reviews)s versions wait for a review and %(under_way)s more are being made. "
        "That is as much as people here can look at; reviewing lets it go on."
    ),
    "checks_failed": lazy("What it sent did not pass the checks."),
    "empty_completion": lazy("It said it was done, but sent nothing to look at."),
    "stale_input": lazy("Something it builds on has changed."),
    "contradicted": lazy("What it says disagrees with other findings."),
    "rate_limited": lazy("It was asked to slow down and did not get further."),
    "misconfigured": lazy("It does not accept our signature. Check its secret and URL."),
    "declined": lazy("It declined: %(said)s"),
    "stop_time_over": lazy("It was told to stop and its time to do so is over."),
    "reassigned": lazy("The card was given to someone else."),
    "cancelled": lazy("The card was cancelled."),
    "agent_revoked": lazy("The agent was removed."),
    "agent_unseated": lazy("The agent left the room."),
    "agent_disabled": lazy("The agent was switched off."),
    # hand-offs
    "too_many_attempts": lazy("%(attempts)s attempts failed. Someone has to decide how to go on."),
    "too_many_rounds": lazy("%(rounds)s rounds of changes were not enough. Someone has to decide."),
    "no_agents": lazy("There is no agent in this room. Add one, or take the card yourself."),
    "nobody_has_the_skill": lazy("No agent here can do this. Add one, or take the card yourself."),
    "nobody_else_can": lazy("Everyone who could do this has failed or declined it."),
    "nobody_usable": lazy("The agents that could do this cannot be used now."),
    "agent_can_now": lazy("An agent can do it now."),
    # going on after a failure
    "needs_diagnosis": lazy("It did not succeed, so it is looked at before it goes on."),
    "being_diagnosed": lazy("The coordinator looks at what went wrong before it goes on."),
    "someone_else_next": lazy("That says nothing about the work, so another agent gets it."),
    "same_work_again": lazy("What it builds on has changed, so the work begins again."),
    "nobody_could_say": lazy("No judge could say what went wrong, so another agent gets it."),
    "inputs_changed": lazy("What it builds on has a newer version."),
    "does_it_stand": lazy("What it was built on has changed. Does it still stand?"),
    # judgements
    "judge_answered": lazy("The judge (%(judge)s) answered."),
    "judge_cannot_say": lazy("The judge (%(judge)s) cannot say: %(why)s"),
    "answer_of_no_use": lazy("What the judge (%(judge)s) proposed cannot be done. Rules carry on."),
    "coordinator_was_asked": lazy("Someone wrote to the coordinator."),
    "course_is_due": lazy("It is time to look whether the board still serves the goal."),
    "judge_trouble": lazy(
        "The judge (%(judge)s) cannot be used: %(failure)s. Rules carry on until someone decides."
    ),
    "nobody_fits": lazy("nobody here fits"),
    "no_criteria": lazy("there are no criteria to check"),
    # why two claims cannot both hold; a and b are what they say
    "numbers_differ": lazy("“%(a)s” and “%(b)s” are two different amounts of one thing."),
    "ranges_differ": lazy("“%(a)s” and “%(b)s” have nothing in common."),
    "dates_differ": lazy("“%(a)s” and “%(b)s” are two different times for one thing."),
    "flags_differ": lazy("One says “%(a)s”, the other “%(b)s”: it is either so or not."),
    "names_differ": lazy("“%(a)s” and “%(b)s” are two different names for one thing."),
    "judge_told_apart": lazy("The judge (%(judge)s) reads them as saying two different things."),
    "conflict_open": lazy("It waits until somebody has ruled on claims that disagree."),
    "no_longer_disagree": lazy("What disagreed does not stand any more."),
    "composed_again": lazy("The package is put together again."),
    "people_chose_rules": lazy("People decided to go on with rules."),
    # planning
    "goal_without_plan": lazy("The goal has no cards yet."),
    "plan_answered": lazy("The goal was split into %(cards)s cards."),
    "cannot_split": lazy("The rules cannot split this goal. Here is one card; edit or split it."),
    "judge_failed": lazy(
        "The judge (%(judge)s) could not answer: %(failure)s. The rules carry on."
    ),
    "judge_late": lazy("The judge (%(judge)s) did not answer in time. The rules carry on."),
    "judge_abstained": lazy(
        "The judge cannot split this goal: %(why)s. Here it is as one card: keep it, edit it, "
        "or make the cards yourself."
    ),
    "no_parts": lazy("it names no parts that can be told apart"),
    "list_is_not_work": lazy("its list is not a list of work"),
    "too_many_parts": lazy("it names more parts than one plan may have"),
    "empty_goal": lazy("it is empty"),
    "model_cannot": lazy("the model sees no way to split it"),
    "configuration": lazy("its address or key is not accepted"),
    "quota": lazy("its quota is used up"),
    "content_filter": lazy("it refuses to talk about this"),
    "overloaded": lazy("it is overloaded"),
    "server_error": lazy("its server has an error"),
    "invalid_request": lazy("it does not understand the question"),
    "nonsense": lazy("its answer makes no sense"),
    "restarted": lazy("Muster was started again in between."),
    "unusable_result": lazy("What it sent cannot be used."),
    "demo": lazy("%(says)s"),
    "no_recognisable_parts": lazy("The goal names no parts the rules recognise."),
    "no_model": lazy("No model is set."),
    "given": lazy("Given by a person."),
    "taken_over": lazy("A person took the card over."),
    "agent_removed": lazy("The agent left the room."),
    "member_left": lazy("The person who had it can no longer do it."),
    "card_cancelled": lazy("The card was cancelled."),
    "handed_over": lazy("The coordinator cannot go on and asks people."),
    "url_changed": lazy("The URL changed, so it must be verified again."),
    "revoked": lazy("It was removed."),
    "asked": lazy("The worker asked a person."),
    "answered": lazy("A person answered."),
    "changes_requested": lazy("Changes were requested."),
    "rejected": lazy("The version was rejected."),
    "rolled_back": lazy("The accepted version was rolled back."),
    "built_to_fail": lazy("built to fail"),
}

# What a command answers when it may not.
REFUSALS: dict[str, str | Promise] = {
    "not_allowed": lazy("You may not do this here."),
    "not_found": lazy("There is no such thing here, or it is not yours to see."),
    "illegal_move": lazy("That is not possible now: it is already %(state)s."),
    "not_opened": lazy("Open this version before you accept it."),
    "open_first": lazy("Open this version before you accept it."),
    "browser_only": lazy("This room takes acceptances in the browser only."),
    "own_work": lazy("You own the agent that made this, so someone else has to accept it."),
    "producers_owner": lazy("You own the agent that made this, so someone else has to accept it."),
    "already_reviewed": lazy("You have already given your verdict on this version."),
    "stale_version": lazy("A newer version has come in. Look at that one."),
    "revision_conflict": lazy("Someone changed it in the meantime. Load it again."),
    "reason_needed": lazy("Say why, so that the worker knows what to do."),
    "someone_is_on_it": lazy("Someone is already working on it."),
    "is_blocked": lazy("It still waits for other cards."),
    "agent_busy": lazy("The agent has as many cards as it can take."),
    "agent_not_in_room": lazy("The agent is not in this room."),
    "agent_not_usable": lazy("The agent cannot be used now. Verify or resume it first."),
    "agent_revoked": lazy("The agent was removed."),
    "agent_still_works": lazy("The agent has just been given work. Try again."),
    "already_handed_over": lazy("People have been asked already."),
    "already_yours": lazy("You are working on it already."),
    "answer_by_acting": lazy("Take the card, give it to someone, edit it or cancel it."),
    "ask_closed": lazy("It has been answered or withdrawn already."),
    "blocked": lazy("It still waits for #%(by)s."),
    "card_closed": lazy("The card is closed."),
    "card_not_free": lazy("Someone is on it, or it is not open for work."),
    "lease_too_short": lazy("The lease has to be longer than the silence it allows."),
    "not_a_url": lazy("That is not the URL of an agent. It begins with http:// or https://."),
    "link_unknown": lazy("Nobody knows this link. Ask for a new one."),
    "missing": lazy("Fill in: %(field)s."),
    "too_long": lazy("Too long: %(field)s."),
    "not_a_choice": lazy("Choose one of the answers offered: %(field)s."),
    "wrong_type": lazy("That does not fit the field %(field)s."),
    "not_a_duration": lazy("That is not a duration in seconds: %(name)s."),
    "out_of_range": lazy("%(field)s has to be between %(least)s and %(most)s."),
    "room_paused": lazy("The room is paused."),
    "run_terminal": lazy("That run is over."),
    "over_budget": lazy(
        "A budget does not allow it: %(used)s of %(cap)s %(what)s are used or spoken for."
    ),
    "unknown_budget": lazy("A budget is in usd, tokens, steps or seconds."),
    "not_a_whole_number": lazy("That has to be a whole number."),
    "already_asked": lazy("People have been asked about it already."),
    "unknown_period": lazy("A budget is for a day, or for ever."),
    "sign_in_again": lazy("Sign in again first: use a fresh sign-in link."),
    "unknown_role": lazy("There is no such role."),
    "unknown_kind": lazy("There is no such kind of deliverable."),
    "unknown_decision": lazy("Choose one of the decisions offered."),
    "unknown_answer": lazy("Answer, decline or cancel."),
    "not_a_member": lazy("They are not in this room, or may only look."),
    "artifact_too_large": lazy("The file is larger than 25 MB."),
    "sha256_mismatch": lazy("The file arrived damaged. Send it again."),
    "empty_deliverable": lazy("There is nothing in it yet. Add a file or write a text."),
    "bad_answer": lazy("The answer does not fit the form."),
    "link_used": lazy("This link was used already."),
    "link_expired": lazy("This link is too old."),
    "last_owner": lazy("A room keeps at least one owner."),
    "name_taken": lazy("That name is taken."),
    "too_many_cards": lazy("This room has as many cards as it may have."),
    "cycle": lazy("Those cards would wait for each other for ever."),
}


def sentence(reason: Reason | None, names: Names | None = None) -> str:
    """The sentence of a stored `{"code", "params"}`; empty for an empty one."""
    if not reason or not reason.get("code"):
        return ""
    return said(REASONS, str(reason["code"]), reason.get("params") or {}, names)


# The coordinator's own questions to people, where they are not the reason they rest on.
CHOICES: dict[str, str | Promise] = {
    "inputs_changed": lazy("What this was built on has changed. Does the work still stand?"),
    "off_course": lazy("The board may no longer serve the goal. Plan again?"),
}
# What people can choose. Words of ours only: nothing an agent wrote stands in a button.
OPTIONS: dict[str, str | Promise] = {
    "stands": lazy("It stands"),
    "redo": lazy("Do it again"),
    "try_again": lazy("Try the model again"),
    "stay_with_rules": lazy("Stay with the rules"),
    "plan_again": lazy("Plan again"),
    "carry_on": lazy("Carry on as it is"),
    "raise_by_half": lazy("Raise it by half"),
    "stay_stopped": lazy("Leave it stopped"),
}


def choice(body: Mapping[str, Any]) -> str:
    """What the coordinator asks people to choose about."""
    code, params = str(body.get("code", "")), body.get("params") or {}
    return said({**REASONS, **CHOICES}, code, params, None)


def option(code: str) -> str:
    """One of the answers to choose from."""
    return str(OPTIONS.get(code) or code.replace("_", " ").capitalize())


def refusal(error: Refused) -> str:
    """Why a command did not happen, and what to do."""
    return said(REFUSALS, error.code, error.params, None)


def said(
    table: Mapping[str, str | Promise], code: str, params: Mapping[str, Any], names: Names | None
) -> str:
    filled = Blanks({key: _plain(value) for key, value in params.items()})
    for nested in ("why", "failure"):  # a reason inside a reason is a code too
        if filled.get(nested) in REASONS:
            filled[nested] = str(REASONS[filled[nested]])
    if names is not None and "who" not in filled:
        filled["who"] = names.name(str(params.get("agent_id") or params.get("person_id") or ""))
    if code in table:
        return str(table[code]) % filled
    other = REASONS.get(code) or REFUSALS.get(code)
    if other is not None:
        return str(other) % filled
    return _("%(code)s.") % {"code": code.replace("_", " ").capitalize()}


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


LEFT_OUT: dict[str, str | Promise] = {
    "failed_before": lazy("failed here"),
    "declined_before": lazy("declined"),
    "has_it_already": lazy("has it already"),
    "at_capacity": lazy("busy"),
    "paused": lazy("paused"),
    "unverified": lazy("not verified"),
    "degraded": lazy("resting"),
    "over_budget": lazy("over its budget"),
    "disabled": lazy("off"),
}


def left_out(code: str) -> str:
    """Why an agent was not compared, in a word or two."""
    return str(LEFT_OUT.get(code, code.replace("_", " ")))


# What a verification asked and found; the steps' codes are the doors'.
CHECKS: dict[str, str | Promise] = {
    "challenge_echoed": lazy("A webhook: it echoed the challenge"),
    "challenge_status": lazy("It did not answer the challenge with 200"),
    "challenge_unreadable": lazy("Its answer to the challenge cannot be read"),
    "wrong_challenge": lazy("It echoed another challenge than the one sent"),
    "secret_mismatch": lazy("It does not know the secret: it refused our signature"),
    "wrong_signature_refused": lazy("It refused a wrong signature, as it should"),
    "wrong_signature_accepted": lazy("It took a wrong signature: it does not check who calls"),
    "probe_unanswered": lazy("It did not answer the wrong signature"),
}


def checked(step: Reason) -> str:
    """One step of a verification, as a line."""
    code = str(step.get("code", ""))
    return str(CHECKS.get(code) or REFUSALS.get(code) or code.replace("_", " ").capitalize())


def answered(outcome: Reason | None) -> str:
    """What came of a delivery, in a few words."""
    if not outcome:
        return ""
    return str(outcome.get("code", "")).replace("_", " ")


# What programs are told beside what people are told.
REFUSALS |= {
    "conflict_open": lazy("Claims disagree and nobody has ruled yet. Rule on the conflict first."),
    "not_a_claim_of_it": lazy("That claim is not part of this conflict."),
    "too_many_facts": lazy("A room remembers %(most)s facts. Unpin one first."),
    "already_composing": lazy("The package is being put together already."),
    "nothing_accepted": lazy("Nothing has been accepted yet, so there is nothing to put together."),
    "own_work": lazy("You made this, so someone else has to accept it."),
    "own_agent": lazy("You own the agent that made this, so someone else has to accept it."),
    "another_version": lazy("That sha256 is not the one of version %(version)s."),
    "already_planning": lazy("The goal is being planned already."),
    "bad_file_name": lazy("A file needs a name of letters that can be shown."),
    "same_name_twice": lazy("Two files have the name %(name)s."),
    "same_claim_twice": lazy("Two claims have the same id."),
    "someone_elses_run": lazy("Someone else is working on this card. Take it over first."),
    "unknown_scope": lazy("There is no scope %(scope)s."),
    "unknown_mode": lazy("A room is auto or manual."),
    "unknown_timing": lazy("There is no duration called %(name)s."),
    "unknown_door": lazy("There is no door called %(door)s."),
    "forward_dependency": lazy("A card can wait only for cards named before it."),
    "empty_completion": lazy("There is nothing in it yet. Add a file that is not empty."),
    "not_finite": lazy("A number has to be finite."),
    "stale_move": lazy("It has changed in the meantime."),
    "no_token": lazy("Send a personal token: Authorization: Bearer mst_…"),
    "bad_token": lazy("This token opens nothing here. It may have been revoked."),
    "not_json": lazy("The body is not JSON that can be kept: %(problem)s."),
    "not_readable": lazy("The request cannot be read."),
    "invalid_body": lazy("Missing or wrong: %(fields)s."),
    "body_too_large": lazy("The body is larger than this call takes."),
    "method_not_allowed": lazy("This address answers only %(allowed)s."),
    "internal": lazy("Something went wrong here. The request id says where to look."),
    "bad_idempotency_key": lazy("An Idempotency-Key has 1 to 200 visible ASCII characters."),
    "idempotency_mismatch": lazy("This Idempotency-Key came with another body before."),
    "in_progress": lazy("The same call is being answered right now."),
    "not_a_url": lazy("That is not a web address."),
    "scheme": lazy(
        "An agent is reached by https. Plain http is for addresses the operator allows."
    ),
    "userinfo": lazy("An address must not hold a name or password."),
    "port": lazy("An agent is not reached on port %(port)s here."),
    "numeric_host": lazy("Write the address %(host)s in its usual form."),
    "unresolvable": lazy("There is no host of that name."),
    "connection_failed": lazy("Nothing answers there. Is it running?"),
    "tls": lazy("Its certificate cannot be trusted."),
    "redirect": lazy("It redirects elsewhere. Register the address it leads to."),
    "too_large": lazy("Its answer is larger than Muster takes."),
    "encoding": lazy("Its answer is encoded in a way Muster does not take."),
    "bad_response": lazy("It does not answer as HTTP should."),
    "model_key_refused": lazy("The endpoint refuses this key (%(answered)s)."),
    "model_not_there": lazy("The endpoint has no list of models (%(answered)s). Check the URL."),
    "not_a_demo_agent": lazy("Only demo agents that run here can be frozen."),
    "private_address": lazy("%(host)s is a private address. The operator has to allow it first."),
    "judgement_closed": lazy("That question has been answered already."),
    "unknown_failure": lazy("There is no such kind of failure."),
    "unknown_artifact": lazy("This run has no file %(id)s."),
    "unknown_run": lazy("There is no such run for this token."),
    "wrong_token": lazy("This token does not open this run."),
    "lease_lost": lazy("The lease of this run is gone."),
    "empty_action": lazy("An action that nobody can see cannot be allowed."),
    "wrong_digest": lazy("The digest is not that of the action."),
    "not_silent": lazy("It gave a sign in the meantime."),
    "not_handed_over": lazy("It is not handed over to people any more."),
    "unknown_profile": lazy("There is no such kind of model endpoint."),
}
