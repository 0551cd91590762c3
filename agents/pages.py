"""Pages that need the agents' side: verifying, freezing a demo agent, setting a model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from agents import (
    pages_connectors,
    pages_coordinator,
    pages_joining,
    pages_pilots,
    pages_roles,
    pages_suggestions,
)
from agents.allowed import egress_policy
from agents.doors.verifying import verify_agent
from agents.egress import EgressRefused, Outbound, fetch
from agents.judge.base import PlanProposal
from agents.judge.questions import JUDGEMENT_KINDS
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_from_data
from agents.questions import plan_question
from workspace import queries
from workspace.commands.agents import authorise_agent
from workspace.commands.judgements import ask_judgement
from workspace.commands.locks import authorise, authorise_workspace
from workspace.commands.models import (
    LIMITS,
    OPTIONS,
    PRICES,
    ModelFacts,
    set_model,
    set_model_options,
)
from workspace.errors import NotFound, Refused
from workspace.policy import needs
from workspace.shown.words import question_word
from workspace.up.state import read_state
from workspace.views.asking import (
    at,
    back_to,
    by,
    person_of,
    posted,
    room_facts,
    shown_again,
    signed_in,
)

CHECK_WITHIN = 15.0


@needs("agent.manage")
@signed_in
@posted
def verify(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Send the challenge and the wrong signature; the agent's page tells what came back."""
    found = queries.agent_for(person_of(request), agent_id)
    authorise_agent(found, by(request))
    verify_agent(found.id, by=by(request))
    return back_to(request, f"/agents/{found.id}")


@needs("demo.freeze")
@signed_in
@posted
def freeze(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Stop a demo agent's process where it stands, or let it go on."""
    found = queries.agent_for(person_of(request), agent_id)
    authorise_workspace(found.workspace, by(request), "demo.freeze")
    pid = read_state(settings.HOME).get("children", {}).get(found.name.lower())
    if not (found.is_demo and settings.MUSTER_EMBEDDED and isinstance(pid, int)):
        raise Refused("not_a_demo_agent", status=422)
    os.kill(pid, signal.SIGCONT if is_frozen(pid) else signal.SIGSTOP)
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back_to(request, back if is_ours else f"/agents/{found.id}")


def is_frozen(pid: int) -> bool:
    """Whether the system says that this process is stopped."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False


@needs("room.read")
@signed_in
def model(request: HttpRequest, room_id: str) -> HttpResponse:
    """Set a key; it is tried before it is kept. Then both judges plan, side by side."""
    room = queries.room_for(person_of(request), room_id)
    facts = {**room_facts(request, room), "given": request.POST, **_plans(room)}
    if request.method != "POST":
        return render(request, "model.html", facts)
    given = ModelFacts(
        base_url=request.POST.get("base_url", "").strip(),
        model=request.POST.get("model", "").strip(),
        profile=request.POST.get("profile", ""),
        api_key=request.POST.get("api_key", "").strip(),
    )
    try:
        authorise_workspace(room.workspace, by(request), "model.set")
        authorise(room, by(request), "room.plan")
        facts_told = check_endpoint(given)
        set_model(workspace_id=room.workspace_id, facts=facts_told, by=by(request), at=at())
        ask_judgement(
            room_id=room.id, kind="comparison", subject_id=room.id, revision=room.revision,
            judge="kimi", by=by(request), at=at(),
        )  # fmt: skip
    except Refused as error:
        return shown_again(request, "model.html", facts, error)
    return redirect(f"/rooms/{room.id}/model")


@needs("model.set")
@signed_in
@posted
def model_options(request: HttpRequest, room_id: str) -> HttpResponse:
    """Where the model thinks first, and what its account allows."""
    room, given = queries.room_for(person_of(request), room_id), request.POST
    try:
        set_model_options(
            workspace_id=room.workspace_id,
            thinking={kind: f"think-{kind}" in given for kind in JUDGEMENT_KINDS},
            limits={name: _whole(name, given.get(name, "")) for name in LIMITS},
            options=_options(given),
            by=by(request), at=at(),
        )  # fmt: skip
    except Refused as error:
        facts = {**room_facts(request, room), "given": given, **_plans(room)}
        return shown_again(request, "model.html", facts, error)
    return redirect(f"/rooms/{room.id}/model")


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refused("not_a_whole_number", status=422, field=name) from None


def _options(given: Any) -> dict[str, Any]:
    """What was filled in; an empty field leaves it to the environment, or to what is known."""
    filled = {name: given[name] for name in OPTIONS if given.get(name, "").strip()}
    prices = {
        name: _number(name, given[f"price-{name}"])
        for name in PRICES
        if given.get(f"price-{name}", "").strip()
    }
    return {
        **{name: _whole(name, text) for name, text in filled.items()},
        "prices": prices,
        "pictures": "pictures" in given,
    }


def _number(name: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Refused("not_a_price", status=422, field=name) from None


def _thinking(endpoint: dict[str, Any] | None) -> list[tuple[str, str, bool]]:
    """Per kind of question what it is and whether the model thinks about it."""
    # Imported when first used: the model's client is large, and most installations have no key.
    from agents.judge.chat import THINKING

    kept = (endpoint or {}).get("thinking") or {}
    return [(kind, question_word(kind), kept.get(kind, THINKING[kind])) for kind in JUDGEMENT_KINDS]


def check_endpoint(given: ModelFacts) -> ModelFacts:
    """What was given with what the endpoint tells of its model: its window, and whether it takes
    pictures. `Refused` with what is wrong unless it lists the model for this key."""
    request = Outbound(
        method="GET",
        url=f"{given.base_url.rstrip('/')}/models",
        headers={"Authorization": f"Bearer {given.api_key}"},
        deadline=CHECK_WITHIN,
    )
    try:
        answer = fetch(request, policy=egress_policy())
    except EgressRefused as refused:
        raise Refused(refused.code, status=422, **refused.params) from None
    if answer.status in (401, 403):
        raise Refused("model_key_refused", status=422, answered=answer.status)
    if answer.status >= 400:
        raise Refused("model_not_there", status=422, answered=answer.status)
    return replace(given, **told_of(given.model, answer.body))


def told_of(model: str, body: bytes) -> dict[str, Any]:
    """The model's entry in a list of models, as far as there is one; many servers say little."""
    try:
        listed = json.loads(body)["data"]
        entries = {one["id"]: one for one in listed}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    if entries and model not in entries:
        raise Refused("model_not_listed", status=422, model=model[:120])
    entry = entries.get(model, {})
    found: dict[str, Any] = {}
    least, most = OPTIONS["window"]
    window, pictures = entry.get("context_length"), entry.get("supports_image_in")
    if isinstance(window, int) and not isinstance(window, bool) and least <= window <= most:
        found["window"] = window
    if isinstance(pictures, bool):
        found["pictures"] = pictures
    return found


def _plans(room: Any) -> dict[str, Any]:
    """What the rules propose now, and what the model answered last."""
    asked = queries.newest_judgement(room, "comparison")
    answered = proposal_from_data(asked.proposal) if asked and asked.proposal else None
    by_rules = asyncio.run(RulesJudge().answer(plan_question(room))).proposal
    return {
        "by_rules": by_rules.cards if isinstance(by_rules, PlanProposal) else (),
        "by_model": answered.cards if isinstance(answered, PlanProposal) else (),
        "asked": asked,
        "trouble": asked.trouble[-1] if asked and asked.trouble else None,
        "endpoint": (endpoint := _endpoint(room)),
        "thinking": _thinking(endpoint),
        "limits": queries.model_limits(room.workspace),
        "options": _shown_options(endpoint),
        "is_ours": bool(room.workspace.settings.get("model")),
    }


def _shown_options(endpoint: dict[str, Any] | None) -> dict[str, Any]:
    """What a call may be and costs, as far as somebody has said so."""
    told = endpoint or {}
    prices = told.get("prices", {})
    return {
        **{name: told.get(name, "") for name in OPTIONS},
        **{f"price_{name}": prices.get(name, "") for name in PRICES},
        "pictures": told.get("pictures", True),
    }


def _endpoint(room: Any) -> dict[str, Any] | None:
    """What is set, without its key."""
    found = queries.model_of(room.workspace)
    return {k: v for k, v in found.items() if k != "api_key"} if found else None


@needs("room.plan")
@signed_in
@posted
def plan_with_model(request: HttpRequest, room_id: str) -> HttpResponse:
    """From now on the model plans in this room."""
    room = queries.room_for(person_of(request), room_id)
    if queries.model_of(room.workspace) is None:
        raise NotFound("model", "")
    authorise(room, by(request), "room.plan")
    ask_judgement(
        room_id=room.id, kind="plan", subject_id=room.id, revision=room.revision, judge="kimi",
        by=by(request), at=at(),
    )  # fmt: skip
    return redirect(f"/rooms/{room.id}")


urlpatterns = [
    *pages_connectors.urlpatterns,
    *pages_coordinator.urlpatterns,
    *pages_joining.urlpatterns,
    *pages_roles.urlpatterns,
    *pages_pilots.urlpatterns,
    *pages_suggestions.urlpatterns,
    path("agents/<str:agent_id>/verify", verify),
    path("agents/<str:agent_id>/freeze", freeze),
    path("rooms/<str:room_id>/model", model),
    path("rooms/<str:room_id>/model/options", model_options),
    path("rooms/<str:room_id>/model/plan", plan_with_model),
]
