"""The people's API as the pilot's person and stage manager use it."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import aiohttp

TRIES = 60


class ApiError(RuntimeError):
    """An answer that was not expected: status and body are in the message."""


class Api:
    """Every call is repeated while the web process is away or tells us to wait."""

    def __init__(self, web: aiohttp.ClientSession, url: str, token: str) -> None:
        self.web, self.base = web, f"{url}/api/v1"
        self.headers = {"authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, answer). What is sent twice under one key is done once."""
        headers = {**self.headers, "idempotency-key": uuid.uuid4().hex}
        for _ in range(TRIES):
            try:
                async with self.web.request(
                    method, self.base + path, json=body, headers=headers
                ) as answer:
                    if answer.status not in (429, 502, 503, 504):
                        raw = await answer.read()
                        return answer.status, json.loads(raw or b"null")
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.5)
        raise ApiError(f"{method} {path}: nobody answers")

    async def get(self, path: str) -> Any:
        return self._expected("GET", path, *await self.call("GET", path))

    async def post(self, path: str, body: Any = None) -> Any:
        return self._expected("POST", path, *await self.call("POST", path, body or {}))

    async def patch(self, path: str, body: Any) -> Any:
        return self._expected("PATCH", path, *await self.call("PATCH", path, body))

    def _expected(self, method: str, path: str, status: int, said: Any) -> Any:
        if status >= 300:
            raise ApiError(f"{method} {path}: {status} {said}")
        return said

    async def file(self, path: str) -> bytes:
        async with self.web.get(self.base + path, headers=self.headers) as answer:
            return await answer.read()

    async def all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        found: list[dict[str, Any]] = []
        mark, joined = "", "&" if "?" in path else "?"
        while True:
            said = await self.get(f"{path}{joined}limit=200{mark}")
            found += said["items"]
            if not said["next"]:
                return found
            name = "after" if path.split("?")[0].endswith("/events") else "cursor"
            mark = f"&{name}={said['next']}"
