"""A small program that pulls cards over MCP and does what the first word of each title says.

`python -m tests.doors_mcp.puller URL [auto|legacy]`, its token in MUSTER_AGENT_TOKEN.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.contract.driver import ARGV, LIMITS

Card = dict[str, Any]


class Told(Exception):
    """A tool's refusal."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer.get("code", answer))
        self.answer = answer


class Board:
    """The tools of the board as functions of a name."""

    def __init__(self, url: str, token: str, mode: str = "auto") -> None:
        self.url, self.token, self.mode = url, token, mode
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Board:
        headers = {"Authorization": f"Bearer {self.token}"}
        http = await self._open.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=60))
        transport = streamable_http_client(self.url, http_client=http)
        self.client = await self._open.enter_async_context(Client(transport, mode=self.mode))
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._open.aclose()

    async def call(self, name: str, /, **arguments: Any) -> Any:
        answer = await self.client.call_tool(name, arguments)
        told = answer.structured_content
        if answer.is_error:
            raise Told(told or {"code": "error", "text": str(answer.content)})
        return told

    async def on(self, card: Card, name: str, /, **arguments: Any) -> Any:
        handle = {"card_id": card["card_id"], "lease_token": card["lease_token"]}
        return await self.call(name, **handle, **arguments)

    async def answer(self, card: Card, ask: dict[str, Any]) -> dict[str, Any]:
        """Poll until a person has answered."""
        while ask["state"] == "open":
            await asyncio.sleep(0.5)
            ask = await self.on(card, "get_answer", ask_id=ask["ask_id"])
        return ask

    async def hand_in(self, card: Card, text: str) -> Any:
        claim = {"id": "c1", "subject": "the task", "value": "done"}
        file = {"name": "answer.md", "media_type": "text/markdown", "content": text}
        source = {"file": "answer.md", "supports": ["c1"]}
        return await self.on(card, "submit_deliverable", summary_md="Done.", artifacts=[file],
                             claims=[claim], sources=[source])  # fmt: skip


async def do_deliver(board: Board, card: Card) -> None:
    await board.hand_in(card, "# The answer\n\nThis was asked for.")


async def do_accept(board: Board, card: Card) -> None:
    await asyncio.sleep(2)
    await do_deliver(board, card)


async def do_progress(board: Board, card: Card) -> None:
    for n, step in enumerate(("Read", "Think", "Write")):
        await board.on(card, "report_progress", step=step, percent=30.0 * (n + 1))
    await do_deliver(board, card)


async def do_question(board: Board, card: Card) -> None:
    ask = await board.on(card, "ask_human", message_md="Which region?", choices=["EU", "US"])
    answer = await board.answer(card, ask)
    await board.hand_in(card, f"For {answer['content']['answer']}.")


async def do_permission(board: Board, card: Card) -> None:
    ask = await board.on(card, "request_approval", title="Run a command", argv=ARGV)
    answer = await board.answer(card, ask)
    is_allowed = answer.get("decision") == "allow_once"
    await board.hand_in(card, "allowed" if is_allowed else "rejected")


async def do_decline(board: Board, card: Card) -> None:
    await board.on(card, "release_card", reason="not mine")


async def do_fail(board: Board, card: Card) -> None:
    await board.on(card, "fail_card", message="I cannot.", code="cannot")


async def do_cancel(board: Board, card: Card) -> None:
    while True:
        step = f"Counting {time.monotonic():.1f}"
        try:
            told = await board.on(card, "report_progress", step=step)
        except Told as refused:
            told = refused.answer
        if told["directive"] == "cancel":
            return
        await asyncio.sleep(0.5)


async def do_revise(board: Board, card: Card) -> None:
    asked = [run["feedback_md"] for run in card["context"]["previous_runs"]]
    await board.hand_in(card, f"Changed: {asked[-1]}" if asked else "draft")


async def do_silent(board: Board, card: Card) -> None:
    await asyncio.sleep(LIMITS["lease"] + 3)
    await board.on(card, "report_progress", step="Am I still wanted?")


async def do_late(board: Board, card: Card) -> None:
    await asyncio.sleep(LIMITS["lease"] + 3)
    await do_deliver(board, card)


async def work(board: Board, card: Card) -> None:
    word = card["card"]["title"].split()[0]
    try:
        await globals().get(f"do_{word}", do_deliver)(board, card)
    except Told as refused:
        print(f"{word}: {refused.answer}", flush=True)


async def main(url: str, mode: str) -> None:
    """Look for cards that were given, and work each beside the others."""
    working: set[asyncio.Task[None]] = set()
    async with Board(url, os.environ["MUSTER_AGENT_TOKEN"], mode) as board:
        while True:
            for line in (await board.call("list_cards"))["given_to_you"]:
                try:
                    card = await board.call("claim_card", card_id=line["card_id"])
                except Told as refused:
                    print(f"not claimed: {refused.answer}", flush=True)
                    continue
                task = asyncio.create_task(work(board, card))
                working.add(task)
                task.add_done_callback(working.discard)
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "auto"))
