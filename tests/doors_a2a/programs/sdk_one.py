"""An agent on a2a-sdk 1.3, run by an interpreter of its own: it does what the card's first word
says.

    python sdk_one.py PORT [BINDING] [OPTION…]

BINDING is JSONRPC or HTTP+JSON; the options are `push`, `no-streaming` and `token=…`.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import uvicorn
from a2a.helpers.proto_helpers import (
    get_data_parts,
    get_message_text,
    new_data_part,
    new_raw_part,
    new_task_from_user_message,
    new_text_part,
)
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    HTTPAuthSecurityScheme,
    SecurityRequirement,
    SecurityScheme,
    StringList,
    TaskState,
)
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

ARGV = ["rm", "-rf", "build"]
LEASE = 8.0
BEARER = HTTPAuthSecurityScheme(scheme="Bearer")
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)
FEEDBACK = "## The reviewer asked for changes\n"


class Worker(AgentExecutor):
    """Each of its words is a method; a word it does not know is `deliver`."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}  # by task, what its next message answers
        self.stopped: set[str] = set()
        self.running: dict[str, asyncio.Event] = {}

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        message, task_id = context.message, context.task_id
        assert message is not None and task_id is not None and context.context_id is not None
        updater = TaskUpdater(event_queue, task_id, context.context_id)
        if task_id in self.asked:
            await self.answered(updater, context, self.asked.pop(task_id))
            return
        await event_queue.enqueue_event(new_task_from_user_message(message))
        self.running[task_id] = asyncio.Event()
        prompt = get_message_text(message)
        word = prompt.removeprefix("# ").split(maxsplit=1)[0]
        do: Callable[[TaskUpdater, str], Awaitable[None]] = getattr(
            self, f"do_{word}", self.do_deliver
        )
        try:
            await do(updater, prompt)
        finally:
            self.running[task_id].set()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """It stops between two steps; what cannot be stopped is finished first."""
        task_id = context.task_id or ""
        self.stopped.add(task_id)
        if task_id in self.running:
            await self.running[task_id].wait()

    async def said(self, updater: TaskUpdater, text: str, **data: Any) -> Any:
        parts = [new_text_part(text)] + ([new_data_part(data)] if data else [])
        return updater.new_agent_message(parts)

    async def hand_in(self, updater: TaskUpdater, text: str, name: str = "answer.md") -> None:
        claims = {
            "kind": "result",
            "claims": [{"id": "c1", "subject": "the.answer", "value": 42, "text": "It is 42."}],
            "sources": [{"url": "https://example.org/42", "supports": ["c1"]}],
        }
        parts = [new_text_part(text, media_type="text/markdown"), new_data_part(claims)]
        await updater.add_artifact(parts, name=name)
        await updater.complete(await self.said(updater, "Done."))

    async def do_deliver(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.start_work()
        await self.hand_in(updater, "# The answer\n\nThis was asked for.")

    async def do_accept(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.start_work()
        await asyncio.sleep(2)
        await self.hand_in(updater, "# The answer\n\nAfter a while.")

    async def do_progress(self, updater: TaskUpdater, prompt: str) -> None:
        for percent, step in ((20, "Read"), (50, "Think"), (80, "Write")):
            told = {"kind": "progress", "percent": percent, "step": step}
            message = await self.said(updater, step, **told)
            await updater.update_status(TaskState.TASK_STATE_WORKING, message)
            await asyncio.sleep(0.2)
        await self.hand_in(updater, "# The answer")

    async def do_question(self, updater: TaskUpdater, prompt: str) -> None:
        region = {"type": "string", "enum": ["EU", "US"]}
        form = {"type": "object", "properties": {"region": region}, "required": ["region"]}
        self.asked[updater.task_id] = "question"
        message = await self.said(updater, "Which region?", kind="question", schema=form)
        await updater.requires_input(message)

    async def do_permission(self, updater: TaskUpdater, prompt: str) -> None:
        wanted = {
            "kind": "permission", "title": "Run a command",
            "action": {"argv": ARGV},
        }  # fmt: skip
        self.asked[updater.task_id] = "permission"
        message = updater.new_agent_message([new_data_part({**wanted, "kind": "permission"})])
        await updater.requires_input(message)

    async def do_sign(self, updater: TaskUpdater, prompt: str) -> None:
        self.asked[updater.task_id] = "sign"
        text = "Sign in at https://login.example.org/start, then tell me."
        await updater.requires_auth(await self.said(updater, text))

    async def answered(self, updater: TaskUpdater, context: RequestContext, asked: str) -> None:
        assert context.message is not None
        told = get_data_parts(context.message.parts)
        if asked == "question":
            await self.hand_in(updater, f"For {told[0]['content']['region']}.")
        elif asked == "permission":
            allowed = told[0]["decision"].startswith("allow")
            await self.hand_in(updater, "allowed" if allowed else "rejected")
        else:
            await self.hand_in(updater, f"Signed in: {get_message_text(context.message)}")

    async def do_decline(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.reject(await self.said(updater, "not mine"))

    async def do_fail(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.failed(await self.said(updater, "I cannot."))

    async def do_raise(self, updater: TaskUpdater, prompt: str) -> None:
        raise RuntimeError("kaboom")

    async def do_cancel(self, updater: TaskUpdater, prompt: str) -> None:
        n = 0
        while updater.task_id not in self.stopped:
            n += 1
            message = await self.said(updater, f"Counting {n}")
            await updater.update_status(TaskState.TASK_STATE_WORKING, message)
            await asyncio.sleep(0.5)
        await updater.cancel(await self.said(updater, "Stopped."))

    async def do_revise(self, updater: TaskUpdater, prompt: str) -> None:
        _, found, feedback = prompt.partition(FEEDBACK)
        await updater.start_work()
        await self.hand_in(updater, f"Changed: {feedback}" if found else "draft")

    async def do_silent(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.start_work()
        await asyncio.sleep(LEASE + 3)
        message = await self.said(updater, "Am I still wanted?")
        await updater.update_status(TaskState.TASK_STATE_WORKING, message)
        await asyncio.sleep(5)
        await updater.cancel()

    async def do_late(self, updater: TaskUpdater, prompt: str) -> None:
        await updater.start_work()
        await asyncio.sleep(LEASE + 3)
        await self.hand_in(updater, "# The answer\n\nToo late.")

    async def do_files(self, updater: TaskUpdater, prompt: str) -> None:
        """Bytes, JSON, and a text that repeats what came with the message."""
        await updater.start_work()
        png = base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        )
        await updater.add_artifact([new_raw_part(png, "image/png", "dot.png")], name="A dot")
        await updater.add_artifact([new_data_part({"rows": [1, 2]})], name="table")
        await updater.add_artifact([new_text_part(prompt)], name="what I was told")
        await updater.complete()


def card_of(port: int, binding: str, options: list[str]) -> AgentCard:
    token = any(option.startswith("token=") for option in options)
    return AgentCard(
        name="SDK worker", description="Does odd jobs.", version="1.3",
        supported_interfaces=[
            AgentInterface(
                url=f"http://127.0.0.1:{port}/a2a/", protocol_binding=binding,
                protocol_version="1.0",
            )
        ],
        capabilities=AgentCapabilities(
            streaming="no-streaming" not in options, push_notifications="push" in options
        ),
        default_input_modes=["text/plain"], default_output_modes=["text/markdown"],
        skills=[AgentSkill(id="odd", name="odd jobs", description="Odd jobs.", tags=["odd"])],
        security_schemes={"token": SecurityScheme(http_auth_security_scheme=BEARER)}
        if token else {},
        security_requirements=[SecurityRequirement(schemes={"token": StringList()})]
        if token else [],
    )  # fmt: skip


class Guard(BaseHTTPMiddleware):
    """Who does not show the token may read the card and nothing else."""

    def __init__(self, app: Any, token: str) -> None:
        super().__init__(app)
        self.token = token

    async def dispatch(self, request: Any, call_next: Any) -> Any:
        is_open = request.url.path.startswith("/.well-known/")
        if not is_open and request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": "who are you?"}, 401)
        return await call_next(request)


def main(port: int, binding: str, options: list[str]) -> None:
    card = card_of(port, binding, options)
    configs = InMemoryPushNotificationConfigStore()
    sender = BasePushNotificationSender(httpx.AsyncClient(trust_env=False), configs)
    handler = DefaultRequestHandler(
        agent_executor=Worker(), task_store=InMemoryTaskStore(), agent_card=card,
        push_config_store=configs, push_sender=sender,
    )  # fmt: skip
    if binding == "JSONRPC":
        routes = create_jsonrpc_routes(handler, rpc_url="/a2a/")
    else:
        routes = create_rest_routes(handler, path_prefix="/a2a")
    app = Starlette(routes=[*create_agent_card_routes(card), *routes])
    for option in options:
        if option.startswith("token="):
            app.add_middleware(Guard, token=option.removeprefix("token="))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), (sys.argv[2:] or ["JSONRPC"])[0], sys.argv[3:])
