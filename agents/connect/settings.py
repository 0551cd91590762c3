"""What a connector was told on its command line, or in a file."""

from __future__ import annotations

import argparse
import os
import socket
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

USAGE = "python -m agents.connect URL [--code CODE] [options] -- COMMAND…"
EPILOG = """\
several agents: --agent NAME[=skill,skill] -- COMMAND… --agent OTHER -- COMMAND…, or --config FILE
the link to pair by is printed where no code is given"""


class Wrong(Exception):
    """What was told makes no sense; said to the person and nothing is begun."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """One agent: how its program is started, and how many cards it takes at a time."""

    name: str
    command: tuple[str, ...]
    skills: tuple[str, ...] = ()
    is_plain: bool = False
    most: int = 1
    version: str = ""
    # Handed to the program as they are, for agents that should reach other tool servers.
    mcp_servers: tuple[dict[str, Any], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """All a connector needs to know."""

    url: str
    state: Path
    agents: tuple[AgentSettings, ...]
    name: str
    code: str = ""
    repos: dict[str, Path] = field(default_factory=dict)
    # A program that said nothing for this long is not known to be at work: no sign is given.
    quiet_after: float = 600.0
    longest: float = 3600.0  # a plain program
    starts_within: float = 60.0
    stops_within: float = 10.0
    keeps_work: bool = False


def read(words: list[str]) -> Settings:
    """Raises Wrong, or SystemExit as argparse does."""
    front, agents = _parts(words)
    told = _parser().parse_args(front)
    filed = _file(told.config)
    url = _url(told.url or str(filed.get("url", "")))
    agents = [*agents, *_filed_agents(filed)]
    if told.plain:
        agents = [_plain(agent) for agent in agents]
    agents = [_more(agent, told) for agent in agents]
    if not agents:
        raise Wrong(f"no command: {USAGE}")
    if len({agent.name for agent in agents}) != len(agents):
        raise Wrong("two agents have one name")
    return Settings(
        url=url,
        state=Path(told.state or filed.get("state") or _default_state(url)).expanduser(),
        agents=tuple(agents),
        name=told.name or str(filed.get("name", "")) or socket.gethostname(),
        code=told.code or "",
        repos={**_filed_repos(filed), **dict(_repo(each) for each in told.repo)},
        quiet_after=told.quiet_after,
        longest=told.longest,
        starts_within=told.starts_within,
        stops_within=told.stops_within,
        keeps_work=told.keep_work,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="agents.connect", usage=USAGE, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    say = parser.add_argument
    say("url", nargs="?", default="", help="the workspace's address")
    say("--code", help="the code that the workspace shows")
    say("--name", help="what this connector is called there (this machine's name)")
    say("--config", help="a TOML file with agents and repositories")
    say("--state", help="where to keep its token and what is not delivered yet")
    say("--plain", action="store_true", help="the command reads a brief and writes its result")
    say("--max", type=int, default=0, help="cards at a time for each agent (1)")
    say("--repo", action="append", default=[], metavar="NAME=PATH", help="a clone cards may name")
    say("--quiet-after", type=float, default=600.0, metavar="S")
    say("--longest", type=float, default=3600.0, metavar="S", help="for a plain command")
    say("--starts-within", type=float, default=60.0, metavar="S")
    say("--stops-within", type=float, default=10.0, metavar="S")
    say("--keep-work", action="store_true", help="leave the folders of finished cards")
    return parser


def _parts(words: list[str]) -> tuple[list[str], list[AgentSettings]]:
    """The options, and an agent for every `[--agent NAME] -- COMMAND…`."""
    front: list[str] = []
    agents: list[AgentSettings] = []
    name, at = "", 0
    while at < len(words):
        word = words[at]
        if word == "--agent":
            if at + 1 >= len(words):
                raise Wrong("--agent needs a name")
            name, at = words[at + 1], at + 2
        elif word == "--":
            end = _end(words, at + 1)
            agents.append(_agent(name, words[at + 1 : end]))
            name, at = "", end
        else:
            front.append(word)
            at += 1
    if name:
        raise Wrong(f"--agent {name}: no command after it")
    return front, agents


def _end(words: list[str], at: int) -> int:
    """Where a command ends: at the next agent, or with the line."""
    return next((n for n in range(at, len(words)) if words[n] == "--agent"), len(words))


def _agent(told: str, command: list[str]) -> AgentSettings:
    if not command:
        raise Wrong("no command after --")
    name, _, skills = told.partition("=")
    return AgentSettings(
        name=name.strip() or Path(command[0]).name,
        command=tuple(command),
        skills=tuple(filter(None, (skill.strip() for skill in skills.split(",")))),
    )


def _plain(agent: AgentSettings) -> AgentSettings:
    return _with(agent, is_plain=True)


def _more(agent: AgentSettings, told: argparse.Namespace) -> AgentSettings:
    return _with(agent, most=told.max) if told.max > 0 else agent


def _with(agent: AgentSettings, **changes: Any) -> AgentSettings:
    kept = {name: getattr(agent, name) for name in AgentSettings.__slots__}
    return AgentSettings(**{**kept, **changes})


def _url(told: str) -> str:
    parts = urlsplit(told)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Wrong(f"the first word is the workspace's address, http(s)://…: {told or 'missing'}")
    return f"{parts.scheme}://{parts.netloc}"


def _default_state(url: str) -> Path:
    place = urlsplit(url).netloc.replace(":", "-").replace("[", "").replace("]", "")
    return Path("~/.muster-connect") / place


def _repo(told: str) -> tuple[str, Path]:
    name, found, path = told.rpartition("=")
    if not found or not name:
        raise Wrong(f"--repo NAME=PATH: {told}")
    return name, Path(path).expanduser().resolve()


def _file(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        with open(path, "rb") as told:
            return tomllib.load(told)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Wrong(f"{path}: {error}") from None


def _filed_agents(filed: dict[str, Any]) -> list[AgentSettings]:
    agents = []
    for each in filed.get("agent", []):
        command = each.get("command")
        if not each.get("name") or not isinstance(command, list) or not command:
            raise Wrong("[[agent]] needs a name and a command (a list of words)")
        agents.append(
            AgentSettings(
                name=str(each["name"]),
                command=tuple(map(str, command)),
                skills=tuple(map(str, each.get("skills", []))),
                is_plain=bool(each.get("plain", False)),
                most=int(each.get("max", 1)),
                version=str(each.get("version", "")),
                mcp_servers=tuple(each.get("mcp_servers", [])),
                environment={str(k): str(v) for k, v in each.get("env", {}).items()},
            )
        )
    return agents


def _filed_repos(filed: dict[str, Any]) -> dict[str, Path]:
    found = filed.get("repos", {})
    return {str(name): Path(str(path)).expanduser().resolve() for name, path in found.items()}


def program_environment(agent: AgentSettings) -> dict[str, str]:
    """What a driven program finds around it: ours, which holds no token, and what it was given."""
    return {**os.environ, **agent.environment}
