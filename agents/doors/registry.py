"""The five doors by name. Each is imported when first used: some bring large clients."""

from functools import cache
from importlib import import_module

from agents.doors.base import Door
from workspace.errors import Refused

# The connector's agents are sent to over a socket that a web process holds, see connector/.
SENT_TO = ("webhook", "a2a", "mcp", "model")


@cache
def door_of(name: str) -> Door:
    """The door of that name. Refused if there is none that is sent to."""
    if name not in SENT_TO:
        raise Refused("unknown_door", status=422, door=name)
    found: Door = import_module(f"agents.doors.{name}.door").DOOR
    return found
