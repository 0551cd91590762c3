"""A person's browser under test: Chromium, with everything that went wrong in it noted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

ARGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
] Person:
    """Someone with a browser window of their own."""

    def __init__(self, browser: Browser, *, width: int = 1440, height: int = 900) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.troubles: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("response", self._answered)
        self.page.on("requestfailed", self._failed)

    def _heard(self, message: object) -> None:
        if message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.troubles.append(f"{message.type}: {message.text}")  # type: ignore[attr-defined]

    def _answered(self, response: object) -> None:
        if response.status >= 400:  # type: ignore[attr-defined]
            self.troubles.append(f"{response.status} {response.url}")  # type: ignore[attr-defined]

    def _failed(self, request: object) -> None:
        # Going on to another page ends what the last one was still fetching.
        if "ERR_ABORTED" not in (request.failure or ""):  # type: ignore[attr-defined]
            self.troubles.append(f"failed {request.url}: {request.failure}")  # type: ignore[attr-defined]
