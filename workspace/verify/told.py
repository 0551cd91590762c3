"""What the promises say of events: their numbers, their chain, and the order of what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from workspace import queries
from workspace.fold import Board, empty_board, fold
from workspace.models import Claim, Event, Room, Run, Stream
from workspace.record import event_hash
from workspace.transitions import TERMINAL_RUN

CONFLICT_STEPS = ("conflict.opened", "conflict.grown", "conflict.ruled", "conflict.withdrawn")


class Breach(NamedTuple):
    """A promise that does not hold: which, about what, and how it shows."""

    promise: str
    subject: str
    says: str


@dataclass(frozen=True, slots=True)
class Within:
    """How far a check looks: at everything, or at what belongs to one room."""

    room_id: str | None = None

    def __call__(self, path: str = "room") -> Q:
        """Of rows that name their room, or their stream, so."""
        return Q() if self.room_id is None else Q(**{path: self.room_id})


EVERYWHERE = Within()
Check = Callable[[datetime, Within], Iterator[Breach]]


def streams(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I5: numbers without gaps, an unbroken chain, and folding gives the board as fetched."""
    broken = set()
    for stream in Stream.objects.filter(within("id")):
        for breach in _chain(stream):
            broken.add(stream.id)
            yield breach
    # What was tampered with is not worth folding.
    for room in Room.objects.filter(within("id")).exclude(id__in=broken):
        events = Event.objects.filter(stream_id=room.id).order_by("seq")
        folded = fold(empty_board(), events.values_list("type", "version", "data"))
        fetched = queries.board_facts(room)
        for part in fetched:
            if folded[part] != fetched[part]:
                yield Breach("I5", room.id, f"folding gives other {part} than fetched")


@dataclass(frozen=True, slots=True)
class Seen:
    """A room as somebody sees it who has heard of its events up to `seq`."""

    seq: int = 0
    head_hash: str = ""
    board: Board = field(default_factory=empty_board)
    ends: dict[str, str] = field(default_factory=dict)  # of its runs
    disputed: dict[str, set[str | None]] = field(default_factory=dict)  # versions, by conflict
    told: tuple[str, ...] = ()  # the types of the events heard last


def follow(room_id: str, seen: Seen, fetched: Board | None = None) -> tuple[Seen, list[Breach]]:
    """What all promises say of the events since: they go on in number and chain and break none,
    and what was seen, with them, is the board as fetched: now, or just before."""
    stream = Stream.objects.get(id=room_id)
    if breaches := list(_chain(stream, seen.seq, seen.head_hash)):
        return seen, breaches
    news = list(stream.events.filter(seq__gt=seen.seq).order_by("seq"))
    board = fold(seen.board, ((event.type, event.version, event.data) for event in news))
    fetched = fetched or queries.board_facts(Room.objects.get(id=room_id))
    ends, disputed = dict(seen.ends), {key: set(about) for key, about in seen.disputed.items()}
    found = [
        Breach("I5", room_id, f"what was told gives other {part} than fetched")
        for part in fetched
        if board[part] != fetched[part]
    ]
    found += _past_their_end(news, ends)
    found += _ended_otherwise(((id, run["state"]) for id, run in fetched["runs"].items()), ends)
    found += given_in_conflict(news, Within(room_id), disputed)
    found += without_reason(news)
    told = tuple(event.type for event in news)
    return Seen(stream.seq, stream.head_hash, board, ends, disputed, told), found


def _chain(stream: Stream, seq: int = 0, head_hash: str = "") -> Iterator[Breach]:
    """What is wrong with the numbers and hashes after this one."""
    before, expected = head_hash, seq
    for event in stream.events.filter(seq__gt=seq).order_by("seq").iterator():
        expected += 1
        if event.seq != expected:
            yield Breach("I5", stream.id, f"number {expected} is missing")
            return
        if event.prev_hash != before or event.hash != event_hash(event):
            yield Breach("I5", stream.id, f"the chain is broken at {event.seq}")
            return
        before = event.hash
    if stream.seq != expected or stream.head_hash != before:
        yield Breach("I5", stream.id, "the head is not the last event")


def terminal_runs(now: datetime, within: Within = EVERYWHERE) -> Iterator[Breach]:
    """I8: a run's events stop with its end; triggers refuse the rest."""
    ends: dict[str, str] = {}
    told = Event.objects.filter(within("stream"), data__has_key="run_state")
    yield from _past_their_end(told.order_by("stream_id", "seq").iterator(), ends)
    states = Run.objects.filter(within()).values_list("id", "state")
    yield from _ended_otherwise(states, ends)


def _past_their_end(told: Iterable[Event], ends: dict[str, str]) -> Iterator[Breach]:
    """Runs that are told to be in another state after their end; `ends` is kept up."""
    for event in told:
        if "run_state" not in event.data:
            continue
        run_id, state = event.data["run_id"], event.data["run_state"]
        if run_id in ends and ends[run_id] != state:
            yield Breach("I8", run_id, f"{ends[run_id]}, then {state}")
        if state in TERMINAL_RUN:
            ends[run_id] = state


def _ended_otherwise(
    states: Iterable[tuple[str, str]], ends: Mapping[str, str]
) -> Iterator[Breach]:
    for run_id, state in states:
        if state != ends.get(run_id, state):
            yield Breach("I8", run_id, f"ended as {ends[run_id]}, now {state}")


def given_in_conflict(
    told: Iterable[Event], within: Within, open_now: dict[str, set[str | None]]
) -> Iterator[Breach]:
    """Runs of agents that began with an input that an open conflict was about; what is open after
    these events is kept in `open_now`."""
    said: dict[str, str] | None = None
    for event in told:
        data = event.data
        if event.type in ("conflict.opened", "conflict.grown"):
            said = _versions_in_conflict(within) if said is None else said
            about = open_now.setdefault(data["conflict_id"], set())
            about.update(said.get(claim) for claim in data["claims"])
        elif event.type in CONFLICT_STEPS:
            open_now.pop(data["conflict_id"], None)
        elif event.type == "run.queued" and _is_about(data, open_now.values()):
            yield Breach("I9", data["run_id"], "given what people had to rule on first")


def _versions_in_conflict(within: Within) -> dict[str, str]:
    claims = Claim.objects.filter(within("deliverable__room")).exclude(conflict=None)
    return dict(claims.values_list("id", "deliverable_id"))


def _is_about(queued: Mapping[str, Any], disputed: Iterable[set[str | None]]) -> bool:
    is_agents = queued["worker"].startswith("agt_")
    return is_agents and any(about.intersection(queued["inputs"]) for about in disputed)


def without_reason(told: Iterable[Event]) -> Iterator[Breach]:
    for event in told:
        if event.actor == "coordinator" and not event.cause:
            yield Breach("I10", event.id, f"{event.type} without a reason")
