"""What an agent's HTTP answer to an event means, as one of a few typed outcomes."""

from datetime import datetime

from agents.doors.asks import read_question
from agents.doors.callbacks import read_accepted, read_declined, read_failure
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import JsonRefused, parse_json
from agents.doors.outcomes import (
    Delivered,
    Gone,
    Outcome,
    SecretMismatch,
    TryAgain,
    Unacceptable,
    Unusable,
)
from agents.doors.results import MIB, read_result
from agents.doors.retries import read_retry_after
from agents.egress import Answer
from workspace.reports import Accepted

LARGEST_REPLY = 2 * MIB
THROTTLED = (429, 502, 503, 504)


def read_reply(answer: Answer, *, now: datetime) -> Outcome:
    """A complete answer, by its status first and its body second."""
    status = answer.status
    if 200 <= status < 300:
        return _read_success(answer)
    if status == 409:
        return Delivered(note="already_known")
    if status in (401, 403):
        return SecretMismatch(status)
    if status == 410:
        return Gone()
    if status in THROTTLED:
        wait = read_retry_after(answer.headers.get("retry-after"), now=now)
        return TryAgain("throttled", {"status": status}, wait)
    if 400 <= status < 500:
        return Unacceptable("status", {"status": status})
    return TryAgain("status", {"status": status})


def _read_success(answer: Answer) -> Outcome:
    if not answer.body.strip():
        return Delivered(quiet=True) if answer.status != 202 else Accepted()
    try:
        fields = Fields(parse_json(answer.body, max_bytes=LARGEST_REPLY))
    except (JsonRefused, Malformed) as error:
        # "OK" in plain text is common: it arrived, and the callbacks must say the rest.
        return Delivered(note=f"unreadable_{error.code}", quiet=True)
    return _read_status(fields, answer.status)


def _read_status(fields: Fields, status: int) -> Outcome:
    said = fields.raw("status")
    try:
        match said:
            case "completed":
                return read_result(fields.object_or_none("result") or Fields({}, "/result"))
            case "input_required":
                return read_question(fields.object("question"))
            case "rejected":
                return read_declined(fields)
            case "failed":
                return read_failure(fields)
            case "accepted":
                return read_accepted(fields)
    except Malformed as error:
        return Unusable(error.code, error.at)
    if said is None:
        return Accepted() if status == 202 else Delivered(quiet=True)
    return Delivered(note="unknown_status", quiet=True)
