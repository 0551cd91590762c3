"""What an operator says of the model in the environment. Pure: names in, plain values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")

KINDS = (
    "plan", "assign", "diagnose", "check", "read", "reconcile", "reply", "course", "compose",
)  # fmt: skip
PRICES = {"cache_hit": "HIT", "cache_miss": "MISS", "output": "OUTPUT"}  # USD a million tokens
PREFIX = "MUSTER_MODEL_"
OFF = ("0", "no", "false", "off")
Option = int | float | bool | dict[str, float] | dict[str, bool]
READERS: Mapping[str, tuple[str, Callable[[str], Option]]] = {
    "window": ("WINDOW", int),
    "max_output_tokens": ("OUTPUT_TOKENS", int),
    "max_instant_tokens": ("INSTANT_TOKENS", int),
    "total_s": ("TOTAL_SECONDS", float),
    "pictures": ("PICTURES", lambda text: text.lower() not in OFF),
}


def options_from(environment: Mapping[str, str]) -> dict[str, Option]:
    """The options that are set there. Raises ValueError, naming the variable, for what is none.

    `MUSTER_MODEL_THINK` lists the kinds of question that it thinks about; about others it does not.
    """
    found: dict[str, Option] = {}
    for name, (variable, read) in READERS.items():
        if text := environment.get(PREFIX + variable, "").strip():
            found[name] = _read(PREFIX + variable, text, read)
    prices = {
        name: _read(f"{PREFIX}PRICE_{variable}", text, float)
        for name, variable in PRICES.items()
        if (text := environment.get(f"{PREFIX}PRICE_{variable}", "").strip())
    }
    if prices:
        found["prices"] = prices
    if f"{PREFIX}THINK" in environment:
        kinds = environment[f"{PREFIX}THINK"].replace(",", " ").split()
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ValueError(f"{PREFIX}THINK names no kind of question: {', '.join(unknown)}")
        found["thinking"] = {kind: kind in kinds for kind in KINDS}
    return found


def _read(variable: str, text: str, read: Callable[[str], T]) -> T:
    try:
        value = read(text)
    except ValueError:
        raise ValueError(f"{variable} is not a number: {text!r}") from None
    if isinstance(value, int | float) and not isinstance(value, bool) and not 0 <= value < 1e9:
        raise ValueError(f"{variable} is out of range: {text!r}")
    return value
