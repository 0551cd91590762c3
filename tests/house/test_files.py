"""What every file of the house keeps to."""

import ast
import re
import tomllib

import pytest

from tests.house.source import ROOT, files, modules, named, tree

LOCKS = ("requirements.txt", "requirements-dev.txt")
# Put together here, so that this file does not name them either.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
    )
]
LONGEST_FUNCTION = 60
LONGEST_MODULE = 500
ATTICS = {"utils", "helpers", "services", "core", "misc", "common"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--hash=sha256:" in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_pinned_by_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    packages = [entry for entry in entries if not entry.startswith("#")]
    for entry in packages:
        assert re.match(r"[a-z0-9._-]+(\[[^]]+\])?==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]


def test_every_dependency_that_is_named_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        "requirements.txt": project["dependencies"],
        "requirements-dev.txt": [
            *project["dependencies"],
            *project["optional-dependencies"]["dev"],
        ],
    }
    for lock, names in wanted.items():
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        bare = {re.match(r"[A-Za-z0-9._-]+", name).group().lower() for name in names}  # type: ignore[union-attr]
        assert bare <= locked, lock


def test_what_runs_is_what_is_tested() -> None:
    runs, tested = (
        set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in LOCKS
    )
    assert runs <= tested


def test_no_file_names_a_registry() -> None:
    found = [
        f"{named(path)}: {host}"
        for path in files()
        for host in REGISTRIES
        if host in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert found == []


def test_no_module_is_an_attic() -> None:
    for path in modules("workspace/", "agents/", "tests/"):
        words = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        assert not words & ATTICS, named(path)


def test_no_function_and_no_module_is_too_long_to_read() -> None:
    long = []
    for path in modules("workspace/", "agents/", "manage.py"):
        if "/migrations/" in named(path):
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_MODULE:
            long.append(f"{named(path)}: {lines} lines")
        long += [
            f"{named(path)}: {node.name}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
        ]
    assert long == []


def test_no_file_is_left_unfinished() -> None:
    # Split, so that this line is not found.
    mark = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    found = [
        named(path)
        for path in modules("workspace/", "agents/", "tests/")
        if mark.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
