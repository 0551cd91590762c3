"""Which model a workspace's coordinator asks; its key is kept encrypted and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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


# What one call may be: least and most. What is left out is as for Kimi K2.6.
OPTIONS = {
    "window": (8_000, 10_000_000), "max_output_tokens": (1_000, 1_000_000),
    "max_instant_tokens": (500, 1_000_000), "total_s": (5, 840),
}  # fmt: skip
PRICES = ("cache_hit", "cache_miss", "output")  # USD a million tokens
HIGHEST_PRICE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """A chat-completions endpoint as a person gave it, and what it told of its model."""

    base_url: str
    model: str
    profile: str
    api_key: str = field(repr=False)
    window: int | None = None
    pictures: bool | None = None


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
    is_same = (kept.get("base_url"), kept.get("model")) == (facts.base_url, facts.model)
    told = {"window": facts.window, "pictures": facts.pictures}
    workspace.settings = {
        **workspace.settings,
        "model": {
            **{name: kept[name] for name in ("thinking", "limits") if name in kept},
            "options": {
                # Prices and sizes belong to one model; another has its own.
                **(kept.get("options", {}) if is_same else {}),
                **{name: value for name, value in told.items() if value is not None},
            },
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
    *, workspace_id: str, thinking: dict[str, bool], limits: dict[str, int], by: By, at: datetime,
    options: Mapping[str, Any] | None = None,
) -> Workspace:  # fmt: skip
    """For which kinds of question the model thinks, what its account allows, what a call may be.

    `limits` names concurrency, rpm and tpm; 0 is no limit. `options` names some of `OPTIONS`,
    `pictures` and `prices`; None leaves them as they are. Only owners may, and only for a model
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
    if options is not None:
        kept["options"] = _options(options)
    workspace.settings = {**workspace.settings, "model": kept}
    workspace.save(update_fields=["settings"])
    record(workspace, ModelSet(model=kept["model"], base_url=kept["base_url"]), by=by, at=at)
    return workspace


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options as a row keeps them. Refused where one is no number in its range."""
    kept: dict[str, Any] = {}
    for name, (least, most) in OPTIONS.items():
        if given.get(name) is not None:
            kept[name] = _within(name, given[name], least, most)
    if "pictures" in given:
        kept["pictures"] = bool(given["pictures"])
    if given.get("prices"):
        prices = {name: given["prices"].get(name) for name in PRICES}
        kept["prices"] = {
            name: _within(name, price, 0, HIGHEST_PRICE)
            for name, price in prices.items()
            if price is not None
        }
    return kept


def _within(name: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise Refused("out_of_range", status=422, field=name, least=least, most=most)
    return value
