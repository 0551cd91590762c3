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
from dataclasses import dataclass, field, replace
from typing import Any

from agents.judge.base import (
    Abstain,
    Answer,
    JudgeError,
    Nonsense,
    Permanent,
    PlanQuestion,
    Proposal,
    Question,
    Temporary,
    Tried,
    Violation,
)
from agents.judge.chat import (
    RESERVE,
    Asking,
    MakeClient,
    ModelConfig,
    Said,
    Usage,
    complete,
    cost_of,
)
from agents.judge.fit import Fitted, fit
from agents.judge.lawful import read_answer
from agents.judge.messages import Message, messages_for
from agents.judge.rules_plan import whole_goal
from agents.judge.schemas import schema_for
from agents.judge.size import PER_MESSAGE, tokens_in
from agents.judge.tidy import tidy
from agents.judge.validate import clean

# The service took no such request, or was not reached: it did not work, and so it costs nothing.
NOTHING_SPENT = frozenset(
    {"configuration", "quota", "rate_limited", "overloaded", "invalid_request", "unreachable"}
)
MAX_ECHO = 8_000
MAX_COMPLAINT = 6_000
MAX_WHY = 300
FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)
# What some models write into a field that is to be empty.
NOTHING = re.compile(r"(?:none|nothing|no|n/?a|null|empty|false|-+|\.+)\.?", re.IGNORECASE)


@dataclass(slots=True)
class Heard:
    """All that was said so far in one judgement: numbers add up over the re-ask."""

    model: str = ""
    usage: Usage = field(default_factory=Usage)
    raw_size: int = 0
    asked: int = 0
    is_counted: bool = True

    def take(self, said: Said) -> Said:
        self.is_counted = self.is_counted and said.usage != Usage()
        self.model = clean(said.model, 100)
        self.usage += said.usage
        self.raw_size += len(said.text.encode("utf-8", "replace"))
        return said


class KimiJudge:
    """Asks once, and once more with the violations listed. `make_client` makes the transport."""

    name = "kimi"

    def __init__(self, config: ModelConfig, make_client: MakeClient) -> None:
        self.config = config
        self._make_client = make_client

    async def answer(self, question: Question) -> Answer:
        """A lawful proposal or an abstention. Raises Temporary, Permanent or Nonsense."""
        begun = time.monotonic()
        fitted = self.fitted(question)
        asking = asking_for(fitted)
        heard = Heard()
        try:
            proposal = await self._in_time(question, asking, heard)
        except JudgeError as error:
            error.tried = Tried(
                asked=heard.asked,
                tokens=heard.usage.prompt + heard.usage.completion,
                cost_usd=cost_of(heard.usage, self.config.prices),
                is_counted=heard.is_counted,
                model=heard.model or self.config.model,
                prompt_hash=hash_of(self.config.model, asking),
                prompt_size=fitted.size,
                latency_ms=round((time.monotonic() - begun) * 1000),
                thinking=self.config.thinks(question.judgement),
            )
            raise
        return Answer(
            proposal=proposal,
            judge=self.name,
            model=heard.model,
            prompt_hash=hash_of(self.config.model, asking),
            prompt_tokens=heard.usage.prompt,
            completion_tokens=heard.usage.completion,
            cached_tokens=heard.usage.cached,
            latency_ms=round((time.monotonic() - begun) * 1000),
            raw_size=heard.raw_size,
            asked=heard.asked,
            cost_usd=cost_of(heard.usage, self.config.prices),
            prompt_size=fitted.size,
            thinking=self.config.thinks(question.judgement),
            streamed=self.config.stream,
            left_out=fitted.left_out,
            is_counted=heard.is_counted,
        )

    def fitted(self, question: Question) -> Fitted:
        """The question as it will be put. Raises Permanent("too_large")."""
        budget = self.config.prompt_budget(question.judgement)
        allowed = self.config.max_picture_bytes if self.config.pictures else 0
        return fit(question, budget, image_bytes=allowed)

    def tokens_wanted(self, question: Question) -> int:
        """What one call counts against a limit of tokens: its prompt and the output asked for."""
        return self.fitted(question).size + self.config.output_tokens(question.judgement)

    def worst_cost(self, question: Question) -> float:
        """USD if nothing is cached, all output is used up and it has to be asked again."""
        once = Usage(
            self.fitted(question).size + RESERVE, self.config.output_tokens(question.judgement)
        )
        return cost_of(once + once, self.config.prices)

    async def _in_time(self, question: Question, asking: Asking, heard: Heard) -> Proposal:
        try:
            async with asyncio.timeout(self.config.total_s):
                return await self._ask_twice(question, asking, heard)
        except TimeoutError as error:
            raise Temporary("deadline", detail=f"no answer in {self.config.total_s} s") from error

    async def _ask_twice(self, question: Question, asking: Asking, heard: Heard) -> Proposal:
        said = await self._ask(asking, heard)
        try:
            return read_reply(said, question)
        except Nonsense as nonsense:
            messages = [*asking.messages, *complaint(said.text, nonsense.violations)]
        return read_reply(await self._ask(replace(asking, messages=messages), heard), question)

    async def _ask(self, asking: Asking, heard: Heard) -> Said:
        heard.asked += 1
        try:
            said = await complete(self.config, self._make_client, asking)
        except JudgeError as error:
            heard.is_counted = heard.is_counted and error.code in NOTHING_SPENT
            raise
        except asyncio.CancelledError:
            heard.is_counted = False  # stopped at the deadline, while the service was at work
            raise
        return heard.take(said)


def asking_for(fitted: Fitted) -> Asking:
    question = fitted.question
    messages = messages_for(question, fitted.left_out)
    return Asking(question.judgement, messages, schema_for(question))


def complaint(text: str, violations: Sequence[Violation]) -> list[Message]:
    """The answer as it was, and what is wrong with it, within `RESERVE` tokens."""
    wrong = [{"code": one.code} | dict(one.params) for one in violations]
    listed = clean(json.dumps(wrong, ensure_ascii=False), MAX_COMPLAINT)
    ask = "Your answer was refused for these reasons. Send the whole corrected JSON object only.\n"
    ask += within(listed, RESERVE // 2 - tokens_in(ask) - PER_MESSAGE)
    echo = within(clean(text[: 2 * MAX_ECHO], MAX_ECHO), RESERVE // 2 - PER_MESSAGE)
    return [
        {"role": "assistant", "content": echo or "(empty)"},
        {"role": "user", "content": ask},
    ]


def within(text: str, tokens: int) -> str:
    """The beginning of a text that takes no more than so many tokens."""
    while tokens_in(text) > tokens:
        text = text[: len(text) * 3 // 4]
    return text


def hash_of(model: str, asking: Asking) -> str:
    asked = json.dumps([model, asking.messages, asking.schema], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def read_reply(said: Said, question: Question) -> Proposal:
    """The proposal in a reply. Raises Nonsense, or what its reason for stopping means."""
    if said.finish_reason == "content_filter":
        raise Permanent("content_filter")
    is_cut = said.finish_reason == "length"
    if not said.text.strip():
        if is_cut:
            # Thinking shares the output budget and has used it up; asking again would too.
            raise Temporary("out_of_tokens", detail="the output budget went into thinking")
        raise Nonsense([Violation("empty_answer")])
    try:
        data = decode(said.text)
    except (ValueError, RecursionError):
        raise Nonsense([Violation("cut_off" if is_cut else "not_json")]) from None
    why = reason_why_not(data)
    if not why or (isinstance(question, PlanQuestion) and data.get("cards")):
        return read_answer(data, tidy(question))
    offer = None
    if isinstance(question, PlanQuestion):
        offer = whole_goal(question.goal, question)
    return Abstain("model_cannot", {"why": why}, offer=offer)


def reason_why_not(data: object) -> str:
    """What a model says where it cannot; empty if it can."""
    said = data.get("cannot") if isinstance(data, Mapping) else None
    why = clean(said, MAX_WHY) if isinstance(said, str) else ""
    return "" if NOTHING.fullmatch(why) else why


def decode(text: str) -> Any:
    """JSON, out of its fence if it has one. Raises ValueError."""
    bare = text.strip()
    if not bare.startswith(("{", "[")):
        fenced = FENCE.search(bare)
        bare = fenced.group(1) if fenced else bare
    return json.loads(bare, parse_constant=refuse_constant)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
