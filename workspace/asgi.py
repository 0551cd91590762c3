"""Composition root: HTTP to Django, browser sockets to the hub."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")

from django.core.asgi import get_asgi_application
from django.core.signals import request_finished

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import re_path  # noqa: E402

from agents.doors.connector.socket import application as connectors  # noqa: E402
from agents.doors.mcp.mount import application as mcp  # noqa: E402
from agents.doors.mcp.mount import metadata as mcp_metadata  # noqa: E402
from agents.doors.webhook.inbox import application as inbox  # noqa: E402
from workspace.consumers import routes  # noqa: E402


def _rest(**_: object) -> None:
    # Its thread ends with the request: what it has open is the next one's.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


request_finished.connect(_rest)
browsers = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(routes)))
application = ProtocolTypeRouter(
    {
        # Long polls wait on the loop; through Django's middleware each would hold a thread.
        "http": URLRouter(
            [
                re_path(r"^agent/v1/runs/[^/]+/inbox$", inbox),  # type: ignore[arg-type]
                re_path(r"^mcp/?$", mcp),  # type: ignore[arg-type]
                re_path(
                    r"^\.well-known/oauth-protected-resource(/mcp)?$",
                    mcp_metadata,  # type: ignore[arg-type]
                ),
                re_path(r"", http),  # type: ignore[arg-type]
            ]
        ),
        "websocket": URLRouter(
            [
                # Known by a token and by nothing that a browser sends: no origin, no session.
                re_path(r"^connect$", connectors),  # type: ignore[arg-type]
                re_path(r"", browsers),
            ]
        ),
    }
)
