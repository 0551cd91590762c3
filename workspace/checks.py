"""System checks: every route, socket message and operation declares its permission."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from workspace.policy import PERMISSIONS

# Served by libraries, public by nature: static files in development.
PUBLIC_MODULES = ("django.contrib.staticfiles",)


@register()
def every_route_declares_its_permission(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for path, view in _views(get_resolver()):
        for name, permission in _permissions(path, view):
            if permission not in PERMISSIONS:
                found.append(Error(f"{name} declares no permission", id="muster.E001"))
    return found


def _views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry.callback


def _permissions(path: str, view: Any) -> Iterator[tuple[str, str | None]]:
    """A plain view's mark, or that of each operation behind one path of the API."""
    if getattr(view, "__module__", "").startswith(PUBLIC_MODULES):
        return
    operations = getattr(getattr(view, "__self__", None), "operations", None)
    operations = operations or _ninja_operations(view)
    if operations is None:
        yield path, getattr(view, "permission", None)
        return
    for operation in operations:
        name = f"{'/'.join(operation.methods)} {path}"
        yield name, getattr(operation.view_func, "permission", None)


def _ninja_operations(view: Any) -> Any:
    for cell in getattr(inspect.unwrap(view), "__closure__", None) or ():
        if hasattr(cell.cell_contents, "operations"):
            return cell.cell_contents.operations
    return None


@register()
def every_socket_message_declares_its_permission(**_: Any) -> list[CheckMessage]:
    from workspace.consumers import MESSAGES

    return [
        Error(f"socket message {name} declares no permission", id="muster.E002")
        for name, handler in MESSAGES.items()
        if getattr(handler, "permission", None) not in PERMISSIONS
    ]
