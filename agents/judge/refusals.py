"""What a model service's errors mean: wait, or tell a person. Branches on the error's own type."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime

import openai

from agents.judge.base import JudgeError, Permanent, Temporary
from agents.judge.validate import clean

LONGEST_WAIT = 3600.0
DETAIL_LENGTH = 300

# The type says more than the status: a 429 may mean wait, or that the money is gone.
PERMANENT_TYPES = {
    "content_filter": "content_filter",
    "exceeded_current_quota_error": "quota",
    "insufficient_quota": "quota",
    "authentication_error": "configuration",
    "invalid_authentication_error": "configuration",
    "incorrect_api_key_error": "configuration",
    "permission_error": "configuration",
    "permission_denied_error": "configuration",
    "resource_not_found_error": "configuration",
}
TEMPORARY_TYPES = {
    "engine_overloaded_error": "overloaded",
    "rate_limit_reached_error": "rate_limited",
    "server_error": "server_error",
    "internal_server_error": "server_error",
    "unexpected_output": "server_error",
    "client_closed_request": "server_error",
}


def what_it_means(error: openai.APIError, *, secret: str) -> JudgeError:
    """The judge's error for one of the client's; the detail never holds the key."""
    detail = in_short(error, secret)
    if isinstance(error, openai.APITimeoutError):
        return Temporary("deadline", detail=detail)
    if isinstance(error, openai.APIConnectionError):
        return Temporary("unreachable", detail=detail)
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    for name in (error.type, error.code):
        if name in PERMANENT_TYPES:
            return Permanent(PERMANENT_TYPES[name], status=status, detail=detail)
        if name in TEMPORARY_TYPES:
            wait = retry_after(error)
            return Temporary(TEMPORARY_TYPES[name], retry_after=wait, status=status, detail=detail)
    return by_status(error, status, detail)


def by_status(error: openai.APIError, status: int | None, detail: str) -> JudgeError:
    """For services that name no type we know, and for pages a gateway sent instead."""
    if status is None:
        return Temporary("server_error", detail=detail)
    if status in (401, 403, 404) or 300 <= status < 400:
        return Permanent("configuration", status=status, detail=detail)
    if status == 429:
        return Temporary(
            "rate_limited", retry_after=retry_after(error), status=status, detail=detail
        )
    if status in (408, 409, 425, 499) or status >= 500:
        return Temporary(
            "server_error", retry_after=retry_after(error), status=status, detail=detail
        )
    return Permanent("invalid_request", status=status, detail=detail)


def retry_after(error: openai.APIError) -> float | None:
    """Seconds the service asks us to wait, in either form of the header, within reason."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = seconds_until(value, error.response.headers.get("date", ""))
    return min(seconds, LONGEST_WAIT) if seconds >= 0 else None


def seconds_until(date: str, now: str) -> float:
    """From the answer's own date to the given one; -1 where either is missing."""
    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):
        return -1.0


def in_short(error: openai.APIError, secret: str) -> str:
    """One line for the log: the service's own words, or the cause of a broken connection."""
    cause = error.__cause__
    said = f"{error.message} ({type(cause).__name__}: {cause})" if cause else error.message
    if isinstance(error.body, str):
        said = f"{error.message}: {json.dumps(error.body[:120])}"
    if secret:
        said = said.replace(secret, "***")
    return clean(" ".join(said.split()), DETAIL_LENGTH)
