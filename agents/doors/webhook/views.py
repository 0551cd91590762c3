"""The callback API: each call is one command."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from agents.doors import files as run_files
from agents.doors.asks import read_permission, read_question
from agents.doors.callbacks import (
    MOST_CHECKPOINT,
    read_beat,
    read_checkpoint,
    read_completion,
    read_declined,
    read_events,
    read_failure,
    read_sources,
)
from agents.doors.events import rfc3339
from agents.doors.fields import Fields
from agents.doors.json_wall import Json
from agents.doors.orders import lease_expires_at
from agents.doors.problems import problem, problem_body
from agents.doors.results import MIB
from agents.doors.webhook.http import Call, Told, callback, once
from agents.doors.webhook.inbox import entries
from agents.doors.webhook.openapi import description
from agents.doors.webhook.uploads import read_upload
from workspace.commands.callbacks import add_artifact, beat, keep_checkpoint, receive
from workspace.policy import needs
from workspace.reports import (
    Declined,
    Failure,
    InboundEvent,
    PermissionWanted,
    Question,
    Result,
    Said,
    SourceAdded,
)

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

    def keep() -> Told:
        keep_checkpoint(run_id=call.run.id, credentials=call.shown, said=said, at=call.at)
        return 200, {"kept": True}

    return once(call, keep)


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
        "artifact_id": artifact.id,
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

    def add() -> Told:
        _say(call, "source.added", *(SourceAdded(each) for each in named))
        return 200, {"kept": True}

    return once(call, add)


@callback("POST")
def questions(call: Call) -> HttpResponse:
    question = read_question(Fields(call.json()))
    return once(call, lambda: _asked(call, "question.asked", question))


@callback("POST")
def permissions(call: Call) -> HttpResponse:
    wanted = read_permission(Fields(call.json()))
    return once(call, lambda: _asked(call, "permission.requested", wanted))


def _asked(call: Call, kind: str, said: Question | PermissionWanted) -> Told:
    _say(call, kind, said)
    ask = call.run.asks.get(ref=said.ref)
    answer: dict[str, Json] = {"id": said.ref, "ask_id": ask.id}
    if ask.action_digest:
        answer["action_digest"] = ask.action_digest
    return 201, answer


@callback("POST")
def complete(call: Call) -> HttpResponse:
    """Hand in the deliverable; sent twice, it is answered twice and handed in once."""
    result = read_completion(Fields(call.json(max_bytes=LARGEST_BATCH)))
    return once(call, lambda: _handed_in(call, result))


def _handed_in(call: Call, result: Result) -> Told:
    _say(call, "run.completed", result)
    call.run.refresh_from_db()
    version = call.run.deliverables.order_by("-version").first()
    if version is None:
        return problem_body("empty_completion", more={"state": call.run.state})
    return 200, {
        "deliverable_id": version.id,
        "version": version.version,
        "sha256": version.sha256,
    }


@callback("POST")
def fail(call: Call) -> HttpResponse:
    failure = read_failure(Fields(call.json()))
    return once(call, lambda: _ended(call, "run.failed", failure))


@callback("POST")
def reject(call: Call) -> HttpResponse:
    declined = read_declined(Fields(call.json()))
    return once(call, lambda: _ended(call, "run.rejected", declined))


def _ended(call: Call, kind: str, said: Failure | Declined) -> Told:
    _say(call, kind, said)
    call.run.refresh_from_db()
    return 200, {"id": call.run.id, "state": call.run.state}


def _say(call: Call, kind: str, *said: Said) -> None:
    """A single call is the event of the same name; the same bytes again are the same event."""
    batch = [
        InboundEvent(id=f"{kind}-{call.digest()}-{n}", type=kind, said=each)
        for n, each in enumerate(said)
    ]
    receive(run_id=call.run.id, credentials=call.shown, events=batch, at=call.at)


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
