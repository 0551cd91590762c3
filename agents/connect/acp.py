"""Driving a program that speaks the Agent Client Protocol, version 1, as its client.

We advertise no files and no terminal: the program uses its own tools and asks leave for them. That
leave is its own word, not a wall; who needs one puts the connector into a container.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agents.connect import VERSION
from agents.connect.actions import RISKS, action_of, chosen, is_whole, kind_of
from agents.connect.asking import Asking
from agents.connect.endings import Ended
from agents.connect.forms import form_of
from agents.connect.jsonrpc import Answered, Broken, Conversation
from agents.connect.program import Program
from agents.connect.settings import AgentSettings, Settings, program_environment
from agents.connect.steps import Steps

PROTOCOL = 1
SIGN_IN = -32000
CAREFUL_MODES = ("default", "ask")  # the first a program has; never one that asks nobody


class AcpAgent:
    """One program with one session, for one run."""

    def __init__(self, program: Program, asking: Asking, say: Callable[..., object]) -> None:
        self.program, self.asking, self.say = program, asking, say
        self.steps = Steps(say)
        self.session = ""
        self.folder = ""
        self.is_replaying = False
        self.conversation = Conversation(program, self._requested, self._notified)

    @classmethod
    async def start(
        cls, agent: AgentSettings, folder: Path, asking: Asking, say: Callable[..., object]
    ) -> AcpAgent:
        """Raises CannotStart."""
        program = await Program.start(agent.command, folder, program_environment(agent))
        return cls(program, asking, say)

    async def open(
        self, settings: Settings, agent: AgentSettings, folder: Path, earlier: str
    ) -> bool:
        """Greet it and open its session; whether that is the earlier one, with all it knows.

        Raises Ended where it does not take the greeting.
        """
        self.folder = str(folder)
        greeting = {
            "protocolVersion": PROTOCOL,
            "clientInfo": {"name": "muster-connect", "version": VERSION},
            "clientCapabilities": {
                "fs": {"readTextFile": False, "writeTextFile": False},
                "terminal": False,
                "elicitation": {"form": {}},
            },
        }
        within = settings.starts_within
        try:
            told = await self.conversation.ask("initialize", greeting, within)
            told = told if isinstance(told, dict) else {}
            can = told.get("agentCapabilities")
            can = can if isinstance(can, dict) else {}
            where = {"cwd": self.folder, "mcpServers": list(agent.mcp_servers)}
            if earlier and can.get("loadSession") and await self._loaded(earlier, where, within):
                return True
            made = await self.conversation.ask("session/new", where, within)
            self.session = str(made["sessionId"])
            await self._be_careful(made.get("modes"), within)
        except Answered as error:
            raise _refused(error) from None
        except Broken as broken:
            raise Ended.failed("error", str(broken)) from None
        except TimeoutError:
            raise Ended.failed("error", f"it did not answer within {within:.0f} s") from None
        except (TypeError, KeyError):
            raise Ended.failed("error", "it opened no session") from None
        return False

    async def _loaded(self, earlier: str, where: dict[str, Any], within: float) -> bool:
        """Whether the earlier session is open again; what it tells of the past is passed over."""
        self.session, self.is_replaying = earlier, True
        try:
            await self.conversation.ask("session/load", {"sessionId": earlier, **where}, within)
        except Answered:
            return False
        finally:
            self.is_replaying = False
        return True

    async def _be_careful(self, modes: Any, within: float) -> None:
        """Have it ask for leave, whatever it was set to."""
        if not isinstance(modes, dict):
            return
        listed = [mode.get("id") for mode in modes.get("availableModes") or []]
        careful = next((mode for mode in CAREFUL_MODES if mode in listed), None)
        if careful and modes.get("currentModeId") != careful:
            mode = {"sessionId": self.session, "modeId": careful}
            with suppress(Answered):
                await self.conversation.ask("session/set_mode", mode, within)

    async def turn(self, text: str) -> str:
        """One prompt; why the turn stopped. Raises Ended where it broke."""
        prompt = {"sessionId": self.session, "prompt": [{"type": "text", "text": text}]}
        try:
            told = await self.conversation.ask("session/prompt", prompt)
        except Answered as error:
            raise _refused(error) from None
        except Broken as broken:
            raise Ended.failed("error", str(broken)) from None
        finally:
            self.steps.flush()
        return str(told.get("stopReason") or "") if isinstance(told, dict) else ""

    async def cancel(self) -> None:
        if self.session:
            with suppress(Broken):
                await self.conversation.tell("session/cancel", {"sessionId": self.session})

    async def close(self) -> None:
        await self.conversation.close()

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method == "session/update" and not self.is_replaying:
            self.steps.take(params.get("update"))

    async def _requested(self, method: str, params: dict[str, Any]) -> Any:
        if method == "session/request_permission":
            return {"outcome": await self._permitted(params)}
        if method == "elicitation/create":
            return await self._answered(params)
        raise LookupError(method)

    async def _permitted(self, params: dict[str, Any]) -> dict[str, Any]:
        """A person's decision as one of its own options, always one for this once."""
        call, options = self.steps.known(params.get("toolCall")), params.get("options")
        action, kind = action_of(call, self.folder), kind_of(call)
        if is_whole(call, self.folder):
            about = {
                "title": str(call.get("title") or kind)[:200] or kind,
                "kind": kind,
                "action": action,
                "risk": RISKS.get(kind, "medium"),
                "options": ["allow_once", "reject_once"],
            }
            self.steps.flush()
            decision = await self.asking.permission(about)
        else:
            # Nobody is asked for what nobody could see whole.
            title = "Refused: what it wants to do is empty, or longer than a person can be shown"
            self.say("run.activity", {"kind": "action", "title": title, "status": "failed"})
            decision = "reject_once"
        option = None if decision == "cancelled" else chosen(options, decision)
        return {"outcome": "selected", "optionId": option} if option else {"outcome": "cancelled"}

    async def _answered(self, params: dict[str, Any]) -> dict[str, Any]:
        form = form_of(params.get("requestedSchema"))
        message = str(params.get("message") or "").strip()[:16_000]
        if params.get("mode", "form") != "form" or form is None or not message:
            return {"action": "decline"}
        about = {"message_md": message, "schema": form, "blocking": True}
        key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:24]
        self.steps.flush()
        answer = await self.asking.question(about, key)
        action = str(answer.get("action") or "cancel")
        if action != "accept":
            return {"action": action if action == "decline" else "cancel"}
        return {"action": "accept", "content": answer.get("content") or {}}


def _refused(error: Answered) -> Ended:
    if error.code == SIGN_IN:
        return Ended.failed("misconfigured", f"it has to be signed in first: {error.message}")
    return Ended.failed("error", error.message)
