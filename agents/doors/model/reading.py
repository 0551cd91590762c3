"""What a chat-completions endpoint answers, whole or as a stream, read into one typed reply."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from agents.doors.json_wall import Json, JsonRefused, parse_json
from agents.egress import EgressRefused

MIB = 1024 * 1024
LARGEST = 4 * MIB
LARGEST_STREAM = 64 * MIB  # the same in small pieces, each wrapped in its own event
LONGEST_TEXT = 400_000
LONGEST_ANSWER = 800_000  # text, thoughts and arguments together
MOST_CALLS = 200
LONGEST_WAIT = 900.0
# The type says more than the status: a 429 may mean wait, or that the money is gone.
FOR_GOOD = {
    "content_filter": ("error", "content_filter"),
    "exceeded_current_quota_error": ("over_budget", "provider_quota"),
    "insufficient_quota": ("over_budget", "provider_quota"),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. `message` is sent back as it is; not `is_counted`: no usage was told."""

    message: dict[str, Any]
    finish: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    is_counted: bool = False

    @property
    def text(self) -> str:
        return str(self.message.get("content") or "")

    @property
    def calls(self) -> list[dict[str, Any]]:
        return list(self.message.get("tool_calls") or [])


class Trouble(Exception):
    """No usable reply. `failure` is what the run ends as where it is not tried again."""

    def __init__(
        self, failure: str, code: str, *, again: bool, retry_after: float | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.failure, self.code, self.again = failure, code, again
        self.retry_after = retry_after
        self.params: dict[str, str | int] = dict(params or {})


def trouble_of(refused: EgressRefused) -> Trouble:
    """A request that brought no answer, or one that was not taken."""
    if refused.is_permanent:
        return Trouble("misconfigured", refused.code, again=False, params=refused.params)
    if refused.code in ("too_large", "encoding"):
        return Trouble("error", refused.code, again=False, params=refused.params)
    if refused.code == "redirect":
        return Trouble("misconfigured", "redirect", again=False, params=refused.params)
    return Trouble("unreachable", refused.code, again=True, params=refused.params)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """An answer that is not a 200, by its own type where it names one, else by its status."""
    kind, said = _error_of(body)
    told: dict[str, str | int] = {"status": status, "said": said} if said else {"status": status}
    if kind in FOR_GOOD:
        failure, code = FOR_GOOD[kind]
        return Trouble(failure, code, again=False, params=told)
    if status in (401, 403):
        return Trouble("misconfigured", "key_refused", again=False, params=told)
    if status == 404:
        return Trouble("misconfigured", "no_such_model", again=False, params=told)
    if status == 429:
        wait = retry_after(headers)
        return Trouble("rate_limited", "throttled", again=True, retry_after=wait, params=told)
    if status in (408, 409, 425, 499) or status >= 500:
        wait = retry_after(headers)
        return Trouble("unreachable", "server_error", again=True, retry_after=wait, params=told)
    return Trouble("error", "request_refused", again=False, params=told)


def _error_of(body: bytes) -> tuple[str, str]:
    """The type an error names, and its words in short; nothing of a page that is no JSON."""
    try:
        found = parse_json(body, max_bytes=LARGEST)
    except JsonRefused:
        return "", ""
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, str):
        return "", one_line(error)
    if not isinstance(error, dict):
        return "", ""
    kind = error.get("type") if error.get("type") in FOR_GOOD else error.get("code")
    return str(kind or error.get("type") or ""), one_line(str(error.get("message", "")))


def one_line(text: str, most: int = 200) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:most]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the endpoint asks us to wait, in either form of the header."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            now = parsedate_to_datetime(headers.get("date", ""))
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def read_whole(body: bytes) -> Reply:
    """A completion that came in one piece. Raises Trouble."""
    found = _object(body)
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise Trouble("unreachable", "bad_response", again=True)
    counted = _usage(found.get("usage")) or _usage(choice.get("usage"))
    return _reply(
        text=_text(message.get("content")), calls=_calls(message.get("tool_calls")),
        reasoning=_text(message.get("reasoning_content") or message.get("reasoning")),
        finish=str(choice.get("finish_reason") or ""), counted=counted,
    )  # fmt: skip


def _object(body: bytes) -> dict[str, Json]:
    try:
        found = parse_json(body, max_bytes=LARGEST)
    except JsonRefused as refused:
        raise Trouble(
            "unreachable", "bad_response", again=True, params={"why": refused.code}
        ) from None
    if not isinstance(found, dict):
        raise Trouble("unreachable", "bad_response", again=True)
    return found


def _text(value: Json) -> str:
    if isinstance(value, list):  # content in parts
        value = "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    text = value if isinstance(value, str) else ""
    if len(text) > LONGEST_TEXT:
        raise Trouble("error", "answer_too_long", again=False, params={"limit": LONGEST_TEXT})
    return text


def _calls(value: Json) -> list[dict[str, Any]]:
    """Calls of tools as they are sent back, whatever an endpoint leaves out of them."""
    found: list[dict[str, Any]] = []
    for call in value if isinstance(value, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(call, dict) or not isinstance(function, dict):
            continue
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments if arguments is not None else {})
        found.append(_call(str(call.get("id") or ""), str(function.get("name") or ""), arguments))
    return found


def _call(id_: str, name: str, arguments: str) -> dict[str, Any]:
    if len(arguments) > LONGEST_ANSWER:
        raise Trouble("error", "answer_too_long", again=False, params={"limit": LONGEST_ANSWER})
    function = {"name": name[:128], "arguments": arguments}
    return {"id": id_[:128], "type": "function", "function": function}


def _reply(
    *, text: str, calls: list[dict[str, Any]], reasoning: str, finish: str,
    counted: tuple[int, int, int] | None,
) -> Reply:  # fmt: skip
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning:
        message["reasoning_content"] = reasoning[:LONGEST_TEXT]
    for at, call in enumerate(calls):
        call["id"] = call["id"] or f"call_{at}"
    if calls:
        message["tool_calls"] = calls
    prompt, completion, cached = counted or (0, 0, 0)
    return Reply(message, finish, prompt, completion, cached, counted is not None)


def _usage(value: Json) -> tuple[int, int, int] | None:
    """Prompt, completion and cached tokens, from whichever fields the service uses."""
    if not isinstance(value, dict):
        return None

    def count(source: Json, name: str) -> int:
        found = source.get(name) if isinstance(source, dict) else None
        return min(int(found), 2**31 - 1) if isinstance(found, int | float) and found > 0 else 0

    cached = count(value, "cached_tokens")
    cached = cached or count(value.get("prompt_tokens_details"), "cached_tokens")
    return count(value, "prompt_tokens"), count(value, "completion_tokens"), cached


@dataclass(slots=True)
class Gathering:
    """A streamed answer put together line by line; `reply` once its end has come."""

    size: int = 0
    finish: str = ""
    is_over: bool = False
    _rest: bytes = b""
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _calls: dict[int, list[str]] = field(default_factory=dict)  # id, name, arguments
    _counted: tuple[int, int, int] | None = None

    def add(self, chunk: bytes) -> None:
        """Take bytes as they come. Raises Trouble for what is no such stream."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LARGEST:
            raise Trouble("error", "answer_too_long", again=False, params={"limit": LARGEST})
        for line in lines:
            self._line(line.strip())

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return  # a comment, an event's name, or the empty line between events
        data = line[5:].strip()
        if data == b"[DONE]":
            self.is_over = True
            return
        found = _object(data)
        if "error" in found and "choices" not in found:
            raise read_error(500, {}, data)
        self._counted = _usage(found.get("usage")) or self._counted
        choices = found.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if isinstance(choice, dict):
            self._counted = _usage(choice.get("usage")) or self._counted
            self.finish = str(choice.get("finish_reason") or self.finish)
            if isinstance(delta := choice.get("delta"), dict):
                self._take(delta)

    def _take(self, delta: dict[str, Json]) -> None:
        for kept, names in (
            (self._text, ("content",)),
            (self._reasoning, ("reasoning_content", "reasoning")),
        ):
            for name in names:
                if isinstance(piece := delta.get(name), str):
                    kept.append(piece)
                    self._grow(len(piece))
        made = delta.get("tool_calls")
        for at, call in enumerate(made if isinstance(made, list) else []):
            if isinstance(call, dict):
                self._take_call(at, call)

    def _take_call(self, at: int, call: dict[str, Json]) -> None:
        index = call.get("index")
        known = self._calls.setdefault(index if isinstance(index, int) else at, ["", "", ""])
        if len(self._calls) > MOST_CALLS:
            raise Trouble("error", "too_many_calls", again=False, params={"limit": MOST_CALLS})
        known[0] = known[0] or str(call.get("id") or "")
        function = call.get("function")
        if not isinstance(function, dict):
            return
        known[1] += str(function.get("name") or "")
        arguments = function.get("arguments")
        piece = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        known[2] += piece if arguments is not None else ""
        self._grow(len(piece))

    def _grow(self, by: int) -> None:
        self.size += by
        if self.size > LONGEST_ANSWER:
            raise Trouble("error", "answer_too_long", again=False, params={"limit": LONGEST_ANSWER})

    def reply(self) -> Reply:
        """The whole of it. Raises Trouble where the stream ended before the answer did."""
        if self._rest:
            self._line(self._rest.strip())
        if not self.finish and not self.is_over:
            raise Trouble("unreachable", "broken_off", again=True, params={"size": self.size})
        calls = [_call(*known) for _, known in sorted(self._calls.items())]
        return _reply(
            text="".join(self._text), calls=calls, reasoning="".join(self._reasoning),
            finish=self.finish, counted=self._counted,
        )  # fmt: skip
