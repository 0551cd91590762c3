"""An agent on a2a-sdk 0.3.0, in the shape of its samples, run by an interpreter of its own.

python sdk_zero.py PORT [JSONRPC|HTTP+JSON]
"""

import asyncio
import sys

import uvicorn
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentSkill, Part, TaskState, TextPart
from a2a.utils import new_agent_text_message, new_task


class Echo(AgentExecutor):
    """Asks once where it is told to, and hands in what it was told."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        task, told = context.current_task, context.get_user_input()
        is_answer = task is not None
        if task is None:
            task = new_task(context.message)
            await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        if told.startswith("# question") and not is_answer:
            text = new_agent_text_message("Which region?", task.context_id, task.id)
            await updater.update_status(TaskState.input_required, text, final=True)
            return
        text = new_agent_text_message("Reading", task.context_id, task.id)
        await updater.update_status(TaskState.working, text)
        await asyncio.sleep(0.5)
        said = f"I was told:\n\n{told}"
        await updater.add_artifact([Part(root=TextPart(text=said))], name="echo.md")
        await updater.complete()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        raise NotImplementedError("cancel not supported")


def main(port: int, transport: str) -> None:
    card = AgentCard(
        name="Echo", description="Says what it is told.", version="0.3",
        url=f"http://127.0.0.1:{port}/", preferred_transport=transport,
        capabilities=AgentCapabilities(streaming=True),
        default_input_modes=["text"], default_output_modes=["text"],
        skills=[AgentSkill(id="echo", name="echo", description="Echoes.", tags=["echo"])],
    )  # fmt: skip
    handler = DefaultRequestHandler(agent_executor=Echo(), task_store=InMemoryTaskStore())
    if transport == "JSONRPC":
        app = A2AStarletteApplication(agent_card=card, http_handler=handler).build()
    else:
        app = A2ARESTFastAPIApplication(agent_card=card, http_handler=handler).build()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), (sys.argv[2:] or ["JSONRPC"])[0])
