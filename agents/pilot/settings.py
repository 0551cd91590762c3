"""The composition root of an installation in which rules can be switched off, room by room.

Only `manage.py pilot` starts one, in a home of its own; no other installation can be told to.
"""

from workspace.settings import *  # noqa: F403
from workspace.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "agents.pilot.switches.apps.SwitchesConfig"]
