"""What a verification asked and found; the steps' codes are the doors'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from workspace.sentences.refusals import REFUSALS

CHECKS: dict[str, str | Promise] = {
    "challenge_echoed": lazy("A webhook: it echoed the challenge"),
    "challenge_status": lazy("It did not answer the challenge with 200"),
    "challenge_unreadable": lazy("Its answer to the challenge cannot be read"),
    "wrong_challenge": lazy("It echoed another challenge than the one sent"),
    "secret_mismatch": lazy("It does not know the secret: it refused our signature"),
    "wrong_signature_refused": lazy("It refused a wrong signature, as it should"),
    "wrong_signature_accepted": lazy("It took a wrong signature: it does not check who calls"),
    "skills_not_taken": lazy("Not all that it named as its skills are names of skills"),
    "came_with_its_token": lazy("It came with its token"),
    "has_not_come_yet": lazy("It has not come with its token yet"),
    "found_webhook": lazy(
        "Nothing there tells what it is. It can join as a webhook: Muster sends it signed events, "
        "and it answers or calls back."
    ),
    "found_a2a": lazy("An A2A agent: its agent card tells what it can do."),
    "found_a2a_unspoken": lazy(
        "An A2A agent, but in no version or binding spoken here: 1.0 and 0.3, over JSON-RPC or "
        "HTTP+JSON."
    ),
    "a2a_card_read": lazy("An A2A agent: its card was read"),
    "a2a_no_card": lazy("There is no agent card where one should be"),
    "a2a_card_unreadable": lazy("What is at the place of its card is no agent card"),
    "a2a_no_address": lazy("Its card names no address to talk to"),
    "a2a_nothing_spoken": lazy(
        "Its card offers nothing spoken here: 1.0 or 0.3, over JSON-RPC or HTTP+JSON"
    ),
    "a2a_interface": lazy("What its card offers, and what is used"),
    "a2a_foreign_address": lazy("Its card leads to an address that is not the registered one"),
    "a2a_credential_missing": lazy("Its card asks for a credential, and none is set"),
    "a2a_credential_unsupported": lazy("Its card asks for a credential of a kind not shown here"),
    "a2a_credential_refused": lazy("It does not take the credential that is set"),
    "a2a_answers": lazy("It answers at that address as A2A agents do"),
    "a2a_answers_oddly": lazy("It answers at that address, with an error of its own"),
    "status": lazy("There is a server at that address, and no agent at that path of it"),
    "a2a_unreadable": lazy("What it answers at that address is not A2A"),
    "a2a_version": lazy("It says that it does not speak the version its card names"),
    "found_model": lazy(
        "A model's endpoint: it lists models. Muster runs the tools and keeps the steps; the model "
        "answers."
    ),
    "models_listed": lazy("It lists its models"),
    "model_listed": lazy("The model is among them"),
    "model_not_listed": lazy("The model is not among those it lists"),
    "model_answered": lazy("It lists no models, but the model answered"),
    "no_list_of_models": lazy("What it answered is no list of models"),
    "key_refused": lazy("It refused the key"),
    "key_unusable": lazy("The key holds characters that no key has"),
    "secret_unreadable": lazy("The key cannot be read any more"),
    "no_such_model": lazy("It knows no such model, or nothing at that address"),
    "throttled": lazy("It asks to wait; try again later"),
    "server_error": lazy("It answered with an error of its own"),
    "request_refused": lazy("It refused the request"),
    "bad_response": lazy("It does not answer as a model's endpoint does"),
    "connector_online": lazy("Its connector is there"),
    "connector_offline": lazy("Its connector is not there now"),
    "probe_unanswered": lazy("It did not answer the wrong signature"),
}


def checked(step: Mapping[str, Any]) -> str:
    """One step of a verification, as a line."""
    code = str(step.get("code", ""))
    return str(CHECKS.get(code) or REFUSALS.get(code) or code.replace("_", " ").capitalize())


def found_there(params: Mapping[str, Any]) -> str:
    """What else a probe tells, in a few words; empty where that is nothing."""
    said = []
    if params.get("protocol"):
        how = {"version": params["protocol"], "binding": params.get("binding", "")}
        said.append(_("It speaks A2A %(version)s over %(binding)s.") % how)
    elif params.get("offered"):
        said.append(_("It offers %(offered)s.") % {"offered": params["offered"]})
    if count := params.get("count"):
        said.append(ngettext("One model.", "%(n)s models.", count) % {"n": count})
    if params.get("needs_key"):
        said.append(_("It wants a key."))
    return " ".join(said)


# Of the codes of what came of a delivery, those that do not speak for themselves.
ANSWERED: dict[str, str | Promise] = {
    "unknown_status": lazy("answered, with a status of its own"),
}


def answered(outcome: Mapping[str, Any] | None) -> str:
    """What came of a delivery, in a few words."""
    if not outcome:
        return ""
    code = str(outcome.get("code", ""))
    return str(ANSWERED.get(code) or code.replace("_", " "))
