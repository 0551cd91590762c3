"""Proof of a URL: a signed challenge to be echoed, and a wrong signature to be refused.

The two requests are the caller's to send; here is what to send and what the answers mean.
"""

import secrets
from dataclasses import dataclass, field

from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json, JsonRefused, parse_json
from agents.doors.results import MIB
from agents.egress import Answer, EgressRefused

MOST_SKILLS = 50
CAPABILITIES = ("async", "cancel", "questions", "permissions")


@dataclass(frozen=True, slots=True)
class AboutAgent:
    """What an agent says about itself; it fills in what its owner left open."""

    name: str = ""
    version: str = ""
    skills: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    capabilities: dict[str, bool] = field(default_factory=dict)
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class HandshakeStep:
    """One thing that was tried, as code and parameters, for the agent's page."""

    code: str
    ok: bool
    params: dict[str, Json] = field(default_factory=dict)
    took_ms: int = 0


def new_challenge() -> str:
    """32 random bytes, URL-safe."""
    return secrets.token_urlsafe(32)


def read_challenge_answer(
    answer: Answer | EgressRefused, challenge: str
) -> tuple[HandshakeStep, AboutAgent | None]:
    """Whether the challenge came back; None if it did not."""
    if isinstance(answer, EgressRefused):
        return HandshakeStep(answer.code, False, dict(answer.params)), None
    took = answer.elapsed_ms
    if answer.status in (401, 403):
        return HandshakeStep("secret_mismatch", False, {"status": answer.status}, took), None
    if answer.status != 200:
        return HandshakeStep("challenge_status", False, {"status": answer.status}, took), None
    try:
        fields = Fields(parse_json(answer.body, max_bytes=MIB))
        echoed = fields.text("challenge", most=200)
        about = _about(fields.object_or_none("agent"))
    except (JsonRefused, Malformed) as error:
        return HandshakeStep("challenge_unreadable", False, {"problem": str(error)}, took), None
    if not secrets.compare_digest(echoed.encode(), challenge.encode()):
        return HandshakeStep("wrong_challenge", False, {}, took), None
    return HandshakeStep("challenge_echoed", True, {}, took), about


def _about(fields: Fields | None) -> AboutAgent:
    if fields is None:
        return AboutAgent()
    told = fields.object_or_none("capabilities")
    return AboutAgent(
        name=fields.text_or("name", "", most=80),
        version=fields.text_or("version", "", most=80),
        skills=fields.texts("skills", most=MOST_SKILLS, longest=60),
        tools=fields.texts("tools", most=MOST_SKILLS, longest=60),
        capabilities={name: told.flag_or(name, False) for name in CAPABILITIES} if told else {},
        max_concurrency=fields.whole_or_none("max_concurrency", least=1, most=1000),
    )


def read_probe_answer(answer: Answer | EgressRefused) -> HandshakeStep:
    """Whether the wrong signature was refused. Only a 401 or 403 shows that it is checked."""
    if isinstance(answer, EgressRefused):
        return HandshakeStep("probe_unanswered", False, {"problem": answer.code})
    if answer.status in (401, 403):
        return HandshakeStep("wrong_signature_refused", True, {}, answer.elapsed_ms)
    params: dict[str, Json] = {"status": answer.status}
    return HandshakeStep("wrong_signature_accepted", False, params, answer.elapsed_ms)


def status_of(echoed: HandshakeStep, probed: HandshakeStep | None) -> str:
    """verified | verified_insecure | unverified"""
    if not echoed.ok or probed is None:
        return "unverified"
    return "verified" if probed.ok else "verified_insecure"
