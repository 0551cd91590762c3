"""What every door is: a way to bring an agent an event, and to find out who is there."""

from abc import ABC, abstractmethod
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from agents.doors.outcomes import Outcome

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one try. `status` and `took_ms` are what the agent's log shows beside it."""

    outcome: Outcome
    status: int | None = None
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found where an agent should be: verified, verified_insecure or unverified.

    `steps` are `{code, ok, params, took_ms}` in order; `said` is what the agent tells of itself:
    version, skills, tools, max_concurrency, capabilities, reach.
    """

    status: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What answered at a pasted URL, as far as it tells of itself.

    `code` with `params` says it in words: what was found, and by which sign. `reach` is what its
    door wants kept. `needs`: what has to be given before it can be used, of "key" and "model";
    `models` are the names there are to choose from.
    """

    door: str
    url: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    version: str = ""
    skills: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    reach: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Door(ABC):
    """One way in. A folder beside the others, whose `door.py` holds one of these as `DOOR`."""

    # What it sends about a run is rows of ours and nothing else: a claimed try is one transaction.
    at_home: ClassVar[bool] = False

    @abstractmethod
    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        """Begin one try of a claimed delivery without waiting for what comes of it.

        Raises Refused or ValueError where nothing can be sent; failing that, the future always
        holds a Sent.
        """

    def can_reach(self, delivery: "Delivery") -> bool:
        """Whether this try may bring it there at all; only then does the time to answer begin."""
        return True

    def look(self, now: datetime) -> None:
        """Look at this door's conversations whose time has come.

        Does not wait for others' programs: it begins, and what comes is said as it comes.
        """
        raise NotImplementedError("this door keeps no conversations")

    @abstractmethod
    def verify(self, agent: "Agent") -> Finding:
        """Ask at the agent's place, with no transaction open. Changes nothing."""


def at_once(sent: Sent) -> "Future[Sent]":
    """For a door that has nothing to wait for."""
    done: Future[Sent] = Future()
    done.set_result(sent)
    return done
