"""Where the words of a command point: in the work directory, elsewhere, or at secrets."""

from __future__ import annotations

import re

from workspace.permits.programs import names

# An absolute path, a home, or a way up: at the start, or after what may stand before a path.
_OUTSIDE = re.compile(
    r"(?:^|[=:@,])(?:/|~)|(?:^|[/=:@,\\])\.\.(?:[/\\]|$)|://|^[A-Za-z]:"
    r"|^\\(?:\\|[A-Za-z0-9_]{2})"
)
_SECRETS = re.compile(
    r"(?:^|/)\.(?:ssh|aws|azure|gnupg|kube|docker|netrc|npmrc|pypirc|env|envrc|git-credentials"
    r"|pgpass|my\.cnf|htpasswd|vault-token|config/gcloud|[a-z]+_history)(?:[./]|$)"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:pem|key|p12|pfx|jks|kdbx|keystore|ppk)$"
    r"|\.env$|credential|secret|passw|shadow|private.?key|api.?key|(?:^|[._/-])tokens?(?:[._/-]|$)"
    r"|/proc/[^/]+/environ|wallet\.dat|cookies",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"(?:^|[/=:@,])\.[^./]")
# What belongs to the machine, not to anybody's work.
_SYSTEM = names(
    "bin boot dev etc lib lib32 lib64 libx32 mnt media proc root run sbin srv sys usr var opt "
    "library system applications private"
)
_CONNECTOR = ".muster-connect"
_SHORT_FLAG = re.compile(r"-[^-]")
SAFE_ENVIRONMENT = names("CI COLUMNS LANG LC_ALL LINES NO_COLOR TERM TZ FORCE_COLOR")


def is_secret(word: str) -> bool:
    return _SECRETS.search(word) is not None


def is_outside(word: str) -> bool:
    """Whether a word may name something that is not below the work directory.

    Of a short flag with something attached nobody can tell where its value begins.
    """
    if _SHORT_FLAG.match(word) and ("/" in word or ".." in word or "~" in word):
        return True
    return _OUTSIDE.search(word) is not None


def is_hidden(word: str) -> bool:
    """A dot file or something in a folder of that kind: settings that programs obey."""
    return _HIDDEN.search(word) is not None


def touches_git(word: str) -> bool:
    parts = re.split(r"[/=:@,]", word)
    return ".git" in [part.lower() for part in parts]


def is_work_place(cwd: str) -> bool:
    """Whether a working directory can be one that work is done in; empty is the run's own."""
    if not cwd:
        return True
    if not cwd.startswith("/"):
        return not (is_outside(cwd) or is_hidden(cwd) or is_secret(cwd))
    parts = [part for part in cwd.split("/") if part]
    if is_runs_own(cwd):
        parts = [part for part in parts if part != _CONNECTOR]
    if not parts or ".." in parts or any(p.startswith(".") for p in parts) or is_secret(cwd):
        return False
    if parts[0].lower() in _SYSTEM or "~" in cwd or "\\" in cwd:
        return False
    # A home itself is everything somebody has.
    return len(parts) >= (3 if parts[0].lower() in ("home", "users") else 2)


def is_runs_own(cwd: str) -> bool:
    """The connector keeps its work directories below a hidden folder: nothing else there is one."""
    parts = [part for part in cwd.split("/") if part]
    if not cwd.startswith("/") or _CONNECTOR not in parts or ".." in parts:
        return False
    return "work" in parts[parts.index(_CONNECTOR) + 2 :]
