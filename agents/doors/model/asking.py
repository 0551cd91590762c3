"""One request to a model's endpoint: what is sent, and the reply or the trouble that comes back."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from agents.allowed import egress_policy
from agents.doors.model.endpoint import Endpoint
from agents.doors.model.reading import (
    LARGEST,
    LARGEST_STREAM,
    Gathering,
    Reply,
    Trouble,
    read_error,
    read_whole,
    trouble_of,
)
from agents.egress import Egress, EgressRefused, Outbound, Streamed

Message = dict[str, Any]


def body_of(
    endpoint: Endpoint, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
) -> bytes:
    """The request's body; the same conversation gives the same bytes."""
    body: dict[str, Any] = {"model": endpoint.model, "messages": list(messages)}
    if tools:
        body["tools"] = list(tools)
    body["max_completion_tokens"] = endpoint.output
    if endpoint.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    body |= _sampling(endpoint)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _sampling(endpoint: Endpoint) -> dict[str, Any]:
    """The hosted service refuses sampling settings; elsewhere only what was set is sent."""
    if endpoint.profile == "moonshot":
        kind = "disabled" if endpoint.thinking is False else "enabled"
        return {"thinking": {"type": kind}}
    found: dict[str, Any] = {}
    if endpoint.temperature is not None:
        found["temperature"] = endpoint.temperature
    if endpoint.top_p is not None:
        found["top_p"] = endpoint.top_p
    if endpoint.thinking is not None:
        found["chat_template_kwargs"] = {"thinking": endpoint.thinking}
    return found


def headers_of(endpoint: Endpoint) -> dict[str, str]:
    found = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    return found | key_header(endpoint.key)


def key_header(key: str) -> dict[str, str]:
    if not key:
        return {}
    if not key.isascii() or not key.isprintable():
        raise Trouble("misconfigured", "key_unusable", again=False)
    return {"Authorization": f"Bearer {key}"}


def request_of(endpoint: Endpoint, body: bytes) -> Outbound:
    return Outbound(
        method="POST",
        url=f"{endpoint.url}/chat/completions",
        headers=headers_of(endpoint),
        body=body,
        deadline=endpoint.total_s,
        max_bytes=LARGEST_STREAM if endpoint.stream else LARGEST,
    )


async def ask(
    egress: Egress, endpoint: Endpoint, body: bytes, *, came: Callable[[int], None]
) -> Reply:
    """Ask once. Raises Trouble. `came` hears how much has come, each time some more has."""
    request = request_of(endpoint, body)
    policy = egress_policy()
    try:
        if not endpoint.stream:
            answer = await egress.fetch(request, policy=policy)
            if answer.status != 200:
                raise read_error(answer.status, answer.headers, answer.body)
            return read_whole(answer.body)
        async with egress.stream(request, policy=policy, quiet=endpoint.quiet_s) as coming:
            return await _gathered(coming, came)
    except EgressRefused as refused:
        raise trouble_of(refused) from None


async def _gathered(coming: Streamed, came: Callable[[int], None]) -> Reply:
    """A stream put together; an endpoint that does not stream may answer whole all the same."""
    is_stream = coming.headers.get("content-type", "").startswith("text/event-stream")
    if coming.status != 200 or not is_stream:
        body = b"".join([chunk async for chunk in coming.chunks])
        if coming.status != 200:
            raise read_error(coming.status, coming.headers, body)
        return read_whole(body)
    gathering = Gathering()
    async for chunk in coming.chunks:
        gathering.add(chunk)
        came(gathering.size)
        if gathering.is_over:
            break
    return gathering.reply()
