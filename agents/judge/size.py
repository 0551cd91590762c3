"""How many tokens a prompt takes, estimated from its bytes before it is sent.

A byte-level tokenizer never makes more tokens than there are bytes, and every byte counts here as
at least one third of a token: so the estimate is never too small by more than the factor `WORST`.
Plain English, German and Chinese prose come out too large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

WORST = 3
PER_MESSAGE = 8
# Pictures are cut into patches; the vendor states no ceiling, so this is taken on the safe side.
PER_IMAGE = 4_096

LETTERS = bytes(range(ord("a"), ord("z") + 1)) + bytes(range(ord("A"), ord("Z") + 1)) + b" "
DIGITS = b"0123456789"
ASCII = bytes(range(0x80))
FOLLOWING = bytes(range(0x80, 0xC0))
OF_FOUR = bytes(range(0xF0, 0x100))


def tokens_in(text: str) -> int:
    """About how many tokens; in sixths: letters 1/3, digits 1/2, signs 1, others 1, emoji 2."""
    raw = text.encode("utf-8", "replace")
    letters = count(raw, LETTERS)
    digits = count(raw, DIGITS)
    signs = count(raw, ASCII) - letters - digits
    wide = len(raw) - letters - digits - signs - count(raw, FOLLOWING)
    sixths = 2 * letters + 3 * digits + 6 * signs + 6 * wide + 6 * count(raw, OF_FOUR)
    return -(-sixths // 6)


def count(raw: bytes, wanted: bytes) -> int:
    return len(raw) - len(raw.translate(None, wanted))


def prompt_tokens(
    messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None = None
) -> int:
    """About how many tokens these messages, their pictures and the schema take together."""
    total = sum(PER_MESSAGE + content_tokens(one["content"]) for one in messages)
    return total + (tokens_in(json.dumps(schema, ensure_ascii=False)) if schema else 0)


def content_tokens(content: str | Sequence[Mapping[str, Any]]) -> int:
    if isinstance(content, str):
        return tokens_in(content)
    return sum(tokens_in(part["text"]) if part["type"] == "text" else PER_IMAGE for part in content)
