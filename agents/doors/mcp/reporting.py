"""Tools that tell how the work goes and hand it in."""

import base64
import binascii
import hashlib
import json
from typing import Any
from uuid import uuid4

from agents.doors.callbacks import read_progress
from agents.doors.events import rfc3339
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json
from agents.doors.mcp.caller import Answer, Handle, on_run
from agents.doors.mcp.seeing import news_of
from agents.doors.orders import lease_expires_at
from agents.doors.results import (
    MIB,
    ROLES,
    read_file_name,
    read_media_type,
    read_result,
    read_source,
)
from agents.doors.sniff import honest_media_type
from workspace.commands.callbacks import add_artifact, receive
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import InboundEvent, Said, SourceAdded

LARGEST_UPLOAD = 8 * MIB


def say(handle: Handle, kind: str, said: Said, event_id: str = "") -> None:
    """Report one event of the run; without an id it is one of its own."""
    event = InboundEvent(id=event_id or f"mcp-{uuid4().hex}", type=kind, said=said)
    receive(run_id=handle.run.id, credentials=handle.shown, events=[event], at=handle.at)


@needs("agent.token")
def report_progress(
    card_id: str,
    lease_token: str,
    step: str = "",
    percent: float | None = None,
    note_md: str = "",
    after: int = 0,
) -> Answer:
    """Say what you are doing, at least once a minute; hear what changed.

    `directive` is `continue`, `revise` (read `news`: the card or an input changed) or `cancel`
    (stop, then call release_card). Pass the `next_after` of the last answer as `after`, so that
    you hear only what is new.
    """
    arguments: Answer = {
        "card_id": card_id, "lease_token": lease_token, "step": step, "percent": percent,
        "note_md": note_md, "after": after,
    }  # fmt: skip
    return on_run("report_progress", arguments, _progress)


def _progress(handle: Handle) -> Answer:
    after = handle.told.whole_or_none("after") or 0
    say(handle, "run.progress", read_progress(handle.told))
    run = handle.run
    run.refresh_from_db()
    news, last = news_of(run, after)
    is_revised = any(isinstance(one, dict) and one["type"] == "card.revised" for one in news)
    directive = "revise" if is_revised else "continue"
    if run.state == "cancelling":
        directive = "cancel"
    return {
        "directive": directive,
        "state": run.state,
        "lease_expires_at": rfc3339(lease_expires_at(run, handle.at)),
        "news": news,
        "next_after": last,
    }


@needs("agent.token")
def add_source(card_id: str, lease_token: str, source: dict[str, Any]) -> Answer:
    """Name a source you use: `{url, title, quote}`, `{file, lines}` or `{deliverable_id, file}`.

    `supports` lists the ids of the claims it supports.
    """
    arguments: Answer = {"card_id": card_id, "lease_token": lease_token, "source": source}
    return on_run("add_source", arguments, _add_source)


def _add_source(handle: Handle) -> Answer:
    say(handle, "source.added", SourceAdded(read_source(handle.told.object("source"))))
    return {"kept": True}


@needs("agent.token")
def upload_file(
    card_id: str,
    lease_token: str,
    name: str,
    content: str | None = None,
    content_base64: str | None = None,
    media_type: str = "text/markdown",
    role: str = "deliverable",
) -> Answer:
    """Keep a file of your work, at most 8 MiB; hand it in later with its `artifact_id`.

    Larger files, up to 25 MiB: multipart to `http.base_url`/artifacts with the run token, as in
    the callback API. The same bytes under the same name are the same file.
    """
    arguments: Answer = {
        "card_id": card_id, "lease_token": lease_token, "name": name, "content": content,
        "content_base64": content_base64, "media_type": media_type, "role": role,
    }  # fmt: skip
    return on_run("upload_file", arguments, _upload)


def _upload(handle: Handle) -> Answer:
    fields = handle.told
    content = _bytes_of(fields)
    artifact, is_late = add_artifact(
        run_id=handle.run.id,
        credentials=handle.shown,
        name=read_file_name(fields.text("name", most=255), ""),
        media_type=honest_media_type(
            read_media_type(fields.text("media_type", most=120), ""), content
        ),
        role=fields.choice("role", ROLES),
        content=content,
        sha256="",
        at=handle.at,
    )
    if is_late:
        raise Refused("lease_lost", kept=True, artifact_id=artifact.id)
    return {
        "artifact_id": artifact.id,
        "name": artifact.name,
        "media_type": artifact.media_type,
        "size": artifact.blob.size,
        "sha256": artifact.blob.sha256,
    }


def _bytes_of(fields: Fields) -> bytes:
    if fields.has("content") == fields.has("content_base64"):
        raise Malformed("", "content_or_content_base64")
    if fields.has("content"):
        content = fields.text("content", most=2 * LARGEST_UPLOAD, least=0).encode()
    else:
        try:
            text = fields.text("content_base64", most=2 * LARGEST_UPLOAD, least=0)
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            if isinstance(error, Malformed):
                raise
            raise Malformed("/content_base64", "not_base64") from None
    if len(content) > LARGEST_UPLOAD:
        raise Malformed("", "artifact_too_large", limit=LARGEST_UPLOAD)
    return content


@needs("agent.token")
def submit_deliverable(
    card_id: str,
    lease_token: str,
    summary_md: str = "",
    artifacts: list[dict[str, Any]] | None = None,
    claims: list[dict[str, Any]] | None = None,
    sources: list[dict[str, Any]] | None = None,
) -> Answer:
    """Hand in the deliverable: a person reviews exactly this version.

    `artifacts`: `{artifact_id}` of an upload, or `{name, media_type, content}` (or
    `content_base64`), inline files at most 1 MiB together. `claims`: `{id, subject, value, unit,
    text}`. `sources`: as for add_source, `supports` naming claim ids.
    """
    arguments: Answer = {
        "card_id": card_id, "lease_token": lease_token, "summary_md": summary_md,
        "artifacts": list(artifacts or []), "claims": list(claims or []),
        "sources": list(sources or []),
    }  # fmt: skip
    return on_run("submit_deliverable", arguments, lambda handle: _submit(handle, arguments))


def _submit(handle: Handle, arguments: dict[str, Json]) -> Answer:
    # The same deliverable again is answered like the first time and handed in once.
    text = json.dumps(arguments, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    say(handle, "run.completed", read_result(handle.told), f"mcp-run.completed-{digest}")
    run = handle.run
    run.refresh_from_db()
    version = run.deliverables.order_by("-version").first()
    if version is None:
        raise Refused("empty_completion", status=422, state=run.state)
    return {
        "deliverable_id": version.id,
        "version": version.version,
        "sha256": version.sha256,
        "state": run.state,
    }
