"""What a decision about an action is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def action_digest(action: Mapping[str, Any]) -> str:
    """The sha256 of the action's canonical JSON."""
    canonical = json.dumps(action, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
