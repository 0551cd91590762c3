"""From a stored code and its parameters to a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from workspace.errors import Refused
from workspace.sentences.asking import CHOICES, OPTIONS
from workspace.sentences.claims import CLAIMS
from workspace.sentences.endings import ENDINGS
from workspace.sentences.endpoints import ENDPOINTS
from workspace.sentences.judges import JUDGES, TROUBLE, VERDICTS
from workspace.sentences.refusals import REFUSALS
from workspace.sentences.remedies import CAUSES, GOING_ON
from workspace.sentences.waiting import WAITING
from workspace.sentences.workers import WORKERS

Reason = Mapping[str, Any]


class Names(Protocol):
    def name(self, id: str | None) -> str: ...


class Blanks(dict[str, Any]):
    """Parameters of a sentence; one that was not stored reads as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


# What the coordinator and its rules say.
REASONS: dict[str, str | Promise] = {
    **WAITING,
    **WORKERS,
    **ENDINGS,
    **ENDPOINTS,
    **GOING_ON,
    **JUDGES,
    **CLAIMS,
}
# Parameters that hold a code themselves: a reason inside a reason.
NESTED: dict[str, Mapping[str, str | Promise]] = {
    "why": REASONS,
    "cause": {**REASONS, **CAUSES},
    "failure": {**REASONS, **TROUBLE},
    "verdict": VERDICTS,
}


def sentence(reason: Reason | None, names: Names | None = None) -> str:
    """The sentence of a stored `{"code", "params"}`; empty for an empty one."""
    if not reason or not reason.get("code"):
        return ""
    return said(REASONS, str(reason["code"]), reason.get("params") or {}, names)


def cause(code: str) -> str:
    """Why something went wrong, as a diagnosis or a rule names it."""
    return said(NESTED["cause"], code, {}, None) if code else ""


def trouble(one: Reason) -> str:
    """What kept a judge from answering."""
    return said(TROUBLE, str(one.get("code", "")), one.get("params") or {}, None)


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
    for nested, words in NESTED.items():
        if filled.get(nested) in words:
            filled[nested] = str(words[filled[nested]]) % filled
    if names is not None and "who" not in filled:
        filled["who"] = names.name(str(params.get("agent_id") or params.get("person_id") or ""))
    # Where one code has several sentences, the parameter `kind` tells them apart.
    code = closer if (closer := f"{code}.{params.get('kind')}") in table else code
    if code in table:
        return (str(table[code]) % filled).strip()
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
