"""How a model's endpoint is reached, read from an agent's row: what it is, and what it may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.doors.model.roles import templates
from agents.limits import NONE, Limits
from workspace import queries
from workspace.keys import decrypted

PROFILES = ("openai-compatible", "moonshot")
# Thinking shares the output: less of it ends in an empty answer (KIMI's own advice).
LEAST_OUTPUT_THINKING = 16_000
PRICES_MOONSHOT = {"cache_hit": 0.16, "cache_miss": 0.95, "output": 4.00}


@dataclass(frozen=True)
class Caps:
    """Where a loop ends whatever its model says."""

    turns: int = 40  # calls of the model in one run
    calls_each: int = 16  # tools that one answer of it may ask for
    same_call: int = 4  # the same call with the same arguments in a row
    bad_calls: int = 8  # calls in a row that could not be made


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one address, and how its agent works. `prices`: USD per million tokens; none
    where nobody has said them."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    profile: str = "openai-compatible"
    role: str = ""
    prompt: str = ""
    tools: tuple[str, ...] | None = None  # None: all of them
    thinking: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    window: int = 32_000
    output: int = 4_096
    pictures: bool = False
    stream: bool = True
    total_s: float = 300.0
    quiet_s: float = 120.0
    account: str = ""  # whose limits its calls count on
    limits: Limits = NONE
    is_shared: bool = False  # with the coordinator, which comes first
    prices: Mapping[str, float] = field(default_factory=dict)
    caps: Caps = Caps()

    def cost_of(self, prompt: int, completion: int, cached: int = 0) -> float:
        """USD for these tokens; 0 where no prices are known."""
        if not self.prices:
            return 0.0
        cached = min(cached, prompt)
        millionths = (
            cached * self.prices.get("cache_hit", self.prices.get("cache_miss", 0.0))
            + (prompt - cached) * self.prices.get("cache_miss", 0.0)
            + completion * self.prices.get("output", 0.0)
        )
        return round(millionths / 1_000_000, 6)


def endpoint_of(agent: Any) -> Endpoint:
    """What an agent's row says of its endpoint. ValueError if its key cannot be read."""
    reach: Mapping[str, Any] = agent.reach
    if reach.get("of_workspace"):
        return _of_workspace(agent, reach)
    profile = str(reach.get("profile") or PROFILES[0])
    return replace(
        _read(reach, agent.tools, profile),
        url=(url := agent.url.rstrip("/")),
        key=(key := decrypted(agent.secret) if agent.secret else ""),
        account=queries.account_named(url, key),
    )


def _read(reach: Mapping[str, Any], tools: Sequence[str], profile: str) -> Endpoint:
    """Everything but where it is and with which key."""
    template = templates().get(str(reach.get("role", "")))
    thinking = reach.get("thinking")
    thinking = thinking if isinstance(thinking, bool) else None
    window = _whole(reach, "window", 32_000, 2_000, 10_000_000)
    thinks = thinking is True or (profile == "moonshot" and thinking is not False)
    output = LEAST_OUTPUT_THINKING if thinks else 4_096
    return Endpoint(
        url="",
        model=str(reach.get("model", "")),
        profile=profile,
        role=str(reach.get("role", "")),
        prompt=str(reach.get("prompt") or (template.prompt if template else "")),
        tools=tuple(tools) or (template.tools if template else None),
        thinking=thinking,
        temperature=_number(reach, "temperature"),
        top_p=_number(reach, "top_p"),
        window=window,
        output=min(_whole(reach, "output", output, 16, 1_000_000), window // 2),
        pictures=bool(reach.get("pictures", False)),
        stream=bool(reach.get("stream", True)),
        total_s=float(_whole(reach, "total_s", 300, 1, 840)),
        quiet_s=float(_whole(reach, "quiet_s", 120, 1, 840)),
        limits=Limits(_whole(reach, "at_once", 0, 0, 10_000), 0, 0),
        prices=_prices(reach, profile),
        caps=_caps({**(template.caps if template else {}), **reach}),
    )


def _caps(reach: Mapping[str, Any]) -> Caps:
    return Caps(
        turns=_whole(reach, "turns", Caps.turns, 1, 1_000),
        calls_each=_whole(reach, "calls_each", Caps.calls_each, 1, 100),
        same_call=_whole(reach, "same_call", Caps.same_call, 2, 100),
        bad_calls=_whole(reach, "bad_calls", Caps.bad_calls, 1, 100),
    )


def _of_workspace(agent: Any, reach: Mapping[str, Any]) -> Endpoint:
    """A specialist of the workspace's own model, as that is set now; nowhere if none is."""
    model = queries.model_of(agent.workspace)
    if model is None:
        return Endpoint(url="", model="")
    merged = {**model, **reach, "pictures": bool(model.get("pictures", True))}
    profile = str(model.get("profile") or PROFILES[0])
    if profile != "moonshot":
        # Open weights served elsewhere want sampling to be sent; the hosted service refuses it.
        merged = {"temperature": 0.6, "top_p": 0.95, **merged}
    limits = Limits(**queries.model_limits(agent.workspace))
    return replace(
        _read(merged, agent.tools, profile),
        url=str(model["base_url"]).rstrip("/"),
        key=str(model["api_key"]),
        account=queries.account_of(agent.workspace),
        limits=limits,
        is_shared=True,
    )


def _whole(reach: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = reach.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return default
    return int(min(max(value, least), most))


def _number(reach: Mapping[str, Any], name: str) -> float | None:
    value = reach.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else None


def _prices(reach: Mapping[str, Any], profile: str) -> dict[str, float]:
    given = reach.get("prices") or (PRICES_MOONSHOT if profile == "moonshot" else {})
    return {str(k): float(v) for k, v in given.items() if isinstance(v, int | float)}
