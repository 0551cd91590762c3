"""A room whose agents all have a card of one scripted model, made by commands alone."""

from datetime import UTC, datetime

from agents.swarm.cards import Script
from agents.swarm.model import NAME
from workspace import queries
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.agents import AgentFacts, note_verification, register_agent
from workspace.commands.cards import CardFacts, create_card
from workspace.commands.people import create_workspace
from workspace.commands.rooms import create_room, seat_agent
from workspace.commands.starting import assign_card


def a_room_of(url: str, agents: int, turns: int) -> tuple[str, str]:
    """The room's id, and the order each of its agents is given."""
    at = datetime.now(UTC)
    owner = create_workspace(name="Bench", owner_name="Bench", email=None, at=at)
    by = By(owner.id)
    workspace_id = queries.workspaces_of(owner)[0].id
    room = create_room(workspace_id=workspace_id, name="Bench", goal="Everything at once.",
                       owner=owner, by=by, at=at)  # fmt: skip
    script = Script(title="Bench", turns=turns)
    for n in range(agents):
        facts = AgentFacts(name=f"Worker-{n}", url=url, skills=["odd jobs"],
                           reach={"model": NAME, "turns": turns + 5})  # fmt: skip
        agent, _ = register_agent(workspace_id=workspace_id, facts=facts, door="model",
                                  owner=owner, by=by, at=at)  # fmt: skip
        note_verification(agent_id=agent.id, status="verified", steps=[], said={}, by=SYSTEM, at=at)
        seat_agent(room_id=room.id, agent_id=agent.id, by=by, at=at)
        brief = Script(title=f"Bench {n}", turns=turns).line
        card = create_card(room_id=room.id, facts=CardFacts(title=f"Card {n}", brief=brief),
                           by=by, at=at)  # fmt: skip
        assign_card(card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={},
                    by=coordinator(rule="best_fit"), at=at)  # fmt: skip
    return room.id, script.line


def is_over(room_id: str) -> bool:
    """Whether every run of the room has ended."""
    return not queries.live_in(room_id)


def steps_kept(room_id: str) -> int:
    return queries.steps_in(room_id)
