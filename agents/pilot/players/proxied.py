"""A team's own agent behind a proxy on its wire: everything passes, but for the fault that strikes.

The proxy signs what it passes on with the agent's own secret, and has callbacks come back by way of
itself. What passed by is the agent's log; nothing else of the agent is known here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from agents.demo.wire import is_genuine, signature_of
from agents.pilot.players.agent import Player
from agents.pilot.players.habits import REPLIES
from agents.pilot.scenario import Fault

# What of a callback's headers belongs to it.
PASSED_ON = ("authorization", "muster-lease", "content-type", "idempotency-key")
LEASE_LOST = 409


class Passing:
    """One run that passes by: where its callbacks really go, and what strikes it."""

    def __init__(self, order: Mapping[str, Any], fault: Fault | None) -> None:
        self.base_url = str(order["callback"]["base_url"])
        self.run_id, self.card_id = str(order["run"]["id"]), str(order["card"]["id"])
        self.fault = fault
        self.calls = 0
        self.lost = asyncio.Event()  # somebody else has the work
        self.files: dict[str, str] = {}  # by artifact id, the sha256


Answer = tuple[int, bytes, dict[str, str]]


class Proxied(Player):
    """Between the pilot's installation and an agent that knows nothing of it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.passing: dict[str, Passing] = {}

    # --- orders, on their way to the agent ----------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {key.lower(): value for key, value in request.headers.items()}
        is_ours = is_genuine(self.secret, headers, body, self.scene.wall())
        event = json.loads(body)
        kind, data = event["type"], event["data"]
        if kind != "card.assigned":
            if run := self.passing.get(str(data.get("run_id"))):
                self.log.note("told", agent=self.name, type=kind, run_id=run.run_id)
                if kind == "card.cancelled":
                    run.lost.set()
            return respond(await self.forward(headers, body, is_ours=is_ours))
        run_id = data["run"]["id"]
        fault = self.scene.fault_for(self.name, self.scene.card_of(data).name, run_id)
        if fault and (reply := REPLIES.get(fault.does)):
            answered = await reply(self, data, fault)
            if answered is not None:
                self.order(data, headers, answered.status)
                self.was_turned_away(answered, run_id)
                return answered
        is_new = run_id not in self.passing
        self.passing.setdefault(run_id, Passing(data, fault))
        data["callback"]["base_url"] = f"{request.url.with_path(request.path)}/runs/{run_id}"
        status, said, more = await self.forward(headers, json.dumps(event).encode(), is_ours=True)
        self.order(data, headers, status, repeat=not is_new)
        self.reply_hands_in(self.passing[run_id], status, said)
        return respond((status, said, more))

    def order(
        self, data: dict[str, Any], headers: Mapping[str, str], status: int, *, repeat: bool = False
    ) -> None:
        self.log.note(
            "order", agent=self.name, run_id=data["run"]["id"], card_id=data["card"]["id"],
            webhook_id=headers.get("webhook-id", ""), attempt=data["run"]["attempt"],
            round=data["run"]["round"], repeat=repeat, answered=status,
            checkpoint=data.get("checkpoint") is not None,
            inputs=[{name: one[name] for name in ("card_id", "deliverable_id", "sha256")}
                    for one in data.get("inputs") or []],
        )  # fmt: skip

    async def forward(self, headers: Mapping[str, str], body: bytes, *, is_ours: bool) -> Answer:
        """As the workspace would send it; what is wrongly signed arrives wrongly signed."""
        name, now = headers.get("webhook-id", ""), str(int(time.time()))
        key = (
            self.part.secret
            if is_ours
            else "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        )
        signed = {
            "content-type": "application/json", "webhook-id": name, "webhook-timestamp": now,
            "webhook-signature": f"v1,{signature_of(key, name, now, body)}",
        }  # fmt: skip
        return await self.exchange("POST", self.part.url, body, signed)

    def reply_hands_in(self, run: Passing, status: int, said: bytes) -> None:
        """An answer to an order may be the result itself."""
        found = parsed(said)
        if status == 200 and found.get("status") == "completed":
            self.handed_in(run, found.get("result") or {}, status, kept=False)

    # --- callbacks, on their way back ---------------------------------------------------------

    async def call_back(self, request: web.Request, run_id: str, path: str) -> web.StreamResponse:
        run = self.passing[run_id]
        body = await request.read()
        headers = {
            key.lower(): value for key, value in request.headers.items()
            if key.lower() in PASSED_ON
        }  # fmt: skip
        run.calls += 1
        strike = STRIKES.get(run.fault.does) if run.fault else None
        if strike is not None and run.fault is not None:
            answer = await strike(self, run, request, path, body, headers)
            if answer is not None:
                return respond(answer)
        return respond(await self.pass_on(run, request, path, body, headers))

    async def pass_on(
        self, run: Passing, request: web.Request, path: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        url = f"{run.base_url}/{path}"
        if request.query_string:
            url += f"?{request.query_string}"
        answer = await self.exchange(request.method, url, body, headers)
        self.note(run, path, body, answer)
        return answer

    def note(self, run: Passing, path: str, body: bytes, answer: Answer) -> None:
        """What passed by, as the agent's own log would have it."""
        status, said, _ = answer
        sent, got = parsed(body), parsed(said)
        events = [one for one in sent.get("events") or [] if isinstance(one, dict)]
        self.log.note(
            "call", agent=self.name, run_id=run.run_id, path=f"/{path}", status=status,
            event_ids=[one.get("id") for one in events], kinds=[one.get("type") for one in events],
            kept=bool(got.get("kept")), accepted=got.get("accepted"), tries=1,
        )  # fmt: skip
        if path == "artifacts" and got.get("artifact_id"):
            run.files[str(got["artifact_id"])] = str(got.get("sha256"))
        ends = [one.get("data") or {} for one in events if one.get("type") == "run.completed"]
        if path == "complete" or ends:
            result = (ends or [sent])[0]
            self.handed_in(run, result.get("result") or result, status, kept=bool(got.get("kept")))
        if status == LEASE_LOST:
            run.lost.set()

    def handed_in(
        self, run: Passing, result: Mapping[str, Any], status: int, *, kept: bool
    ) -> None:
        files = [sha_of(one, run.files) for one in result.get("artifacts") or []]
        self.log.note(
            "handed_in", agent=self.name, run_id=run.run_id, card_id=run.card_id, status=status,
            sha256=next((one for one in files if one), ""), kept=kept,
        )  # fmt: skip

    async def exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        try:
            async with self.scene.web.request(method, url, data=body, headers=headers) as answer:
                kind = {"content-type": answer.headers.get("content-type", "text/plain")}
                if wait := answer.headers.get("retry-after"):
                    kind["retry-after"] = wait
                return answer.status, await answer.read(), kind
        except (aiohttp.ClientError, TimeoutError):
            return 502, b"", {}


# --- what can strike on the wire ----------------------------------------------------------------

Strike = Callable[
    [Proxied, Passing, web.Request, str, bytes, dict[str, str]], Awaitable[Answer | None]
]
SWALLOWED: Answer = (200, b"{}", {"content-type": "application/json"})


async def silent(
    proxy: Proxied, run: Passing, request: web.Request, path: str, body: bytes,
    headers: dict[str, str],
) -> Answer | None:  # fmt: skip
    """After `n` calls nothing of it arrives any more; the agent is told that all is well."""
    assert run.fault is not None
    if run.calls <= run.fault.n:
        return None
    if run.calls == run.fault.n + 1:
        proxy.log.note("stuck", agent=proxy.name, run_id=run.run_id)
    return SWALLOWED


async def late(
    proxy: Proxied, run: Passing, request: web.Request, path: str, body: bytes,
    headers: dict[str, str],
) -> Answer | None:  # fmt: skip
    """Nothing of it arrives until somebody else has the work; then its result does."""
    if path != "complete":
        return await silent(proxy, run, request, path, body, headers)
    await run.lost.wait()
    proxy.log.note("back", agent=proxy.name, run_id=run.run_id)
    return None


async def repeats(
    proxy: Proxied, run: Passing, request: web.Request, path: str, body: bytes,
    headers: dict[str, str],
) -> Answer | None:  # fmt: skip
    """Every report arrives `n` times more, without the key that would tell them apart."""
    if path != "events":
        return None
    assert run.fault is not None
    again = {name: said for name, said in headers.items() if name != "idempotency-key"}
    answer = await proxy.pass_on(run, request, path, body, again)
    for _ in range(run.fault.n):
        await proxy.pass_on(run, request, path, body, again)
    return answer


async def empty(
    proxy: Proxied, run: Passing, request: web.Request, path: str, body: bytes,
    headers: dict[str, str],
) -> Answer | None:  # fmt: skip
    """Its result arrives without a file."""
    if path != "complete":
        return None
    sent = parsed(body)
    (sent.get("result") or sent).update(artifacts=[], claims=[], sources=[])
    return await proxy.pass_on(run, request, path, json.dumps(sent).encode(), headers)


STRIKES: dict[str, Strike] = {strike.__name__: strike for strike in (silent, late, repeats, empty)}


def respond(answer: Answer) -> web.StreamResponse:
    status, body, headers = answer
    return web.Response(status=status, body=body, headers=headers)


def parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def sha_of(part: Any, uploaded: Mapping[str, str]) -> str:
    """The sha256 of one file of a result, uploaded before or inline."""
    if not isinstance(part, dict):
        return ""
    if "artifact_id" in part:
        return uploaded.get(str(part["artifact_id"]), "")
    if "content_base64" in part:
        content = base64.b64decode(str(part["content_base64"]), validate=False)
    else:
        content = str(part.get("content", "")).encode()
    return hashlib.sha256(content).hexdigest() if content else ""
