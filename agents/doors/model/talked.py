"""A run's conversation as its calls so far: what was said, what it has written, what comes next.

Pure: calls in, messages or a move out. The same calls give the same, so a run that is taken up
again after a crash goes on as if nothing had been.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.doors.model.endpoint import Caps
from workspace.reports import ClaimMade, Exchanged, SourceNamed

Message = dict[str, Any]
LEFT_OUT = "(left out here to make room; read it again if you need it)"
CHARACTERS = 3  # of a text to a token, counted low on purpose
PICTURE_TOKENS = 1_500
KEPT_WHOLE = 6  # the newest answers of tools are never shortened


@dataclass(frozen=True, slots=True)
class AskModel:
    """The model is to be asked; `again` is its call that had begun and not ended."""

    again: Exchanged | None = None


@dataclass(frozen=True, slots=True)
class UseTool:
    """This call of a tool is to be made."""

    call: Exchanged


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be done until a person has answered."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The loop has to end: as this failure, with what shows it."""

    failure: str
    evidence: dict[str, Any]


Move = AskModel | UseTool | Wait | Stop


def next_move(calls: Sequence[Exchanged], caps: Caps) -> Move:
    """What comes next in a conversation that has not ended."""
    open_calls = [call for call in _tools(calls) if call.state in ("wanted", "begun")]
    if open_calls:
        return UseTool(open_calls[0])
    begun = next((c for c in calls if c.kind == "model" and c.state == "begun"), None)
    if begun is not None:
        return AskModel(again=begun)
    if any(call.state == "waiting" for call in calls):
        return Wait()
    turns = sum(call.kind == "model" for call in calls)
    if turns >= caps.turns:
        return Stop(
            "looping", {"code": "turn_cap", "kind": "turn_cap", "limit": caps.turns, "steps": turns}
        )
    if (same := same_in_a_row(calls)) >= caps.same_call:
        last = named(calls[-1]) if calls else ""
        return Stop("looping", {"kind": "same", "count": same, "limit": caps.same_call,
                                "last": last, "steps": len(calls)})  # fmt: skip
    if (bad := bad_in_a_row(calls)) >= caps.bad_calls:
        return Stop("error", {"code": "bad_calls", "kind": "bad_calls", "count": bad,
                              "said": text_of(_tools(calls)[-1])[:300]})  # fmt: skip
    return AskModel()


def _tools(calls: Iterable[Exchanged]) -> list[Exchanged]:
    return [call for call in calls if call.kind == "tool"]


def named(call: Exchanged) -> str:
    return str(call.asked.get("name", call.kind))


def text_of(call: Exchanged) -> str:
    return str(call.said.get("text", ""))


def same_in_a_row(calls: Sequence[Exchanged]) -> int:
    """How many of the newest calls of tools are one and the same, told things in between or not."""
    digests = [call.asked.get("digest") for call in _tools(calls)]
    count = 0
    for digest in reversed(digests):
        if digest != digests[-1]:
            break
        count += 1
    return count


def bad_in_a_row(calls: Sequence[Exchanged]) -> int:
    count = 0
    for call in reversed(_tools(calls)):
        if not call.said.get("wrong"):
            break
        count += 1
    return count


def wordless_in_a_row(calls: Sequence[Exchanged]) -> int:
    """How often in a row the model has answered without asking for a tool."""
    count = 0
    for call in reversed(calls):
        if call.kind == "tool":
            break
        count += call.kind == "model" and call.state == "done"
    return count


def arguments_of(calls: Sequence[Exchanged], call: Exchanged) -> Any:
    """What the model gave the tool: as it said it, a text or already an object."""
    asked_by = next(one for one in calls if one.n == call.of)
    made = asked_by.said["message"]["tool_calls"][call.asked["at"]]
    return made["function"].get("arguments")


def messages(opening: Sequence[Message], calls: Sequence[Exchanged], room: int) -> list[Message]:
    """The conversation as an endpoint wants it, within `room` tokens as far as that can be had.

    Every call of a tool is answered right after the message that asked for it, paired by its
    place: ids of calls are not unique. What was told meanwhile follows.
    """
    answers = {(call.of, call.asked.get("at")): call for call in _tools(calls)}
    shortened = _to_shorten(opening, calls, room)
    found = [dict(message) for message in opening]
    told: list[Message] = []
    for call in calls:
        if call.kind == "told" and text_of(call):
            told.append({"role": "user", "content": text_of(call)})
        elif call.kind == "model" and call.state == "done":
            found += told
            told = []
            found.append(_as_sent(call))
            for at, made in enumerate(call.said["message"].get("tool_calls") or []):
                answer = answers.get((call.n, at))
                text = "" if answer is None else text_of(answer)
                if answer is not None and answer.n in shortened:
                    text = LEFT_OUT
                found.append({"role": "tool", "tool_call_id": made["id"], "content": text})
    return found + told


def _as_sent(call: Exchanged) -> Message:
    message: Message = dict(call.said["message"])
    message["content"] = message.get("content") or ""
    return message


def tokens_in(messages_: Sequence[Message]) -> int:
    """An estimate that is rather too high, pictures at a flat rate."""
    total = 0
    for message in messages_:
        content = message.get("content")
        if isinstance(content, list):
            for part in content:
                text = part.get("text")
                total += PICTURE_TOKENS if text is None else len(text) // CHARACTERS
        else:
            total += len(content or "") // CHARACTERS
        if calls := message.get("tool_calls"):
            total += len(json.dumps(calls)) // CHARACTERS
        total += 8
    return total


def _to_shorten(opening: Sequence[Message], calls: Sequence[Exchanged], room: int) -> set[int]:
    """Which answers of tools, oldest first, are left out so that the rest fits."""
    size = tokens_in(opening) + sum(_size(call) for call in calls)
    if size <= room:
        return set()
    found: set[int] = set()
    for call in _tools(calls)[:-KEPT_WHOLE]:
        if size <= room:
            break
        size -= max(0, (len(text_of(call)) - len(LEFT_OUT)) // CHARACTERS)
        found.add(call.n)
    return found


def _size(call: Exchanged) -> int:
    if call.kind == "model":
        return len(json.dumps(call.said.get("message", {}))) // CHARACTERS
    return len(text_of(call)) // CHARACTERS + 8


def drafts(calls: Iterable[Exchanged]) -> dict[str, str]:
    """What it has written so far: each file as it stands."""
    found: dict[str, str] = {}
    for call in calls:
        if file := call.said.get("file"):
            found[str(file["name"])] = str(file["content"])
    return found


def claims(calls: Iterable[Exchanged]) -> tuple[ClaimMade, ...]:
    """Claims in order; one made anew under its id takes the place of the one before."""
    found: dict[str, ClaimMade] = {}
    for call in calls:
        if made := call.said.get("claim"):
            found[made["id"]] = ClaimMade(
                made["id"], made["subject"], made.get("value"), made.get("unit", ""),
                made.get("text", ""),
            )  # fmt: skip
    return tuple(found.values())


def sources(calls: Iterable[Exchanged]) -> tuple[SourceNamed, ...]:
    made = [call.said["source"] for call in calls if call.said.get("source")]
    return tuple(SourceNamed(one["place"], tuple(one["supports"])) for one in made)


def cost_of(calls: Iterable[Exchanged]) -> float:
    return round(sum(call.cost_usd for call in calls), 6)


def heard_until(calls: Iterable[Exchanged]) -> int:
    """The number in the run's inbox up to which it has been told everything."""
    return max((int(call.asked.get("seq", 0)) for call in calls), default=0)
