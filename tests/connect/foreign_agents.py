"""Agents nobody wrote for Muster, each with a scripted model of ours behind it.

The agents are real: what they ask leave for, run and write is theirs. Only the model is scripted,
so what comes of it proves the plumbing and says nothing about a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.tool_model import Body, Call, Says, ToolModel, answers, tool_model
from tests.foreign import node_with

KIMI = ("@moonshot-ai/kimi-code@2.1.0", "node@22.23.3")
OPENCODE = ("opencode-ai@1.18.33", "node@22.23.3")
COMMAND = "printf 'made by a real shell' > made.txt"
SHELLS = ("bash", "shell", "run_shell_command", "execute", "terminal")


def shell_once(body: Body) -> Says:
    """Run one command with whatever tool the agent offers for it, then say what came back."""
    if answers(body):
        return Says("Done: " + answers(body)[-1][:200])
    tool = next((each for each in body.get("tools", []) if _is_shell(each)), None)
    if tool is None:
        return Says("A title")  # what an agent asks beside its work
    wanted = tool["function"]["parameters"]
    given = {"command": COMMAND}
    for name in wanted.get("required", []):
        given.setdefault(name, "Make a file")
    return Says(calls=(Call(tool["function"]["name"], given, id="call_1"),))


def _is_shell(tool: dict[str, object]) -> bool:
    function = tool.get("function")
    return isinstance(function, dict) and str(function.get("name", "")).lower() in SHELLS


@dataclass
class Foreign:
    """A program's command, what it needs around it, and what its model was asked."""

    command: list[str]
    env: dict[str, str]
    model: ToolModel


@contextmanager
def kimi(home: Path) -> Iterator[Foreign]:
    """Kimi Code over ACP, with a home of its own that names our model server."""
    folder = node_with(*KIMI)
    with tool_model(shell_once) as model:
        config = home / ".kimi-code" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(
            'default_model = "scripted"\n\n'
            "[providers.local]\n"
            f'type = "openai"\nbase_url = "{model.base_url}"\napi_key = "none"\n\n'
            "[models.scripted]\n"
            'provider = "local"\nmodel = "scripted"\nmax_context_size = 100000\n'
        )
        bins = folder / "node_modules" / ".bin"
        yield Foreign([str(bins / "kimi"), "acp"], _around(home, bins), model)


@contextmanager
def opencode(home: Path) -> Iterator[Foreign]:
    """OpenCode over ACP; told to ask before it runs anything."""
    folder = node_with(*OPENCODE)
    with tool_model(shell_once) as model:
        provider = {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Local",
            "options": {"baseURL": model.base_url, "apiKey": "none"},
            "models": {"scripted": {"name": "Scripted"}},
        }
        config = {
            "provider": {"local": provider},
            "model": "local/scripted",
            "small_model": "local/scripted",
            "permission": {"bash": "ask", "edit": "ask"},
            "autoupdate": False,
            "share": "disabled",
        }
        path = home / ".config" / "opencode" / "opencode.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config))
        bins = folder / "node_modules" / ".bin"
        yield Foreign([str(bins / "opencode"), "acp"], _around(home, bins), model)


def _around(home: Path, bins: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": f"{bins}:/usr/bin:/bin", "NO_PROXY": "127.0.0.1",
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local")}  # fmt: skip
