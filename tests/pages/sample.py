"""A room with something in every column, made through commands only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests import cast
from workspace.actors import By, coordinator
from workspace.commands.agents import AgentFacts, edit_agent
from workspace.commands.cards import CardFacts, create_card, take_card
from workspace.commands.messages import post_message
from workspace.commands.reviews import open_deliverable, request_changes
from workspace.commands.runs import fail_run, mark_stale, offer_run
from workspace.commands.starting import assign_card
from workspace.models import Agent, Card, Deliverable, Person, Room, Run
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
TABLE = """name,pin,stale,place
spooncore,==1.9,yes,pyproject.toml:12
forkutil,>=3,no,pyproject.toml:13
"""


GOAL = "May teaspoon 1.4 ship on Friday? Deliver a go/no-go report, a fix and release notes."
LIMITS = {"ack_within": 10.0, "silent_after": 20.0, "lease": 600.0}
SKILLS = {
    "Ledger": ("dependencies",), "Prober": ("testing", "patching"), "Sleepy": ("testing",),
    "Reader": ("docs", "writing"), "Tracer": ("code",), "Mender": ("patching",),
}  # fmt: skip
WHICH = {
    "type": "object",
    "required": ["timeout"],
    "properties": {
        "timeout": {"type": "string", "enum": ["30", "10"], "title": "Timeout, in seconds"}
    },
}
STEPS = (
    ("thought", "Collected 48 tests"),
    ("action", "python -m unittest discover -v"),
    ("result", "47 passed, 1 failed in 3.1 s, exit 1"),
)


@dataclass(frozen=True)
class Sample:
    """Ids of what the sample holds."""

    owner_id: str
    room_id: str
    version_id: str
    card_id: str
    agent_id: str


@dataclass
class Scene:
    """Ana's room while it is being filled; times are seconds before `now`."""

    now: datetime
    room: Room
    ana: Person
    jonas: Person
    agents: dict[str, Agent]

    def ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    def card(self, title: str, kind: str, skill: str, **facts: object) -> Card:
        return cast.a_card(self.room, title, kind=kind, skills=[skill], **facts)

    def run(self, card: Card, name: str, ago: float, attempt: int = 1, round: int = 1) -> Run:
        """The agent was given the card that long ago, and said yes a second later."""
        by, at = coordinator(rule="best_fit"), self.ago(ago)
        run = assign_card(
            card_id=card.id, agent_id=self.agents[name].id, attempt=attempt, round=round,
            why=self.why(name), by=by, at=at,
        )  # fmt: skip
        offer_run(run_id=run.id, by=by, at=at)
        cast.says(run, Accepted(), at=at + timedelta(seconds=1))
        return run

    def why(self, name: str) -> dict[str, object]:
        """The numbers the coordinator would have compared."""
        compared = [
            {"agent_id": self.agents[one].id, "name": one, "successes": good, "failures": 1,
             "load": 0, "capacity": 2, "score": score}
            for one, good, score in ((name, 13, 0.88), ("Mender", 1, 0.41))
        ]  # fmt: skip
        left = {"agent_id": self.agents["Sleepy"].id, "name": "Sleepy", "why": "failed_before"}
        return {"code": "best_fit", "params": {"eligible": compared, "excluded": [left]}}

    def hands_in(
        self, run: Run, file: Inline, ago: float, claims: int = 0, summary: str = ""
    ) -> Deliverable:
        made = tuple(
            ClaimMade(f"c{n}", f"fact.{n}", n, "s", f"The value of setting {n} is {n} s")
            for n in range(claims)
        )
        sources = tuple(
            SourceNamed({"file": "client.py", "lines": str(40 + n)}, (f"c{n}",))
            for n in range(claims)
        )
        cast.says(run, Result(summary, (file,), made, sources), at=self.ago(ago))
        return run.deliverables.get()


def a_sample(now: datetime) -> Sample:
    """Cards in every column, a silent agent, a replaced one, an ask, reviews."""
    scene = a_scene(now)
    tests = scene.card(
        "Run the tests", "report", "testing",
        brief="Run every test of teaspoon at commit `a1c4e09`. Say which fail.",
        criteria=[
            "Every test was run once, with the command and its exit code",
            "Each failure names the line it comes from",
        ],
    )  # fmt: skip
    fix = scene.card(
        "Fix the failing test", "patch", "patching",
        criteria=["Only the lines the fix needs", "The tests were run again"],
    )  # fmt: skip
    timeout = scene.card("Make the timeout agree everywhere", "patch", "patching")
    table = in_review(scene)
    version = replaced(scene, tests)
    accepted(scene)
    in_round_two(scene, fix)
    at_work(scene, timeout)
    blocked(scene, [table, tests, fix, timeout])
    return Sample(scene.ana.id, scene.room.id, version.id, tests.id, scene.agents["Prober"].id)


def a_scene(now: datetime) -> Scene:
    ana = cast.an_owner("Ana Ruiz")
    room = cast.a_room(ana, name="May teaspoon 1.4 ship on Friday?", goal=GOAL, is_demo=True)
    jonas = cast.a_member(room, "reviewer", "Jonas Weber")
    cast.a_member(room, "contributor", "Mei Tan")
    agents = {
        name: cast.an_agent(room, name, skills=skills, max_concurrency=2, timings=LIMITS)
        for name, skills in SKILLS.items()
    }
    note = AgentFacts(note={"code": "built_to_fail", "params": {}})
    edit_agent(agent_id=agents["Sleepy"].id, facts=note, by=By(ana.id), at=now)
    return Scene(now, room, ana, jonas, agents)


def in_review(scene: Scene) -> Card:
    card = scene.card("Dependency table", "table", "dependencies")
    file = Inline("dependencies.csv", "text/csv", TABLE.encode())
    scene.hands_in(scene.run(card, "Ledger", 800), file, 660, claims=1)
    return card


def replaced(scene: Scene, card: Card) -> Deliverable:
    """Sleepy stalled, Prober went on and handed in; Jonas asks about it."""
    stalled = scene.run(card, "Sleepy", 760)
    evidence = {"silent_s": 15.0, "lease_s": 15.0}
    by = coordinator(rule="stalled")
    fail_run(run_id=stalled.id, kind="stalled", evidence=evidence, by=by, at=scene.ago(740))
    run = scene.run(card, "Prober", 738, attempt=2)
    for n, (kind, title) in enumerate(STEPS):
        cast.says(run, Activity(kind=kind, title=title), at=scene.ago(730 - n))
    file = Inline("report.md", "text/markdown", REPORT.encode())
    version = scene.hands_in(run, file, 600, claims=3, summary="47 passed, **1 failed**.")
    post_message(card_id=card.id, body="Is it flaky?", by=By(scene.jonas.id), at=scene.ago(100))
    return version


def accepted(scene: Scene) -> None:
    file = Inline("facts.csv", "text/csv", TABLE.encode())
    for title, skill, name, claims, person in (
        ("Facts from the docs", "docs", "Reader", 23, scene.ana),
        ("Facts from the code", "code", "Tracer", 31, scene.jonas),
    ):
        run = scene.run(scene.card(title, "table", skill), name, 700)
        version = scene.hands_in(run, file, 690, claims=claims)
        cast.accept(version, person, at=scene.ago(500))


def in_round_two(scene: Scene, card: Card) -> None:
    first = scene.hands_in(
        scene.run(card, "Mender", 500), Inline("fix.patch", "text/x-diff", PATCH_1.encode()), 400
    )
    ana = By(scene.ana.id)
    open_deliverable(deliverable_id=first.id, by=ana, at=scene.ago(300))
    said = "Please don't reformat. Only the lines the fix needs."
    request_changes(deliverable_id=first.id, reason=said, by=ana, at=scene.ago(290))
    scene.hands_in(
        scene.run(card, "Mender", 280, round=2),
        Inline("fix.patch", "text/x-diff", PATCH_2.encode()), 60, claims=2,
        summary="**Two lines in two files.** The retry loop began at 1, so a wait was skipped.",
    )  # fmt: skip


def at_work(scene: Scene, timeout: Card) -> None:
    """One agent waits for an answer, one is silent, one works, and so does a person."""
    asking = scene.run(timeout, "Mender", 200)
    asked = Question("q1", "Which value is meant, 30 or 10?", WHICH)
    cast.says(asking, asked, at=scene.ago(120))
    silent = scene.run(scene.card("Public API compared with 1.3", "table", "code"), "Tracer", 90)
    cast.says(silent, Progress(32, "Reading client.py", "7 of 22"), at=scene.ago(48))
    mark_stale(run_id=silent.id, by=coordinator(rule="silent"), at=scene.now)
    busy = scene.run(scene.card("Run the doc examples", "report", "testing"), "Prober", 30)
    cast.says(busy, Progress(64, "example 14 of 22"), at=scene.ago(3))
    draft = cast.a_card(scene.room, "Draft the announcement")
    take_card(card_id=draft.id, by=By(scene.jonas.id), at=scene.ago(360))


def blocked(scene: Scene, needed: list[Card]) -> None:
    scene.card("Go/no-go report", "report", "writing", depends_on=needed)
    scene.card("Release notes for 1.4", "document", "writing", depends_on=needed[2:])
    facts = CardFacts(title="Check the licence headers", kind="report")
    create_card(
        room_id=scene.room.id, facts=facts, by=By(scene.jonas.id), at=scene.ago(240),
        status="triage",
    )  # fmt: skip
