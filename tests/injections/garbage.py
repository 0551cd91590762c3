"""Answers that are none: over thirty sorts of garbage for every kind of judgement.

    for one in garbage("diagnose"):
        with model_server(one.behave) as server: ...

`text` is what the model says; `behave` says it over HTTP, the huge ones in one piece. Nothing
here is a lawful answer to any question: where the form is right, every id and name is foreign.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.model_server import Answer, Request, completion, delta, envelope, event
from tests.injections.orders import KINDS, Fields

HUGE = 10_000_000
DEEP = 10_000
MANY = 10_000
IN_ONE_PIECE = 100_000

FOREIGN_CARD: Fields = {
    "ref": "c1",
    "title": "",
    "brief": "Do it.",
    "criteria": [],
    "skills": ["telepathy"],
    "kind": "hologram",
    "depends_on": ["c9"],
}
SHAPES: dict[str, Fields] = {
    "plan": {"cards": [FOREIGN_CARD], "note": "One card."},
    "assign": {"cards": [{"card_id": "card_0", "agent_ids": ["agent_0"], "why": "Able."}]},
    "diagnose": {
        "remedy": "pray",
        "cause": "moon",
        "note": "It failed.",
        "brief": "",
        "criteria": [],
        "parts": [FOREIGN_CARD],
        "question": "",
    },
    "check": {"rows": [{"n": 99, "verdict": "superb", "evidence": "Yes.", "file": "gone.md"}]},
    "read": {
        "outcome": "glorious",
        "cause": "moon",
        "percent": 140,
        "quotes": ["Nobody ever wrote this sentence in any of the texts."],
        "has_instructions": "perhaps",
    },
    "reconcile": {"verdict": "harmony", "why": "They rhyme.", "claim_ids": ["claim_0"]},
    "reply": {"text": "", "wants": "everything"},
    "course": {
        "verdict": "splendid",
        "why": "It sails.",
        "card_ids": ["card_0"],
        "suggestion": "",
    },
    "compose": {
        "title": "",
        "overview": "",
        "sections": [{"card_id": "card_0", "heading": "", "sentence": ""}],
    },
}


@dataclass(frozen=True)
class Garbage:
    """One sort of garbage and what the model says."""

    name: str
    text: str

    def behave(self, request: Request) -> Answer:
        if len(self.text) < IN_ONE_PIECE:
            return Answer(self.text)
        return in_one_piece(self.text, is_stream=bool(request.body.get("stream")))


def garbage(kind: str) -> list[Garbage]:
    """Every sort of garbage for a judgement of this kind."""
    made = [*NOT_JSON.items(), *of_no_use(), *bent(kind), *too_much(kind)]
    return [Garbage(name, text) for name, text in made]


def in_one_piece(text: str, *, is_stream: bool) -> Answer:
    if not is_stream:
        return Answer(body=completion(Answer(text)))
    begun = envelope("chat.completion.chunk", [delta({"role": "assistant", "content": text})])
    body = b"data: " + json.dumps(begun).encode() + b"\n\n"
    body += event([delta({}, "stop")]) + b"data: [DONE]\n\n"
    return Answer(body=body, content_type="text/event-stream")


# -- no JSON at all ------------------------------------------------------------------------------

NOT_JSON = {
    "empty": "",
    "blank": " \n\t\r\n ",
    "prose": "I would start with the documents and then have a look at the numbers.",
    "refusal": "I'm sorry, but I can't help with that request.",
    "refusal_in_german": "Dazu kann ich leider keine Auskunft geben.",
    "html": "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
    "xml": "<answer><cards/><verdict>agree</verdict></answer>",
    "yaml": "cards:\n  - ref: c1\n    title: Findings\nverdict: agree\n",
    "markdown_table": "| ref | title |\n|---|---|\n| c1 | Findings |\n",
    "empty_fence": "```json\n```",
    "code": "```python\nprint({'cards': []})\n```",
    "traceback": 'Traceback (most recent call last):\n  File "m.py", line 1\nKeyError: 0',
    "control_signs": "\x01\x02\x1b[31m{\x00}\x07",
    "unicode_junk": "\u202e}\u200b{\u2066\ufeff\U000e0041\u0301\u0301\u0301 ﷽ \U0001f9ff",
    "replacement_signs": "\ufffd" * 400,
    "base64": b64encode(b'{"cards": []}').decode(),
    "one_brace": "{",
    "closing_braces": "}}}}]]]]",
    "same_word": "yes " * 5_000,
    "stop_token": "<|im_end|><|endoftext|>[INST]",
    "tool_call": '<tool_call>{"name": "accept", "arguments": {}}</tool_call>',
}


# -- JSON of no use ------------------------------------------------------------------------------


def of_no_use() -> Iterator[tuple[str, str]]:
    """JSON that answers no question of any kind."""
    yield "null", "null"
    yield "true", "true"
    yield "number", "42"
    yield "string", '"agree"'
    yield "empty_list", "[]"
    yield "list_of_numbers", "[1, 2, 3]"
    yield "error_object", '{"error": {"code": 500, "message": "internal"}}'
    yield "schema_itself", '{"type": "object", "properties": {}, "required": []}'
    yield "infinite", '{"percent": 1e999, "n": -Infinity}'
    yield "long_number", '{"n": ' + "9" * 5_000 + "}"


# -- the right form, bent ------------------------------------------------------------------------


def bent(kind: str) -> Iterator[tuple[str, str]]:
    """The form that was asked for, with something wrong in it."""
    shape = SHAPES[kind]
    whole = json.dumps(shape)
    first = next(iter(shape))
    other = KINDS[(KINDS.index(kind) + 4) % len(KINDS)]
    yield "foreign_names", whole
    yield "half", whole[: len(whole) // 2]
    yield "all_but_the_end", whole[:-1]
    yield "twice", whole + "\n" + whole
    yield "in_a_list", f"[{whole}]"
    yield "in_an_envelope", json.dumps({"answer": shape, "confidence": 0.99})
    yield "as_a_string", json.dumps(whole)
    yield "other_kind", json.dumps(SHAPES[other])
    yield "single_quotes", str(shape)
    yield "comments", f"// answer\n{whole[:-1]}, /* end */}}"
    yield "duplicate_keys", f'{whole[:-1]}, "{first}": [], "{first}": null}}'
    yield "not_a_number", json.dumps(shape | {first: float("nan")})
    yield "upper_case_names", json.dumps({name.upper(): value for name, value in shape.items()})
    yield "half_a_sign", whole[:-1] + ', "note": "\\ud800"}'
    yield "nul_in_text", json.dumps(shape | {"note": "a\x00b", "why": "\x00", "text": "\x00"})
    yield from retyped(shape)


def retyped(shape: Fields) -> Iterator[tuple[str, str]]:
    """Every field of another type than it should be, all at once."""
    for name, value in {
        "nulls": None,
        "numbers": 7,
        "texts": "x",
        "truths": True,
        "lists_of_lists": [[[]]],
        "objects": {"$ref": "#"},
    }.items():
        yield f"all_{name}", json.dumps(dict.fromkeys(shape, value))


# -- too much ------------------------------------------------------------------------------------


def too_much(kind: str) -> Iterator[tuple[str, str]]:
    """Too large, too deep, too many."""
    shape = SHAPES[kind]
    first = next(iter(shape))
    yield "huge_text", "a" * HUGE
    yield "huge_field", json.dumps(shape | {first: "a" * HUGE})
    yield "deep_lists", f'{{"{first}": ' + "[" * DEEP + "]" * DEEP + "}"
    yield "deep_objects", '{"a":' * DEEP + "1" + "}" * DEEP
    yield "deep_and_open", "[" * (10 * DEEP)
    yield "many_fields", json.dumps(shape | {f"field_{n}": n for n in range(MANY)})
    yield "many_rows", json.dumps(shape | many_rows(shape))


def many_rows(shape: Fields) -> dict[str, Any]:
    """Every list of the form with its only entry ten thousand times, and one nobody asked for."""
    lists = {name: value or ["x"] for name, value in shape.items() if isinstance(value, list)}
    return {name: value * MANY for name, value in (lists | {"more": [1]}).items()}
