"""Who judges must not be made of what is judged."""

import sys

from agents.pilot.referee.authority import MAY
from tests.house.source import imports, modules, named
from workspace.events import EVENTS


def test_the_referee_imports_the_standard_library_and_itself_alone() -> None:
    found = list(modules("agents/pilot/referee/"))
    assert found
    for path in found:
        for name in imports(path):
            ours = name.startswith("agents.pilot.referee")
            first = name.partition(".")[0]
            assert ours or first in sys.stdlib_module_names, f"{named(path)} imports {name}"


def test_its_table_knows_every_event_a_room_can_have_and_no_other() -> None:
    elsewhere = "workspace.events.workspace"  # people, agents and tokens have a stream of their own
    of_rooms = {name for name, kind in EVENTS.items() if kind.__module__ != elsewhere}
    assert set(MAY) == of_rooms
