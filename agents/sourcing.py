"""Looking up what versions name as their sources: pages through egress, files where we hold them.

No transaction is open while anything is fetched or read. The pages are strangers': they are
fetched as text, in small, and nothing in them is followed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from django.utils import timezone

from agents.egress import Answer, EgressPolicy, EgressRefused, Outbound, begin
from workspace import queries
from workspace.commands.sources import MOST_TRIES, LookUp, claim_sources, settle_sources
from workspace.extraction import LONGEST, text_of
from workspace.quoting import occurs

AT_ONCE = 8
DEADLINE_S = 12.0
READS_FOR_S = 2.0
MOST_BYTES = 2 * 1024 * 1024
WORKS_FOR_S = 25.0  # then the job ends, and the sweep hints again
ASKS_FOR = "text/html, text/plain;q=0.9, text/*;q=0.8, application/json;q=0.7, */*;q=0.1"
GONE = (404, 410)
CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})")
# Of an address it does not help to ask again; of an answer, that the page is of no use to us.
NOT_FOR_US = frozenset({"redirect", "too_large", "encoding"})
# Agents name these addresses: what the operator allows agents to live at is not for them.
PUBLIC_ONLY = EgressPolicy()
SPOKEN_AS = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "application/json": "text/plain",
    "application/xml": "text/plain",
}

Rows = Any


def check(deliverable_id: str, *, policy: EgressPolicy = PUBLIC_ONLY) -> None:
    """Look up what is due of a version's sources, for a while."""
    began = time.monotonic()
    while time.monotonic() - began < WORKS_FOR_S:
        taken = claim_sources(deliverable_id=deliverable_id, at=timezone.now(), most=AT_ONCE)
        if not taken:
            return
        found = _look_up(taken, policy)
        settle_sources(deliverable_id=deliverable_id, found=found, at=timezone.now())


def _look_up(sources: Sequence[Rows], policy: EgressPolicy) -> dict[str, LookUp]:
    urls = {one.place["url"] for one in sources if one.place.get("url") and one.tries <= MOST_TRIES}
    asked = {url: begin(_request(url), policy=policy) for url in urls}
    pages = {url: _page(answer) for url, answer in asked.items()}
    return {source.id: _of(source, pages) for source in sources}


def _of(source: Rows, pages: Mapping[str, LookUp | str | None]) -> LookUp:
    if source.tries > MOST_TRIES:
        return LookUp("unchecked")  # whoever looked it up before did not live to tell
    url = source.place.get("url")
    if url:
        return _compared(pages[url], source.place.get("quote", ""))
    return LookUp(queries.state_of_file(source))


def _request(url: str) -> Outbound:
    return Outbound(
        "GET", url, headers={"Accept": ASKS_FOR}, deadline=DEADLINE_S, max_bytes=MOST_BYTES
    )


def _page(answer: Future[Answer]) -> LookUp | str | None:
    """The words of the page, None if it has none that can be read, or why there is no page."""
    try:
        got = answer.result(timeout=DEADLINE_S + 5)
    except EgressRefused as refused:
        if refused.is_permanent or refused.code in NOT_FOR_US:
            return LookUp("refused")
        return LookUp("dead", is_final=False)
    except TimeoutError:
        answer.cancel()
        return LookUp("dead", is_final=False)
    if got.status in GONE:
        return LookUp("dead")
    if got.status >= 500:
        return LookUp("dead", is_final=False)
    if got.status == 429:
        return LookUp("refused", is_final=False)
    return LookUp("refused") if got.status >= 400 else _words(got)


def _words(got: Answer) -> str | None:
    said, _, more = got.headers.get("content-type", "").lower().partition(";")
    said = said.strip()
    spoken_as = SPOKEN_AS.get(said, "text/plain" if said.startswith("text/") else "")
    if not spoken_as:
        return None
    return text_of(spoken_as, _in_utf8(got.body, more), within=READS_FOR_S) or None


def _in_utf8(body: bytes, parameters: str) -> bytes:
    """The same text in UTF-8, if the answer says in which letters it is written."""
    found = CHARSET.search(parameters)
    try:
        return body.decode(found[1]).encode() if found else body
    except (LookupError, ValueError):
        return body


def _compared(page: LookUp | str | None, quote: str) -> LookUp:
    if isinstance(page, LookUp):
        return page
    if not quote.strip():
        return LookUp("found")
    if page is None:
        return LookUp("unchecked")  # it is there, but says nothing we can read
    if occurs(quote, page):
        return LookUp("found")
    return LookUp("unchecked" if len(page) >= LONGEST else "missing")
