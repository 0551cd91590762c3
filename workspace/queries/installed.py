"""What is set up here: the first owner, the demo, the model and who judges."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings

from workspace.keys import decrypted
from workspace.models import (
    Agent,
    Card,
    Judgement,
    Person,
    Room,
    Workspace,
)


def first_owner() -> Person | None:
    return Person.objects.filter(workspaces__role="owner").order_by("id").first()


def demo_room(workspace: Workspace) -> Room | None:
    return Room.objects.filter(workspace=workspace, is_demo=True).first()


def agent_named(workspace_id: str, name: str) -> Agent | None:
    found = Agent.objects.filter(workspace_id=workspace_id, name=name)
    return found.exclude(status="revoked").first()


def model_of(workspace: Workspace) -> dict[str, Any] | None:
    """The endpoint its coordinator asks: set by a person, else by the environment; None without
    a key. `api_key` is in the clear: for the caller's one request, never for a page.

    What was set with the model goes before what the environment says of models.
    """
    kept = workspace.settings.get("model")
    if kept:
        shown = {name: kept[name] for name in ("base_url", "model", "profile")}
        thinking = {"thinking": kept["thinking"]} if kept.get("thinking") else {}
        own = {**kept.get("options", {}), **thinking}
        key = decrypted(kept["key"].encode())
        return {**settings.MUSTER_MODEL_OPTIONS, **shown, **own, "api_key": key}
    if settings.MUSTER_MODEL_API_KEY:
        return {
            **settings.MUSTER_MODEL_OPTIONS,
            "base_url": settings.MUSTER_MODEL_BASE_URL, "model": settings.MUSTER_MODEL,
            "profile": settings.MUSTER_MODEL_PROFILE, "api_key": settings.MUSTER_MODEL_API_KEY,
        }  # fmt: skip
    return None


def account_of(workspace: Workspace) -> str:
    """A name for the account that its model's calls count on: one key at one address.

    Workspaces that share a key, such as the environment's, share its limits. The key cannot be
    read out of it.
    """
    endpoint = model_of(workspace) or {}
    return account_named(str(endpoint.get("base_url", "")), str(endpoint.get("api_key", "")))


def account_named(url: str, key: str) -> str:
    """The name of the account that this key has at this address."""
    told = f"{url.rstrip('/')}\n{key}"
    return sha256(f"account of a model\n{told}".encode()).hexdigest()[:32]


def model_limits(workspace: Workspace) -> dict[str, int]:
    """How many calls at once, and calls and tokens a minute, its model's account allows; 0 is any
    number. Tiers are the hosted service's: other models have limits once somebody names them."""
    own = workspace.settings.get("model") or {}
    kept = own.get("limits") or settings.MUSTER_MODEL_LIMITS
    if own and not own.get("limits") and own["profile"] != "moonshot":
        kept = dict.fromkeys(kept, 0)
    return {name: int(kept[name]) for name in ("concurrency", "rpm", "tpm") if name in kept}


def default_judge(workspace: Workspace) -> str:
    return "kimi" if workspace.settings.get("model") or settings.MUSTER_MODEL_API_KEY else "rules"


def newest_judgement(room: Room, kind: str) -> Judgement | None:
    return room.judgements.filter(kind=kind).order_by("-asked_at").first()


def card_named(card_id: str) -> Card | None:
    return Card.objects.filter(id=card_id).first()


def agent_name(agent_id: str) -> str:
    return Agent.objects.filter(id=agent_id).values_list("name", flat=True).first() or ""
