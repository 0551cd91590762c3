"""JSON-RPC over a program's lines, taken as programs really write them.

Whatever is no message is passed over and counted; too much of it, or more than anybody can take,
ends the conversation.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from agents.connect.program import Program

Params = dict[str, Any]
MOST_NOISE = 200  # lines without one message between them
MOST_NOISE_BYTES = 4 * 1024 * 1024
MOST_IN_WINDOW = 5_000  # messages
WINDOW = 5.0
UNKNOWN_METHOD, FAILED = -32601, -32603


class Answered(Exception):
    """The program answered a request with an error."""

    def __init__(self, error: Any) -> None:
        error = error if isinstance(error, dict) else {}
        code = error.get("code")
        self.code = code if isinstance(code, int) else FAILED
        data = error.get("data")
        more = data.get("details") or data.get("message") if isinstance(data, dict) else data
        self.message = str(error.get("message") or "no reason given")[:2000]
        if more and str(more) not in self.message:
            self.message += f": {str(more)[:2000]}"
        super().__init__(self.message)


class Broken(Exception):
    """The conversation is over: the program is gone, floods, or does not speak this language."""


class Conversation:
    """Requests both ways. `requested` answers the program's; `notified` hears what it tells."""

    def __init__(
        self,
        program: Program,
        requested: Callable[[str, Params], Awaitable[Any]],
        notified: Callable[[str, Params], None],
    ) -> None:
        self.program = program
        self._requested, self._notified = requested, notified
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._next = 0
        self._broken: Broken | None = None
        self._noise = self._noise_bytes = 0
        self._window_began, self._in_window = time.monotonic(), 0
        self._reading = asyncio.create_task(self._read())

    async def ask(self, method: str, params: Params, within: float | None = None) -> Any:
        """Raises Answered, Broken, or TimeoutError where it takes longer than `within`."""
        if self._broken is not None:
            raise self._broken
        self._next += 1
        number = self._next
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._write({"id": number, "method": method, "params": params})
            return await asyncio.wait_for(answer, within)
        finally:
            self._waiting.pop(number, None)

    async def tell(self, method: str, params: Params) -> None:
        await self._write({"method": method, "params": params})

    async def _write(self, message: dict[str, Any]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=True) + "\n"
        stdin = self.program.process.stdin
        assert stdin is not None
        try:
            stdin.write(line.encode())
            await asyncio.wait_for(stdin.drain(), 30.0)
        except (TimeoutError, OSError, RuntimeError) as error:
            # Why it is gone is known better by whoever reads its last words.
            await asyncio.wait({self._reading}, timeout=2.0)
            raise self._broken or Broken(f"it takes nothing more: {error}") from None

    async def _read(self) -> None:
        try:
            await self._read_lines()
            await self.program.process.wait()
            await asyncio.sleep(0.05)  # its last words are still on their way
            why = Broken(f"the program is gone, {self.program.last_words()}")
        except Broken as broken:
            why = broken
        self._broken = why
        for waiting in list(self._waiting.values()):
            if not waiting.done():
                waiting.set_exception(why)
        for task in list(self._answering):
            task.cancel()

    async def _read_lines(self) -> None:
        stream = self.program.process.stdout
        assert stream is not None
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                raise Broken("it floods: a line without end") from None
            if not line:
                return
            if line.strip():
                self._take(line)
                # A program that writes without pause must not keep everything else from running.
                await asyncio.sleep(0)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not ({"method", "result", "error"} & message.keys()):
            self._count_noise(line)
            return
        self._noise = self._noise_bytes = 0
        self._count_message()
        self.program.heard_at = time.monotonic()
        if isinstance(message.get("method"), str):
            self._hear(message)
        else:
            self._answer(message)

    def _count_noise(self, line: bytes) -> None:
        self._noise += 1
        self._noise_bytes += len(line)
        if self._noise > MOST_NOISE or self._noise_bytes > MOST_NOISE_BYTES:
            start = line[:80].decode("utf-8", "replace")
            raise Broken(f"it writes what is no message of the protocol, such as {start!r}")

    def _count_message(self) -> None:
        now = time.monotonic()
        if now - self._window_began > WINDOW:
            self._window_began, self._in_window = now, 0
        self._in_window += 1
        if self._in_window > MOST_IN_WINDOW:
            raise Broken(f"it floods: more than {MOST_IN_WINDOW} messages in {WINDOW:.0f} s")

    def _answer(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        waiting = self._waiting.get(number) if isinstance(number, int) else None
        if waiting is None or waiting.done():
            return
        if message.get("error") is not None:
            waiting.set_exception(Answered(message["error"]))
        else:
            waiting.set_result(message.get("result"))

    def _hear(self, message: dict[str, Any]) -> None:
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        if "id" not in message:
            self._notified(message["method"], params)
            return
        task = asyncio.create_task(self._reply(message["id"], message["method"], params))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _reply(self, number: Any, method: str, params: Params) -> None:
        answer: dict[str, Any]
        try:
            answer = {"result": await self._requested(method, params)}
        except LookupError:
            answer = {"error": {"code": UNKNOWN_METHOD, "message": f"no {method} here"}}
        except (TypeError, ValueError) as error:
            answer = {"error": {"code": FAILED, "message": str(error)[:300]}}
        try:
            await self._write({"id": number, **answer})
        except Broken:
            return  # whoever asked is gone

    async def close(self) -> None:
        await self.program.end()
        self._reading.cancel()
