"""A room's board as the fold of its events: `fold(old state, events) == fetched state`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

Board = dict[str, Any]
Data = Mapping[str, Any]


def empty_board() -> Board:
    return {"room": {}, "members": {}, "seats": [], "cards": {}, "runs": {}, "deliverables": {},
            "asks": [], "conflicts": {}, "facts": []}  # fmt: skip


def fold(board: Board, events: Iterable[tuple[str, int, Data]]) -> Board:
    """The board after these (type, version, data), oldest first; `board` is not changed."""
    after = deepcopy(board)
    for kind, version, data in events:
        _apply(after, kind, upcast(kind, version, data))
    return after


def upcast(kind: str, version: int, data: Data) -> Data:
    """The event's data in its newest shape. All are at version 1 so far."""
    if version != 1:
        raise ValueError(f"{kind} has no version {version}")
    return data


def _apply(board: Board, kind: str, data: Data) -> None:
    if special := SPECIAL.get(kind):
        special(board, data)
    if "card_status" in data and (card := board["cards"].get(data["card_id"])):
        card["status"] = data["card_status"]
        card["reason"] = data["card_reason"].get("code", "")
    if "run_state" in data and (run := board["runs"].get(data["run_id"])):
        run["state"] = data["run_state"]
        run["failure"] = data.get("failure", run["failure"])
    if "conflict_state" in data:
        board["conflicts"][data["conflict_id"]] = data["conflict_state"]
    if "deliverable_state" in data:
        known = board["deliverables"].setdefault(
            data["deliverable_id"],
            {"card_id": data["card_id"], "version": data["version"], "sha256": data["sha256"]},
        )
        known["state"] = data["deliverable_state"]


def _room(board: Board, data: Data) -> None:
    board["room"].update({k: data[k] for k in ("name", "mode", "judge", "paused") if k in data})
    board["room"].setdefault("paused", False)


def _card(board: Board, data: Data) -> None:
    card = board["cards"].setdefault(data["card_id"], {"number": data.get("number"), "revision": 1})
    card.update(title=data["title"], kind=data["kind"], depends_on=sorted(data["depends_on"]))
    card["revision"] = data.get("revision", card["revision"])


def _run(board: Board, data: Data) -> None:
    board["runs"][data["run_id"]] = {
        "card_id": data["card_id"], "worker": data["worker"], "attempt": data["attempt"],
        "round": data["round"], "fence": data["fence"], "failure": "",
    }  # fmt: skip


def _member(board: Board, data: Data) -> None:
    board["members"][data["person_id"]] = data["role"]


def _seated(board: Board, data: Data) -> None:
    board["seats"] = sorted({*board["seats"], data["agent_id"]})


def _unseated(board: Board, data: Data) -> None:
    board["seats"] = [agent for agent in board["seats"] if agent != data["agent_id"]]


def _ask_opened(board: Board, data: Data) -> None:
    board["asks"] = sorted({*board["asks"], data["ask_id"]})


def _ask_closed(board: Board, data: Data) -> None:
    board["asks"] = [ask for ask in board["asks"] if ask != data["ask_id"]]


def _split(board: Board, data: Data) -> None:
    card = board["cards"][data["card_id"]]
    card.update(depends_on=sorted(data["depends_on"]), revision=data["revision"])


def _pinned(board: Board, data: Data) -> None:
    board["facts"] = sorted({*board["facts"], data["fact_id"]})


def _unpinned(board: Board, data: Data) -> None:
    board["facts"] = [fact for fact in board["facts"] if fact != data["fact_id"]]


SPECIAL: dict[str, Callable[[Board, Data], None]] = {
    "room.created": _room,
    "room.edited": _room,
    "room.paused": _room,
    "room.resumed": _room,
    "room.mode_set": _room,
    "room.judge_changed": _room,
    "card.created": _card,
    "card.edited": _card,
    "card.handed_over": _ask_opened,
    "run.queued": _run,
    "member.joined": _member,
    "member.role_set": _member,
    "member.removed": lambda board, data: board["members"].pop(data["person_id"], None) and None,
    "agent.seated": _seated,
    "agent.unseated": _unseated,
    "ask.raised": _ask_opened,
    "card.split": _split,
    "fact.pinned": _pinned,
    "fact.unpinned": _unpinned,
    "ask.opened": _ask_opened,
    "ask.closed": _ask_closed,
}
