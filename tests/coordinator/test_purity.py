"""The coordinator thinks with the standard library alone, without clock or chance."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import agents.coordinator

ROOT = Path(agents.coordinator.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FORBIDDEN = {"time", "random", "secrets", "uuid", "os", "socket", "asyncio", "threading"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_the_standard_library_and_its_siblings(path: Path) -> None:
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top = name.split(".")[0]
        is_sibling = name == "agents.coordinator" or name.startswith("agents.coordinator.")
        assert is_sibling or (top in sys.stdlib_module_names and top not in FORBIDDEN), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_reads_no_clock(path: Path) -> None:
    called = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert not called & {"utcnow", "today", "monotonic"}
    assert ".now(" not in path.read_text(encoding="utf-8")
