"""A question as the messages a model gets: one system message, one user message.

What stays the same in a room comes first, byte for byte, so that the service can reuse its cache.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agents.judge.questions import (
    JUDGEMENT_KINDS,
    AcceptedPart,
    AssignQuestion,
    Attachment,
    Candidate,
    CheckQuestion,
    ClaimLine,
    ComposeQuestion,
    CourseQuestion,
    DiagnoseQuestion,
    Excerpt,
    FactLine,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)

Message = dict[str, Any]
Fields = dict[str, Any]

FOLDER = Path(__file__).parent / "prompts"
PROMPTS = {kind: (FOLDER / f"{kind}.md").read_text(encoding="utf-8") for kind in JUDGEMENT_KINDS}


def messages_for(question: Question, left_out: Sequence[str] = ()) -> list[Message]:
    """`left_out` tells the model what it does not see. Texts are taken as they are: see `fit`."""
    fields = FIELDS[type(question)](question)
    if left_out:
        fields["left_out"] = list(left_out)
    text = json.dumps(fields, ensure_ascii=False)
    pictures = [picture(one) for one in attachments_of(question) if one.image is not None]
    content = [{"type": "text", "text": text}, *pictures] if pictures else text
    return [
        {"role": "system", "content": PROMPTS[question.judgement]},
        {"role": "user", "content": content},
    ]


def attachments_of(question: Question) -> tuple[Attachment, ...]:
    if isinstance(question, PlanQuestion | DiagnoseQuestion | CheckQuestion):
        return question.attachments
    return ()


def picture(attachment: Attachment) -> Fields:
    data = base64.b64encode(attachment.image or b"").decode("ascii")
    url = f"data:{attachment.media_type};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def named(attachments: Iterable[Attachment]) -> list[Fields]:
    """What is attached, in order; `picture` counts those that follow as pictures, `unread` marks
    what nobody can look into."""
    lines: list[Fields] = []
    pictures = 0
    for one in attachments:
        line: Fields = {"name": one.name, "media_type": one.media_type}
        if one.image is not None:
            pictures += 1
            line["picture"] = pictures
        elif not one.text:
            line["unread"] = True
        lines.append(line | ({"text": one.text} if one.text else {}))
    return lines


def facts_in(facts: Iterable[FactLine]) -> list[Fields]:
    return [asdict(fact) for fact in facts]


def prefix(
    question: PlanQuestion | DiagnoseQuestion | ReplyQuestion | CourseQuestion | ComposeQuestion,
) -> Fields:
    """What a room's questions begin with. Facts are oldest first: a new one changes no byte that
    stands before it, so the service's cache holds."""
    return {
        "room_rules": question.room_rules,
        "goal": question.goal,
        "facts": facts_in(question.facts),
    }


def texts_in(texts: Iterable[Excerpt]) -> list[Fields]:
    return [asdict(text) for text in texts]


def claim_in(claim: ClaimLine) -> Fields:
    return asdict(claim)


def worker_in(worker: Candidate) -> Fields:
    """A worker without its name, which is whatever its owner calls it."""
    known = {name: value for name, value in asdict(worker).items() if value not in (None, ())}
    del known["name"]
    if worker.shown:
        known["shown"] = {one.skill: [one.success, one.outcomes] for one in worker.shown}
    return known | {"success": worker.success}


def part_in(part: AcceptedPart) -> Fields:
    """A part; what its agent wrote of it stands apart, marked as such."""
    told = {"quoted": part.summary, "tainted": True} if part.summary else {}
    return {"card_id": part.card_id, "title": part.title, "kind": part.kind, **told}


def _plan(question: PlanQuestion) -> Fields:
    attached = named(question.attachments)
    return {
        **prefix(question),
        "skills": list(question.skills),
        "kinds": list(question.kinds),
        "max_cards": question.max_cards,
        # Not by name: whoever brings an agent chooses what it is called.
        "agents": [{"skills": list(seat.skills)} for seat in question.seats],
        **({"attachments": attached} if attached else {}),
    }


def _assign(question: AssignQuestion) -> Fields:
    return {
        "room_rules": question.room_rules,
        "goal": question.goal_line,
        "workers": [worker_in(worker) for worker in question.workers],
        "cards": [
            {name: value for name, value in asdict(card).items() if value is not None}
            for card in question.cards
        ],
    }


def _diagnose(question: DiagnoseQuestion) -> Fields:
    return {
        **prefix(question),
        "skills": list(question.skills),
        "kinds": list(question.kinds),
        "card": {
            "title": question.title,
            "brief": question.brief,
            "criteria": list(question.criteria),
            "kind": question.kind,
            "skills": list(question.card_skills),
        },
        "failure": question.failure,
        "evidence": dict(question.evidence),
        "reading": asdict(question.reading) if question.reading else None,
        "attempts": [asdict(one) for one in question.attempts],
        "remedies": list(question.remedies),
        "attempts_left": question.attempts_left,
        "depth_left": question.depth_left,
        "cards_left": question.cards_left,
        "reviewer_said": question.reviewer_said,
        **({"attachments": named(question.attachments)} if question.attachments else {}),
    }


def _check(question: CheckQuestion) -> Fields:
    return {
        "title": question.title,
        "kind": question.kind,
        "criteria": [asdict(criterion) for criterion in question.criteria],
        "summary": question.summary,
        "claims": [claim_in(claim) for claim in question.claims],
        "sources": list(question.sources),
        "attachments": named(question.attachments),
        "files": texts_in(question.files),
        **({"unseen_files": [asdict(one) for one in question.unseen]} if question.unseen else {}),
    }


def _read(question: ReadQuestion) -> Fields:
    return {"texts": texts_in(question.texts)}


def _reconcile(question: ReconcileQuestion) -> Fields:
    return {"a": claim_in(question.a), "b": claim_in(question.b)}


def _reply(question: ReplyQuestion) -> Fields:
    return {
        **prefix(question),
        "board": question.digest,
        "sender": question.sender,
        "message": question.message,
    }


def _course(question: CourseQuestion) -> Fields:
    return {
        **prefix(question),
        "board": question.digest,
        "cards": [asdict(card) for card in question.cards],
    }


def _compose(question: ComposeQuestion) -> Fields:
    return {
        **prefix(question),
        "parts": [part_in(part) for part in question.parts],
    }


FIELDS: Mapping[type, Callable[[Any], Fields]] = {
    PlanQuestion: _plan,
    AssignQuestion: _assign,
    DiagnoseQuestion: _diagnose,
    CheckQuestion: _check,
    ReadQuestion: _read,
    ReconcileQuestion: _reconcile,
    ReplyQuestion: _reply,
    CourseQuestion: _course,
    ComposeQuestion: _compose,
}
