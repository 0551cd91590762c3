"""A room with a model's agent in it, and the loop run in this process as a worker runs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.doors import sending
from agents.doors.model import host, waiting
from agents.doors.registry import door_of
from tests import cast
from tests.fakes.tool_model import MODEL, Script, ToolModel
from workspace.actors import SYSTEM, By
from workspace.commands.agents import AgentFacts, note_verification, register_agent
from workspace.commands.rooms import seat_agent
from workspace.models import Agent, Card, Exchange, Room, Run
from workspace.transitions import LIVE_RUN

KEY = "sk-tests"
WITHIN = 20.0


@pytest.fixture(autouse=True)
def near(settings: Any) -> None:
    """Programs on this machine may be talked to, as `manage.py up` allows by itself."""
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]


@pytest.fixture
def models() -> Iterator[Callable[..., ToolModel]]:
    """Start scripted models; they are stopped at the end."""
    started: list[ToolModel] = []

    def start(script: Script, **more: Any) -> ToolModel:
        started.append(ToolModel(script, key=KEY, **more))
        return started[-1]

    yield start
    for model in started:
        model.stop()


@pytest.fixture
def room(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room; the process that works in it has no runs of other tests, and leaves none behind."""
    own = host.Host()
    monkeypatch.setattr(host._host, "_made", own)
    yield cast.a_room(cast.an_owner())
    own.let_go()


@pytest.fixture
def other() -> Iterator[host.Host]:
    """Another process, as far as conversations are concerned."""
    made = host.Host()
    yield made
    made.let_go()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that brought nothing are made again at once."""
    monkeypatch.setattr(waiting, "WAITS", (0.05,) * len(waiting.WAITS))


def a_worker(room: Room, endpoint: ToolModel, /, **reach: Any) -> Agent:
    """A verified agent of the model door with a seat in the room; `reach` may hold its `key`."""
    owner = room.members.get(role="owner").person
    key = reach.pop("key", KEY)
    facts = AgentFacts(
        name=f"Worker-{Agent.objects.count()}", url=reach.pop("url", endpoint.base_url),
        skills=["odd jobs"], tools=reach.pop("tools", []), max_concurrency=8,
        reach={"model": MODEL, **reach},
    )  # fmt: skip
    agent, _ = register_agent(
        workspace_id=room.workspace_id, facts=facts, door="model", owner=owner,
        by=By(owner.id), at=cast.AT, secret=key,
    )  # fmt: skip
    note_verification(agent_id=agent.id, status="verified", steps=[], said={}, by=SYSTEM,
                      at=cast.AT)  # fmt: skip
    seat_agent(room_id=room.id, agent_id=agent.id, by=By(owner.id), at=cast.AT)
    agent.refresh_from_db()
    return agent


def gives(card: Card, agent: Agent) -> Run:
    """The agent is given the card now; nobody has sent it yet."""
    from workspace.actors import coordinator
    from workspace.commands.starting import assign_card

    card.refresh_from_db()
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=card.attempts + 1, round=1, why={},
        by=coordinator(rule="best_fit"), at=datetime.now(UTC),
    )  # fmt: skip


def goes_on(run: Run, *, until: Callable[[Run], Any], within: float = WITHIN) -> Run:
    """Send what is owed and look, as worker and sweep do, until that holds of the run."""
    ends = time.monotonic() + within
    while True:
        now = datetime.now(UTC)
        for future in sending.begin_due(now):
            future.result(timeout=10)
        door_of("model").look(now)
        run.refresh_from_db()
        if until(run):
            return run
        if time.monotonic() > ends:
            told = list(run.exchanges.order_by("n").values("n", "kind", "state", "said", "trouble"))
            raise AssertionError(f"still {run.state}: {told[-4:]}")
        time.sleep(0.03)


def is_over(run: Run) -> bool:
    return run.state not in LIVE_RUN


def works(card: Card, agent: Agent, within: float = WITHIN) -> Run:
    """The agent is given the card and goes on until its run is over."""
    return goes_on(gives(card, agent), until=is_over, within=within)


def made(run: Run, kind: str) -> list[Exchange]:
    return list(run.exchanges.filter(kind=kind).order_by("n"))


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
