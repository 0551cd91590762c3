"""What agents and people write stays text: no markup, no script, no button of theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.pages.sample import Sample
from workspace.models import Agent, DeliverableFile, Room
from workspace.previews.rendering import rendered
from workspace.reports import Accepted, Inline, Question, Result

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>'


@pytest.mark.parametrize(
    "text",
    [
        EVIL,
        "[go](javascript:alert(1))",
        "![track](https://elsewhere.example/pixel.png)",
        '<a href="data:text/html,hi">x</a>',
        "<style>body{display:none}</style>",
        "<svg onload=alert(1)>",
        "[a](<javascript:alert(1)>)",
    ],
)
def test_markdown_keeps_nothing_that_acts(text: str) -> None:
    html = str(rendered(text))
    tags = re.findall(r"<[^>]*>", html)
    assert not [
        tag for tag in tags if re.search(r"img|script|style|svg|on\w+=|javascript:|data:", tag)
    ]


def test_markdown_links_tell_the_other_side_nothing() -> None:
    html = str(rendered("[docs](https://docs.example/)"))
    assert 'rel="noopener noreferrer nofollow"' in html


def test_agents_text_is_escaped_everywhere_and_stands_in_no_button(
    ana: Client, sample: Sample
) -> None:
    room = Room.objects.get(id=sample.room_id)
    agent = Agent.objects.get(name="Ledger")
    card = cast.a_card(room, f"Card {EVIL}", brief=EVIL, criteria=[EVIL])
    run = cast.a_run(card, agent, at=timezone.now())
    cast.says(run, Accepted(), at=timezone.now())
    schema = {
        "type": "object",
        "properties": {"x": {"type": "string", "title": EVIL, "enum": [EVIL, "b"]}},
    }
    cast.says(run, Question("q", EVIL, schema), at=timezone.now())
    pages = (
        f"/rooms/{room.id}", f"/rooms/{room.id}/cards/{card.id}", "/asks", "/",
        f"/rooms/{room.id}/timeline",
    )  # fmt: skip
    for path in pages:
        html = ana.get(path).text
        assert "alert(1)" in html or path.endswith("timeline"), path
        assert "<img src=x" not in html and "<script>alert" not in html, path
        buttons = re.findall(r"<button.*?</button>", html, re.S)
        assert not [button for button in buttons if "alert(" in button], path


def test_every_kind_of_file_is_shown_as_text(ana: Client, sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    card = cast.a_card(room, "Files")
    run = cast.a_run(card, Agent.objects.get(name="Ledger"), at=timezone.now())
    files = {
        "a.md": "text/markdown", "b.csv": "text/csv", "c.patch": "text/x-diff",
        "d.html": "text/html", "e.json": "application/json", "f.svg": "image/svg+xml",
    }  # fmt: skip
    body = f"--- a/{EVIL}\n+++ b/{EVIL}\n@@ -1 +1 @@ {EVIL}\n-{EVIL}\n+{EVIL} more\n".encode()
    parts = tuple(
        Inline(name, kind, SVG if name == "f.svg" else body) for name, kind in files.items()
    )
    cast.says(run, Result(EVIL, parts), at=timezone.now())
    version = run.deliverables.get()
    for view in ("rendered", "source"):
        html = ana.get(f"/reviews/{version.id}?view={view}").text
        assert "alert(" in html
        assert "<img src=x" not in html and "<script>alert" not in html


def test_a_download_is_never_interpreted(ana: Client, sample: Sample) -> None:
    file = DeliverableFile.objects.filter(deliverable_id=sample.version_id).get()
    answer = ana.get(f"/files/{file.id}")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="report.md"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(answer.streaming_content).startswith(b"# Test report")  # type: ignore[attr-defined]


def test_only_what_begins_like_a_picture_is_sent_as_one(ana: Client, sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    card = cast.a_card(room, "Pictures", kind="image")
    run = cast.a_run(card, Agent.objects.get(name="Ledger"), at=timezone.now())
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
    parts = (
        Inline("real.png", "image/png", png), Inline("false.png", "image/png", SVG),
        Inline("drawing.svg", "image/svg+xml", SVG),
    )  # fmt: skip
    cast.says(run, Result("", parts), at=timezone.now())
    status = {
        file.name: ana.get(f"/files/{file.id}/picture").status_code
        for file in run.deliverables.get().files.all()
    }
    assert status == {"real.png": 200, "false.png": 404, "drawing.svg": 404}


def test_files_are_not_there_for_strangers(stranger: Client, sample: Sample) -> None:
    file = DeliverableFile.objects.filter(deliverable_id=sample.version_id).get()
    assert stranger.get(f"/files/{file.id}").status_code == 404


def test_pages_forbid_scripts_that_are_not_ours(ana: Client, sample: Sample) -> None:
    answer = ana.get(f"/rooms/{sample.room_id}")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", answer.text):
        assert 'src="/static/' in tag or "nonce=" in tag


def test_no_template_needs_an_unsafe_style_or_handler() -> None:
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        assert not re.search(r"\son\w+=|\sstyle=|javascript:|\|safe\b", path.read_text()), path.name
