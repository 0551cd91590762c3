"""Questions cut to a budget of tokens, the least important parts first.

Goal, rules, titles, criteria and ids asked about are never cut. Lists are in the order of their
importance: what goes, goes from the end (of attempts and facts, which are oldest first, from the
beginning).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from agents.judge.base import Permanent
from agents.judge.messages import attachments_of, messages_for
from agents.judge.questions import CheckQuestion, JudgementKind, Question
from agents.judge.schemas import schema_for
from agents.judge.size import prompt_tokens
from agents.judge.tidy import tidy

IMAGE_BYTES = 8_000_000  # before base64; the service takes a body of 100 MB at most
GAP = "\n[…]\n"

# How a field is called in a prompt, where that is not its own name.
SHOWN = {"seats": "agents", "digest": "board"}

How = Literal["items", "newest", "text", "lines", "each", "one", "pictures"]


@dataclass(frozen=True, slots=True)
class Step:
    """One way to make a question smaller, down to `floor` entries or characters."""

    field: str
    how: How
    floor: int = 0
    attr: str = ""

    @property
    def name(self) -> str:
        return "pictures" if self.how == "pictures" else SHOWN.get(self.field, self.field)


PICTURES = Step("attachments", "pictures")
STEPS: Mapping[JudgementKind, tuple[Step, ...]] = {
    "plan": (
        PICTURES,
        Step("attachments", "each", 2_000, "text"),
        Step("seats", "items", 100),
        Step("attachments", "items"),
        Step("facts", "newest", 20),
        Step("seats", "items"),
        Step("facts", "newest"),
        Step("skills", "items"),
    ),
    "assign": (
        Step("cards", "items", 20),
        Step("workers", "items", 50),
        Step("cards", "items"),
        Step("workers", "items"),
    ),
    "diagnose": (
        PICTURES,
        Step("attachments", "each", 2_000, "text"),
        Step("attachments", "items"),
        Step("facts", "newest", 20),
        Step("brief", "text", 4_000),
        Step("facts", "newest"),
        Step("attempts", "newest", 1),
        Step("reviewer_said", "text", 500),
        Step("skills", "items"),
        Step("brief", "text"),
        Step("attempts", "newest"),
        Step("reviewer_said", "text"),
    ),
    "check": (
        PICTURES,
        Step("attachments", "each", 2_000, "text"),
        Step("files", "each", 2_000, "text"),
        Step("sources", "items"),
        Step("claims", "items"),
        Step("files", "items", 5),
        Step("summary", "text", 500),
        Step("attachments", "items"),
        Step("files", "items"),
        Step("summary", "text"),
    ),
    "read": (Step("texts", "each", 300, "text"), Step("texts", "items")),
    "reconcile": (Step("a", "one", 0, "text"), Step("b", "one", 0, "text")),
    "reply": (
        Step("digest", "lines", 2_000),
        Step("facts", "newest"),
        Step("message", "text", 2_000),
        Step("digest", "lines"),
        Step("message", "text"),
    ),
    "course": (
        Step("cards", "items", 50),
        Step("digest", "lines", 4_000),
        Step("facts", "newest"),
        Step("cards", "items"),
        Step("digest", "lines"),
    ),
    "compose": (
        Step("parts", "each", 300, "summary"),
        Step("facts", "newest"),
        Step("parts", "each", 0, "summary"),
        Step("parts", "items"),
    ),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A question within its budget: its estimated size, and the names of what was cut."""

    question: Question
    size: int
    left_out: tuple[str, ...] = ()


def fit(question: Question, budget_tokens: int, *, image_bytes: int = IMAGE_BYTES) -> Fitted:
    """The tidy question cut to the budget. Raises Permanent("too_large") where that cannot be."""
    fitted, cut = within_bytes(tidy(question), image_bytes)
    cut = (*not_shown(fitted), *cut)
    for step in STEPS[question.judgement]:
        if size_of(fitted, cut) <= budget_tokens:
            break
        most = extent(fitted, step)
        if most > step.floor:
            cut = tuple(dict.fromkeys((*cut, step.name)))
            fitted = smaller(fitted, step, best(fitted, step, most, cut, budget_tokens))
    size = size_of(fitted, cut)
    if size > budget_tokens:
        raise Permanent("too_large", detail=f"about {size} tokens of {budget_tokens}")
    return Fitted(fitted, size, cut)


def not_shown(question: Question) -> tuple[str, ...]:
    """What was left out before there was any budget: files that nobody can look into."""
    return ("files",) if isinstance(question, CheckQuestion) and question.unseen else ()


def size_of(question: Question, left_out: tuple[str, ...] = ()) -> int:
    """About how many tokens the whole prompt takes, the schema included."""
    return prompt_tokens(messages_for(question, left_out), schema_for(question))


def best(question: Question, step: Step, most: int, cut: tuple[str, ...], budget: int) -> int:
    """The largest extent that fits, by halving; the floor if none does."""
    low, high = step.floor, most - 1
    while low < high:
        middle = (low + high + 1) // 2
        if size_of(smaller(question, step, middle), cut) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def extent(question: Question, step: Step) -> int:
    value = getattr(question, step.field)
    if step.how == "pictures":
        return sum(one.image is not None for one in value)
    if step.how == "each":
        return max((len(getattr(one, step.attr)) for one in value), default=0)
    return len(getattr(value, step.attr)) if step.how == "one" else len(value)


def smaller(question: Question, step: Step, n: int) -> Question:
    value = getattr(question, step.field)
    return cast(Question, replace(cast(Any, question), **{step.field: cut_value(value, step, n)}))


def cut_value(value: Any, step: Step, n: int) -> Any:
    match step.how:
        case "items":
            return value[:n]
        case "newest":
            return value[len(value) - n :]
        case "text":
            return both_ends(value, n)
        case "lines":
            return value if len(value) <= n else value[: value.rfind("\n", 0, n) + 1].rstrip()
        case "one":
            return shorter(value, step.attr, n)
        case "each":
            return tuple(shorter(one, step.attr, n) for one in value)
        case "pictures":
            return without_pictures(value, from_number=n)


def shorter(thing: Any, attr: str, n: int) -> Any:
    return replace(thing, **{attr: both_ends(getattr(thing, attr), n)})


def both_ends(text: str, n: int) -> str:
    """The beginning and the end of a text: what a run came to is told at its end."""
    if len(text) <= n:
        return text
    kept = n - len(GAP)
    return text[: kept - kept // 3] + GAP + text[-(kept // 3) :] if kept > 40 else text[:n]


def without_pictures(attachments: Iterable[Any], *, from_number: int) -> tuple[Any, ...]:
    left = from_number
    kept: list[Any] = []
    for one in attachments:
        if one.image is not None:
            left -= 1
        kept.append(one if left >= 0 or one.image is None else replace(one, image=None))
    return tuple(kept)


def within_bytes(question: Question, image_bytes: int) -> tuple[Question, tuple[str, ...]]:
    """The question with its first pictures, as many as so many bytes allow."""
    pictures = [one.image for one in attachments_of(question) if one.image is not None]
    total = 0
    for number, image in enumerate(pictures):
        total += len(image)
        if total > image_bytes:
            return smaller(question, PICTURES, number), (PICTURES.name,)
    return question, ()
