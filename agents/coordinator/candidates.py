"""Who is compared for one slot of a card, who is not, and the numbers that are kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from agents.coordinator.board import Card, Seat
from agents.coordinator.moves import Json
from agents.coordinator.ranking import Group, Ranking

SHOWN = 5  # as many names as a person will read in one reason


@dataclass(slots=True)
class Opening:
    """One slot of a card that wants a run, and who may not have it."""

    card: Card
    slot: int
    group: Group
    barred: dict[str, str]


def the_numbers(opening: Opening, eligible: list[Seat], ranking: Ranking) -> dict[str, Json]:
    """Who was compared and who was not, cut to as many as a person reads."""
    group = opening.group
    free = group.free_count - sum(
        seat.usable and ranking.has_room(seat) for seat in barred_here(opening, ranking)
    )
    numbers: list[Json] = [ranking.numbers(seat, group) for seat in eligible[:SHOWN]]
    surest = max(ranking.shown(seat, group).success for seat in eligible[:SHOWN])
    return {
        "skills": sorted(group.skills),
        **what_it_has_shown(eligible[0], group, ranking),
        "surest_percent": round(surest * 100),
        "eligible": numbers,
        "eligible_count": free,
        "excluded": excluded_seats(opening, ranking),
        "excluded_count": group.size - free,
    }


def what_it_has_shown(seat: Seat, group: Group, ranking: Ranking) -> dict[str, Json]:
    """How likely a seat is to do such a card well, and how many outcomes that rests on."""
    shown = ranking.shown(seat, group)
    return {
        "percent": round(shown.success * 100),
        "outcomes": max(1, round(shown.seen)) if shown.seen else 0,
    }


def why_best(params: Mapping[str, Json]) -> str:
    """The rules' reason for the first of those compared, as a code."""
    compared = params["eligible"]
    assert isinstance(compared, list)
    first, surest = compared[0], max(compared, key=lambda one: one["success"])
    if all(one["basis"] == "declared" for one in compared):
        return "best_fit"
    # Nobody has shown anything at work: what tells them apart is how they were tried.
    if all(one["basis"] in ("declared", "audition") for one in compared):
        return "best_audition"
    if first["basis"] == "audition" and first["success"] >= surest["success"]:
        return "stood_audition"
    if not params["outcomes"]:
        return "tried_out"
    if len(compared) == 1:
        return "only_one_free"
    if first["success"] >= surest["success"]:
        return "likeliest"
    return "tried_out" if first["bonus"] > surest["bonus"] else "freer_or_cheaper"


def best_seats(opening: Opening, ranking: Ranking) -> list[Seat]:
    """The best free seats; those that failed this card in an earlier attempt come last."""
    failed_here = {
        run.agent_id
        for run in opening.card.runs
        if run.state == "failed" and run.remedy != "retry" and not run.was_cut_off
    }
    fresh: list[Seat] = []
    again: list[Seat] = []
    for seat in ranking.ranked(opening.group):
        if seat.agent_id in opening.barred:
            continue
        (again if seat.agent_id in failed_here else fresh).append(seat)
        if len(fresh) >= SHOWN:
            break
    return fresh + again


def excluded_seats(opening: Opening, ranking: Ranking) -> list[dict[str, Json]]:
    """Those with the skills who cannot have the card now, with the reason; the first few."""
    barred, group = opening.barred, opening.group
    everyone = chain(
        ((seat, barred[seat.agent_id]) for seat in barred_here(opening, ranking)),
        (
            (seat, seat.unusable_because or "not_usable")
            for seat in seats_at(group.unusable, ranking, barred)
        ),
        ((seat, "at_capacity") for seat in seats_at(group.full, ranking, barred)),
    )
    return [
        {"agent_id": seat.agent_id, "name": seat.name, "why": why}
        for seat, why in islice(everyone, SHOWN)
    ]


def barred_here(opening: Opening, ranking: Ranking) -> list[Seat]:
    """The barred agents that have a seat and the skills."""
    if not opening.barred:
        return []
    seats = [seat for seat in map(ranking.seat_of, opening.barred) if seat is not None]
    return [seat for seat in seats if opening.group.skills <= set(seat.skills)]


def seats_at(indices: list[int], ranking: Ranking, barred: Mapping[str, str]) -> Iterator[Seat]:
    return (
        ranking.seats[index] for index in indices if ranking.seats[index].agent_id not in barred
    )


def why_not(agent_id: str, opening: Opening, ranking: Ranking) -> str | None:
    """Why an agent somebody names may not have the card; None where it may."""
    seat = ranking.seat_of(agent_id)
    if seat is None:
        return "not_in_room"
    if agent_id in opening.barred:
        return opening.barred[agent_id]
    if not opening.group.skills <= set(seat.skills):
        return "lacks_skills"
    if not seat.usable:
        return seat.unusable_because or "not_usable"
    return None if ranking.has_room(seat) else "at_capacity"
