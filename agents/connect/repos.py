"""Work on a repository: a worktree of its own for the run, a commit and its checks out of it.

Only clones that were named on the command line are touched; nothing is fetched and nothing pushed.
Checks are lists of words, never a line for a shell, and run in a fresh worktree of the commit that
is handed in, so that what was not committed cannot help them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.connect.program import end_group

GIT_WITHIN = 120.0
CHECK_WITHIN = 600.0
LONGEST_LOG = 512 * 1024
MOST_CHECKS = 20
NAMED = ("-c", "user.name=Muster connector", "-c", "user.email=connector@localhost.invalid")
# Hooks are programs of the repository's: what a run changed must not run by itself.
QUIET = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "core.fsmonitor=false",
)


class Misconfigured(Exception):
    """The card names a repository or a commit that this connector does not have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a card says of a repository."""

    url: str
    commit: str
    checks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What is handed in: (name, path, role) each, and a line on how the checks went."""

    files: tuple[tuple[str, Path, str], ...]
    summary: str


def wanted_of(order: dict[str, Any]) -> Wanted | None:
    told = (order.get("card") or {}).get("repository")
    if not isinstance(told, dict) or not told.get("url"):
        return None
    checks = [check for check in told.get("checks") or [] if isinstance(check, list) and check]
    return Wanted(
        url=str(told["url"]),
        commit=str(told.get("commit") or "HEAD"),
        checks=tuple(tuple(map(str, check)) for check in checks[:MOST_CHECKS]),
    )


def clone_of(wanted: Wanted, repos: dict[str, Path]) -> Path:
    """The clone on this machine. Raises Misconfigured."""
    clone = repos.get(wanted.url)
    if clone is None:
        raise Misconfigured(
            f"this connector has no clone of {wanted.url}: --repo {wanted.url}=PATH"
        )
    if wanted.commit.startswith("-"):
        raise Misconfigured(f"{wanted.commit} is no commit")
    return clone


def add_worktree(clone: Path, commit: str, folder: Path) -> str:
    """A detached worktree of that commit; its full name. Raises Misconfigured."""
    if (folder / ".git").exists():
        return _git(folder, "rev-parse", "--verify", "refs/worktree/muster-base").strip()
    try:
        base = _git(clone, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
        _git(clone, "worktree", "add", "--detach", "--force", str(folder), base.strip())
        _git(folder, "update-ref", "refs/worktree/muster-base", base.strip())
    except Failed as failed:
        raise Misconfigured(f"{clone.name}: {failed}") from None
    return base.strip()


def remove_worktree(clone: Path, folder: Path) -> None:
    with suppress(Failed):
        _git(clone, "worktree", "remove", "--force", str(folder))
    with suppress(Failed):
        _git(clone, "worktree", "prune")


def hand_in(
    clone: Path, folder: Path, base: str, checks: Sequence[Sequence[str]], out: Path
) -> Made:
    """Commit what changed and describe it; nothing where nothing did. Raises Failed."""
    out.mkdir(parents=True, exist_ok=True)
    _git(folder, "add", "--all", "--", ".")
    if _git(folder, "status", "--porcelain").strip():
        _git(folder, *NAMED, "commit", "--quiet", "--no-verify", "-m", "Work on a card of Muster")
    head = _git(folder, "rev-parse", "HEAD").strip()
    if head == base:
        return Made((), "")
    _git(folder, "bundle", "create", "--quiet", str(out / "work.bundle"), f"{base}..HEAD")
    (out / "work.diff").write_text(_git(folder, "diff", "--binary", base, head))
    (out / "revert.diff").write_text(_git(folder, "diff", "--binary", head, base))
    files = [
        ("work.diff", out / "work.diff", "deliverable"),
        ("work.bundle", out / "work.bundle", "deliverable"),
        ("revert.diff", out / "revert.diff", "evidence"),
    ]
    results = _checked(clone, head, checks, out)
    files += [
        (f"checks/{n}.log", out / f"check-{n}.log", "log") for n in range(1, len(results) + 1)
    ]
    about = {"base": base, "commit": head, "checks": results}
    (out / "commit.json").write_text(json.dumps(about, indent=2))
    files.append(("commit.json", out / "commit.json", "evidence"))
    passed = sum(result["exit_code"] == 0 for result in results)
    told = f" {passed} of {len(results)} checks passed against it." if results else ""
    return Made(tuple(files), f"Commit {head[:12]} on {base[:12]}.{told}")


def _checked(
    clone: Path, head: str, checks: Sequence[Sequence[str]], out: Path
) -> list[dict[str, Any]]:
    """Each check against that commit alone: its words, its exit code, its log beside it."""
    if not checks:
        return []
    results = []
    with tempfile.TemporaryDirectory(prefix="muster-check-") as place:
        folder = Path(place) / "commit"
        _git(clone, "worktree", "add", "--detach", "--force", str(folder), head)
        try:
            for n, words in enumerate(checks, 1):
                code = _run(words, folder, out / f"check-{n}.log")
                results.append({"argv": list(words), "exit_code": code})
        finally:
            remove_worktree(clone, folder)
    return results


def _run(words: Sequence[str], folder: Path, log: Path) -> int:
    """The exit code; 127 where there is no such program, 124 where it took too long."""
    with log.open("wb") as out:
        try:
            process = subprocess.Popen(
                list(words), cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            out.write(f"{words[0]}: {error.strerror or error}\n".encode())
            return 127
        try:
            code = process.wait(CHECK_WITHIN)
        except subprocess.TimeoutExpired:
            code = 124
        finally:
            end_group(process.pid, signal.SIGKILL)
            process.wait()
    if log.stat().st_size > LONGEST_LOG:
        with log.open("r+b") as kept:
            kept.truncate(LONGEST_LOG)
    return code


class Failed(Exception):
    """Git said no."""


def _git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    environment.pop("GIT_DIR", None)
    try:
        done = subprocess.run(
            ["git", *QUIET, *words], cwd=folder, env=environment, capture_output=True,
            timeout=GIT_WITHIN, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from None
    if done.returncode:
        raise Failed(done.stderr.decode("utf-8", "replace").strip()[-500:] or f"git {words[0]}")
    return done.stdout.decode("utf-8", "surrogateescape")
