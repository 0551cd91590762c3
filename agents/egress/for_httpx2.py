"""A transport for clients built on httpx2 (openai, mcp): every request goes out through egress."""

from __future__ import annotations

import httpx2

from agents.egress.addresses import EgressPolicy
from agents.egress.client import Outbound
from agents.egress.loop import fetch_async
from agents.egress.refusals import EgressRefused

MOST_BYTES = 8 * 1024 * 1024
# Set by the connection itself, or refused by egress.
NOT_PASSED_ON = frozenset({"host", "connection", "accept-encoding", "content-length"})


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Resolves, checks, pins and caps; an answer is handed over whole, streams included."""

    def __init__(self, policy: EgressPolicy, *, total_s: float) -> None:
        self._policy, self._total_s = policy, total_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        outbound = Outbound(
            method=request.method,
            url=str(request.url),
            headers={k: v for k, v in request.headers.items() if k not in NOT_PASSED_ON},
            body=await request.aread(),
            deadline=self._total_s,
            max_bytes=MOST_BYTES,
        )
        try:
            answer = await fetch_async(outbound, policy=self._policy)
        except EgressRefused as refused:
            if refused.code == "deadline":
                raise httpx2.ReadTimeout(refused.code, request=request) from refused
            raise httpx2.ConnectError(refused.code, request=request) from refused
        return httpx2.Response(
            answer.status, headers=dict(answer.headers), content=answer.body, request=request
        )


def guarded_client(policy: EgressPolicy, *, total_s: float) -> httpx2.AsyncClient:
    """A client whose only way out is egress; nothing is read from the environment."""
    transport = GuardedTransport(policy, total_s=total_s)
    return httpx2.AsyncClient(transport=transport, trust_env=False, timeout=total_s)
