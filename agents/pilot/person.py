"""The scripted person: reads every version before a verdict, answers what is asked, and does what
the scenario's file says, when it says so. Everything goes through the people's API."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.pilot.players.log import Log

if TYPE_CHECKING:
    from agents.pilot.scenario import Deed
    from agents.pilot.scene import Scene

POLL = 0.4


class Person:
    """`accepted`: names of cards whose acceptance stands."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.script = scene.scenario.person
        self.log = Log()
        self.accepted: set[str] = set()
        self.last: dict[str, str] = {}  # by card, the version accepted last
        self.files: dict[str, dict[str, str]] = {}
        self.bases: dict[str, dict[str, str]] = {}
        self.deeds_left: list[Deed] = list(self.script.deeds)
        self._acting = asyncio.Lock()
        self._known: set[str] = set()
        self._asked: dict[str, float] = {}
        self._newest: dict[str, str] = {}  # by card, the version seen last

    @property
    def has_more_to_do(self) -> bool:
        return bool(self.deeds_left) or self.scene.scenario.has_conflicts

    # --- what waits -------------------------------------------------------------------------

    async def review(self, item: dict[str, Any]) -> None:
        """Open one version, read it, and say what the script says of it."""
        version = str(item["deliverable_id"])
        if version in self._known:
            return
        self._known.add(version)
        card = self.name_of(item["card_id"])
        self.log.note("submitted", on=version, card=card)
        self.scene.happened(f"submitted:{card}")
        whole = await self.scene.api.get(f"/deliverables/{version}")
        self.log.note("open", on=version, card=card, status=200)
        await self.read(version, card, whole, is_changed=item["round"] > 1)
        await asyncio.sleep(self.script.reads_for)
        said = next(
            (one for one in self.script.verdicts
             if one.card == card and one.version == item["version"]), None,
        )  # fmt: skip
        verdict = said.verdict if said else "accept"
        body = {"reason": said.reason} if said else {"sha256": item["sha256"]}
        path = f"/deliverables/{version}/{verdict}"
        status, _ = await self.scene.api.call("POST", path, body)
        self.log.note(verdict, on=version, card=card, status=status)
        if verdict == "accept" and status == 200:
            self.accepted.add(card)
            self.last[card] = version
            self.scene.happened(f"accepted:{card}")
        elif status != 200:
            self._known.discard(version)

    async def read(
        self, version: str, card: str, whole: dict[str, Any], *, is_changed: bool
    ) -> None:
        """Keep its texts, and those of the version it took the place of."""
        found: dict[str, str] = {}
        for file in whole["files"]:
            path = f"/deliverables/{version}/files/{file['id']}"
            found[file["name"]] = (await self.scene.api.file(path)).decode("utf-8", "replace")
        self.files[version] = found
        before = self._newest.get(card)
        if before is not None and is_changed:
            self.bases[version] = self.files[before]
        self._newest[card] = version

    async def reply(self, ask: dict[str, Any]) -> None:
        """Answer one ask: in the script's words, or as somebody would who has none."""
        began = self._asked.setdefault(ask["id"], time.monotonic())
        if ask["id"] in self._known or time.monotonic() - began < self.script.answers_after:
            return
        self._known.add(ask["id"])
        if ask["kind"] == "handoff":
            self.log.note("hand_off", on=ask["id"], card=self.name_of(ask["card_id"]))
            return  # nobody is there to do the work
        path = f"/asks/{ask['id']}/answer"
        status, _ = await self.scene.api.call("POST", path, self.answer_to(ask))
        self.log.note("answer", on=ask["id"], kind=ask["kind"], status=status)

    def answer_to(self, ask: dict[str, Any]) -> dict[str, Any]:
        if ask["kind"] == "permission":
            return {"decision": "allow_once" if self.script.permits else "reject_once"}
        if ask["kind"] == "choice":
            return {"choice": ask["body"]["options"][0]}
        said = self.script.answers.get(self.name_of(ask["card_id"]), "Do as you think best.")
        return {"action": "accept", "content": {"answer": said}}

    # --- what the script adds ---------------------------------------------------------------

    async def act(self) -> None:
        """Deeds whose moment has come, and conflicts that wait for a ruling; one at a time."""
        if self._acting.locked():
            return
        async with self._acting:
            await self._act()

    async def _act(self) -> None:
        for deed in [one for one in self.deeds_left if self.scene.has_happened(one.when)]:
            if await self.do(deed):
                self.deeds_left.remove(deed)
        if len(self.scene.texts) > 1:
            await self.rule()

    async def do(self, deed: Deed) -> bool:
        """One deed; False where it cannot be done yet."""
        if deed.do == "hand_off":
            body = {"agent_id": self.scene.somebody_else(deed.card).id}
            path = f"/cards/{self.scene.cards[deed.card]}/assign"
        else:
            body = {"reason": "It rests on figures that were withdrawn."}
            path = f"/deliverables/{self.last[deed.card]}/{deed.do}"
        status, _ = await self.scene.api.call("POST", path, body)
        on = self.last[deed.card] if deed.do == "roll_back" else self.scene.cards[deed.card]
        self.log.note(deed.do, on=on, status=status)
        if deed.do == "roll_back" and status == 200:
            self.accepted.discard(deed.card)
        return status == 200

    async def rule(self) -> None:
        """Say what holds in every open conflict: what the scenario knows to be true."""
        truth = {
            subject: value
            for card in self.scene.scenario.cards
            for subject, value in card.claims.items()
        }
        for one in await self.scene.api.all(f"/rooms/{self.scene.room_id}/conflicts"):
            if one["status"] != "open" or one["id"] in self._known:
                continue
            self._known.add(one["id"])
            right = next(
                (c for c in one["claims"] if c["value"] == truth.get(one["subject"])),
                one["claims"][0],
            )
            body = {"claim_id": right["id"], "reason": "The documentation says so."}
            path = f"/conflicts/{one['id']}/rule"
            status, _ = await self.scene.api.call("POST", path, body)
            self.log.note("rule", on=one["id"], status=status)

    def name_of(self, card_id: str) -> str:
        found = (name for name, one in self.scene.cards.items() if one == card_id)
        return next(found, card_id)


async def attend(scenes: list[Scene], until: asyncio.Event) -> None:
    """One person's day in all rooms: one look at the queue, one at the asks, again and again.

    Reading in one room holds up no other. Raises what went wrong in any of them.
    """
    if not scenes:
        return
    api = scenes[0].api
    rooms = {scene.room_id: scene.person for scene in scenes}
    async with asyncio.TaskGroup() as busy:
        while not until.is_set():
            reviews, asks = await asyncio.gather(api.all("/reviews"), api.all("/asks"))
            for one in reviews:
                if person := rooms.get(one["room_id"]):
                    busy.create_task(person.review(one))
            for one in asks:
                if person := rooms.get(one["room_id"]):
                    busy.create_task(person.reply(one))
            for scene in scenes:
                if scene.is_playing and scene.person.has_more_to_do:
                    busy.create_task(scene.person.act())
            await asyncio.sleep(POLL)
