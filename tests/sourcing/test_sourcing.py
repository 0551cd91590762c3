"""What versions name as their sources is looked up: files where they are held, pages over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from agents.egress import EgressPolicy
from agents.jobs import check_sources
from agents.sourcing import check
from tests import cast
from tests.extraction.made import docx
from workspace.actors import By
from workspace.commands.attachments import attach_files, examine
from workspace.commands.sources import AGAIN_AFTER
from workspace.models import Card, Deliverable, Event, Room, Run, RunInput, Source
from workspace.reports import Inline, Result, SourceNamed

pytestmark = pytest.mark.django_db(transaction=True)
LOOPBACK = EgressPolicy.allowing(["127.0.0.0/8"])
CODE = "import time\n\nTIMEOUT = 10  # seconds\n"


@dataclass
class Site:
    """A web site with these pages: path → (status, type, body)."""

    pages: dict[str, tuple[int, str, bytes]]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def a_site(**pages: tuple[int, str, bytes]) -> Iterator[Site]:
    site = Site({f"/{name}": page for name, page in pages.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, kind, body = site.pages.get(self.path, (404, "text/html", b"Not here"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if 300 <= status < 400:
                self.send_header("Location", site.url("/other"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def room() -> Room:
    return cast.a_room(cast.an_owner())


@pytest.fixture
def card(room: Room) -> Card:
    return cast.a_card(room)


@pytest.fixture
def run(room: Room, card: Card) -> Run:
    return cast.a_run(card, cast.an_agent(room))


def a_version(run: Run, *places: dict[str, str], **files: str) -> Deliverable:
    parts = tuple(
        Inline(name=name.replace("__", "."), media_type="text/plain", content=text.encode())
        for name, text in (files or {"facts__md": "The timeout is 10."}).items()
    )
    sources = tuple(SourceNamed(place) for place in places)
    cast.says(run, Result(summary_md="Done.", artifacts=parts, sources=sources))
    Source.objects.update(due_at=timezone.now())  # the cast lives at another time
    return run.deliverables.get()


def states(version: Deliverable) -> list[str]:
    """In the order in which they were named."""
    named = [one["place"] for one in version.manifest["sources"]]
    rows = sorted(version.sources.all(), key=lambda row: named.index(row.place))
    return [row.state for row in rows]


# -- files ---------------------------------------------------------------------------------------


def test_a_file_of_the_version_is_found_with_its_lines_and_words(run: Run) -> None:
    version = a_version(
        run,
        {"file": "client.py", "lines": "3", "quote": "TIMEOUT = 10"},
        {"file": "./client.py"},
        {"file": "client.py", "lines": "40"},
        {"file": "client.py", "lines": "2-9"},
        {"file": "client.py", "quote": "TIMEOUT = 30"},
        client__py=CODE,
    )
    check(version.id)
    assert states(version) == ["found", "found", "missing", "missing", "missing"]


def test_a_file_the_workspace_does_not_hold_is_unchecked_and_not_missing(run: Run) -> None:
    version = a_version(
        run,
        {"file": "docs/limits.md", "lines": "12", "sha256": "0" * 64, "quote": "ten"},
        # The same name as a file we hold, but other bytes: another file.
        {"file": "client.py", "lines": "300", "sha256": "1" * 64},
        client__py=CODE,
    )
    check(version.id)
    assert states(version) == ["unchecked", "unchecked"]
    assert all(source.checked_at for source in version.sources.all())
    assert Event.objects.get(type="sources.checked").data["unchecked"] == 2


def an_accepted_input(run: Run, text: str = CODE) -> Deliverable:
    """Another card's accepted version, given to this run."""
    room = run.room
    other = cast.a_run(cast.a_card(room, "Before"), cast.an_agent(room, "Reader"))
    version = a_version(other, before__csv=text)
    cast.accept(version, room.members.get(role="owner").person)
    RunInput.objects.create(
        workspace_id=room.workspace_id, run=run, deliverable=version, sha256=version.sha256
    )
    return version


def test_a_file_of_an_input_is_found_where_it_is_said_to_be(run: Run) -> None:
    before = an_accepted_input(run)
    sha256 = before.files.get().blob.sha256
    version = a_version(
        run,
        {"deliverable_id": before.id, "file": "before.csv", "lines": "3", "sha256": sha256},
        {"deliverable_id": before.id},
        {"file": "before.csv", "quote": "TIMEOUT"},
        {"deliverable_id": before.id, "file": "other.csv"},
        {"deliverable_id": before.id, "file": "before.csv", "sha256": "0" * 64},
        {"deliverable_id": "dlv_none", "file": "before.csv"},
    )
    check(version.id)
    assert states(version) == ["found", "found", "found", "missing", "missing", "missing"]


def test_what_is_in_another_room_is_not_looked_into(run: Run) -> None:
    owner = run.room.members.get(role="owner").person
    other = cast.a_room(owner, name="Other")
    there = a_version(cast.a_run(cast.a_card(other), cast.an_agent(other, "Spy")), a__md=CODE)
    version = a_version(
        run,
        {"deliverable_id": there.id, "file": "a.md", "quote": "TIMEOUT = 10"},
        {"deliverable_id": there.id},
        {"file": "a.md", "quote": "TIMEOUT = 10"},
    )
    check(version.id)
    assert states(version) == ["missing", "missing", "unchecked"]


def test_the_words_of_an_attached_document_are_looked_up(run: Run) -> None:
    owner = By(run.room.members.get(role="owner").person_id)
    file = examine(name="plan.docx", media_type="", content=docx("Ship on Friday."))
    attach_files(room_id=run.room_id, files=[file], by=owner, at=cast.AT)
    version = a_version(
        run,
        {"file": "plan.docx", "quote": "ship on  friday"},
        {"file": "plan.docx", "quote": "ship on Monday"},
    )
    check(version.id)
    assert states(version) == ["found", "missing"]


# -- pages ---------------------------------------------------------------------------------------


def html(text: str) -> tuple[int, str, bytes]:
    return 200, "text/html; charset=utf-8", f"<html><body><p>{text}</p></body></html>".encode()


def test_a_page_is_fetched_once_and_its_words_compared(run: Run) -> None:
    with a_site(limits=html("The <b>timeout</b>, by default, is 10&nbsp;s.")) as site:
        page = site.url("/limits")
        version = a_version(
            run,
            {"url": page, "quote": "The timeout, by default, is 10 s."},
            {"url": page, "quote": "The timeout is 30 s."},
            {"url": page},
            {"url": site.url("/gone"), "quote": "anything"},
        )
        check(version.id, policy=LOOPBACK)
        assert sorted(site.asked) == ["/gone", "/limits"]
    assert states(version) == ["found", "missing", "found", "dead"]
    said = Event.objects.get(type="sources.checked").data
    assert (said["found"], said["missing"], said["dead"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("page", "state"),
    [
        ((410, "text/html", b""), "dead"),
        ((403, "text/html", b"Keep out: ten"), "refused"),
        ((301, "text/html", b"ten"), "refused"),
        ((200, "text/html", b"ten" + b" " * 3 * 1024 * 1024), "refused"),
        ((200, "application/pdf", b"%PDF ten"), "unchecked"),
        ((200, "text/html", b"<script>write('ten')</script>"), "unchecked"),
        ((200, "text/plain", b"ten and more"), "found"),
        ((200, "application/json", b'{"limit": "ten"}'), "found"),
        ((200, "text/plain; charset=utf-16-le", "ten".encode("utf-16-le")), "found"),
    ],
    ids=["410", "403", "301", "large", "pdf", "script", "text", "json", "utf-16"],
)
def test_every_answer_has_its_state(run: Run, page: tuple[int, str, bytes], state: str) -> None:
    with a_site(page=page, other=html("ten")) as site:
        version = a_version(run, {"url": site.url("/page"), "quote": "ten"})
        check(version.id, policy=LOOPBACK)
        assert site.asked == ["/page"]  # a redirect is never followed
    assert states(version) == [state]


def test_a_page_that_does_not_answer_is_asked_again_before_it_is_dead(run: Run) -> None:
    with a_site() as site:
        url = site.url("/page")
    version = a_version(run, {"url": url, "quote": "ten"})
    for _ in AGAIN_AFTER:
        check(version.id, policy=LOOPBACK)
        assert states(version) == ["unchecked"]
        assert version.sources.get().due_at > timezone.now()
        Source.objects.update(due_at=timezone.now())
    check(version.id, policy=LOOPBACK)
    assert states(version) == ["dead"]


def test_a_page_that_comes_back_is_found(run: Run) -> None:
    with a_site(page=(503, "text/html", b"later")) as site:
        version = a_version(run, {"url": site.url("/page"), "quote": "ten"})
        check(version.id, policy=LOOPBACK)
        assert states(version) == ["unchecked"]
        site.pages["/page"] = html("ten")
        Source.objects.update(due_at=timezone.now())
        check(version.id, policy=LOOPBACK)
    assert states(version) == ["found"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/page",
        "http://localhost:{port}/page",
        "https://[::1]:{port}/page",
        "http://2130706433:{port}/page",
        "https://169.254.169.254/latest/meta-data",
        "http://user:secret@127.0.0.1:{port}/page",
        "file:///etc/passwd",
    ],
)
def test_an_agent_cannot_have_the_workspace_look_around_at_home(run: Run, url: str) -> None:
    with a_site(page=html("ten")) as site:
        version = a_version(run, {"url": url.format(port=site.port), "quote": "ten"})
        check_sources(version.id)
        assert site.asked == []
    assert states(version) == ["refused"]


def test_what_the_operator_allows_agents_is_not_allowed_to_what_they_name(
    run: Run, settings: object
) -> None:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    with a_site(page=html("ten")) as site:
        version = a_version(run, {"url": site.url("/page"), "quote": "ten"})
        check_sources(version.id)
        assert site.asked == []
    assert states(version) == ["refused"]


def test_a_job_that_comes_twice_or_too_late_changes_nothing(run: Run) -> None:
    version = a_version(run, {"file": "facts.md"})
    check_sources(version.id)
    check_sources(version.id)
    check_sources("dlv_none")
    assert states(version) == ["found"]
    assert Event.objects.filter(type="sources.checked").count() == 1


def test_what_kills_its_reader_is_not_read_for_ever(run: Run) -> None:
    with a_site(page=html("ten")) as site:
        version = a_version(run, {"url": site.url("/page"), "quote": "ten"})
        Source.objects.update(tries=3)
        check(version.id, policy=LOOPBACK)
        assert site.asked == []
    assert states(version) == ["unchecked"]
    assert version.sources.get().due_at is None
