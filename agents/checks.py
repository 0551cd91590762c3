"""System checks of the agents' side: every tool of the board declares its permission."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, register

from agents.doors.mcp.tools import TOOLS, Tool
from workspace.policy import PERMISSIONS


@register()
def every_tool_declares_its_permission(
    tools: Iterable[Tool] = TOOLS, **_: Any
) -> list[CheckMessage]:
    return [
        Error(f"tool {tool.name} declares no permission", id="muster.E003")
        for tool in tools
        if getattr(tool.call, "permission", None) not in PERMISSIONS
    ]
