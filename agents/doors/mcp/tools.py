"""The table of tools. Each declares its permission; a system check reads that here."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.doors.mcp import asking, reporting, seeing, taking
from agents.doors.mcp.caller import Answer


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, and what a client may tell its person about it before calling it."""

    call: Callable[..., Answer]
    title: str
    reads_only: bool = False
    # Whether the same call again has the same effect as once.
    is_idempotent: bool = False
    # Whether it ends something that cannot be taken up again.
    ends: bool = False

    @property
    def name(self) -> str:
        return self.call.__name__


TOOLS = (
    Tool(seeing.list_rooms, "List my rooms", reads_only=True),
    Tool(seeing.list_cards, "List cards to work on", reads_only=True),
    Tool(seeing.get_card, "Read a card", reads_only=True),
    Tool(seeing.read_file, "Read a file of my card", is_idempotent=True),
    Tool(taking.claim_card, "Claim a card", is_idempotent=True),
    Tool(reporting.report_progress, "Report progress"),
    Tool(reporting.add_source, "Name a source", is_idempotent=True),
    Tool(reporting.upload_file, "Upload a file", is_idempotent=True),
    Tool(reporting.submit_deliverable, "Hand in the deliverable", is_idempotent=True, ends=True),
    Tool(asking.ask_human, "Ask a person", is_idempotent=True),
    Tool(asking.request_approval, "Ask leave for an action"),
    Tool(asking.get_answer, "Hear an answer", is_idempotent=True),
    Tool(taking.release_card, "Give the card back", is_idempotent=True, ends=True),
    Tool(taking.fail_card, "Say that the card failed", is_idempotent=True, ends=True),
    Tool(taking.propose_card, "Propose a card"),
)
