"""Why a run ended whose loop the workspace runs: what its model did, or its model's endpoint."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

# A failure, and after the dot what brought it about.
ENDPOINTS: dict[str, str | Promise] = {
    "misconfigured.key_refused": lazy("Its endpoint refused the key. Give it another one."),
    "misconfigured.key_unusable": lazy("Its key holds characters that no key has."),
    "misconfigured.secret_unreadable": lazy("Its key cannot be read any more. Give it again."),
    "misconfigured.no_such_model": lazy(
        "Its endpoint knows no such model, or nothing at that address. Check both."
    ),
    "misconfigured.redirect": lazy("Its endpoint sends callers elsewhere. Set the new address."),
    "misconfigured.private_address": lazy(
        "Its endpoint lives at an address that this installation does not allow."
    ),
    "misconfigured.no_model": lazy("It is not said which model it uses, or where."),
    "over_budget.provider_quota": lazy(
        "The account at its model's provider is used up. Nothing more is sent there until it is "
        "verified again."
    ),
    "rate_limited.throttled": lazy(
        "Its endpoint kept asking to wait: %(tries)s tries came to nothing."
    ),
    "unreachable.server_error": lazy(
        "Its endpoint answered with errors of its own, %(tries)s times in a row."
    ),
    "unreachable.bad_response": lazy(
        "Its endpoint did not answer as a model's endpoint does, %(tries)s times in a row."
    ),
    "unreachable.broken_off": lazy(
        "Its endpoint broke its answers off before their end, %(tries)s times in a row."
    ),
    "unreachable.deadline": lazy("Its endpoint did not finish an answer in time, %(tries)s times."),
    "unreachable.quiet": lazy("Its endpoint fell silent within an answer, %(tries)s times."),
    "unreachable.connection_failed": lazy("Its endpoint could not be reached, %(tries)s times."),
    "error.content_filter": lazy("Its provider's filter refused to answer to this card."),
    "error.request_refused": lazy("Its endpoint refused the request: %(said)s"),
    "error.answer_too_long": lazy("Its model answered at greater length than is taken."),
    "error.too_large": lazy("Its endpoint sent a greater answer than is taken."),
    "error.too_many_calls": lazy("Its model asked for more tools at once than is taken."),
    "error.bad_calls": lazy(
        "Its model called tools wrongly %(count)s times in a row. The last answer it got: %(said)s"
    ),
    "error.loop_broke": lazy("Its loop broke off again and again; the log says why."),
    "looping.turn_cap": lazy("Its model was asked %(limit)s times and did not come to an end."),
}
# What each is about, whichever failure it brought.
CODES = frozenset(name.partition(".")[2] for name in ENDPOINTS)
