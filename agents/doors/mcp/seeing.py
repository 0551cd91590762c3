"""Tools that only look: rooms, cards, the brief, files that were given."""

import base64
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage

from agents.coordinator.claiming import claimable
from agents.doors import files as run_files
from agents.doors.events import envelope, rfc3339
from agents.doors.json_wall import Json
from agents.doors.mcp.caller import Answer, Handle, caller, on_run, read
from agents.doors.orders import event_of, lease_expires_at, workspace_ref
from agents.doors.results import MIB
from agents.observe import observe
from workspace import queries
from workspace.commands.callbacks import beat, inbox
from workspace.errors import NotFound, Refused
from workspace.policy import needs
from workspace.reports import Beat

if TYPE_CHECKING:
    from workspace.models import Card, Message, Room, Run

MOST_ROOMS = 20
MOST_FREE = 20  # cards that are free to take, of each room
MOST_SAID = 10
LARGEST_READ = 4 * MIB
TEXTS = ("text/", "application/json", "application/xml", "application/yaml", "image/svg")


@needs("agent.token")
def list_rooms() -> Answer:
    """The rooms you have a seat in, each with its goal and its rules."""
    who = caller()
    rooms = list(queries.rooms_seated(who.agent)[:MOST_ROOMS])
    return {"rooms": [_room(room) for room in rooms], "you": _you()}


def _you() -> Answer:
    agent = caller().agent
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "skills": list(agent.skills),
        "status": "paused" if agent.paused else agent.status,
        "max_concurrency": agent.max_concurrency,
    }


def _room(room: "Room") -> Answer:
    return {
        "room_id": room.id,
        "name": room.name,
        "goal": room.goal,
        "rules": rules_of(room),
        "paused": room.paused,
    }


def rules_of(room: "Room") -> list[Json]:
    return [line.strip(" -*") for line in room.rules.splitlines() if line.strip(" -*")]


@needs("agent.token")
def list_cards(room_id: str = "") -> Answer:
    """The cards you can work on: those given to you first, then those you hold, then free ones.

    Claim a card of `given_to_you` soon: it is given to somebody else if you do not.
    """
    who = caller()
    only = read({"room_id": room_id}).text_or("room_id", "", most=60)
    held = [run for run in queries.runs_held(who.agent) if only in ("", run.room_id)]
    rooms = [r for r in queries.rooms_seated(who.agent)[:MOST_ROOMS] if only in ("", r.id)]
    if only and not rooms:
        raise NotFound("room", only)
    return {
        "given_to_you": [_given(run) for run in held if run.state in ("queued", "offered")],
        "held_by_you": [_given(run) for run in held if run.state not in ("queued", "offered")],
        "free": [card for room in rooms for card in _free(room)],
    }


def _given(run: "Run") -> Answer:
    return {
        **_line(run.card.id, run.card.number, run.card.title, run.card.kind, run.card.skills),
        "room_id": run.room_id,
        "state": run.state,
        "round": run.round,
        "answer_by": rfc3339(run.ack_by) if run.state == "offered" else None,
    }


def _free(room: "Room") -> list[Json]:
    who = caller()
    board = None if room.paused else observe(room.id, who.at)
    if board is None:
        return []
    found: list[Json] = []
    for card in claimable(board, who.agent.id):
        line = _line(card.id, card.number, card.title, card.kind, list(card.skills))
        found.append({**line, "room_id": room.id})
        if len(found) == MOST_FREE:
            break
    return found


def _line(card_id: str, number: int, title: str, kind: str, skills: list[str]) -> Answer:
    return {
        "card_id": card_id, "number": number, "title": title, "kind": kind, "skills": list(skills),
    }  # fmt: skip


@needs("agent.token")
def get_card(card_id: str) -> Answer:
    """What a card says, how it stands, and what is said on it. Claim it to get the whole brief."""
    card = seen_card(card_id)
    messages = card.messages.select_related("person", "agent").order_by("-at")[:MOST_SAID]
    return {
        **_line(card.id, card.number, card.title, card.kind, card.skills),
        "room_id": card.room_id,
        "status": card.status,
        "brief": card.brief,
        "criteria": list(card.criteria),
        "revision": card.revision,
        "due": rfc3339(card.due_at),
        "said": [_said(message) for message in reversed(messages)],
    }


def _said(message: "Message") -> Answer:
    author = message.person or message.agent
    by = author.name if author else "Coordinator"
    return {"by": by, "text": message.body, "at": rfc3339(message.at)}


def seen_card(card_id: str) -> "Card":
    """A card this agent may see. Raises NotFound for any other."""
    wanted = read({"card_id": card_id}).text("card_id", most=60)
    found = queries.card_seen(caller().agent, wanted)
    if found is None:
        raise NotFound("card", wanted)
    return found


@needs("agent.token")
def read_file(card_id: str, lease_token: str, file_id: str) -> Answer:
    """Read a file that your card's brief names: of an input, an attachment, a version before.

    Text comes as `text`, anything else as `base64`; at most 4 MiB.
    """
    arguments: Answer = {"card_id": card_id, "lease_token": lease_token, "file_id": file_id}
    return on_run("read_file", arguments, _read_file)


def _read_file(handle: Handle) -> Answer:
    beat(run_id=handle.run.id, credentials=handle.shown, said=Beat(), after=0, at=handle.at)
    found = run_files.readable_file(handle.run, handle.told.text("file_id", most=60), at=handle.at)
    if found.blob.size > LARGEST_READ:
        raise Refused("artifact_too_large", status=413, limit=LARGEST_READ)
    with default_storage.open(found.blob.path) as opened:
        content = opened.read()
    told: Answer = {
        "name": found.name, "media_type": found.media_type, "size": found.blob.size,
        "sha256": found.blob.sha256,
    }  # fmt: skip
    if found.media_type.startswith(TEXTS):
        try:
            return {**told, "text": content.decode()}
        except UnicodeDecodeError:
            pass
    return {**told, "base64": base64.b64encode(content).decode()}


def order_of(run: "Run", handle_lease: str, handle: str) -> Answer:
    """All a worker needs to begin: the handle, then the order as every door tells it."""
    assigned = run.deliveries.filter(type="card.assigned").order_by("inbox_seq").first()
    if assigned is None:
        raise NotFound("assignment", run.id)
    at = caller().at
    told = envelope(
        event_of(assigned, at=at), workspace=workspace_ref(assigned), at=assigned.created_at
    )
    data = told["data"]
    assert isinstance(data, dict)
    order, callback = dict(data), data["callback"]
    assert isinstance(callback, dict)
    for name in ("run", "callback"):
        del order[name]
    return {
        "card_id": run.card_id,
        "run_id": run.id,
        "room_id": run.room_id,
        "lease_token": handle_lease,
        "lease_expires_at": rfc3339(lease_expires_at(run, at)),
        "round": run.round,
        "attempt": run.attempt,
        # For programs that fetch and upload files over HTTP instead of by tools.
        "http": {"base_url": callback["base_url"], "run_token": handle},
        **order,
    }


def news_of(run: "Run", after: int) -> tuple[list[Json], int]:
    """What was said to this run since `after`, and the number to ask after next."""
    found: list[Json] = []
    last = after
    for delivery in inbox(run, after):
        last = delivery.inbox_seq
        try:
            event = event_of(delivery, at=caller().at)
        except Refused:
            continue  # what it was about is gone
        found.append({"seq": delivery.inbox_seq, "type": event.TYPE, **event.data()})
    return found, last


def brief_of(card_id: str) -> str:
    """The whole order of a card you hold as text; of any other card what it says."""
    card = seen_card(card_id)
    run = queries.runs_held(caller().agent).filter(card_id=card.id).first()
    if run is None:
        criteria = "\n".join(f"- {one}" for one in card.criteria)
        return f"# {card.title}\n\n{card.brief}\n\n## It is accepted when\n{criteria}\n"
    return str(order_of(run, "", "")["prompt"])


def rules_text(room_id: str) -> str:
    """The goal and the rules of a room you have a seat in."""
    wanted = read({"room_id": room_id}).text("room_id", most=60)
    room = queries.rooms_seated(caller().agent).filter(id=wanted).first()
    if room is None:
        raise NotFound("room", wanted)
    rules = "\n".join(f"- {rule}" for rule in rules_of(room))
    return f"# {room.name}\n\n{room.goal}\n\n## Rules\n{rules}\n"
