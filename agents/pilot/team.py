"""A team's own room as scenarios: its cards, rules and agents, with what can go wrong on a wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from agents.pilot.scenario import AgentPart, CardPart, Fault, PersonPart, Scenario
from workspace import queries
from workspace.keys import decrypted


class NotPlayable(ValueError):
    """Why a room cannot be played; a sentence."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What strikes, which rule is to hold against it, and what breaks without."""

    name: str
    title: str
    fault: Fault
    rule: str
    breaks: str
    expect: dict[str, Any]


def strikes(card: str) -> Iterator[Wire]:
    """Each strikes the first run of this card."""
    first = Fault("", card=card, run=1)
    made = {"made_by_who_handed_in": [card]}
    table: list[tuple[str, Fault, str, str, dict[str, Any]]] = [
        ("An agent falls silent", replace(first, does="silent", n=1), "lease", "done", {}),
        ("A result comes after somebody else has taken over", replace(first, does="late", n=1),
         "fencing", "made_by_who_handed_in", made),
        ("Every report comes three times", replace(first, does="repeats", n=2), "once", "doubled",
         {}),
        ("An agent says when to come again", replace(first, does="busy", n=1, seconds=9),
         "patience", "quiet", {"quiet": True}),
        ("An agent answers with noise", replace(first, does="mumbles"), "ack", "done", {}),
        ("A result comes without a file", replace(first, does="empty"), "substance",
         "made_by_who_handed_in", made),
    ]  # fmt: skip
    for title, fault, rule, breaks, expect in table:
        yield Wire(fault.does, title, fault, rule, breaks, expect)


def scenarios_of(room_id: str, within: float) -> list[Scenario]:
    """The room's cards and agents, once for each thing that can strike. Raises NotPlayable."""
    room = queries.room_with_workspace(room_id)
    if room is None:
        raise NotPlayable(f"There is no room {room_id}.")
    cards = list(parts_of(room))
    agents = list(agents_of(room))
    if not cards:
        raise NotPlayable("The room has no card that an agent could be given.")
    if not agents:
        raise NotPlayable("The room has no agent with a webhook: others cannot be proxied yet.")
    first = next(card.name for card in cards if not card.depends_on)
    return [scenario(room, wire, cards, agents, within) for wire in strikes(first)]


def scenario(
    room: Any, wire: Wire, cards: list[CardPart], agents: list[AgentPart], within: float
) -> Scenario:
    limits = queries.timings(room.workspace, room)
    return Scenario(
        name=f"room_{wire.name}", title=wire.title, why="", rule=wire.rule,
        timings={name: getattr(limits, name) for name in ("ack_within", "silent_after", "lease")},
        policy=dict(room.policy), cards=cards, agents=agents, faults=[wire.fault],
        person=PersonPart(), breaks=(wire.breaks,), within=within, rules=room.rules,
        goal=room.goal, expect={"done": [card.name for card in cards], **wire.expect},
    )  # fmt: skip


def parts_of(room: Any) -> Iterator[CardPart]:
    """Cards that are not cancelled, with what they build on among these."""
    rows = list(room.cards.exclude(status="cancelled").order_by("number"))
    names = {row.id: f"card {row.number}" for row in rows}
    for row in rows:
        needs = row.dependencies.values_list("needs_id", flat=True)
        needed = sorted(names[one] for one in needs if one in names)
        yield CardPart(
            name=names[row.id], title=row.title, brief=row.brief, criteria=list(row.criteria),
            skills=list(row.skills), kind=row.kind, depends_on=needed,
        )  # fmt: skip


def agents_of(room: Any) -> Iterator[AgentPart]:
    for seat in room.seats.select_related("agent").order_by("added_at", "id"):
        agent = seat.agent
        if agent.door == "webhook" and agent.secret is not None and agent.status != "revoked":
            yield AgentPart(
                name=f"agent-{agent.id[-6:]}", skills=list(agent.skills), url=agent.url,
                at_once=agent.max_concurrency, secret=decrypted(agent.secret),
            )  # fmt: skip
