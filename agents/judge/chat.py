"""One chat completion over HTTP: a request in, its text and numbers out.

The transport is handed in, so that every connection is made where the house guards what goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2
import openai
from openai.types.chat import ChatCompletion

from agents.judge.base import Permanent, Temporary
from agents.judge.questions import JudgementKind
from agents.judge.refusals import what_it_means

Profile = Literal["moonshot", "openai-compatible"]
MakeClient = Callable[[], httpx2.AsyncClient]

MAX_ANSWER = 1_000_000  # characters; a plan has some thousands
RESERVE = 3_000  # tokens kept for a refused answer and what was wrong with it
# The client reads these from the environment; they belong to another service's account.
NOT_OURS = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}


# Where thinking is worth its time and money; a room may want it otherwise.
THINKING: Mapping[JudgementKind, bool] = {
    "plan": True,
    "diagnose": True,
    "course": True,
    "compose": True,
    "assign": False,
    "check": False,
    "read": False,
    "reconcile": False,
    "reply": False,
}


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens. The defaults are what third parties listed for Kimi K2.6 in 2026-10;
    the vendor's own page may say otherwise."""

    cache_hit: float = 0.16
    cache_miss: float = 0.95
    output: float = 4.00


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Which model, where, and how it is spoken to.

    `moonshot` is the hosted service, which refuses sampling settings; `openai-compatible` is
    everything else, where they must be sent. `thinking` overrides `THINKING` kind by kind.
    `window` is what prompt and requested output may take together; `max_prompt_tokens` is a
    tighter limit of a room's own. `pictures`: whether the model takes any. `total_s` is for one
    question, asked again or not.
    """

    api_key: str = field(repr=False)
    base_url: str = "https://api.moonshot.ai/v1"
    model: str = "kimi-k2.6"
    profile: Profile = "moonshot"
    thinking: Mapping[str, bool] = field(default_factory=dict)
    stream: bool = True
    max_output_tokens: int = 16_000  # thinking shares it: less ends in an empty answer
    max_instant_tokens: int = 6_000
    total_s: float = 50.0
    window: int = 262_144
    max_prompt_tokens: int | None = None
    pictures: bool = True
    max_picture_bytes: int = 8_000_000
    prices: Prices = Prices()

    def thinks(self, kind: JudgementKind) -> bool:
        return self.thinking.get(kind, THINKING[kind])

    def output_tokens(self, kind: JudgementKind) -> int:
        return self.max_output_tokens if self.thinks(kind) else self.max_instant_tokens

    def prompt_budget(self, kind: JudgementKind) -> int:
        """How many tokens the first prompt may have; a re-ask has `RESERVE` more."""
        room = self.window - self.output_tokens(kind)
        return min(room, self.max_prompt_tokens or room) - RESERVE


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing to say to the model, and the form its answer must have."""

    kind: JudgementKind
    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the service counts them."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.cached + other.cached,
        )


def cost_of(usage: Usage, prices: Prices) -> float:
    """USD for these tokens at these prices."""
    missed = max(usage.prompt - usage.cached, 0)
    millionths = (
        min(usage.cached, usage.prompt) * prices.cache_hit
        + missed * prices.cache_miss
        + usage.completion * prices.output
    )
    return round(millionths / 1_000_000, 6)


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said, and why it stopped."""

    text: str
    finish_reason: str
    model: str
    usage: Usage


async def complete(config: ModelConfig, make_client: MakeClient, asking: Asking) -> Said:
    """One request, never retried here. Raises Temporary or Permanent."""
    check_config(config)
    try:
        async with open_client(config, make_client) as client:
            return await ask(client, config, body_of(config, asking))
    except openai.APIError as error:
        raise what_it_means(error, secret=config.api_key) from error
    except (httpx2.InvalidURL, openai.OpenAIError) as error:
        raise Permanent("configuration", detail=type(error).__name__) from error
    except (ValueError, httpx2.HTTPError) as error:
        # Broken JSON or broken bytes where the protocol promises whole ones.
        raise Temporary("bad_response", detail=type(error).__name__) from error


def check_config(config: ModelConfig) -> None:
    if not config.api_key or not config.api_key.isascii() or not config.api_key.isprintable():
        raise Permanent("configuration", detail="the API key is missing or not plain text")
    if not config.base_url.startswith(("https://", "http://")):
        raise Permanent("configuration", detail="the base URL is not an HTTP address")


def open_client(config: ModelConfig, make_client: MakeClient) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key=config.api_key,
        base_url=config.base_url,
        max_retries=0,  # retries are rows with a due time; hidden ones count against the quota
        timeout=config.total_s,
        default_headers=NOT_OURS,  # type: ignore[arg-type]
        http_client=make_client(),
    )


def body_of(config: ModelConfig, asking: Asking) -> dict[str, Any]:
    """The request's fields for this profile."""
    body: dict[str, Any] = {
        "model": config.model,
        "messages": [dict(message) for message in asking.messages],
        "max_completion_tokens": config.output_tokens(asking.kind),
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": asking.kind, "strict": True, "schema": asking.schema},
        },
    }
    if config.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body | profile_fields(config, thinks=config.thinks(asking.kind))


def profile_fields(config: ModelConfig, *, thinks: bool) -> dict[str, Any]:
    if config.profile == "moonshot":
        kind = "enabled" if thinks else "disabled"
        return {"extra_body": {"thinking": {"type": kind}}}
    fields: dict[str, Any] = {"temperature": 1.0 if thinks else 0.6, "top_p": 0.95}
    if not thinks:
        fields["extra_body"] = {"chat_template_kwargs": {"thinking": False}}
    return fields


async def ask(client: openai.AsyncOpenAI, config: ModelConfig, body: dict[str, Any]) -> Said:
    answer = await client.chat.completions.create(**body)
    if config.stream:
        return await gather(answer, config.model)
    if not isinstance(answer, ChatCompletion) or not answer.choices:
        raise Temporary("bad_response", detail="no completion in the answer")
    choice = answer.choices[0]
    text = (choice.message.content or "") if choice.message else ""
    check_size(len(text))
    finish = choice.finish_reason or ""
    return Said(text, finish, answer.model or config.model, usage_of(answer.usage))


async def gather(stream: Any, model: str) -> Said:
    """A streamed answer put together; reasoning is left out. Raises Temporary if it breaks off."""
    pieces: list[str] = []
    size, finish, usage = 0, "", Usage()
    async for chunk in stream:
        model = getattr(chunk, "model", None) or model
        usage = usage_of(getattr(chunk, "usage", None)) if has_usage(chunk) else usage
        for choice in (getattr(chunk, "choices", None) or [])[:1]:
            piece = getattr(getattr(choice, "delta", None), "content", None) or ""
            size += len(piece)
            check_size(size)
            pieces.append(piece)
            finish = getattr(choice, "finish_reason", None) or finish
            usage = usage_of(getattr(choice, "usage", None)) if has_usage(choice) else usage
    if not finish:
        raise Temporary("broken_off", detail=f"the stream ended early after {size} characters")
    return Said("".join(pieces), finish, model, usage)


def check_size(size: int) -> None:
    if size > MAX_ANSWER:
        raise Temporary("answer_too_large", detail=f"more than {MAX_ANSWER} characters")


def has_usage(thing: object) -> bool:
    return getattr(thing, "usage", None) is not None


def usage_of(usage: object) -> Usage:
    """Counts from whichever fields the service uses; some stand in plain dicts."""

    def count(source: object, name: str) -> int:
        value = source.get(name) if isinstance(source, dict) else getattr(source, name, None)
        return value if isinstance(value, int) and value > 0 else 0

    details = (
        usage.get("prompt_tokens_details")
        if isinstance(usage, dict)
        else getattr(usage, "prompt_tokens_details", None)
    )
    cached = count(usage, "cached_tokens") or count(details, "cached_tokens")
    return Usage(count(usage, "prompt_tokens"), count(usage, "completion_tokens"), cached)
