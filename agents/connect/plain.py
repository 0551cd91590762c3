"""Driving a plain program: the brief on its input, its result on its output, one for each card."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agents.connect.endings import Ended
from agents.connect.program import Program
from agents.connect.settings import AgentSettings, Settings, program_environment

LONGEST_OUTPUT = 20 * 1024 * 1024
RESULT = "result.md"


class PlainAgent:
    """Says nothing while it works: that it runs is the sign of work, for as long as is allowed."""

    def __init__(self, program: Program, folder: Path, longest: float) -> None:
        self.program, self.folder, self.longest = program, folder, longest
        self.is_cancelled = False

    @classmethod
    async def start(cls, agent: AgentSettings, folder: Path, settings: Settings) -> PlainAgent:
        """Raises CannotStart."""
        program = await Program.start(agent.command, folder, program_environment(agent))
        return cls(program, folder, settings.longest)

    async def turn(self, text: str) -> str:
        """Its output is a file beside those that it wrote itself. Raises Ended."""
        try:
            output = await asyncio.wait_for(self._talk(text), self.longest)
        except TimeoutError:
            raise Ended.failed("error", f"it took longer than {self.longest:.0f} s") from None
        if self.is_cancelled:
            return "cancelled"
        if self.program.process.returncode:
            raise Ended.failed("error", self.program.last_words())
        if output.strip():
            (self.folder / RESULT).write_bytes(output)
        return "end_turn"

    async def _talk(self, text: str) -> bytes:
        process = self.program.process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(text.encode())
            await process.stdin.drain()
            process.stdin.close()
        except (OSError, RuntimeError):
            pass  # it does not read its brief; what it says may be an answer all the same
        output = b""
        while piece := await process.stdout.read(65_536):
            output += piece
            self.program.heard_at = time.monotonic()
            if len(output) > LONGEST_OUTPUT:
                raise Ended.failed("error", "it floods: more output than can be handed in")
        await process.wait()
        return output

    async def cancel(self) -> None:
        self.is_cancelled = True
        await self.program.end()

    async def close(self) -> None:
        await self.program.end()
