"""What a program wants leave for, put together whole, and the choice that follows a decision.

Programs say it in different places: the command may stand in the raw input, in the title, or only
in the text beside it, and some of it in what they told of the call before. A person sees all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

LONGEST = 7_000  # of one field: the workspace refuses more, and nobody would read it
MOST_PATHS, MOST_WORDS = 100, 200
SAID_TWICE = 200  # characters of a value that may stand there in two places
KINDS = {
    "execute": "execute", "edit": "edit", "delete": "delete", "move": "edit", "fetch": "network",
}  # fmt: skip
RISKS = {"execute": "high", "delete": "high", "edit": "medium", "network": "medium"}
COMMANDS = ("command", "cmd", "script", "commandLine")

Call = dict[str, Any]


def merged(earlier: Call, later: Call) -> Call:
    """A tool call with what is said of it now over what was said before."""
    return {**earlier, **{name: value for name, value in later.items() if value is not None}}


def texts_of(content: Any) -> list[str]:
    """The words inside a call's content: texts, differences, and where they are."""
    found: list[str] = []
    for each in content if isinstance(content, list) else []:
        if not isinstance(each, dict):
            continue
        inner = each.get("content")
        if isinstance(inner, dict) and isinstance(inner.get("text"), str):
            found.append(inner["text"])
        elif isinstance(each.get("text"), str):
            found.append(each["text"])
        if each.get("type") == "diff":
            before, after = str(each.get("oldText") or ""), str(each.get("newText") or "")
            found.append(f"{each.get('path', '')}\n--- before\n{before}\n+++ after\n{after}")
    return found


def action_of(call: Call, folder: str) -> dict[str, Any]:
    """The action as the workspace keeps it: what is run or changed, where, and every word of it."""
    raw = call.get("rawInput")
    action: dict[str, Any] = {"cwd": folder[:1000]}
    if isinstance(raw, dict):
        name = next((name for name in COMMANDS if raw.get(name)), "")
        command = raw.get(name)
        if isinstance(command, list) and _fits(command):
            action["argv"] = [str(word) for word in command]
            raw = {other: value for other, value in raw.items() if other != name}
        elif command is not None:
            action["command"] = _short(command if isinstance(command, str) else str(command))
        if isinstance(raw.get("cwd"), str):
            action["cwd"] = raw["cwd"][:1000]
    paths = _paths(call.get("locations"))
    if paths:
        action["paths"] = paths
    told = [str(call.get("title") or ""), *texts_of(call.get("content"))]
    shown = (action.get("command"), action["cwd"])
    if untold := _untold(raw, "\n".join(told), [one for one in shown if one]):
        told.append(json.dumps(untold, ensure_ascii=False, sort_keys=True, default=str))
    text = "\n".join(dict.fromkeys(part.strip() for part in told if part.strip()))
    if text and text != action.get("command"):
        action["text"] = _short(text)
    return action


def _fits(command: list[Any]) -> bool:
    return len(command) <= MOST_WORDS and all(len(str(word)) <= LONGEST for word in command)


def _untold(raw: Any, told: str, shown: Collection[str]) -> Any:
    """Of the raw input what is not shown elsewhere: long texts are not said a second time."""
    if not isinstance(raw, dict):
        return None if raw is None or str(raw) in told else raw
    return {
        name: value for name, value in raw.items()
        if value is not None and value not in shown
        and not (isinstance(value, str) and len(value) > SAID_TWICE and value in told)
    }  # fmt: skip


def is_whole(call: Call, folder: str) -> bool:
    """Whether a person would see all of it: what was cut short is allowed by nobody."""
    action = action_of(call, folder)
    cut = any(str(action.get(name, "")).endswith(CUT) for name in ("command", "text"))
    return not cut and bool(action.keys() - {"cwd"})


CUT = "… (cut short)"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT


def _paths(locations: Any) -> list[str]:
    listed = locations if isinstance(locations, list) else []
    told = (each.get("path") for each in listed if isinstance(each, dict))
    return list(dict.fromkeys(path[:1000] for path in told if isinstance(path, str)))[:MOST_PATHS]


def kind_of(call: Call) -> str:
    return KINDS.get(str(call.get("kind") or ""), "other")


def digest_of(action: dict[str, Any]) -> str:
    """What a decision is bound to: the sha256 of the action's canonical JSON."""
    canonical = json.dumps(action, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def chosen(options: Any, decision: str) -> str | None:
    """The id of the option that does this once; None where there is none, and nothing is chosen.

    Never one that lasts: what is allowed always is a rule of the workspace's, where it can be seen
    and taken back, and no setting on this machine.
    """
    wanted = "allow_once" if decision.startswith("allow") else "reject_once"
    for option in options if isinstance(options, list) else []:
        if isinstance(option, dict) and option.get("kind") == wanted:
            return str(option.get("optionId"))
    return None
