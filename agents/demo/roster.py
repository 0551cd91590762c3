"""Who works in the demo room, in the order they are registered, and what the room is for."""

from dataclasses import dataclass

ROOM_NAME = "May teaspoon 1.4 ship on Friday?"

GOAL = """\
May teaspoon 1.4 ship on Friday? Deliver a go/no-go report, a fix and release notes.

First:
- Dependency table: list every package teaspoon imports or asks for, with the version it pins \
and whether the pin is stale. Each row names the file and line it comes from.
- Test report: run every test of teaspoon once with the command and its exit code. Each failure \
names the line it comes from.
- Facts from the docs: extract the values the docs promise. Each fact names its file and line.
- Facts from the code: extract the defaults the code really uses. Each fact names its file and line.
- Fix: patch what is wrong, only the lines the fix needs. The tests were run again after the change.

Then:
- Go/no-go report: say whether teaspoon 1.4 may ship, from the accepted findings only. Every \
statement is linked to its line.

Last:
- Release notes: say what changed for users of teaspoon 1.4. Every change is linked to its line.
"""


@dataclass(frozen=True)
class DemoAgent:
    """One program: how it is started and registered. Durations are in seconds."""

    name: str
    module: str  # started as `python -m {module}`
    skills: tuple[str, ...]  # what it is best at comes first
    note: str
    ack_within: float = 10
    silent_after: float = 20
    lease: float = 40
    max_concurrency: int = 2
    built_to_fail: bool = False


# Every skill has two able programs, so that the room finishes when one of them freezes.
# Sleepy comes before Prober: of two whose first skill fits, the one registered first is tried.
ROSTER = (
    DemoAgent(
        name="Ledger",
        module="agents.demo.ledger",
        skills=("dependencies", "code", "writing"),
        note="Parses imports and package metadata into a dependency table.",
    ),
    DemoAgent(
        name="Sleepy",
        module="agents.demo.sleepy",
        skills=("testing",),
        note="Built to fail: it accepts a card, reports once and is never heard of again.",
        silent_after=8,
        lease=15,
        max_concurrency=1,
        built_to_fail=True,
    ),
    DemoAgent(
        name="Prober",
        module="agents.demo.prober",
        skills=("testing", "patching"),
        note="Runs the tests and reports each failure with its line.",
    ),
    DemoAgent(
        name="Reader",
        module="agents.demo.reader",
        skills=("docs", "writing"),
        note="Extracts what the docs promise, and writes from accepted findings only.",
    ),
    DemoAgent(
        name="Tracer",
        module="agents.demo.tracer",
        skills=("code", "dependencies", "docs"),
        note="Extracts the defaults the code really uses from its syntax tree.",
    ),
    DemoAgent(
        name="Mender",
        module="agents.demo.mender",
        skills=("patching", "testing"),
        note="Asks which value is meant, patches, and runs the tests again.",
    ),
)


def agent_named(name: str) -> DemoAgent:
    """The agent of this name. Raises KeyError when the roster has none."""
    by_name = {agent.name: agent for agent in ROSTER}
    return by_name[name]
