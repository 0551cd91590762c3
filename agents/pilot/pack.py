"""A pack of scenarios, played at once on one installation: a room for each scenario and column."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from agents.pilot.api import Api
from agents.pilot.installation import Installation
from agents.pilot.person import attend
from agents.pilot.players.proxied import Proxied
from agents.pilot.scenario import Scenario
from agents.pilot.scene import Scene
from agents.pilot.switches import rooms

AT_ONCE = 8  # rooms being set up
WELL_AGAIN = 15.0  # seconds in which an order is sent, its worker killed, and another one is back
PLAYS_AT_ONCE = 30
BEGINS_EVERY = 0.6  # seconds between one room and the next


@dataclass(slots=True)
class Pack:
    """What is to be played. `env` is what the installation is told besides, such as a model's
    address; `tell` is told of what is going on."""

    scenarios: Sequence[Scenario]
    columns: Sequence[str]
    seeds: Sequence[int]
    judge: str = "rules"
    env: dict[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda words: None

    def play(self) -> list[dict[str, Any]]:
        """The records, one for each scenario, column and seed."""
        with tempfile.TemporaryDirectory(prefix="muster-pilot-") as folder:
            installation = Installation(Path(folder) / "home", self.env)
            self.tell("Starting an installation of its own.")
            installation.start()
            try:
                records = asyncio.run(self._play(installation, Path(folder)))
                breaches = installation.breaches()
            finally:
                installation.stop()
        for record in records:
            record["verify"] = [one for one in breaches if concerns(one, record)]
        return records

    async def _play(self, installation: Installation, folder: Path) -> list[dict[str, Any]]:
        scenes: list[Scene] = []
        timeout = aiohttp.ClientTimeout(total=60)
        connector = aiohttp.TCPConnector(limit=100)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
            players_at(scenes) as host,
        ):
            api = Api(client, installation.url, await asyncio.to_thread(installation.token))
            stage = Stage(installation, api, client, host, folder, self.judge)
            scenes += [
                stage.scene(scenario, column, seed)
                for seed in self.seeds
                for scenario in sorted(self.scenarios, key=lambda one: -one.within)
                for column in self.columns
            ]
            self.tell(f"Setting up {len(scenes)} rooms.")
            await in_turn([scene.set_up for scene in scenes], AT_ONCE)
            rooms.write(installation.home, {one.room_id: one.off for one in scenes if one.off})
            over = asyncio.Event()
            person = asyncio.create_task(attend(scenes, over))
            self.tell("Playing.")
            try:
                await self._all(scenes)
            finally:
                over.set()
                await person
            return [await scene.record() for scene in scenes]

    async def _all(self, scenes: list[Scene]) -> None:
        """One after the other, as people begin things. Rooms in which the worker is killed come
        first and have it to themselves for a while: it is everybody's."""
        playing = []
        for scene in scenes:
            if scene.scenario.kills_worker:
                playing.append(asyncio.create_task(self._one(scene)))
                await asyncio.sleep(WELL_AGAIN)
        # A team's own agents do not know that their work is divided into rooms.
        at_once = 1 if any(one.is_a_teams for one in scenes) else PLAYS_AT_ONCE
        gate = asyncio.Semaphore(at_once)
        for scene in scenes:
            if not scene.scenario.kills_worker:
                await gate.acquire()
                playing.append(asyncio.create_task(self._one(scene)))
                playing[-1].add_done_callback(lambda _: gate.release())
                await asyncio.sleep(BEGINS_EVERY)
        await asyncio.gather(*playing)

    async def _one(self, scene: Scene) -> None:
        await scene.play()
        done = len(scene.person.accepted)
        self.tell(f"{scene.tag}: {done} of {len(scene.cards)} cards accepted")


@dataclass(slots=True)
class Stage:
    """What all scenes share."""

    installation: Installation
    api: Api
    client: aiohttp.ClientSession
    host: str
    folder: Path
    judge: str

    def scene(self, scenario: Scenario, column: str, seed: int) -> Scene:
        return Scene(
            scenario, column, seed, api=self.api, web=self.client, host=self.host,
            folder=self.folder, kill=self.kill, judge=self.judge,
        )  # fmt: skip

    async def kill(self) -> None:
        await asyncio.to_thread(self.installation.kill, "worker")


@asynccontextmanager
async def players_at(scenes: list[Scene]) -> AsyncIterator[str]:
    """One server for all agents of all scenes, each at a path of its own; its address."""

    async def serve(request: web.Request) -> web.StreamResponse:
        tag, name = request.match_info["tag"], request.match_info["name"]
        scene = next((one for one in scenes if one.tag == tag), None)
        if scene is None:
            return web.Response(status=404)
        return await scene.player(name).serve(request)

    async def call_back(request: web.Request) -> web.StreamResponse:
        """A team's own agent calls back by way of its proxy."""
        found = request.match_info
        scene = next((one for one in scenes if one.tag == found["tag"]), None)
        player = scene.player(found["name"]) if scene else None
        if not isinstance(player, Proxied) or found["run"] not in player.passing:
            return web.Response(status=404)
        return await player.call_back(request, found["run"], found["path"])

    app = web.Application(client_max_size=32 * 2**20)
    app.router.add_post("/{tag}/{name}", serve)
    app.router.add_route("*", "/{tag}/{name}/runs/{run}/{path:.+}", call_back)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def in_turn(deeds: Sequence[Callable[[], Any]], at_once: int) -> None:
    """All of them, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(deed: Callable[[], Any]) -> None:
        async with gate:
            await deed()

    await asyncio.gather(*(one(deed) for deed in deeds))


def concerns(breach: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether a broken promise is about this record's room, or about no room in particular."""
    text = str(breach)
    return record["room_id"] in text or "room_" not in text
