"""What the answers to a challenge and to a wrong signature mean."""

import json

from agents.doors.webhook.handshake import (
    HandshakeStep,
    new_challenge,
    read_challenge_answer,
    read_probe_answer,
    status_of,
)
from agents.egress import Answer, EgressRefused


def answered(status, body=None):
    return Answer(status, {}, json.dumps(body).encode() if body is not None else b"", 4)


def test_the_same_challenge_back_and_a_refused_probe_verify():
    challenge = new_challenge()
    about = {
        "name": "A",
        "skills": ["code"],
        "capabilities": {"cancel": True},
        "max_concurrency": 2,
    }
    step, told = read_challenge_answer(
        answered(200, {"challenge": challenge, "agent": about}), challenge
    )
    assert step.ok
    assert (told.skills, told.max_concurrency) == (("code",), 2)
    assert told.capabilities["cancel"] is True
    assert told.capabilities["async"] is False
    probe = read_probe_answer(answered(401))
    assert status_of(step, probe) == "verified"


def test_an_agent_that_swallows_a_wrong_signature_is_insecure():
    step, _ = read_challenge_answer(answered(200, {"challenge": "c"}), "c")
    probe = read_probe_answer(answered(200, {}))
    assert probe.code == "wrong_signature_accepted"
    assert status_of(step, probe) == "verified_insecure"


def test_everything_else_leaves_the_agent_unverified():
    cases = {
        "wrong_challenge": answered(200, {"challenge": "other"}),
        "challenge_status": answered(404),
        "secret_mismatch": answered(401),
        "challenge_unreadable": answered(200, ["c"]),
        "redirect": EgressRefused("redirect", {"status": 302}),
        "private_address": EgressRefused("private_address"),
    }
    for code, answer in cases.items():
        step, about = read_challenge_answer(answer, "c")
        assert (step.code, step.ok, about) == (code, False, None)
        assert status_of(step, None) == "unverified"


def test_claims_about_itself_of_the_wrong_type_are_refused():
    body = {"challenge": "c", "agent": {"max_concurrency": "many"}}
    step, _ = read_challenge_answer(answered(200, body), "c")
    assert step.code == "challenge_unreadable"


def test_a_probe_nobody_answers_is_not_a_refusal():
    assert read_probe_answer(EgressRefused("deadline")) == HandshakeStep(
        "probe_unanswered", False, {"problem": "deadline"}
    )
