"""The callback API: each call is one command."""

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from agents.doors.asks import read_permission, read_question
from agents.doors.fields import Fields
from agents.doors.json_wall import Json
from agents.doors.problems import problem
from agents.doors.results import MIB
from agents.doors.webhook import files as run_files
from agents.doors.webhook.callbacks import (
    MOST_CHECKPOINT,
    read_beat,
    read_checkpoint,
    read_completion,
    read_declined,
    read_events,
    read_failure,
    read_sources,
)
from agents.doors.webhook.events import rfc3339
from agents.doors.webhook.http import Call, callback
from agents.doors.webhook.inbox import entries
from agents.doors.webhook.openapi import description
from agents.doors.webhook.orders import lease_expires_at
from agents.doors.webhook.uploads import read_upload
from workspace.commands.callbacks import add_artifact, beat, keep_checkpoint, receive
from workspace.policy import needs
from workspace.reports import InboundEvent, Said, SourceAdded

if TYPE_CHECKING:
    from workspace.models import Ask

LARGEST_BATCH = 2 * MIB


@callback("POST")
def events(call: Call) -> HttpResponse:
    """Report what happened; each event's effect happens once."""
    batch = read_events(call.json(max_bytes=LARGEST_BATCH))
    counts = receive(run_id=call.run.id, credentials=call.shown, events=list(batch), at=call.at)
    return JsonResponse(counts)


@callback("POST")
def heartbeat(call: Call) -> HttpResponse:
    """Renew the lease and hear what there is to hear."""
    said, after = read_beat(call.json())
    here = beat(run_id=call.run.id, credentials=call.shown, said=said, after=after or 0, at=call.at)
    news = entries(here.run, after, at=call.at)
    directive = "revise" if any(each["type"] == "card.revised" for each in news) else "continue"
    if here.run.state == "cancelling":
        directive = "cancel"
    return JsonResponse(
        {
            "directive": directive,
            "lease_expires_at": rfc3339(lease_expires_at(here.run, call.at)),
            "inbox": news,
        }
    )


@callback("POST")
def checkpoint(call: Call) -> HttpResponse:
    said = read_checkpoint(call.json(max_bytes=MOST_CHECKPOINT))
    keep_checkpoint(run_id=call.run.id, credentials=call.shown, said=said, at=call.at)
    return JsonResponse({"kept": True})


@callback("POST")
def artifacts(call: Call) -> HttpResponse:
    """Keep a file. The same bytes under the same name are the same artifact."""
    upload = read_upload(call.request)
    artifact, is_late = add_artifact(
        run_id=call.run.id,
        credentials=call.shown,
        name=upload.name,
        media_type=upload.media_type,
        role=upload.role,
        content=upload.content,
        sha256=upload.sha256,
        at=call.at,
    )
    kept: dict[str, Json] = {
        "id": artifact.id,
        "name": artifact.name,
        "sha256": artifact.blob.sha256,
        "size": artifact.blob.size,
        "media_type": artifact.media_type,
        "role": artifact.role,
    }
    if is_late:
        return problem("lease_lost", more={"kept": True, "artifact": kept})
    return JsonResponse(kept, status=201)


@callback("POST")
def sources(call: Call) -> HttpResponse:
    named = read_sources(call.json())
    batch = [
        InboundEvent(id=f"{_key(call, 'source')}-{n}", type="source.added", said=SourceAdded(each))
        for n, each in enumerate(named)
    ]
    receive(run_id=call.run.id, credentials=call.shown, events=batch, at=call.at)
    return JsonResponse({"kept": True})


@callback("POST")
def questions(call: Call) -> HttpResponse:
    question = read_question(Fields(call.json()))
    _say(call, "question.asked", question)
    return _ask_opened(call.run.asks.get(ref=question.ref))


@callback("POST")
def permissions(call: Call) -> HttpResponse:
    wanted = read_permission(Fields(call.json()))
    _say(call, "permission.requested", wanted)
    return _ask_opened(call.run.asks.get(ref=wanted.ref))


def _ask_opened(ask: "Ask") -> HttpResponse:
    told = {"id": ask.ref, "ask_id": ask.id, "action_digest": ask.action_digest}
    return JsonResponse({name: value for name, value in told.items() if value}, status=201)


@callback("POST")
def complete(call: Call) -> HttpResponse:
    """Hand in the deliverable; sent twice, it is answered twice and handed in once."""
    _say(call, "run.completed", read_completion(Fields(call.json(max_bytes=LARGEST_BATCH))))
    call.run.refresh_from_db()
    version = call.run.deliverables.order_by("-version").first()
    if version is None:
        return problem("empty_completion", more={"state": call.run.state})
    return JsonResponse(
        {"deliverable_id": version.id, "version": version.version, "sha256": version.sha256}
    )


@callback("POST")
def fail(call: Call) -> HttpResponse:
    _say(call, "run.failed", read_failure(Fields(call.json())))
    return _run_now(call)


@callback("POST")
def reject(call: Call) -> HttpResponse:
    _say(call, "run.rejected", read_declined(Fields(call.json())))
    return _run_now(call)


def _run_now(call: Call) -> HttpResponse:
    call.run.refresh_from_db()
    return JsonResponse({"id": call.run.id, "state": call.run.state})


def _say(call: Call, kind: str, said: Said) -> None:
    event = InboundEvent(id=_key(call, kind), type=kind, said=said)
    receive(run_id=call.run.id, credentials=call.shown, events=[event], at=call.at)


def _key(call: Call, kind: str) -> str:
    """What makes this call happen once: the caller's key, else the bytes it sent."""
    given = call.request.headers.get("Idempotency-Key", "") or call.digest()
    return f"{kind}-{hashlib.sha256(given.encode()).hexdigest()[:40]}"


@callback("GET")
def files(call: Call, file_id: str) -> HttpResponseBase:
    """A file of an input, of the version before, or of the checkpoint that was left."""
    found = run_files.readable_file(call.run, file_id, at=call.at)
    response = FileResponse(
        default_storage.open(found.blob.path),
        as_attachment=True,
        filename=found.name.rpartition("/")[2],
        content_type=found.media_type,
    )
    response["Content-Length"] = str(found.blob.size)
    response["ETag"] = f'"{found.blob.sha256}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@needs("public")
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(description(settings.MUSTER_URL))


@needs("public")
def nowhere(request: HttpRequest) -> HttpResponse:
    return problem("not_found")
