"""Why a run ended, or an agent is no longer used."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

ENDINGS: dict[str, str | Promise] = {
    "silent": lazy("No sign for %(silent_s)s s."),
    "stalled": lazy(
        "No sign for %(silent_s)s s. Its lease ran out and its token no longer counts."
    ),
    "no_ack": lazy("It did not answer in time after it was sent the card."),
    "deadline": lazy("Its time was over."),
    "unreachable": lazy("It could not be reached, even after several tries."),
    "rejected_delivery": lazy("It refused the card with an error that trying again does not mend."),
    "looping": lazy("It went in circles and got no further."),
    "looping.same": lazy("It went in circles: the same step %(count)s times in a row."),
    "looping.alternating": lazy(
        "It went in circles: its last %(count)s steps are the same few, taking turns."
    ),
    "looping.without_news": lazy("It went in circles: %(count)s steps brought nothing new."),
    "error": lazy("It reported an error: %(said)s"),
    "error.a2a_task_gone": lazy("It no longer knows the task it was working on."),
    "error.a2a_too_large": lazy("What it handed in is larger than the %(at)s MB taken at once."),
    "error.a2a_task_changed": lazy("It answered with another task than the one it was asked for."),
    "error.a2a_too_many_links": lazy("It handed in too many links in place of files: %(at)s."),
    "error.a2a_file_status": lazy("A file it handed in as a link is not there: %(at)s"),
    "error.a2a_file_redirect": lazy("A file it handed in as a link leads elsewhere: %(at)s"),
    "error.a2a_file_private_address": lazy(
        "A file it handed in as a link is at an address nobody may be sent to: %(at)s"
    ),
    "error.a2a_file_too_large": lazy("A file it handed in as a link is too large: %(at)s"),
    "over_budget": lazy("It reached its budget."),
    "checks_failed": lazy("What it sent did not pass the checks."),
    "empty_completion": lazy("It said it was done, but sent nothing to look at."),
    "stale_input": lazy("Something it builds on has changed."),
    "contradicted": lazy("What it says disagrees with other findings."),
    "rate_limited": lazy("It was asked to slow down and did not get further."),
    "misconfigured": lazy("It does not accept our signature. Check its secret and URL."),
    "misconfigured.a2a_unreadable": lazy(
        "What it answers is not A2A (%(problem)s). Check its URL."
    ),
    "misconfigured.a2a_card_not_read": lazy("Its agent card has not been read yet."),
    "misconfigured.a2a_foreign_address": lazy(
        "Its card leads to %(address)s, which nobody has confirmed."
    ),
    "misconfigured.a2a_version": lazy(
        "It does not speak the version of A2A that its card names: %(said)s"
    ),
    "unusable_result": lazy("What it sent cannot be used."),
    "came_late": lazy(
        "It came after the time of attempt %(attempt)s was over. A person put it into review."
    ),
    "declined": lazy("It declined: %(said)s"),
    "stop_time_over": lazy("It was told to stop and its time to do so is over."),
    "reassigned": lazy("The card was given to someone else."),
    "cancelled": lazy("The card was cancelled."),
    "restarted": lazy("Muster was started again in between."),
    "agent_removed": lazy("The agent left the room."),
    "member_left": lazy("The person who had it can no longer do it."),
    "agent_revoked": lazy("The agent was removed."),
    "agent_unseated": lazy("The agent left the room."),
    "agent_disabled": lazy("The agent was switched off."),
    "url_changed": lazy("The URL changed, so it must be verified again."),
    "revoked": lazy("It was removed."),
    "changes_requested": lazy("Changes were requested."),
    "rejected": lazy("The version was rejected."),
    "rolled_back": lazy("The accepted version was rolled back."),
}
