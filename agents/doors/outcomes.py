"""What came of bringing an agent an event, as one of a few typed outcomes. Shared by every door."""

from dataclasses import dataclass
from typing import TypeAlias

from agents.egress import EgressRefused
from workspace.reports import Accepted, Declined, Failure, Question, Result

# An agent that nothing is sent to comes for it: the event is there, and nobody was met.
WAITS = "waits_to_be_fetched"


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived, and nothing was said that changes the run. `quiet`: a first callback is due."""

    note: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It did not arrive, or the agent was too busy."""

    code: str
    params: dict[str, str | int]
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SecretMismatch:
    """The agent does not know our signature: its owner must act, trying again cannot help."""

    status: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The agent asks never to be called again."""


@dataclass(frozen=True, slots=True)
class Unacceptable:
    """The agent, or its address, will never take this event."""

    code: str
    params: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Unusable:
    """A completed answer whose result cannot be taken; `at` is a JSON pointer into it."""

    code: str
    at: str


Outcome: TypeAlias = (
    Accepted
    | Result
    | Question
    | Declined
    | Failure
    | Delivered
    | TryAgain
    | SecretMismatch
    | Gone
    | Unacceptable
    | Unusable
)


def read_refusal(refused: EgressRefused) -> Outcome:
    """A request that brought no answer."""
    if refused.is_permanent:
        return Unacceptable(refused.code, refused.params)
    return TryAgain(refused.code, refused.params)
