"""What a door brings to the contract: a program that reads the first word of a card's title."""

from __future__ import annotations

from typing import Protocol

from tests.journeys.installation import Api, Installation

# What the program does with a card whose title begins so.
WORDS = ("deliver", "accept", "progress", "question", "permission", "decline", "fail", "cancel",
         "revise", "silent", "late")  # fmt: skip
LIMITS = {"ack_within": 10, "silent_after": 4, "lease": 8, "max_concurrency": 8}
# What a program asks leave for: nothing that a room's policy allows without asking.
ARGV = ["rm", "-rf", "build"]


class Driver(Protocol):
    """One door with a real program behind it."""

    door: str

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        """Start the program, bring its agent in as a user would, seat it; the agent's id."""
        ...

    def stop(self) -> None:
        """End what was started."""
        ...
