"""Which model a workspace's coordinator asks; its key is kept encrypted and never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import authorise_workspace, lock_workspace
from workspace.errors import Refused
from workspace.events import ModelSet
from workspace.keys import encrypted
from workspace.models import Workspace
from workspace.record import record

PROFILES = ("moonshot", "openai-compatible")
# The most an account's limit can be: calls at once, calls and tokens a minute; 0 is no limit.
LIMITS = {"concurrency": 1_000, "rpm": 100_000, "tpm": 1_000_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """A chat-completions endpoint as a person gave it."""

    base_url: str
    model: str
    profile: str
    api_key: str = field(repr=False)


@transaction.atomic
def set_model(*, workspace_id: str, facts: ModelFacts, by: By, at: datetime) -> Workspace:
    """Keep the endpoint that was checked a moment ago. Only owners of the workspace may."""
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "model.set")
    if facts.profile not in PROFILES:
        raise Refused("unknown_profile", status=422, profile=facts.profile[:40])
    for name in ("base_url", "model", "api_key"):
        if not getattr(facts, name).strip():
            raise Refused("missing", status=422, field=name)
    kept = workspace.settings.get("model") or {}
    workspace.settings = {
        **workspace.settings,
        "model": {
            **{name: kept[name] for name in ("thinking", "limits") if name in kept},
            "base_url": facts.base_url.strip()[:500],
            "model": facts.model.strip()[:120],
            "profile": facts.profile,
            "key": encrypted(facts.api_key.strip()).decode(),
        },
    }
    workspace.save(update_fields=["settings"])
    what = ModelSet(model=facts.model.strip()[:120], base_url=facts.base_url.strip()[:500])
    record(workspace, what, by=by, at=at)
    return workspace


@transaction.atomic
def set_model_options(
    *, workspace_id: str, thinking: dict[str, bool], limits: dict[str, int], by: By, at: datetime
) -> Workspace:
    """For which kinds of question the model thinks, and what its account allows.

    `limits` names concurrency, rpm and tpm; 0 is no limit. Only owners may, and only for a model
    that was set here.
    """
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "model.set")
    kept = workspace.settings.get("model")
    if not kept:
        raise Refused("no_model_here", status=409)
    for name, most in LIMITS.items():
        if not 0 <= limits[name] <= most:
            raise Refused("out_of_range", status=422, field=name, least=0, most=most)
    wanted = {name: limits[name] for name in LIMITS}
    kept = {**kept, "thinking": dict(thinking), "limits": wanted}
    workspace.settings = {**workspace.settings, "model": kept}
    workspace.save(update_fields=["settings"])
    record(workspace, ModelSet(model=kept["model"], base_url=kept["base_url"]), by=by, at=at)
    return workspace
