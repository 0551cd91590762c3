"""The five doors by name. Each is imported when first used: some bring large clients."""

from functools import cache
from importlib import import_module

from agents.doors.base import Door
from workspace.errors import Refused

NAMES = ("webhook", "a2a", "connector", "mcp", "model")


@cache
def door_of(name: str) -> Door:
    """The door of that name. Refused if there is none."""
    if name not in NAMES:
        raise Refused("unknown_door", status=422, door=name)
    found: Door = import_module(f"agents.doors.{name}.door").DOOR
    return found
