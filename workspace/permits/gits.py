"""What git would do: it has as many faces as a shell has, and settings that start programs."""

from __future__ import annotations

from workspace.permits.plain import used_plainly
from workspace.permits.programs import (
    GIT,
    GIT_COMMIT,
    GIT_DESTRUCTIVE,
    GIT_LISTS,
    GIT_NETWORK,
    READ,
    WRITE,
)

# Before the subcommand only this is plain; `-c`, `--exec-path`, `-C`, `--git-dir` and `-p` are not.
_BEFORE = ("--no-pager",)
_FORCES = ("--force", "--force-with-lease", "-f", "--mirror", "--delete", "-d", "-D", "--prune")


def git(rest: tuple[str, ...]) -> tuple[str, tuple[str, ...], str]:
    """(class, leading words, why). A subcommand that is not known may be somebody's alias."""
    while rest and rest[0] in _BEFORE:
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        if rest == ("--version",):
            return READ, rest, "plain"
        return "unknown", (), "opaque"
    name, args = rest[0], rest[1:]
    if name in GIT:
        plainly = used_plainly("git", GIT[name], args)
        return (GIT[name].klass, (name,), "plain") if plainly else ("unknown", (name,), "does_more")
    if name in GIT_NETWORK:
        forced = name == "push" and any(arg in _FORCES or arg.startswith("+") for arg in args)
        return "destructive" if forced else "network", (name,), "by_program"
    if name in GIT_LISTS and _only_lists(name, args):
        return READ, (name, *args[:1]), "plain"
    if name in GIT_DESTRUCTIVE or any(arg in _FORCES for arg in args):
        return "destructive", (name,), "by_program"
    if name in ("branch", "tag") and len(args) == 1 and not args[0].startswith("-"):
        return WRITE, (name,), "plain"
    if name == "commit" and used_plainly("git", GIT_COMMIT, args):
        # Hooks of the repository run with it, so no room allows it by itself.
        return WRITE, (name,), "runs_hooks"
    return "unknown", (name,), "opaque"


def _only_lists(name: str, args: tuple[str, ...]) -> bool:
    if not args:
        return name in ("branch", "tag", "remote", "reflog")
    return all(arg in GIT_LISTS[name] for arg in args[:1]) and not any(
        arg.startswith("-") and arg not in GIT_LISTS[name] for arg in args
    )
