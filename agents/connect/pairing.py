"""Becoming known to a workspace: with a code that was typed, or a link that a person confirms."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.connect import VERSION, web
from agents.connect.disk import read_json, write_json
from agents.connect.settings import Settings, Wrong

CONFIRM_WITHIN = 600.0
ASK_EVERY = 2.0


def token_of(settings: Settings, say: Callable[[str], None]) -> str:
    """The connector's own token: kept from before, or got now. Raises Wrong."""
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = settings.state / "connector.json"
    kept = read_json(place)
    if kept and kept.get("url") == settings.url and not settings.code:
        return str(kept["token"])
    got = _with_code(settings) if settings.code else _by_link(settings, say)
    write_json(place, {"url": settings.url, **got})
    say(f"paired as {got['connector']['name']}")
    return str(got["token"])


def forget(settings: Settings) -> None:
    Path(settings.state / "connector.json").unlink(missing_ok=True)


def _with_code(settings: Settings) -> dict[str, Any]:
    try:
        return web.pair(settings.url, _about(settings) | {"code": settings.code})
    except web.Refused as refused:
        raise Wrong(f"the code was not taken ({refused}); make a new one") from None
    except web.Away as away:
        raise Wrong(f"{settings.url} does not answer: {away}") from None


def _by_link(settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Show a link that names only the hash of what we know, and ask until it is confirmed."""
    code = secrets.token_urlsafe(32)
    shown = hashlib.sha256(code.encode()).hexdigest()
    say("open this in your browser and confirm that it shows the same word:")
    say(f"  {settings.url}/connectors/confirm?of={shown}")
    say(f"  word: {shown[:4]}-{shown[4:8]}")
    until = time.monotonic() + CONFIRM_WITHIN
    while time.monotonic() < until:
        time.sleep(ASK_EVERY)
        try:
            return web.pair(settings.url, _about(settings) | {"code": code, "by": "link"})
        except web.Refused as refused:
            if refused.code != "unknown_code":
                raise Wrong(f"not paired: {refused}") from None
        except web.Away:
            continue
    raise Wrong("nobody confirmed the link")


def _about(settings: Settings) -> dict[str, Any]:
    return {"name": settings.name, "version": VERSION}
