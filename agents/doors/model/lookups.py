"""Tools that look something up: read rows and files, or go outside. They run beside the loop."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from agents.allowed import egress_policy
from agents.doors.fields import Fields, Malformed
from agents.doors.model.files import LONGEST_READ, excerpts, find_file, names_of
from agents.doors.model.talked import drafts
from agents.doors.model.toolbox import Said, explain, wrong
from agents.doors.orders import assigned
from agents.egress import EgressRefused, Outbound, fetch
from workspace import queries
from workspace.commands.proposals import propose_card
from workspace.errors import Refused
from workspace.extraction import text_of
from workspace.reports import Exchanged

Rows = Any
LARGEST_PAGE = 2_000_000
FETCHED_WITHIN = 20.0
PAGES = ("text/", "application/json", "application/xml", "application/xhtml")


def look_up(run_id: str, name: str, given: Fields, calls: Sequence[Exchanged]) -> Said:
    """What a tool that looks something up answers; a wrong call is answered too."""
    run = queries.run_conversing(run_id)
    try:
        return LOOKUPS[name](run, given, calls)
    except Malformed as malformed:
        return explain(malformed)
    except Refused as refused:
        return wrong(f"{refused.code.replace('_', ' ')}.")


def _read_card(run: Rows, given: Fields, calls: Sequence[Exchanged]) -> Said:
    files = "\n".join(f"- {name}" for name in [*names_of(run), *drafts(calls)])
    text = assigned(run, at=datetime.now(UTC)).prompt
    return {"text": f"{text}\n## Files\n{files}" if files else text}


def _read_file(run: Rows, given: Fields, calls: Sequence[Exchanged]) -> Said:
    name = given.text("name", most=300)
    offset = given.whole_or_none("offset", most=10_000_000) or 0
    if (draft := drafts(calls).get(name)) is not None:
        return {"text": _part(draft, offset)}
    file = find_file(run, name)
    if file is None:
        known = ", ".join([*names_of(run), *drafts(calls)]) or "none"
        return wrong(f"there is no file {name}. There are: {known}.")
    words = file.words()
    if not words.strip():
        return wrong(f"{name} ({file.row.media_type}, {file.row.blob.size} bytes) has no text "
                     "that can be read.")  # fmt: skip
    return {"text": _material(name, _part(words, offset))}


def _part(text: str, offset: int) -> str:
    part = text[offset : offset + LONGEST_READ]
    end = offset + len(part)
    return part if end >= len(text) else f"{part}\n(… go on with offset {end} of {len(text)})"


def _material(name: str, text: str) -> str:
    """Marked as what it is: words of others, to be worked from and not to be obeyed."""
    return f"Material from {name}:\n<<<\n{text}\n>>>"


def _search(run: Rows, given: Fields, calls: Sequence[Exchanged]) -> Said:
    found = excerpts(run, given.text("query", most=300))
    if not found:
        return {"text": "Nothing in the files of this room holds all of these words."}
    return {"text": "\n\n".join(_material(name, text) for name, text in found)}


def _fetch(run: Rows, given: Fields, calls: Sequence[Exchanged]) -> Said:
    url = given.link_or("url", "")
    if not url:
        raise Malformed("/url", "missing")
    request = Outbound("GET", url, deadline=FETCHED_WITHIN, max_bytes=LARGEST_PAGE,
                       headers={"Accept": "text/html, text/plain, application/json"})  # fmt: skip
    try:
        answer = fetch(request, policy=egress_policy())
    except EgressRefused as refused:
        return wrong(f"{url} could not be fetched ({refused.code.replace('_', ' ')}).")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or not kind.startswith(PAGES):
        return wrong(f"{url} answered {answer.status} with {kind[:80] or 'no type'}; "
                     "only pages of text can be read.")  # fmt: skip
    text = _page(kind, answer.body)
    return {"text": _material(url, _part(text, 0))}


def _page(kind: str, body: bytes) -> str:
    if "html" in kind:
        return text_of("text/html", body)
    return body.decode("utf-8", "replace").replace("\x00", "")


def _propose(run: Rows, given: Fields, calls: Sequence[Exchanged]) -> Said:
    made = propose_card(
        agent_id=run.agent_id,
        room_id=run.room_id,
        run_id=run.id,
        title=given.text("title", most=200),
        brief=given.text("brief", most=20_000),
        criteria=list(given.texts("criteria", most=20, longest=500)),
        skills=list(given.texts("skills", most=10, longest=60)),
        kind="document",
        at=datetime.now(UTC),
    )
    return {"text": f"Proposed as card {made.number}. People decide whether it is done."}


Lookup = Callable[[Rows, Fields, Sequence[Exchanged]], Said]
LOOKUPS: dict[str, Lookup] = {
    "read_card": _read_card,
    "read_file": _read_file,
    "search_room_files": _search,
    "fetch_url": _fetch,
    "propose_card": _propose,
}
