"""The swarm's model: a chat-completions service that does what the script in a brief says.

    python -m agents.swarm.model [--delay 0.05]

Prints its base URL. `/told` tells what it was asked: how often, how often the same thing twice.
"""

import argparse
import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from agents.swarm.cards import MARK, Script

NAME = "swarm"
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 60, "total_tokens": 1_060}
TOOLS = ("report_progress", "read_card", "search_room_files")


@dataclass
class Told:
    """What was asked for, by card and turn; `failed` are the cards that were given up once."""

    asked: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    begun: Counter[str] = field(default_factory=Counter)


def script_of(body: dict[str, Any]) -> Script | None:
    """The script in the brief of this conversation; None where there is none."""
    brief = next((m["content"] for m in body["messages"] if m["role"] == "user"), "")
    for line in str(brief).splitlines():
        if line.startswith(MARK):
            return Script(**json.loads(line.removeprefix(MARK)))
    return None


def said(script: Script, turn: int, *, gives_up: bool) -> list[tuple[str, dict[str, Any]]]:
    """The tools it calls in this turn of a conversation, from 0."""
    if gives_up and turn:
        return [("give_up", {"reason": "planted failure"})]
    if turn < script.turns - 1:
        percent = round(100 * (turn + 1) / script.turns)
        return [("report_progress", {"percent": percent, "note": f"Step {turn + 1} is done"})]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("write_file", {"name": "part.md", "content": f"# {script.title}\n\nThis part is done."})
    ]
    if script.subject:
        text = f"{script.subject} is {script.value} s"
        calls.append(("add_claim", {"id": "c1", "subject": script.subject, "value": script.value,
                                    "unit": "s", "text": text}))  # fmt: skip
    return [*calls, ("submit", {"summary": f"{script.title} is done."})]


class Service:
    def __init__(self, delay: float) -> None:
        self.delay, self.told = delay, Told()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.delay:
            await asyncio.sleep(self.delay)
        script = script_of(body)
        if script is None:
            return web.json_response({"error": {"message": "no script"}}, status=400)
        turn = sum(message["role"] == "assistant" for message in body["messages"])
        if not turn:
            self.told.begun[script.title] += 1
        attempt = self.told.begun[script.title]
        self.told.asked[script.title, attempt, turn] += 1
        calls = said(script, turn, gives_up=script.fails and attempt == 1)
        message = {"role": "assistant", "content": None, "tool_calls": [
            {"id": f"call_{at}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(given)}}
            for at, (name, given) in enumerate(calls)
        ]}  # fmt: skip
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        return web.json_response({"id": "c", "object": "chat.completion", "model": NAME,
                                  "choices": [choice], "usage": USAGE})  # fmt: skip

    async def models(self, request: web.Request) -> web.Response:
        data = [{"id": NAME, "object": "model", "context_length": 131_072}]
        return web.json_response({"object": "list", "data": data})

    async def tell(self, request: web.Request) -> web.Response:
        asked = self.told.asked
        return web.json_response({
            "calls": sum(asked.values()), "different": len(asked),
            "twice": sum(count - 1 for count in asked.values()),
            "conversations": sum(self.told.begun.values()),
        })  # fmt: skip


def application(delay: float) -> web.Application:
    service = Service(delay)
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", service.complete)
    app.router.add_get("/v1/models", service.models)
    app.router.add_get("/told", service.tell)
    return app


async def serve(delay: float) -> None:
    runner = web.AppRunner(application(delay), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    print(f"http://127.0.0.1:{port}/v1", flush=True)  # noqa: T201 — how its starter finds it
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    asyncio.run(serve(parser.parse_args().delay))


if __name__ == "__main__":
    main()
