"""An agent as a program of its own: an HTTP server that takes signed deliveries."""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agents.demo.changes import named_change
from agents.demo.findings import Result
from agents.demo.library import SHIPPED, Library, NotALibrary
from agents.demo.roster import DemoAgent
from agents.demo.run import CannotDo, Revised, Run, is_order
from agents.demo.skills import skill_wanted
from agents.demo.wire import Refused, Stopped, is_genuine

VERSION = "1.0"
LARGEST_BODY = 2 * 1024 * 1024
MOST_REMEMBERED = 1000

Work = Callable[[Run, Library], Result | None]
Reply = tuple[int, dict[str, Any]]


class Program:
    """Takes deliveries and works on each run in a thread of its own."""

    def __init__(
        self,
        agent: DemoAgent,
        works: Mapping[str, Work],
        secret: str,
        library: Path = SHIPPED,
        pace: float = 0.6,
    ) -> None:
        self.agent = agent
        self.works = works
        self.secret = secret
        self.library = library
        self.pace = pace
        self.memory: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], None] = {}
        self._live: dict[str, Run] = {}

    def about(self) -> dict[str, Any]:
        return {
            "name": self.agent.name,
            "version": VERSION,
            "protocol": "1",
            "capabilities": {
                "async": True,
                "cancel": True,
                "questions": "patching" in self.agent.skills,
                "permissions": False,
            },
            "skills": list(self.agent.skills),
            "max_concurrency": self.agent.max_concurrency,
        }

    def answer(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to one delivery. What is not signed by the workspace is refused unread."""
        if not is_genuine(self.secret, headers, body, time.time()):
            return 401, {"error": "invalid_signature"}
        try:
            event = json.loads(body)
            kind, data = str(event["type"]), event["data"]
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "not_an_event"}
        if not isinstance(data, dict):
            return 400, {"error": "not_an_event"}
        if kind == "agent.verify":
            return 200, {"challenge": data.get("challenge"), "agent": self.about()}
        if kind == "ping":
            return 200, {"status": "ok", "nonce": data.get("nonce")}
        if kind == "card.assigned":
            return self._take(data)
        return self._tell(kind, data)

    def _take(self, order: dict[str, Any]) -> Reply:
        if not is_order(order):
            return 422, {"error": "incomplete_order"}
        skill = skill_wanted(order, self.agent.skills)
        if skill is None:
            able = ", ".join(self.agent.skills)
            return 200, {"status": "rejected", "reason": f"I only do this: {able}."}
        with self._lock:
            identity = (order["run"]["id"], order["run"].get("attempt", 1))
            if identity in self._known:
                return 409, {"error": "known_run"}
            if len(self._live) >= self.agent.max_concurrency:
                return 429, {"error": "busy"}
            self._known[identity] = None
            if len(self._known) > MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            memory = self.memory.setdefault(order["card"]["id"], {})
            run = self._live[order["run"]["id"]] = Run(order, self.pace, memory)
        threading.Thread(target=self._do, args=(run, self.works[skill]), daemon=True).start()
        self.say(f"{run.id} accepted for {skill}: {run.title}")
        return 202, {"status": "accepted", "eta_s": max(1, round(self.pace * 12))}

    def _tell(self, kind: str, data: dict[str, Any]) -> Reply:
        run = self._live.get(str(data.get("run_id")))
        if run is None:
            if kind == "question.answered":
                # Asked before a restart: the work is gone, and saying so frees the card at once.
                lost = {"code": "restarted", "message": "I was restarted while waiting."}
                return 200, {"status": "failed", "error": lost | {"retryable": True}}
            return 200, {"status": "ok"}
        if kind == "card.revised":
            run.revise(data)
        else:
            run.take_news([{"type": kind, "data": data}])
        return 200, {"status": "ok"}

    def _do(self, run: Run, work: Work) -> None:
        try:
            self._until_done(run, work)
        except Stopped as stopped:
            run.confirm_stop()
            self.say(f"{run.id} stopped: {stopped}")
        except (CannotDo, NotALibrary, Refused) as error:
            run.give_up(told(error))
            self.say(f"{run.id} given up: {error}")
        except Exception as error:  # noqa: BLE001
            # A thread's end would be silence; the workspace is told what broke instead.
            traceback.print_exc()
            run.give_up(CannotDo("error", f"{type(error).__name__}: {error}", retryable=True))
        finally:
            run.stop()
            with self._lock:
                self._live.pop(run.id, None)

    def _until_done(self, run: Run, work: Work) -> None:
        while True:
            try:
                run.require_attached()
                result = named_change(run) or work(run, Library(self.library))
                if result is not None:
                    run.hand_in(result)
                    self.say(f"{run.id} handed in")
                return
            except Revised:
                self.say(f"{run.id} starts over: the card changed")

    def say(self, words: str) -> None:
        print(f"{self.agent.name}: {words}", flush=True)


def told(error: Exception) -> CannotDo:
    if isinstance(error, CannotDo):
        return error
    return CannotDo("misconfigured" if isinstance(error, NotALibrary) else "error", str(error))


class Handler(BaseHTTPRequestHandler):
    """HTTP around a Program, which `serving` puts on the class."""

    program: Program
    timeout = 30
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(413, {"error": "body_too_large"})
            return
        headers = {key.lower(): value for key, value in self.headers.items()}
        self._send(*self.program.answer(headers, self.rfile.read(int(length))))

    def do_GET(self) -> None:
        self._send(200, {"status": "ok", "agent": self.program.agent.name})

    def _send(self, status: int, reply: dict[str, Any]) -> None:
        body = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "2")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Deliveries are not worth a line each; runs are logged by the program."""


def serving(program: Program, port: int) -> ThreadingHTTPServer:
    """A server for the program on the loopback; port 0 takes a free one."""
    handler = type("ProgramHandler", (Handler,), {"program": program})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main(agent: DemoAgent, works: Mapping[str, Work]) -> None:
    """Run the agent until it is stopped, as the environment says."""
    secret = os.environ.get("MUSTER_AGENT_SECRET", "")
    if not secret:
        sys.exit("MUSTER_AGENT_SECRET is missing: the secret shown when the agent was registered.")
    program = Program(
        agent,
        works,
        secret,
        library=Path(os.environ.get("MUSTER_DEMO_LIBRARY") or SHIPPED),
        pace=float(os.environ.get("MUSTER_DEMO_PACE") or 0.6),
    )
    server = serving(program, int(os.environ.get("MUSTER_AGENT_PORT") or 0))
    program.say(f"listening on http://127.0.0.1:{server.server_address[1]}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
