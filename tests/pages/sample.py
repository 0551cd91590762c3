"""A room with something in every column, made through commands only.

`python -m tests.pages.sample` fills an empty installation with it, for looking at the pages.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

PATCH_1 = """--- a/teaspoon/retry.py
+++ b/teaspoon/retry.py
@@ -39,8 +39,8 @@ class Retry
     def waits(self):
-        \"\"\"Seconds to wait before each retry.\"\"\"
-        for n in range(1, self.tries):
+        \"\"\"Seconds to wait before each retry; the first is `base`.\"\"\"
+        for n in range(self.tries):
             yield min(self.base * 2 ** n, self.cap)
"""
PATCH_2 = """--- a/teaspoon/retry.py
+++ b/teaspoon/retry.py
@@ -39,4 +39,4 @@ class Retry
     def waits(self):
         \"\"\"Seconds to wait before each retry.\"\"\"
-        for n in range(1, self.tries):
+        for n in range(self.tries):
             yield min(self.base * 2 ** n, self.cap)
--- a/teaspoon/client.py
+++ b/teaspoon/client.py
@@ -87,3 +87,3 @@ class Client
     def __init__(self, url,
-                 timeout=10, retry=Retry(tries=4)):
+                 timeout=30, retry=Retry(tries=4)):
         self.url = url
"""
REPORT = """# Test report

Every test was run once with `python -m unittest discover -v`.

| tests | passed | failed |
|---|---|---|
| 48 | 47 | 1 |

- `tests/test_retry.py:41` fails: the first wait is skipped.
"""
TABLE = "name,pin,stale,place\nspooncore,==1.9,yes,pyproject.toml:12\nforkutil,>=3,no,pyproject.toml:13\n"


@dataclass(frozen=True)
class Sample:
    """Ids of what the sample holds."""

    owner_id: str
    room_id: str
    version_id: str
    card_id: str
    agent_id: str


def a_sample(now: datetime) -> Sample:
    """Ana's room: cards in every column, a silent agent, a replaced one, an ask, reviews."""
    from tests import cast
    from workspace.actors import By, coordinator
    from workspace.commands.agents import AgentFacts, edit_agent
    from workspace.commands.cards import CardFacts, create_card, take_card
    from workspace.commands.messages import post_message
    from workspace.commands.reviews import open_deliverable, request_changes
    from workspace.commands.runs import assign_card, fail_run, mark_stale, offer_run
    from workspace.models import Room
    from workspace.reports import (
        Accepted,
        Activity,
        ClaimMade,
        Inline,
        Progress,
        Question,
        Result,
        SourceNamed,
    )

    def ago(seconds: float) -> datetime:
        return now - timedelta(seconds=seconds)

    ana = cast.an_owner("Ana Ruiz")
    goal = "May teaspoon 1.4 ship on Friday? Deliver a go/no-go report, a fix and release notes."
    room = cast.a_room(ana, name="May teaspoon 1.4 ship on Friday?", goal=goal)
    Room.objects.filter(id=room.id).update(is_demo=True)
    jonas = cast.a_member(room, "reviewer", "Jonas Weber")
    cast.a_member(room, "contributor", "Mei Tan")
    limits = {"ack_within": 10.0, "silent_after": 20.0, "lease": 600.0}
    skills = {
        "Ledger": ("dependencies",), "Prober": ("testing", "patching"), "Sleepy": ("testing",),
        "Reader": ("docs", "writing"), "Tracer": ("code",), "Mender": ("patching",),
    }  # fmt: skip
    agents = {
        name: cast.an_agent(room, name, skills=known, max_concurrency=2, timings=limits)
        for name, known in skills.items()
    }
    note = {"code": "built_to_fail", "params": {}}
    edit_agent(agent_id=agents["Sleepy"].id, facts=AgentFacts(note=note), by=By(ana.id), at=now)

    def run_on(card, name, at, attempt=1, round=1, began=True):  # type: ignore[no-untyped-def]
        compared = [
            {"agent_id": agents[one].id, "name": one, "successes": n, "failures": 1, "load": 0,
             "capacity": 2, "score": round_score}
            for one, n, round_score in ((name, 13, 0.88), ("Mender", 1, 0.41))
        ]  # fmt: skip
        why = {"code": "best_fit", "params": {"eligible": compared, "excluded": [
            {"agent_id": agents["Sleepy"].id, "name": "Sleepy", "why": "failed_before"}]}}  # fmt: skip
        by = coordinator(rule="best_fit")
        run = assign_card(
            card_id=card.id, agent_id=agents[name].id, attempt=attempt, round=round, why=why, by=by,
            at=at,
        )  # fmt: skip
        offer_run(run_id=run.id, by=by, at=at)
        if began:
            cast.says(run, Accepted(), at=at + timedelta(seconds=1))
        return run

    def hand_in(run, name, media_type, text, at, claims=0, summary=""):  # type: ignore[no-untyped-def]
        made = tuple(
            ClaimMade(f"c{n}", f"fact.{n}", n, "s", f"The value of setting {n} is {n} s")
            for n in range(claims)
        )
        sources = tuple(
            SourceNamed({"file": "client.py", "lines": str(40 + n)}, (f"c{n}",))
            for n in range(claims)
        )
        part = Inline(name, media_type, text.encode())
        cast.says(run, Result(summary, (part,), made, sources), at=at)
        return run.deliverables.order_by("-version").first()

    criteria = ["Every test was run once, with the command and its exit code",
                "Each failure names the line it comes from"]  # fmt: skip
    table = cast.a_card(room, "Dependency table", kind="table", skills=["dependencies"])
    tests = cast.a_card(room, "Run the tests", kind="report", skills=["testing"], criteria=criteria,
                        brief="Run every test of teaspoon at commit `a1c4e09`. Say which fail.")  # fmt: skip
    docs = cast.a_card(room, "Facts from the docs", kind="table", skills=["docs"])
    code = cast.a_card(room, "Facts from the code", kind="table", skills=["code"])
    fix = cast.a_card(room, "Fix the failing test", kind="patch", skills=["patching"],
                      criteria=["Only the lines the fix needs", "The tests were run again"])  # fmt: skip
    timeout = cast.a_card(
        room, "Make the timeout agree everywhere", kind="patch", skills=["patching"]
    )
    api = cast.a_card(room, "Public API compared with 1.3", kind="table", skills=["code"])
    examples = cast.a_card(room, "Run the doc examples as tests", kind="report", skills=["testing"])
    cast.a_card(room, "Go/no-go report", kind="report", skills=["writing"],
                depends_on=[table, tests, fix, timeout])  # fmt: skip
    cast.a_card(room, "Release notes for 1.4", kind="document", depends_on=[fix, timeout])
    draft = cast.a_card(room, "Draft the announcement", kind="document")
    create_card(room_id=room.id, facts=CardFacts(title="Check the licence headers", kind="report"),
                by=By(jonas.id), at=ago(240), status="triage")  # fmt: skip

    hand_in(run_on(table, "Ledger", ago(800)), "dependencies.csv", "text/csv", TABLE, ago(660), 1)
    stalled = run_on(tests, "Sleepy", ago(760))
    fail_run(run_id=stalled.id, kind="stalled", evidence={"silent_s": 15.0, "lease_s": 15.0},
             by=coordinator(rule="stalled"), at=ago(740))  # fmt: skip
    tried = run_on(tests, "Prober", ago(738), attempt=2)
    for n, (kind, title) in enumerate((
        ("thought", "Collected 48 tests"), ("action", "python -m unittest discover -v"),
        ("result", "47 passed, 1 failed in 3.1 s, exit 1"),
    )):  # fmt: skip
        cast.says(tried, Activity(kind=kind, title=title), at=ago(730 - n))
    version = hand_in(tried, "report.md", "text/markdown", REPORT, ago(600), 3,
                      "47 passed, **1 failed**.")  # fmt: skip
    for card, name, n in ((docs, "Reader", 23), (code, "Tracer", 31)):
        done = hand_in(run_on(card, name, ago(700)), "facts.csv", "text/csv", TABLE, ago(690), n)
        cast.accept(done, ana if card is docs else jonas, at=ago(500))
    first = hand_in(run_on(fix, "Mender", ago(500)), "fix.patch", "text/x-diff", PATCH_1, ago(400))
    open_deliverable(deliverable_id=first.id, by=By(ana.id), at=ago(300))
    request_changes(deliverable_id=first.id, reason="Please don't reformat. Only the lines the fix needs.",
                    by=By(ana.id), at=ago(290))  # fmt: skip
    fix_2 = run_on(fix, "Mender", ago(280), round=2)
    hand_in(fix_2, "fix.patch", "text/x-diff", PATCH_2, ago(60), 2,
            "**Three lines in two files.** The retry loop began at 1, so the first wait was skipped.")  # fmt: skip
    asked = run_on(timeout, "Mender", ago(200))
    schema = {"type": "object", "required": ["timeout"], "properties": {
        "timeout": {"type": "string", "enum": ["30", "10"], "title": "Timeout, in seconds"}}}  # fmt: skip
    cast.says(asked, Question("q1", "Which value is meant, 30 or 10?", schema), at=ago(120))
    silent = run_on(api, "Tracer", ago(90))
    cast.says(silent, Progress(percent=32, step="Reading client.py", note_md="7 of 22"), at=ago(48))
    mark_stale(run_id=silent.id, by=coordinator(rule="silent"), at=now)
    busy = run_on(examples, "Prober", ago(30))
    cast.says(busy, Progress(percent=64, step="example 14 of 22"), at=ago(3))
    take_card(card_id=draft.id, by=By(jonas.id), at=ago(360))
    post_message(card_id=tests.id, body="Is it flaky?", by=By(jonas.id), at=ago(100))
    return Sample(ana.id, room.id, version.id, tests.id, agents["Prober"].id)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workspace.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from workspace.commands.people import make_sign_in_link
    from workspace.models import Person

    found = a_sample(timezone.now())
    person = Person.objects.get(id=found.owner_id)
    token = make_sign_in_link(person=person, at=timezone.now())
    print(f"{settings.MUSTER_URL}/sign-in/{token} {found}")


if __name__ == "__main__":
    main()
