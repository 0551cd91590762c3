"""The table of parts: what `up` runs, how, and in which order it stops."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workspace.up.broker import server_command
from workspace.up.children import Part

# Stages of stopping: nothing new comes in, nothing new is started, what runs may finish.
WEB, SWEEP, DEMO, WORKER, BROKER = range(5)
# Django's system checks are for those who change the code; each costs every start half a second.
UNCHECKED = "--skip-checks"
# A WebSocket may last half a day.
DAPHNE = "daphne --no-server-name -v 0 --websocket_timeout 43200"
CELERY = "celery -q -A workspace.celery --skip-checks worker -P threads -c 4"
# The warning is for workers that unpickle what they are sent; ours reads JSON only.
UNWARNED = ("-W", "ignore:You're running the worker with superuser privileges")
QUIET = "--without-gossip --without-mingle -l warning"


@dataclass(frozen=True)
class Commands:
    """The programs behind the parts. `web` is also given `--fd N`, the socket it listens on."""

    web: tuple[str, ...] = (
        sys.executable,
        "-m",
        *DAPHNE.split(),
        "workspace.asgi:application",
    )
    worker: tuple[str, ...] = (sys.executable, *UNWARNED, "-m", *CELERY.split(), *QUIET.split())
    manage: tuple[str, ...] = (sys.executable, "manage.py")
    roster: str = "agents.demo.roster"


def broker_part(server: str, socket_at: Path, home: Path) -> Part:
    return Part(
        name="valkey",
        command=server_command(server, socket_at, home / "valkey"),
        stop_stage=BROKER,
        aloud=False,
    )


def web_part(commands: Commands, descriptor: int, environment: Mapping[str, str]) -> Part:
    return Part(
        name="web",
        command=(*commands.web, "--fd", str(descriptor)),
        env=environment,
        stop_stage=WEB,
        pass_fds=(descriptor,),
    )


def worker_part(commands: Commands, environment: Mapping[str, str]) -> Part:
    return Part(
        name="worker", command=commands.worker, env=environment, stop_stage=WORKER, grace=8.0
    )


def sweep_part(commands: Commands, environment: Mapping[str, str]) -> Part:
    return Part(
        name="sweep",
        command=(*commands.manage, "sweep", UNCHECKED),
        env=environment,
        stop_stage=SWEEP,
        grace=3.0,
    )


def manage_part(commands: Commands, environment: Mapping[str, str], *words: str) -> Part:
    """One run of a management command."""
    return Part(name=words[0], command=(*commands.manage, *words, UNCHECKED), env=environment)
