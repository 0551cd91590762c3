"""The JSON Schemas of the wire, for the published description; tests hold them to the parsers."""

from collections.abc import Sequence

from agents.doors.asks import FORMATS, KINDS, RISKS
from agents.doors.callbacks import (
    EVENT_READERS,
    MOST_CHECKPOINT,
    MOST_EVENTS,
    STEP_STATES,
)
from agents.doors.json_wall import Json
from agents.doors.results import ROLES
from workspace.commands.asks import DECISIONS

Schema = dict[str, Json]


def text(most: int | None = None, *, among: Sequence[str] = (), note: str = "") -> Schema:
    schema: Schema = {"type": "string"}
    if most:
        schema["maxLength"] = most
    if among:
        schema["enum"] = list(among)
    if note:
        schema["description"] = note
    return schema


def whole(least: int | None = None) -> Schema:
    return {"type": "integer"} if least is None else {"type": "integer", "minimum": least}


def number() -> Schema:
    return {"type": "number"}


def flag() -> Schema:
    return {"type": "boolean"}


def time() -> Schema:
    return {"type": "string", "format": "date-time"}


def link() -> Schema:
    return {"type": "string", "format": "uri"}


def many(items: Schema, most: int | None = None) -> Schema:
    schema: Schema = {"type": "array", "items": items}
    if most:
        schema["maxItems"] = most
    return schema


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    if isinstance(kind := schema.get("type"), str):
        return {**schema, "type": [kind, "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def obj(required: str = "", /, **properties: Schema) -> Schema:
    """An object; `required` names its required properties, separated by spaces."""
    schema: Schema = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required.split())
    return schema


PLAIN_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

# What agents send.
INBOUND: dict[str, Schema] = {
    "Artifact": {
        "description": "A file uploaded before, or a small one inline (1 MB together).",
        "oneOf": [
            obj("artifact_id", artifact_id=text(60)),
            obj(
                "name content",
                name=text(255),
                media_type=text(120),
                content=text(),
                role=text(among=ROLES),
            ),
            obj(
                "name content_base64",
                name=text(255),
                media_type=text(120),
                content_base64=text(),
                role=text(among=ROLES),
            ),
        ],
    },
    "Claim": obj(
        "id subject",
        id=text(64),
        subject=text(300),
        value=PLAIN_VALUE,
        unit=text(32),
        text=text(2000),
    ),
    "Source": {
        **obj(
            url=link(),
            title=text(300),
            quote=text(4000),
            file=text(500),
            lines=text(60),
            sha256=SHA256,
            deliverable_id=text(60),
            retrieved_at=time(),
            supports=many(text(64), 200),
        ),
        "anyOf": [{"required": ["url"]}, {"required": ["file"]}, {"required": ["deliverable_id"]}],
    },
    "Result": obj(
        summary_md=text(64_000),
        artifacts=many(ref("Artifact"), 200),
        claims=many(ref("Claim"), 1_000),
        sources=many(ref("Source"), 2_000),
        cost_usd={"type": "number", "minimum": 0, "maximum": 100_000},
    ),
    "Form": obj(
        "type properties",
        type=text(among=("object",)),
        properties={
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": obj(
                "type",
                type=text(among=("string", "number", "integer", "boolean", "array")),
                title=text(500),
                description=text(500),
                format=text(among=FORMATS),
                enum=many(text(200), 100),
                items=obj("type enum", type=text(among=("string",)), enum=many(text(200), 100)),
            ),
        },
        required=many(text()),
    ),
    "Question": obj(
        "id message_md",
        id=text(128),
        message_md=text(16_000),
        schema=maybe(ref("Form")),
        url=maybe(link()),
        blocking=flag(),
        default_after=maybe(whole(1)),
    ),
    "Permission": obj(
        "id title kind action",
        id=text(128),
        title=text(200),
        kind=text(among=KINDS),
        action={
            **obj(
                command=text(),
                argv=many(text()),
                cwd=text(),
                env_keys=many(text()),
                paths=many(text()),
                url=text(),
                amount=text(),
                text=text(),
            ),
            "additionalProperties": False,
            "minProperties": 1,
        },
        action_digest=text(80, note="sha256: of the canonical JSON of action"),
        risk=text(among=RISKS),
        reason_md=text(16_000),
        options=many(text(among=DECISIONS), 4),
        expires_at=maybe(time()),
    ),
    "Failure": obj(
        "error", error=obj("message", code=text(80), message=text(4000), retryable=flag())
    ),
    "Rejection": obj(reason=text(4000)),
    "Accepted": obj(external_url=link(), eta_s=whole(0)),
    "Progress": obj(
        percent={"type": "number", "minimum": 0, "maximum": 100},
        step=text(500),
        note_md=text(16_000),
        ephemeral=flag(),
    ),
    "Activity": obj(
        "kind title",
        kind=text(among=("thought", "action")),
        title=text(500),
        input=text(16_000),
        output=text(64_000),
        status=text(among=STEP_STATES),
    ),
    "EventBatch": obj(
        "events",
        events=many(
            obj(
                "id type",
                id=text(128, note="makes the effect happen once per run"),
                seq=whole(0),
                type=text(among=tuple(EVENT_READERS)),
                at=time(),
                data={"type": "object"},
            ),
            MOST_EVENTS,
        ),
    ),
    "Heartbeat": obj(
        percent={"type": "number", "minimum": 0, "maximum": 100}, note=text(500), after=whole(0)
    ),
    "Checkpoint": obj(note_md=text(MOST_CHECKPOINT), artifact_ids=many(text(60), 200)),
    "SourceBatch": obj("sources", sources=many(ref("Source"), 500)),
    "Upload": obj(
        "file",
        file={"type": "string", "format": "binary"},
        name=text(255),
        media_type=text(120),
        sha256=SHA256,
        role=text(among=ROLES),
    ),
    "Reply": {
        "description": "What an agent may answer to card.assigned and question.answered.",
        "oneOf": [
            obj("status", status=text(among=("accepted",)), external_url=link(), eta_s=whole(0)),
            obj("status", status=text(among=("completed",)), result=ref("Result")),
            obj(
                "status question", status=text(among=("input_required",)), question=ref("Question")
            ),
            obj("status", status=text(among=("rejected",)), reason=text(4000)),
            obj("status error", status=text(among=("failed",)), error={"type": "object"}),
        ],
    },
    "ChallengeReply": obj(
        "challenge",
        challenge=text(200),
        agent=obj(
            name=text(80),
            version=text(80),
            protocol=text(),
            skills=many(text(60), 50),
            max_concurrency=whole(1),
            capabilities={"type": "object", "additionalProperties": flag()},
        ),
    ),
}

# What Muster answers.
ANSWERS: dict[str, Schema] = {
    "Receipt": obj(
        "accepted duplicates ignored",
        accepted=whole(0),
        duplicates=whole(0),
        ignored=whole(0),
    ),
    "Directive": obj(
        "directive inbox",
        directive=text(among=("continue", "cancel", "revise")),
        lease_expires_at=maybe(time()),
        inbox=many(ref("Envelope")),
    ),
    "Inbox": obj("items next", items=many(ref("Envelope")), next=whole(0)),
    "Kept": obj("kept", kept=flag()),
    "ArtifactKept": obj(
        "artifact_id name sha256 size media_type",
        artifact_id=text(),
        name=text(),
        sha256=SHA256,
        size=whole(0),
        media_type=text(),
        role=text(among=ROLES),
    ),
    "AskOpened": obj("id ask_id", id=text(), ask_id=text(), action_digest=text()),
    "Handed": obj(
        "deliverable_id version sha256", deliverable_id=text(), version=whole(1), sha256=SHA256
    ),
    "RunNow": obj("id state", id=text(), state=text()),
    "Problem": obj(
        "type title status code",
        type=link(),
        title=text(),
        status=whole(400),
        detail=text(),
        code=text(),
        request_id=text(),
        kept=flag(),
        errors=many(obj("at problem", at=text(), problem=text())),
    ),
}
