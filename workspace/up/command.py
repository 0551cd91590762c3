"""`manage.py up`: from nothing to the line `Muster is ready: …`, and back to nothing."""

import argparse
import contextlib
import os
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workspace.up import broker, demo, parts
from workspace.up.environment import child_environment, home_of, make_home
from workspace.up.errors import CannotStart, GaveUp, StopRequested
from workspace.up.guarding import Guard
from workspace.up.lock import take_lock
from workspace.up.logs import Terminal
from workspace.up.ports import HOST, listen
from workspace.up.ready import NO_ANSWER, Health, Patience, Probe
from workspace.up.state import remove_state, write_state
from workspace.up.supervise import Supervisor

BROKER_PATIENCE = 20.0
READY_PATIENCE = 180.0
SAY_WAITING_EVERY = 20.0
PROBE_EVERY_STARTING = 0.3
PROBE_EVERY_RUNNING = 5.0
# /healthz names; the broker and the database are not started anew for looking unwell to others.
RESTARTABLE = ("web", "worker", "sweep")
# What a command in another terminal must know to meet this installation; none of it is secret.
SHARED = ("MUSTER_URL", "MUSTER_ALLOW_CIDRS", "MUSTER_EMBEDDED")


def main(words: Sequence[str], commands: parts.Commands | None = None) -> int:
    """Run until stopped. The exit code: 0 after a clean stop, 1 where it could not go on."""
    terminal = Terminal()
    try:
        asked = _parse(words)
        home = home_of(os.environ, asked.home)
        make_home(home)
        lock = take_lock(home)
        with contextlib.closing(listen(asked.port)) as listening:
            installation = Installation(home, lock, listening, commands or parts.Commands())
            return installation.run(terminal, with_demo=asked.demo)
    except CannotStart as reason:
        terminal.say(str(reason))
        return 1


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Start Muster on this machine; stop it with Ctrl-C."
    )
    parser.add_argument("--port", type=int, help="listen here (else PORT, else the first free one)")
    parser.add_argument("--home", help="the folder that keeps everything (else MUSTER_HOME)")
    parser.add_argument(
        "--no-demo", dest="demo", action="store_false", help="start without the demo agents"
    )
    asked = parser.parse_args(words)
    if asked.port is None and os.environ.get("PORT"):
        asked.port = _port_of(os.environ["PORT"])
    if asked.port is not None and not 0 <= asked.port <= 65_535:
        raise CannotStart(f"{asked.port} is not a port. Choose one from 1 to 65535.")
    asked.demo = asked.demo and os.environ.get("MUSTER_DEMO") != "0"
    return asked


def _port_of(text: str) -> int:
    if not text.strip().isdecimal():
        raise CannotStart(f"PORT is “{text}”, which is not a number.")
    return int(text)


class Installation:
    """One home from start to stop."""

    def __init__(
        self, home: Path, lock: int, listening: socket.socket, commands: parts.Commands
    ) -> None:
        self._home = home
        self._listening = listening
        self._port = listening.getsockname()[1]
        self._commands = commands
        self._agents: list[dict[str, Any]] = []
        self._socket: Path | None = None
        self._started_at = datetime.now(UTC)
        self._guard = Guard(lock)
        self._environment: dict[str, str] = {}
        self._patience = Patience()
        self._health = NO_ANSWER
        self._probe: Probe | None = None
        self._probe_at = 0.0

    def run(self, terminal: Terminal, *, with_demo: bool) -> int:
        supervisor = Supervisor(
            log_dir=self._home / "log",
            terminal=terminal,
            guard=self._guard,
            changed=self._write_state,
        )
        self._supervisor = supervisor
        supervisor.listen_to_signals()
        code = 0
        try:
            self._start(terminal, with_demo)
            self._watch()
        except StopRequested:
            terminal.say("Muster is stopping. Press Ctrl-C again to end it at once.")
        except (CannotStart, GaveUp) as reason:
            terminal.say(f"{reason}\nMuster has stopped.")
            code = 1
        finally:
            self._stop()
        return code

    def _start(self, terminal: Terminal, with_demo: bool) -> None:
        url = f"http://{HOST}:{self._port}"
        terminal.say(f"Muster starts in {self._home}.")
        own_broker = self._start_broker()
        self._environment = child_environment(
            os.environ, home=self._home, url=url, broker_url=own_broker
        )
        self._write_state()
        self._manage("migrate", "--no-input", "-v", "0")
        start, commands, environment = self._supervisor.start, self._commands, self._environment
        start(parts.web_part(commands, self._listening.fileno(), environment))
        start(parts.worker_part(commands, environment))
        start(parts.sweep_part(commands, environment))
        if with_demo:
            self._start_demo(terminal)
        link = self._manage("sign_in_link", "--first")
        self._wait_until_ready(terminal)
        terminal.say(f"Muster is ready: {link[-1].strip() if link else url}")

    def _start_broker(self) -> str | None:
        if os.environ.get("REDIS_URL"):
            return None
        server = broker.find_server(os.environ)
        where = self._socket = broker.socket_path(self._home)
        self._supervisor.start(parts.broker_part(server, where, self._home))
        if not self._supervisor.wait_for(lambda: broker.answers(where), within=BROKER_PATIENCE):
            raise CannotStart(f"The broker {server} does not answer. See {self._home}/log.")
        return broker.broker_url(where)

    def _start_demo(self, terminal: Terminal) -> None:
        self._agents = demo.prepare_agents(self._home, self._commands.roster)
        for agent in self._agents:
            self._supervisor.start(demo.agent_part(agent, self._environment))
        try:
            self._manage("seed_demo", "--file", str(self._home / demo.FILE))
        except CannotStart as reason:
            # People's own rooms must open even where they changed what the demo builds on.
            terminal.say(f"{reason}\nThe demo could not be prepared; all else goes on.")

    def _manage(self, *words: str) -> list[str]:
        return self._supervisor.run(parts.manage_part(self._commands, self._environment, *words))

    def _wait_until_ready(self, terminal: Terminal) -> None:
        began = said = time.monotonic()
        while not self._health.ready:
            self._turn(PROBE_EVERY_STARTING, 0.1)
            now = time.monotonic()
            if now - began > READY_PATIENCE:
                missing = ", ".join(self._health.unwell)
                raise CannotStart(f"Not ready after {READY_PATIENCE:g} seconds: {missing}.")
            if now - said > SAY_WAITING_EVERY:
                said = now
                terminal.say(f"Still waiting for: {', '.join(self._health.unwell)}.")

    def _watch(self) -> None:
        while True:
            self._turn(PROBE_EVERY_RUNNING, 0.5)

    def _turn(self, probe_every: float, longest: float) -> None:
        self._supervisor.turn(longest)
        now = time.monotonic()
        selector = self._supervisor.selector
        if self._probe is None and now >= self._probe_at:
            self._probe_at = now + probe_every
            self._probe = Probe((HOST, self._port), now)
            self._probe.watch(selector)
        elif self._probe is not None:
            health = self._probe.turn(selector, now)
            if health is not None:
                self._probe = None
                self._learn(health, now)

    def _learn(self, health: Health, now: float) -> None:
        self._health = health
        for name in self._patience.note(health, now):
            if name in RESTARTABLE:
                self._patience.forget(name)
                self._supervisor.restart(name, "it has given no sign of life for a minute")

    def _write_state(self) -> None:
        pids = {name: self._supervisor.pid_of(name) for name in self._supervisor.kept}
        agents = {
            agent["name"]: {"pid": pids.get(agent["name"].lower()), "port": agent["port"]}
            for agent in self._agents
        }
        state = {
            "pid": os.getpid(),
            "url": self._environment.get("MUSTER_URL") or f"http://{HOST}:{self._port}",
            "port": self._port,
            "environment": self._shared_environment(),
            "started_at": self._started_at.isoformat(timespec="seconds"),
            "guard": self._guard.pid,
            "children": pids,
            "agents": agents,
        }
        write_state(self._home, state)

    def _shared_environment(self) -> dict[str, str]:
        # Another's broker URL may hold a password; ours is a path only its owner can open.
        names = SHARED if self._socket is None else (*SHARED, "REDIS_URL")
        return {name: self._environment[name] for name in names if name in self._environment}

    def _stop(self) -> None:
        self._supervisor.stop_all()
        self._guard.close()
        if self._socket is not None:
            broker.remove_socket(self._socket)
        remove_state(self._home)
