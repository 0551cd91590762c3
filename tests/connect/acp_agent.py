"""A small agent that speaks ACP: it does what the first word of a card's title says.

A real program, started by a real connector. It needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Params = dict[str, Any]
OPTIONS = [
    # As some real agents do: what lasts comes first, and ids say nothing.
    {"optionId": "o1", "name": "Always", "kind": "allow_always"},
    {"optionId": "o2", "name": "Yes", "kind": "allow_once"},
    {"optionId": "o3", "name": "Never", "kind": "reject_always"},
    {"optionId": "o4", "name": "No", "kind": "reject_once"},
]
REGION = {
    "type": "object",
    "properties": {"region": {"type": "string", "enum": ["EU", "US"]}},
    "required": ["region"],
}


class Refused(Exception):
    """The turn ends with an error of this text."""


class Agent:
    """Reads requests, answers them, and asks its client in between."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answers: dict[int, Any] = {}
        self.answered = threading.Condition()
        self.number = 0
        self.session = ""
        self.cancelled = threading.Event()

    def write(self, message: Params) -> None:
        with self.lock:
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            sys.stdout.flush()

    def ask(self, method: str, params: Params) -> Any:
        self.number += 1
        number = self.number
        params = {**params, "sessionId": self.session}
        self.write({"id": number, "method": method, "params": params})
        with self.answered:
            self.answered.wait_for(lambda: number in self.answers)
            return self.answers.pop(number)

    def update(self, update: Params) -> None:
        self.write(
            {"method": "session/update", "params": {"sessionId": self.session, "update": update}}
        )

    def step(self, title: str) -> None:
        call = {"toolCallId": title, "title": title, "kind": "other", "status": "completed"}
        self.update({"sessionUpdate": "tool_call", **call})

    def serve(self) -> None:
        for line in sys.stdin:
            message = json.loads(line)
            if "method" not in message:
                with self.answered:
                    self.answers[message["id"]] = message.get("result")
                    self.answered.notify_all()
            elif message["method"] == "session/cancel":
                self.cancelled.set()
            else:
                threading.Thread(target=self.reply, args=(message,), daemon=True).start()

    def reply(self, message: Params) -> None:
        params = message.get("params") or {}
        try:
            answer: Params = {"result": self.do(message["method"], params)}
        except Refused as refused:
            answer = {"error": {"code": -32603, "message": str(refused)}}
        self.write({"id": message["id"], **answer})

    def do(self, method: str, params: Params) -> Any:
        if method == "initialize":
            return {"protocolVersion": 1, "agentCapabilities": {"loadSession": True}}
        if method == "session/new":
            self.session = f"ses-{os.getpid()}"
            Path(".muster", "session").write_text(self.session)
            return {"sessionId": self.session}
        if method == "session/load":
            self.session = params["sessionId"]
            self.step("what was before")  # its past is told again, and is no news
            return {}
        if method == "session/prompt":
            self.cancelled.clear()
            text = params["prompt"][0]["text"]
            note("prompts", text)
            return {"stopReason": self.turn(text)}
        raise Refused(f"no {method}")

    def turn(self, text: str) -> str:
        title = next((line for line in text.splitlines() if line.startswith("# ")), "")
        title = title.removeprefix("# ") or Path(".muster", "title").read_text()
        Path(".muster", "title").write_text(title)
        does: Callable[[Agent, str], str] = DOES[title.split()[0].lower()]
        return does(self, text)


def note(name: str, text: str) -> None:
    """Beside the run's own folder, so that tests see what was really done."""
    with open(Path(os.environ.get("SEEN", "."), name), "a") as out:
        out.write(json.dumps(text) + "\n")


def hand_in(text: str) -> str:
    Path("answer.md").write_text(text)
    return "end_turn"


def deliver(agent: Agent, text: str) -> str:
    claim = {"id": "c1", "subject": "answer", "value": 42, "text": "The answer is 42"}
    source = {"url": "https://example.com/answer", "title": "The answer", "supports": ["c1"]}
    said = {"summary_md": "It is 42.", "claims": [claim], "sources": [source]}
    Path("muster-result.json").write_text(json.dumps(said))
    return hand_in("The answer is 42.\n")


def accept(agent: Agent, text: str) -> str:
    time.sleep(2)
    return hand_in("accepted, then done\n")


def progress(agent: Agent, text: str) -> str:
    names = ["look", "write", "check"]
    for done in range(3):
        states = ["completed"] * done + ["in_progress"] + ["pending"] * (2 - done)
        entries = [
            {"content": name, "status": state, "priority": "medium"}
            for name, state in zip(names, states, strict=True)
        ]
        agent.update({"sessionUpdate": "plan", "entries": entries})
        time.sleep(0.2)
    return hand_in("three steps\n")


def question(agent: Agent, text: str) -> str:
    asked = {"mode": "form", "message": "Which region?", "requestedSchema": REGION}
    answer = agent.ask("elicitation/create", asked)
    if answer.get("action") != "accept":
        return "cancelled" if agent.cancelled.is_set() else "refusal"
    return hand_in(f"The region is {answer['content']['region']}.\n")


def permission(agent: Agent, text: str) -> str:
    call: Params = {"toolCallId": "t1", "title": "Shell", "kind": "execute", "status": "pending"}
    call["rawInput"] = {"command": ["rm", "-rf", "build"]}
    agent.update({"sessionUpdate": "tool_call", **call})
    # Like some real agents, it says what it would run only in the call before.
    answer = agent.ask(
        "session/request_permission", {"toolCall": {"toolCallId": "t1"}, "options": OPTIONS}
    )
    outcome = answer["outcome"]
    if outcome["outcome"] == "cancelled":
        return "cancelled"
    note("chosen", outcome["optionId"])
    is_allowed = outcome["optionId"] in ("o1", "o2")
    if is_allowed:
        note("ran", "rm -rf build")
    return hand_in("allowed\n" if is_allowed else "rejected\n")


def decline(agent: Agent, text: str) -> str:
    return "refusal"


def fail(agent: Agent, text: str) -> str:
    raise Refused("cannot")


def cancel(agent: Agent, text: str) -> str:
    agent.step("begun")
    n = 0
    while not agent.cancelled.wait(0.5):
        n += 1
        agent.step(f"went on {n}")
    return "cancelled"


def revise(agent: Agent, text: str) -> str:
    wanted = "## The reviewer asked for changes"
    if wanted not in text:
        return hand_in("draft\n")
    return hand_in(text.split(wanted)[1].split("\n## ")[0].strip() + "\n")


def silent(agent: Agent, text: str) -> str:
    """Says nothing, and does not hear that it should stop, until its lease is long over."""
    agent.cancelled.wait()
    time.sleep(1)
    agent.step("still here")
    time.sleep(30)
    return "cancelled"


def late(agent: Agent, text: str) -> str:
    agent.cancelled.wait()
    time.sleep(1)
    return hand_in("late\n")


def slow(agent: Agent, text: str) -> str:
    """Says a step each half second, for as long as its title says; notes that it began."""
    note("began", agent.session)
    title = Path(".muster", "title").read_text()
    seconds = float(title.split()[1])
    for n in range(int(seconds * 2)):
        if agent.cancelled.wait(0.5):
            return "cancelled"
        agent.step(f"step {n + 1}")
    return hand_in("slow and sure\n")


def empty(agent: Agent, text: str) -> str:
    return "end_turn"


def ends(agent: Agent, text: str) -> str:
    sys.stderr.write("out of memory\n")
    sys.stderr.flush()
    os._exit(3)


def floods(agent: Agent, text: str) -> str:
    for n in range(200_000):
        agent.step(f"flood {n}")
    return "end_turn"


def noise(agent: Agent, text: str) -> str:
    for _ in range(100_000):
        sys.stdout.buffer.write(os.urandom(400) + b"\n")
    sys.stdout.flush()
    time.sleep(60)
    return "end_turn"


def never(agent: Agent, text: str) -> str:
    time.sleep(3600)
    return "end_turn"


def asks_empty(agent: Agent, text: str) -> str:
    answer = agent.ask("session/request_permission", {"toolCall": {}, "options": OPTIONS})
    return hand_in(json.dumps(answer) + "\n")


DOES: dict[str, Callable[[Agent, str], str]] = {
    "deliver": deliver, "accept": accept, "progress": progress, "question": question,
    "permission": permission, "decline": decline, "fail": fail, "cancel": cancel,
    "revise": revise, "silent": silent, "late": late, "slow": slow, "empty": empty,
    "ends": ends, "floods": floods, "noise": noise, "never": never, "asks": asks_empty,
}  # fmt: skip

if __name__ == "__main__":
    Agent().serve()
