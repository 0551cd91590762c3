"""Tools that ask a person and hear the answer."""

import hashlib
import json
from typing import Any
from uuid import uuid4

from agents.doors.asks import read_permission, read_question
from agents.doors.events import rfc3339
from agents.doors.json_wall import Json
from agents.doors.mcp.caller import Answer, Handle, on_run
from agents.doors.mcp.reporting import say
from workspace import queries
from workspace.commands.asks import decision_told
from workspace.commands.callbacks import beat
from workspace.errors import NotFound
from workspace.policy import needs
from workspace.reports import Beat, PermissionWanted, Question

POLL_AFTER = 3  # seconds; an answer is a person's, so sooner is no use


@needs("agent.token")
def ask_human(
    card_id: str,
    lease_token: str,
    message_md: str,
    choices: list[str] | None = None,
    schema: dict[str, Any] | None = None,
    blocking: bool = True,
    request_id: str = "",
) -> Answer:
    """Ask the people of the room; poll get_answer with the `ask_id` this answers with.

    `choices` is for a question with a few possible answers; `schema` for a small form (a flat
    JSON Schema). The clock of your card rests while a blocking question is open. The same question
    again, or the same `request_id`, is the same ask. Never ask for secrets.
    """
    if choices and schema is None:
        field: dict[str, Json] = {"type": "string", "enum": list(choices)}
        schema = {"type": "object", "properties": {"answer": field}, "required": ["answer"]}
    said: Answer = {"message_md": message_md, "schema": schema, "blocking": blocking}
    same = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]
    arguments = {**_handle(card_id, lease_token), **said, "id": request_id or f"q-{same}"}
    return on_run("ask_human", arguments, _ask)


def _handle(card_id: str, lease_token: str) -> Answer:
    return {"card_id": card_id, "lease_token": lease_token}


def _ask(handle: Handle) -> Answer:
    return _asked(handle, "question.asked", read_question(handle.told))


@needs("agent.token")
def request_approval(
    card_id: str,
    lease_token: str,
    title: str,
    kind: str = "execute",
    argv: list[str] | None = None,
    command: str = "",
    cwd: str = "",
    env_keys: list[str] | None = None,
    paths: list[str] | None = None,
    url: str = "",
    amount: str = "",
    text: str = "",
    risk: str = "medium",
    reason_md: str = "",
    request_id: str = "",
) -> Answer:
    """Ask leave for one exact action before you do it; poll get_answer with the `ask_id`.

    Give a command as `argv`, one string an argument, and run exactly that without a shell. Some
    actions are decided at once by the room's rules. Act only on `allow_once`, before
    `expires_at`, and only if your action still has the `action_digest` of the answer.
    """
    action: dict[str, Json] = {
        "argv": list(argv or []), "command": command, "cwd": cwd,
        "env_keys": list(env_keys or []), "paths": list(paths or []), "url": url,
        "amount": amount, "text": text,
    }  # fmt: skip
    arguments: Answer = {
        **_handle(card_id, lease_token), "title": title, "kind": kind, "risk": risk,
        "action": {name: value for name, value in action.items() if value},
        "reason_md": reason_md, "id": request_id or f"p-{uuid4().hex}",
    }  # fmt: skip
    return on_run("request_approval", arguments, _request)


def _request(handle: Handle) -> Answer:
    return _asked(handle, "permission.requested", read_permission(handle.told))


def _asked(handle: Handle, kind: str, said: Question | PermissionWanted) -> Answer:
    say(handle, kind, said)
    return _told(handle, said.ref)


@needs("agent.token")
def get_answer(card_id: str, lease_token: str, ask_id: str) -> Answer:
    """How one of your asks stands: `open`, or `answered` with what the person said.

    Poll every few seconds. Polling keeps the card yours.
    """
    arguments = {**_handle(card_id, lease_token), "ask_id": ask_id}
    return on_run("get_answer", arguments, _look)


def _look(handle: Handle) -> Answer:
    beat(run_id=handle.run.id, credentials=handle.shown, said=Beat(), after=0, at=handle.at)
    return _told(handle, handle.told.text("ask_id", most=128))


def _told(handle: Handle, ask_id: str) -> Answer:
    ask = queries.ask_of(handle.run, ask_id)
    if ask is None:
        raise NotFound("ask", ask_id)
    told: Answer = {"ask_id": ask.id, "kind": ask.kind, "state": ask.state}
    if ask.kind == "permission":
        told["action_digest"] = ask.action_digest
    if ask.state == "open":
        return {**told, "poll_after_s": POLL_AFTER}
    if ask.kind == "permission":
        return {**told, **decision_told(ask, handle.run, at=handle.at)}
    return {**told, **ask.answer, "closed_at": rfc3339(ask.closed_at)}
