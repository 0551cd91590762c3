"""One run as an agent of the pilot sees it: the building blocks of working well, and badly."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from agents.pilot.players.agent import Player
    from agents.pilot.scenario import CardPart

KEEPS_TRYING = 60.0  # seconds a call outlives a workspace that is restarting
TEMPORARY = (429, 502, 503, 504)
OVER = (401, 404, 409)
LINE = re.compile(r"Line (\d+): (.*)")
DONE = re.compile(r"done: (\d+)")
Event = tuple[str, dict[str, Any]]


class Over(Exception):
    """The run is no longer this agent's."""


class Work:
    """An order in hand. Every call raises `Over` once the workspace says the run is over."""

    def __init__(self, player: Player, order: dict[str, Any], card: CardPart) -> None:
        self.player, self.order, self.card = player, order, card
        self.log = player.log
        self.dice = player.scene.dice(f"{player.name} {card.name} {order['run']['id']}")
        self.stopped = asyncio.Event()
        self.answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.seq = self.tries = 0
        kept = DONE.search(str((order.get("checkpoint") or {}).get("note_md", "")))
        self.done = int(kept[1]) if kept else 0

    @property
    def run_id(self) -> str:
        return str(self.order["run"]["id"])

    @property
    def round(self) -> int:
        return int(self.order["run"]["round"])

    # --- working as one should --------------------------------------------------------------

    async def steps(self, upto: int | None = None, *, pause: float | None = None) -> None:
        """Do what is left of the card's steps, up to one of them, telling of each."""
        last = self.card.steps if upto is None else upto
        for n in range(self.done + 1, last + 1):
            await self.pause(pause)
            await self.events(self.progress(n))
            await self.call("/checkpoint", {"note_md": f"done: {n}", "artifact_ids": []})
            self.did(n)
            self.player.scene.happened(f"step:{self.card.name} {n}")

    def did(self, n: int) -> None:
        """A piece of work that is done and told of."""
        self.done = n
        self.log.note("did", agent=self.player.name, run_id=self.run_id,
                      card_id=self.order["card"]["id"], step=f"{self.card.name} {n}")  # fmt: skip

    async def pause(self, seconds: float | None = None) -> None:
        """A step's time, or until somebody says stop."""
        wanted = self.player.part.pace if seconds is None else seconds
        try:
            await asyncio.wait_for(self.stopped.wait(), wanted * self.dice.uniform(0.8, 1.2))
        except TimeoutError:
            return
        raise Over("stopped")

    def progress(self, n: int) -> Event:
        percent = 100 * n // (self.card.steps + 1)
        return "run.progress", {"percent": percent, "step": f"{self.card.name} {n}",
                                "note_md": f"Looked at part {n}."}  # fmt: skip

    async def finish(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Hand in what the card asks for."""
        return await self.hand_in(self.result(**changes))

    def result(
        self, *, off_by: int = 0, sourced: bool = False, says: str = "", artifacts: Any = None
    ) -> dict[str, Any]:
        """The card's deliverable. `off_by` is added to every claim; `sourced`: a source is named
        even for what the documentation holds none for."""
        claims, sources = [], []
        for n, (subject, value) in enumerate(self.card.claims.items(), start=1):
            known = value + off_by
            text = f"{subject} is {known}."
            claims.append({"id": f"c{n}", "subject": subject, "value": known, "text": text})
            if sourced or subject not in self.card.unsourced:
                sources.append({"file": "notes.md", "lines": str(n), "supports": [f"c{n}"]})
        text = self.text(claims, says)
        name, kind = ("py", "text/x-python") if self.card.code else ("md", "text/markdown")
        made = [{"name": f"{self.card.name}.{name}", "media_type": kind, "content": text}]
        return {
            "summary_md": says or f"{self.card.title}: all of it.",
            "artifacts": made if artifacts is None else artifacts,
            "claims": claims,
            "sources": sources,
        }

    def text(self, claims: Sequence[dict[str, Any]], says: str) -> str:
        """A round of changes takes up the text that was there and changes what was asked for."""
        if self.card.code:
            return self.code()
        before = self.player.scene.texts.get(self.card.name)
        if self.round > 1 and before is not None:
            return before.rstrip("\n") + f"\n\nChanged: {self.feedback()}\n"
        lines = [f"# {self.card.title}", "", f"By {self.player.name}."]
        lines += [f"Done: {one}" for one in self.order["card"]["acceptance_criteria"]]
        lines += [one["text"] for one in claims]
        lines += [f"Rests on {one['sha256']}." for one in self.order.get("inputs") or []]
        lines += [says] if says else []
        return "\n".join(lines) + "\n"

    def code(self) -> str:
        """The file with the line changed that the review named; where it is not told which, all of
        it anew and in its own way, as one does who only hears "again"."""
        if self.round == 1:
            return self.card.code
        wanted = LINE.fullmatch(self.feedback())
        if wanted is None:
            return "import requests\n\n\n" + self.card.code.replace("'", '"').replace("    ", "\t")
        lines = self.card.code.splitlines()
        lines[int(wanted[1]) - 1] = wanted[2]
        return "\n".join(lines) + "\n"

    def feedback(self) -> str:
        before = (self.order.get("context") or {}).get("previous_runs") or []
        said = [str(one.get("feedback_md") or "") for one in before]
        return next((one for one in reversed(said) if one), "as asked")

    async def hand_in(self, result: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        content = str((result["artifacts"] or [{}])[0].get("content", ""))
        sha256 = hashlib.sha256(content.encode()).hexdigest() if content else ""
        status, said = await self.call("/complete", result, takes_over=True)
        self.log.note("handed_in", agent=self.player.name, run_id=self.run_id, sha256=sha256,
                      status=status, kept=bool(said.get("kept")),
                      card_id=self.order["card"]["id"])  # fmt: skip
        if status == 200:
            self.player.scene.texts[self.card.name] = content
        return status, said

    async def fail(self, code: str, message: str) -> None:
        error = {"code": code, "message": message, "retryable": False}
        await self.call("/fail", {"error": error})

    # --- asking people ----------------------------------------------------------------------

    async def ask(self, ref: str, message: str) -> dict[str, Any]:
        """A question that blocks, and its answer."""
        schema = {"type": "object", "properties": {"answer": {"type": "string"}},
                  "required": ["answer"]}  # fmt: skip
        await self.call("/questions", {"id": ref, "message_md": message, "schema": schema})
        return await self.answer(ref)

    async def permit(self, ref: str, title: str, argv: list[str]) -> dict[str, Any]:
        """Leave to run a command, and what was decided."""
        wanted = {
            "id": ref, "title": title, "kind": "execute", "risk": "low",
            "action": {"command": " ".join(argv), "argv": argv},
            "reason_md": "The owner has approved this already.",
            "options": ["allow_once", "reject_once"],
        }  # fmt: skip
        await self.call("/permissions", wanted)
        self.log.note("wanted", agent=self.player.name, run_id=self.run_id, command=" ".join(argv))
        return await self.answer(ref)

    async def answer(self, ref: str) -> dict[str, Any]:
        waiting = self.answers.setdefault(ref, asyncio.get_running_loop().create_future())
        stopped: asyncio.Future[Any] = asyncio.ensure_future(self.stopped.wait())
        either: set[asyncio.Future[Any]] = {waiting, stopped}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not waiting.done():
            raise Over("stopped")
        return waiting.result()

    def hear(self, kind: str, data: dict[str, Any]) -> None:
        """News of this run, as it was pushed."""
        if kind == "card.cancelled":
            self.stopped.set()
        elif kind in ("question.answered", "permission.decided"):
            ref = str(data.get("question_id") or data.get("permission_id") or data.get("id") or "")
            waiting = self.answers.setdefault(ref, asyncio.get_running_loop().create_future())
            if not waiting.done():
                waiting.set_result(data)

    # --- the wire ---------------------------------------------------------------------------

    def numbered(self, *events: Event) -> list[dict[str, Any]]:
        made = []
        for kind, data in events:
            self.seq += 1
            name = f"{self.run_id}-{self.seq}"
            made.append({"id": name, "seq": self.seq, "type": kind, "data": data})
        return made

    async def events(self, *events: Event) -> None:
        await self.send(self.numbered(*events))

    async def send(self, batch: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        return await self.call("/events", {"events": batch})

    async def call(
        self, path: str, body: dict[str, Any], *, takes_over: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """One callback, again until it is answered. Raises Over, unless `takes_over`."""
        sent, events = json.dumps(body).encode(), body.get("events") or []
        status: int | None = None
        said: dict[str, Any] = {}
        self.tries = 0
        try:
            status, said = await self.put(path, sent)
        finally:  # whoever stops in the middle of it does not know what became of it
            self.log.note(
                "call", agent=self.player.name, run_id=self.run_id, path=path, status=status,
                event_ids=[one["id"] for one in events], kinds=[one["type"] for one in events],
                kept=bool(said.get("kept")), accepted=said.get("accepted"), tries=self.tries,
            )  # fmt: skip
        if status in OVER and not takes_over:
            raise Over(str(status))
        if status == 200 and path == "/events":
            self.player.scene.happened(f"started:{self.card.name}")
        return status, said

    async def put(self, path: str, sent: bytes) -> tuple[int, dict[str, Any]]:
        headers = {
            "authorization": f"Bearer {self.order['callback']['token']}",
            "muster-lease": str(self.order["run"]["lease_token"]),
            "content-type": "application/json",
            "idempotency-key": uuid.uuid4().hex,
        }
        url = self.order["callback"]["base_url"] + path
        give_up = asyncio.get_running_loop().time() + KEEPS_TRYING
        while True:
            self.tries += 1
            try:
                async with self.player.scene.web.post(url, data=sent, headers=headers) as answer:
                    if answer.status not in TEMPORARY:
                        return answer.status, read(await answer.read())
            except (aiohttp.ClientError, TimeoutError):
                pass
            if asyncio.get_running_loop().time() > give_up:
                raise Over("nobody answers")
            await asyncio.sleep(0.5)


def read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
