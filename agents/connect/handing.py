"""What a run hands in: files, small ones inside the message itself, and what is said of them."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.connect import repos, web, workdir
from agents.connect.acp import AcpAgent
from agents.connect.endings import Ended

if TYPE_CHECKING:
    from agents.connect.run import Run

# One event then carries everything, and there is nothing that could come apart.
MOST_INLINE = 150_000
Part = tuple[str, Path, str]  # name, file, role


async def result_of(run: Run) -> dict[str, Any]:
    """The completion to say; without a single file it is an empty one. Raises Ended."""
    told = workdir.result_of(run.work_folder)
    try:
        parts, summary = await _parts(run)
    except (workdir.TooMuch, repos.Failed, OSError) as error:
        raise Ended.failed("error", f"it cannot be handed in: {error}") from None
    words = run.driven.steps.words if isinstance(run.driven, AcpAgent) else ""
    said = str(told.pop("summary_md", "") or words)[:16_000]
    artifacts = await _artifacts(run, parts)
    return {
        "summary_md": "\n\n".join(filter(None, (said, summary))),
        "artifacts": artifacts,
        **told,
    }


async def _parts(run: Run) -> tuple[list[Part], str]:
    wanted = repos.wanted_of(run.order)
    if wanted is None:
        found = await asyncio.to_thread(
            workdir.handed_in, run.work_folder, run.folder / "before.json"
        )
        return [(name, path, "deliverable") for name, path in found], ""
    made = await asyncio.to_thread(
        repos.hand_in, repos.clone_of(wanted, run.settings.repos), run.work_folder,
        str(run.state["base"]), wanted.checks, run.folder / "out",
    )  # fmt: skip
    return list(made.files), made.summary


async def _artifacts(run: Run, parts: list[Part]) -> list[dict[str, Any]]:
    if sum(path.stat().st_size for _, path, _ in parts) <= MOST_INLINE:
        return [_inline(*part) for part in parts]
    url = web.here(run.settings.url, run.order["callback"]["base_url"]) + "/artifacts"
    sent = []
    for name, path, role in parts:
        words = (url, run.token, run.lease, path, name, role)
        sent.append({"artifact_id": await run.keep_trying(web.upload, *words)})
    return sent


def _inline(name: str, path: Path, role: str) -> dict[str, Any]:
    content = base64.b64encode(path.read_bytes()).decode()
    return {
        "name": name, "media_type": media_type_of(name), "content_base64": content, "role": role,
    }  # fmt: skip


def media_type_of(name: str) -> str:
    """By the name's ending; the workspace looks at the bytes all the same."""
    return TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


TYPES = {
    ".md": "text/markdown", ".txt": "text/plain", ".log": "text/plain", ".csv": "text/csv",
    ".json": "application/json", ".html": "text/html", ".css": "text/css", ".diff": "text/x-diff",
    ".patch": "text/x-diff", ".py": "text/x-python", ".js": "text/javascript", ".png": "image/png",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
}  # fmt: skip
