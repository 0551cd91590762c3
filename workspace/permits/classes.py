"""The classes of actions, and which one an action is of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workspace.permits import places
from workspace.permits.gits import git
from workspace.permits.plain import sed, used_plainly
from workspace.permits.programs import (
    CODE_GIVEN_ALONG,
    DESTRUCTIVE,
    FETCHES,
    FETCHING,
    KNOWN,
    NETWORK,
    OPAQUE,
    READ,
    RUNS_CODE,
    SECRET,
    SPEND,
    WRITE,
    names,
)
from workspace.permits.words import Unreadable, check_text, check_words, read_command

# From what harms least to what harms most. What is unknown may be anything.
CLASSES = ("read", "write", "unknown", "network", "spend", "destructive", "secret")
_PROGRAM = re.compile(r"(?:/usr/bin/|/bin/)?([A-Za-z0-9_][A-Za-z0-9_.+-]{0,60})")
_BY_KIND = {"delete": "destructive", "network": "network", "spend": "spend"}
# How programs name the tool that runs a command, and what they put around one they tell of.
_TOOL_NAMES = names("Bash Shell Terminal bash shell terminal run_command run_shell_command")
_AROUND = re.compile(r"(?:(?:Requesting approval to )?[Rr]un(?:ning)?:?)? ?`?`?")
_SNIFF = re.compile(r"[A-Za-z0-9_.+-]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an action would do.

    `code` says why it is of this class. `by_policy`: whether a room may allow it without asking.
    `keeps`: what a lasting rule for it may cover: every such use of `program` with the same
    leading `words` ("prefix"), exactly this action ("exact"), or nothing ("").
    """

    klass: str
    code: str
    program: str = ""
    words: tuple[str, ...] = ()
    by_policy: bool = False
    keeps: str = ""

    def at_least(self, klass: str, code: str) -> Verdict:
        """The same, or what harms more."""
        if CLASSES.index(klass) <= CLASSES.index(self.klass):
            return self
        return Verdict(klass, code, self.program, self.words, keeps=_keeps(klass, self.keeps))


def _keeps(klass: str, kept: str) -> str:
    """Nothing lasting is kept of what is asked about every time."""
    return "exact" if kept and klass in ("network", "unknown") else ""


def classify(action: Mapping[str, Any], kind: str) -> Verdict:
    """The class of an action as an agent describes it; `kind` is the agent's own word for it.

    Whatever two of its parts say, the more harmful counts.
    """
    paths = [str(path) for path in action.get("paths") or ()]
    if action.get("argv") or action.get("command"):
        found = _command(action)
    elif kind == "edit" and paths:
        found = Verdict("write", "edits_files", by_policy=True, keeps="exact")
    else:
        found = Verdict("unknown", "not_a_command")
    found = _places(found, paths, str(action.get("cwd") or ""))
    if set(action.get("env_keys") or ()) - places.SAFE_ENVIRONMENT:
        found = found.at_least("unknown", "sets_environment")
    if action.get("text") and not _only_repeats(action):
        found = found.at_least("unknown", "says_more")
    if action.get("url"):
        found = found.at_least("network", "names_an_address")
    if action.get("amount"):
        found = found.at_least("spend", "names_an_amount")
    if kind not in ("execute", "edit"):
        found = found.at_least("unknown", "another_kind")
    if kind in _BY_KIND:
        found = found.at_least(_BY_KIND[kind], "said_so")
    return found


def lasting(action: Mapping[str, Any]) -> dict[str, Any]:
    """What of an action must be the same for an exact rule to cover it.

    Each run of a connector has a work directory of its own, and programs tell their command again
    in other words: neither makes it another action.
    """
    left_out = set()
    if places.is_runs_own(str(action.get("cwd") or "")):
        left_out.add("cwd")
    if action.get("text") and _only_repeats(action):
        left_out.add("text")
    return {name: value for name, value in action.items() if name not in left_out}


def _only_repeats(action: Mapping[str, Any]) -> bool:
    """Whether the text beside a command only says it again: "Shell", "Running: ls"."""
    command = str(action.get("command") or " ".join(map(str, action.get("argv") or ()))).strip()
    lines = (line.strip() for line in str(action["text"]).splitlines())
    return bool(command) and all(
        line in _TOOL_NAMES
        or (command in line and _AROUND.fullmatch(line.replace(command, "", 1)) is not None)
        for line in lines
        if line
    )


def _command(action: Mapping[str, Any]) -> Verdict:
    argv = tuple(str(word) for word in action.get("argv") or ())
    line = str(action.get("command") or "")
    try:
        if argv:
            check_words(argv)
        words = read_command(line) if line else argv
    except Unreadable as unreadable:
        return _unread(" ".join((*argv, line)), unreadable.code)
    if argv and words != argv:
        return _unread(" ".join((*argv, line)), "says_two_things")
    return _known(words)


def _unread(text: str, code: str) -> Verdict:
    """Nobody can allow this but a person, once; what stands in it is still worth a warning."""
    names = {name.lower() for name in _SNIFF.findall(text)}
    found = Verdict("unknown", code)
    for klass, programs in (("network", NETWORK), ("spend", SPEND), ("destructive", DESTRUCTIVE)):
        if names & programs:
            found = found.at_least(klass, code)
    return found.at_least("secret", code) if places.is_secret(text) else found


def _known(words: tuple[str, ...]) -> Verdict:
    named = _PROGRAM.fullmatch(words[0])
    if named is None:
        return _secrets(Verdict("unknown", "unknown_program"), words)
    program, rest = named[1], words[1:]
    return _secrets(_of_program(program, rest), words)


def _of_program(program: str, rest: tuple[str, ...]) -> Verdict:
    if program == "git":
        return _git(rest)
    if program == "sed":
        klass = sed(rest)
        return _plain(klass, program, rest) if klass else Verdict("unknown", "opaque", program)
    if program in KNOWN:
        if not used_plainly(program, KNOWN[program], rest):
            return Verdict("unknown", "does_more", program)
        return _plain(KNOWN[program].klass, program, rest)
    for klass, programs in (("secret", SECRET), ("destructive", DESTRUCTIVE), ("spend", SPEND)):
        if program in programs or (klass == "destructive" and program.startswith("mkfs")):
            return Verdict(klass, "by_program", program)
    if program in OPAQUE:
        return Verdict("unknown", "opaque", program)
    if program in NETWORK:
        return Verdict("network", "by_program", program, keeps="exact")
    if program in RUNS_CODE:
        return _runs_code(program, rest)
    return Verdict("unknown", "unknown_program", program, keeps="exact")


def _runs_code(program: str, rest: tuple[str, ...]) -> Verdict:
    if rest in (("--version",), ("-V",)):
        return Verdict("read", "plain", program, rest, by_policy=True, keeps="prefix")
    if not rest or any(_gives_code(word) for word in rest):
        return Verdict("unknown", "opaque", program)
    if program in FETCHES and FETCHING & set(rest):
        return Verdict("network", "by_program", program, keeps="exact")
    return Verdict("unknown", "runs_code", program, keeps="exact")


def _gives_code(word: str) -> bool:
    """A flag that carries a program with it, alone, in a bundle or with the text attached."""
    if word in CODE_GIVEN_ALONG or word.startswith(("--eval", "--print", "--command", "--exec")):
        return True
    return re.match(r"-[A-Za-z]*[ceEr]", word) is not None


def _git(rest: tuple[str, ...]) -> Verdict:
    klass, words, code = git(rest)
    if klass in (READ, WRITE):
        by_policy = code == "plain"
        found = _plain(klass, "git", rest)
        return Verdict(found.klass, found.code if found.klass != klass else code, "git", words,
                       by_policy=by_policy and found.by_policy, keeps=found.keeps)  # fmt: skip
    return Verdict(klass, code, "git", words, keeps="exact" if klass == "network" else "")


def _plain(klass: str, program: str, rest: Sequence[str]) -> Verdict:
    """A plain use of a known program, if all its words stay below the work directory."""
    if any(places.is_outside(word) for word in rest):
        return Verdict("unknown", "elsewhere", program, keeps="exact")
    if any(places.touches_git(word) for word in rest):
        return Verdict("unknown", "touches_git", program)
    if klass == WRITE and any(places.is_hidden(word) for word in rest):
        return Verdict("unknown", "settings", program)
    return Verdict(klass, "plain", program, by_policy=True, keeps="prefix")


def _secrets(found: Verdict, words: Sequence[str]) -> Verdict:
    if any(places.is_secret(word) for word in words[1:]):
        return found.at_least("secret", "names_a_secret")
    return found


def _places(found: Verdict, paths: Sequence[str], cwd: str) -> Verdict:
    """What the action says of places beside its words."""
    for path in (*paths, cwd):
        try:
            check_text(path)
        except Unreadable as unreadable:
            found = found.at_least("unknown", unreadable.code)
        if places.is_secret(path):
            found = found.at_least("secret", "names_a_secret")
    for path in paths:
        if places.is_outside(path) or places.touches_git(path):
            found = found.at_least("unknown", "elsewhere")
        elif found.klass == WRITE and places.is_hidden(path):
            found = found.at_least("unknown", "settings")
    return found if places.is_work_place(cwd) else found.at_least("unknown", "elsewhere")
