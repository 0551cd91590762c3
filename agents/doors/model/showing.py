"""What people see of a conversation: each call as a step of its run, each file under its type."""

import mimetypes
from collections.abc import Sequence

from agents.doors.model.reading import Reply, one_line
from agents.doors.model.talked import arguments_of, named, text_of
from agents.doors.sniff import honest_media_type
from workspace.reports import Activity, Exchanged, Inline, Progress

SHOWN = 2_000
KNOWN_TYPES = {".md": "text/markdown", ".csv": "text/csv", ".html": "text/html",
               ".patch": "text/x-diff", ".diff": "text/x-diff"}  # fmt: skip


def shown_model(reply: Reply) -> Activity:
    """What the model said; where it only called, what it called."""
    names = ", ".join(call["function"]["name"] or "?" for call in reply.calls)
    title = one_line(reply.text, 120) or (f"→ {names}" if names else "…")
    return Activity("thought", title, output=reply.text[:SHOWN], status="ok")


def shown_tool(calls: Sequence[Exchanged], call: Exchanged) -> Activity | Progress:
    """A call of a tool with what it brought; progress is shown as progress."""
    if progress := call.said.get("progress"):
        return Progress(percent=progress["percent"], step=progress["note"])
    given = str(arguments_of(calls, call))
    again = "" if call.tries == 1 else f" (begun {call.tries} times)"
    title = f"{named(call)}{again} {one_line(given, 100)}".strip()
    status = "failed" if call.said.get("wrong") else "ok"
    return Activity("action", title[:500], given[:SHOWN], text_of(call)[:SHOWN], status)


def inline(name: str, content: str) -> Inline:
    """A file that was written, of the type its name says as far as that can be."""
    ending = "." + name.rpartition(".")[2].lower()
    guessed = KNOWN_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "text/plain"
    raw = content.encode("utf-8", "replace")
    return Inline(name, honest_media_type(guessed, raw), raw)
