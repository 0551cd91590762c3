"""The JSON Schemas of what Muster sends to agents."""

from agents.doors.webhook.schemas import (
    SHA256,
    Schema,
    flag,
    link,
    many,
    maybe,
    number,
    obj,
    ref,
    text,
    time,
    whole,
)
from workspace.commands.asks import DECISIONS

OUTBOUND_PARTS: dict[str, Schema] = {
    "Envelope": obj(
        "type timestamp api_version workspace data",
        type=text(),
        timestamp=time(),
        api_version=text(among=("1",)),
        workspace=obj("id url", id=text(), url=link()),
        seq=whole(1),
        data={"type": "object"},
    ),
    "RunOrder": obj(
        "id attempt round lease_token ack_by lease_expires_at deadline budget",
        id=text(),
        attempt=whole(1),
        round=whole(1),
        lease_token=text(),
        ack_by=maybe(time()),
        lease_expires_at=maybe(time()),
        deadline=maybe(time()),
        budget=obj("wall_s usd", wall_s=maybe(number()), usd=maybe(number())),
    ),
    "Card": obj(
        "id key revision title description_md acceptance_criteria labels priority due url "
        "requested_by repository",
        id=text(),
        key=text(),
        revision=whole(1),
        title=text(),
        description_md=text(),
        acceptance_criteria=many(text()),
        labels=many(text()),
        priority=text(),
        due=maybe(time()),
        url=link(),
        requested_by=maybe(obj("id name", id=text(), name=text())),
        repository=maybe(
            obj("url commit checks", url=text(), commit=text(), checks=many(many(text())))
        ),
    ),
    "File": obj(
        "name media_type size sha256 url",
        name=text(),
        media_type=text(),
        size=whole(0),
        sha256=SHA256,
        url=link(),
    ),
    "Input": obj(
        "card_id card_title deliverable_id version sha256 summary_md files",
        card_id=text(),
        card_title=text(),
        deliverable_id=text(),
        version=whole(1),
        sha256=SHA256,
        summary_md=text(),
        files=many(ref("File")),
    ),
    "Comment": obj("id author body_md at", id=text(), author=text(), body_md=text(), at=time()),
    "Fact": obj("subject value unit text", subject=text(), value={}, unit=text(), text=text()),
    "PreviousRun": obj(
        "id outcome feedback_md files",
        id=text(),
        outcome=text(),
        feedback_md=text(),
        files=many(ref("File")),
    ),
}

# Event type → what its `data` holds.
OUTBOUND: dict[str, Schema] = {
    "agent.verify": obj("agent_id challenge", agent_id=text(), challenge=text()),
    "ping": obj("agent_id nonce", agent_id=text(), nonce=text()),
    "card.assigned": obj(
        "run card prompt guidance inputs checkpoint context deliverable permissions callback",
        run=ref("RunOrder"),
        card=ref("Card"),
        prompt=text(),
        guidance=many(text()),
        inputs=many(ref("Input")),
        checkpoint=maybe({"type": "object"}),
        context=obj(
            "comments attachments previous_runs facts",
            comments=many(ref("Comment")),
            attachments=many(ref("File")),
            previous_runs=many(ref("PreviousRun")),
            facts=many(ref("Fact")),
        ),
        deliverable=obj(
            "kind accept sources_required",
            kind=text(),
            accept=many(text()),
            sources_required=flag(),
        ),
        permissions={"type": "object", "additionalProperties": text()},
        callback=obj("base_url token", base_url=link(), token=text()),
    ),
    "card.revised": obj(
        "run_id lease_token card_id revision changed reason feedback_md card inputs attachments",
        run_id=text(),
        lease_token=text(),
        card_id=text(),
        revision=whole(1),
        changed=many(text()),
        reason=text(among=("person_edit", "input_changed")),
        feedback_md=text(),
        card=ref("Card"),
        inputs=many(ref("Input")),
        attachments=many(ref("File")),
    ),
    "card.cancelled": obj(
        "run_id card_id reason stop_by",
        run_id=text(),
        card_id=text(),
        reason=text(),
        stop_by=maybe(time()),
    ),
    "message.posted": obj(
        "run_id card_id message", run_id=text(), card_id=text(), message=ref("Comment")
    ),
    "question.answered": obj(
        "run_id question_id action content answered_by",
        run_id=text(),
        question_id=text(),
        action=text(among=("accept", "decline", "cancel")),
        content={},
        answered_by=text(),
    ),
    "permission.decided": obj(
        "run_id permission_id decision action_digest decided_by expires_at",
        run_id=text(),
        permission_id=text(),
        decision=text(among=(*DECISIONS, "cancelled")),
        action_digest=text(),
        decided_by=text(),
        expires_at=maybe(time()),
    ),
    "run.lease_expiring": obj(
        "run_id lease_expires_at", run_id=text(), lease_expires_at=maybe(time())
    ),
}
