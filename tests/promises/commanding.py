"""Which functions are commands, and which of them a story has had looked at."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType, FrameType
from typing import Any

import workspace.commands


def commands() -> dict[str, Callable[..., Any]]:
    """Public functions of workspace.commands that take facts by name and say when it is."""
    found = {}
    for module in pkgutil.iter_modules(workspace.commands.__path__):
        for name, function in vars(import_module(f"workspace.commands.{module.name}")).items():
            if not name.startswith("_") and is_command(function, module.name):
                found[f"{module.name}.{name}"] = function
    return found


def is_command(function: object, module: str) -> bool:
    if not inspect.isfunction(function):
        return False
    if inspect.unwrap(function).__module__ != f"workspace.commands.{module}":
        return False
    facts = inspect.signature(function).parameters
    return "at" in facts and all(one.kind == one.KEYWORD_ONLY for one in facts.values())


@contextmanager
def carried_out() -> Iterator[set[str]]:
    """The names of the commands that begin meanwhile, also those that others call."""
    codes: dict[CodeType, str] = {
        inspect.unwrap(function).__code__: name for name, function in commands().items()
    }
    found: set[str] = set()

    def seen(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in codes:
            found.add(codes[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield found
    finally:
        sys.setprofile(before)
