"""What a person can do about a failed run, and what shows that it failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from workspace.sentences.endpoints import CODES
from workspace.sentences.refusals import REFUSALS

Params = Mapping[str, Any]

WHAT_TO_DO: dict[str, str | Promise] = {
    "unreachable": lazy(
        "Check that the agent is running and its URL is right, then verify it again."
    ),
    "rejected_delivery": lazy(
        "Look at the agent's delivery log for what it answered, then verify it again."
    ),
    "no_ack": lazy(
        "Nothing: the card goes to someone else. If it keeps happening, verify the agent."
    ),
    "stalled": lazy(
        "Nothing: someone else goes on. Anything it still sends is kept as a late result."
    ),
    "looping": lazy(
        "Look at its last steps. If the brief asks for something it cannot find out, say so there."
    ),
    "error": lazy("Read what it reported. If it needs something, put that into the brief."),
    "over_budget": lazy("Raise the budget, or make the card smaller."),
    "deadline": lazy("Give the card more time, or split it."),
    "checks_failed": lazy("Look at which checks failed, and whether the criteria mean the same."),
    "empty_completion": lazy("Say in the brief which file is to be handed in."),
    "stale_input": lazy("Nothing: the work begins again with the newer version."),
    "contradicted": lazy("Look at what disagrees and rule on it, so that every run knows."),
    "rate_limited": lazy("Give the agent fewer cards at once, or raise the limit where it runs."),
    "misconfigured": lazy("Rotate the agent's secret and set the new one where it runs."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that shows a failure. `quote` is in an agent's words."""

    text: str
    at: datetime | None = None
    quote: str = ""


def what_to_do(failure: str) -> str:
    return str(WHAT_TO_DO.get(failure, _("The card is tried again by someone else.")))


def evidence(failure: str, params: Params) -> tuple[Shown, ...]:
    """What was seen, in the order in which it is worth reading; nothing that was not stored."""
    # The sentence of an error holds what was said already.
    said = [] if failure == "error" else _said(params)
    return (*SEEN.get(failure, _nothing)(params), *_limits(params), *said, *_hope(params))


def lasting(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 120:
        return _("%(n)s s") % {"n": f"{seconds:.0f}"}
    if seconds < 7_200:
        return _("%(n)s min") % {"n": f"{seconds / 60:.0f}"}
    return _("%(n)s h") % {"n": f"{seconds / 3_600:.0f}"}


def _moment(stored: object) -> datetime | None:
    """A stored time; None where there is none that can be read."""
    try:
        return datetime.fromisoformat(str(stored))
    except ValueError:
        return None


def _nothing(params: Params) -> list[Shown]:
    return []


def _loop(params: Params) -> list[Shown]:
    count = int(params.get("count") or 0)
    words = LOOPS.get(str(params.get("kind")))
    found = []
    if words is not None and count:
        text = str(words) % {"count": count, "limit": params.get("limit", "–")}
        found.append(Shown(text, quote=str(params.get("last") or "")))
    if steps := int(params.get("steps") or 0):
        text = ngettext("%(n)s step in all", "%(n)s steps in all", steps) % {"n": steps}
        found.append(Shown(text))
    return found


LOOPS: dict[str, str | Promise] = {
    "same": lazy("The same step %(count)s times in a row; %(limit)s make a loop in this room:"),
    "alternating": lazy(
        "Its last %(count)s steps are the same few taking turns; %(limit)s make a loop in this "
        "room. The last of them:"
    ),
    "without_news": lazy(
        "%(count)s steps brought nothing that had not been reported before; %(limit)s make a loop "
        "in this room. The last of them:"
    ),
}


def _silence(params: Params) -> list[Shown]:
    found = []
    if (seconds := params.get("silent_s")) is not None:
        found.append(Shown(_("Silent for %(time)s") % {"time": lasting(float(seconds))}))
    if (seconds := params.get("lease_s")) is not None:
        found.append(Shown(_("Its lease was %(time)s") % {"time": lasting(float(seconds))}))
    if at := _moment(params.get("last_sign_at")):
        found.append(Shown(_("Last sign of life:"), at))
    elif at := _moment(params.get("offered_at")):
        found.append(Shown(_("No sign of life since it was sent the card:"), at))
    return found


def _delivery(params: Params) -> list[Shown]:
    found = []
    if tries := int(params.get("tries") or 0):
        text = ngettext("Tried once", "Tried %(n)s times", tries) % {"n": tries}
        found.append(Shown(text))
    if status := params.get("status"):
        found.append(Shown(_("It answered HTTP %(status)s") % {"status": status}))
    elif (known := REFUSALS.get(str(params.get("code")))) is not None:
        found.append(Shown(_filled(str(known), params)))
    return found


def _filled(text: str, params: Params) -> str:
    try:
        return text % params
    except KeyError:
        return ""


def _budget(params: Params) -> list[Shown]:
    if params.get("cap") is None:
        return []
    text = _("%(used)s of %(cap)s %(what)s are gone, of the budget of the %(of)s")
    return [Shown(_filled(text, {"what": "", "of": "–", "used": "–", **params}))]


def _delivery_or_code(params: Params) -> list[Shown]:
    """Agents may name these failures too."""
    return _code(params) if "said" in params else _delivery(params)


def _budget_or_code(params: Params) -> list[Shown]:
    return _code(params) if "said" in params else _budget(params)


def _missing(params: Params) -> list[Shown]:
    if missing := params.get("missing"):
        return [Shown(_("It named a file it never sent:"), quote=str(missing))]
    return [Shown(_("No file came with it that holds anything"))]


def _inputs(params: Params) -> list[Shown]:
    """What it was given that nothing has taken the place of."""
    n = len(params.get("gone") or [])
    text = ngettext(
        "%(n)s input was rolled back, and nothing has taken its place",
        "%(n)s inputs were rolled back, and nothing has taken their place",
        n,
    ) % {"n": n}
    return [Shown(text)] if n else []


def _limits(params: Params) -> list[Shown]:
    at = _moment(params.get("limit_at"))
    return [Shown(_("Its limit passed at"), at)] if at else []


def _said(params: Params) -> list[Shown]:
    """What the agent said about it, in its own words."""
    said = str(params.get("said") or "").strip()
    return [Shown(_("It said:"), quote=said)] if said else []


def _code(params: Params) -> list[Shown]:
    """What the agent itself called it; its words, where it said any, stand elsewhere."""
    code = str(params.get("code") or "").strip()
    if code in CODES:
        return _delivery(params)  # a model's endpoint has reported nothing of itself
    if code and code not in WHAT_TO_DO:
        return [Shown(_("It reported this itself, as:"), quote=code)]
    return [Shown(_("It reported this itself"))] if "said" in params else []


def _hope(params: Params) -> list[Shown]:
    return [Shown(_("It says that trying again may help"))] if params.get("retryable") else []


SEEN: dict[str, Callable[[Params], list[Shown]]] = {
    "looping": _loop,
    "stalled": _silence,
    "no_ack": _silence,
    "deadline": _silence,
    "unreachable": _delivery,
    "rejected_delivery": _delivery,
    "rate_limited": _delivery_or_code,
    "misconfigured": _delivery_or_code,
    "over_budget": _budget_or_code,
    "error": _code,
    "checks_failed": _code,
    "contradicted": _code,
    "empty_completion": _missing,
    "stale_input": _inputs,
}
