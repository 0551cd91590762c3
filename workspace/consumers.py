"""Browser sockets: one on a room, one on a person's own pages."""

from __future__ import annotations

import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path

from workspace.live import Watcher, hub
from workspace.policy import needs
from workspace.queries import room_role

MOST_BYTES = 65_536
NOT_HERE, TOO_MUCH = 4403, 4408


class LiveConsumer(AsyncWebsocketConsumer):
    """Joins a hub, says where it stands, and is brought up to date."""

    watcher: Watcher | None = None

    async def connect(self) -> None:
        person = self.scope.get("user")
        if person is None or not person.is_authenticated:
            await self.close(code=NOT_HERE)
            return
        room_id = self.scope["url_route"]["kwargs"].get("room_id")
        if room_id and await database_sync_to_async(room_role)(person.id, room_id) is None:
            await self.close(code=NOT_HERE)
            return
        await self.accept()
        self.watcher = Watcher(
            person_id=person.id, epoch=person.auth_epoch, room_id=room_id or "",
            send=self.send, close=self.close,
        )  # fmt: skip

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.watcher is None:
            return
        if not text_data or len(text_data) > MOST_BYTES:
            await self.close(code=TOO_MUCH)
            return
        try:
            said = json.loads(text_data)
        except ValueError:
            return
        handler = MESSAGES.get("since" if isinstance(said, dict) and "since" in said else "")
        if handler is not None:
            await handler(self.watcher, said)

    async def disconnect(self, code: int) -> None:
        if self.watcher is not None:
            await hub().leave(self.watcher)


@needs("room.read")
async def since(watcher: Watcher, said: dict[str, Any]) -> None:
    """`{"since": seq}`: from here on I want what happens; membership is checked each second."""
    seq = said["since"]
    await hub().join(watcher, seq if isinstance(seq, int) and seq >= 0 else 0)


MESSAGES = {"since": since}
routes = [
    path("live/me", LiveConsumer.as_asgi()),
    path("live/rooms/<str:room_id>", LiveConsumer.as_asgi()),
]
