"""What a verification asked and found; the steps' codes are the doors'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

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
    "probe_unanswered": lazy("It did not answer the wrong signature"),
}


def checked(step: Mapping[str, Any]) -> str:
    """One step of a verification, as a line."""
    code = str(step.get("code", ""))
    return str(CHECKS.get(code) or REFUSALS.get(code) or code.replace("_", " ").capitalize())


def answered(outcome: Mapping[str, Any] | None) -> str:
    """What came of a delivery, in a few words."""
    if not outcome:
        return ""
    return str(outcome.get("code", "")).replace("_", " ")
