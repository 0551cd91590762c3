"""The judge that asks a model, Kimi K2.6 or any OpenAI-compatible one.

The model proposes; what it says passes the same wall as every proposal. A lawless answer is named
back to it once. After that, or when the service fails, the caller turns to the rules.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.judge.base import (
    Abstain,
    Answer,
    Nonsense,
    Permanent,
    PlanQuestion,
    Proposal,
    Temporary,
    Violation,
)
from agents.judge.chat import MakeClient, ModelConfig, Reply, Usage, complete
from agents.judge.rules import MAX_GOAL, whole_goal
from agents.judge.validate import clean, read_plan

PROMPT = (Path(__file__).parent / "prompts" / "plan.md").read_text(encoding="utf-8")
MAX_RULES = 8_000
MAX_ECHO = 8_000
MAX_WHY = 300
MAX_ENUM = 100
FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """All that was said so far in one judgement: numbers add up over the re-ask."""

    model: str = ""
    usage: Usage = field(default_factory=Usage)
    raw_size: int = 0
    asked: int = 0

    def with_reply(self, reply: Reply) -> Heard:
        return Heard(
            clean(reply.model, 100),
            self.usage + reply.usage,
            self.raw_size + len(reply.text.encode("utf-8", "replace")),
            self.asked + 1,
        )


class KimiJudge:
    """Asks once, and once more with the violations listed. `make_client` makes the transport."""

    name = "kimi"

    def __init__(self, config: ModelConfig, make_client: MakeClient) -> None:
        self.config = config
        self._make_client = make_client

    async def plan(self, question: PlanQuestion) -> Answer:
        """A lawful proposal or an abstention. Raises Temporary, Permanent or Nonsense."""
        begun = time.monotonic()
        messages = messages_for(question)
        schema = schema_for(question)
        prompt_hash = hash_of(self.config.model, messages, schema)
        try:
            async with asyncio.timeout(self.config.total_s):
                proposal, heard = await self._ask_twice(question, messages, schema)
        except TimeoutError as error:
            raise Temporary("deadline", detail=f"no answer in {self.config.total_s} s") from error
        return Answer(
            proposal=proposal,
            judge=self.name,
            model=heard.model,
            prompt_hash=prompt_hash,
            prompt_tokens=heard.usage.prompt,
            completion_tokens=heard.usage.completion,
            cached_tokens=heard.usage.cached,
            latency_ms=round((time.monotonic() - begun) * 1000),
            raw_size=heard.raw_size,
            asked=heard.asked,
        )

    async def _ask_twice(
        self, question: PlanQuestion, messages: list[Message], schema: Mapping[str, Any]
    ) -> tuple[Proposal, Heard]:
        reply = await complete(self.config, self._make_client, messages, schema)
        heard = Heard().with_reply(reply)
        try:
            return read_reply(reply, question), heard
        except Nonsense as nonsense:
            again = [*messages, *complaint(reply.text, nonsense.violations)]
        reply = await complete(self.config, self._make_client, again, schema)
        return read_reply(reply, question), heard.with_reply(reply)


def messages_for(question: PlanQuestion) -> list[Message]:
    """What is stable comes first, byte for byte, so that the service can reuse its cache."""
    room = {
        "room_rules": clean(question.room_rules, MAX_RULES),
        "skills": list(question.skills),
        "kinds": list(question.kinds),
        "max_cards": question.max_cards,
        "agents": [
            {"name": clean(seat.name, 80), "skills": list(seat.skills)} for seat in question.seats
        ],
        "goal": clean(question.goal, MAX_GOAL),
    }
    return [
        {"role": "system", "content": PROMPT},
        {"role": "user", "content": json.dumps(room, ensure_ascii=False)},
    ]


def complaint(text: str, violations: Sequence[Violation]) -> list[Message]:
    """The answer as it was, and what is wrong with it."""
    wrong = [{"code": one.code} | dict(one.params) for one in violations]
    ask = "Your answer was refused for these reasons. Send the whole corrected JSON object only.\n"
    return [
        {"role": "assistant", "content": clean(text, MAX_ECHO) or "(empty)"},
        {"role": "user", "content": ask + json.dumps(wrong, ensure_ascii=False)},
    ]


def schema_for(question: PlanQuestion) -> dict[str, Any]:
    """A flat schema in the small dialect the service takes: no bounds, no titles, no references."""
    text: dict[str, Any] = {"type": "string"}
    texts: dict[str, Any] = {"type": "array", "items": text}
    is_short = 0 < len(question.skills) <= MAX_ENUM
    skill = text | {"enum": list(question.skills)} if is_short else text
    card = closed_object(
        {
            "ref": text,
            "title": text,
            "brief": text,
            "criteria": texts,
            "skills": {"type": "array", "items": skill},
            "kind": text | {"enum": list(question.kinds)},
            "depends_on": texts,
        }
    )
    return closed_object({"cards": {"type": "array", "items": card}, "note": text, "cannot": text})


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def hash_of(model: str, messages: list[Message], schema: Mapping[str, Any]) -> str:
    asked = json.dumps([model, messages, schema], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def read_reply(reply: Reply, question: PlanQuestion) -> Proposal:
    """The proposal in a reply. Raises Nonsense, or what its reason for stopping means."""
    if reply.finish_reason == "content_filter":
        raise Permanent("content_filter")
    is_cut = reply.finish_reason == "length"
    if not reply.text.strip():
        if is_cut:
            # Thinking shares the output budget and has used it up; asking again would too.
            raise Temporary("out_of_tokens", detail="the output budget went into thinking")
        raise Nonsense([Violation("empty_answer")])
    try:
        data = decode(reply.text)
    except (ValueError, RecursionError):
        raise Nonsense([Violation("cut_off" if is_cut else "not_json")]) from None
    why = data.get("cannot") if isinstance(data, dict) else None
    if isinstance(why, str) and clean(why, MAX_WHY) and not data.get("cards"):
        offer = whole_goal(question.goal, question)
        return Abstain("model_cannot", {"why": clean(why, MAX_WHY)}, offer=offer)
    return read_plan(data, question)


def decode(text: str) -> Any:
    """JSON, out of its fence if it has one. Raises ValueError."""
    bare = text.strip()
    if not bare.startswith(("{", "[")):
        fenced = FENCE.search(bare)
        bare = fenced.group(1) if fenced else bare
    return json.loads(bare, parse_constant=refuse_constant)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
