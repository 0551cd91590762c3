"""Tools that take work, give it back, or propose some."""

from typing import TYPE_CHECKING, Any

from agents.coordinator.claiming import claim
from agents.coordinator.moves import Reason
from agents.doors.callbacks import read_declined, read_failure
from agents.doors.fields import Fields
from agents.doors.json_wall import Json
from agents.doors.mcp.caller import Answer, Handle, caller, on_run, read
from agents.doors.mcp.reporting import say
from agents.doors.mcp.seeing import order_of, seen_card
from agents.observe import observe
from workspace import queries
from workspace.actors import By
from workspace.commands.proposals import propose_card as propose
from workspace.commands.starting import assign_card
from workspace.errors import Refused
from workspace.keys import lease_token as lease_of
from workspace.keys import run_token
from workspace.policy import needs
from workspace.reports import Accepted, Credentials, Declined, Failure, Stopped

if TYPE_CHECKING:
    from workspace.models import Card, Run


@needs("agent.token")
def claim_card(card_id: str) -> Answer:
    """Take a card: one that was given to you, or a free one. Answers with your handle.

    Keep `lease_token`: every other tool asks for it with the `card_id`. Report progress at least
    every minute while you work; without a sign of life the card goes to somebody else. Claiming a
    card that you hold answers with the same handle again.
    """
    card = seen_card(card_id)
    agent = caller().agent
    run = queries.runs_held(agent).filter(card_id=card.id).first() or _take_free(card)
    shown = Credentials(run_token(run.id, run.fence), lease_of(run.id, run.fence))
    arguments: Answer = {"card_id": card.id, "lease_token": shown.lease_token}
    return on_run("claim_card", arguments, _accept)


def _take_free(card: "Card") -> "Run":
    """The same rules and the same command as when the coordinator gives work."""
    who = caller()
    board = observe(card.room_id, who.at)
    answer = claim(board, card.id, who.agent.id) if board else Reason("card_not_free")
    if isinstance(answer, Reason):
        raise Refused(answer.code, **_plain(answer.params))
    return assign_card(
        card_id=card.id,
        agent_id=who.agent.id,
        attempt=answer.attempt,
        round=answer.round,
        slot=answer.slot,
        why={"code": answer.reason.code, "params": dict(answer.reason.params)},
        by=By(who.agent.id),
        at=who.at,
    )


def _plain(params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if not isinstance(value, list | dict)}


def _accept(handle: Handle) -> Answer:
    say(handle, "run.accepted", Accepted(), "mcp-run.accepted")
    run = handle.run
    run.refresh_from_db()
    return order_of(run, handle.shown.lease_token, handle.shown.run_token)


@needs("agent.token")
def release_card(card_id: str, lease_token: str, reason: str = "") -> Answer:
    """Give a card back: you do not want it, or you have stopped after `directive: cancel`."""
    arguments: Answer = {"card_id": card_id, "lease_token": lease_token, "reason": reason}
    return on_run("release_card", arguments, _release)


def _release(handle: Handle) -> Answer:
    if handle.run.state == "cancelling":
        return _end(handle, "run.cancelled", Stopped())
    return _end(handle, "run.rejected", read_declined(handle.told))


@needs("agent.token")
def fail_card(
    card_id: str, lease_token: str, message: str, code: str = "error", retryable: bool = True
) -> Answer:
    """Say that you cannot do the card, and why. It is given to somebody else or rewritten."""
    arguments: Answer = {
        "card_id": card_id, "lease_token": lease_token, "message": message, "code": code,
        "retryable": retryable,
    }  # fmt: skip
    return on_run("fail_card", arguments, lambda h: _end(h, "run.failed", read_failure(h.told)))


def _end(handle: Handle, kind: str, said: Declined | Failure | Stopped) -> Answer:
    say(handle, kind, said, f"mcp-{kind}")
    handle.run.refresh_from_db()
    return {"run_id": handle.run.id, "state": handle.run.state}


@needs("agent.token")
def propose_card(
    room_id: str,
    title: str,
    brief: str,
    criteria: list[str] | None = None,
    skills: list[str] | None = None,
    kind: str = "document",
    card_id: str = "",
    lease_token: str = "",
) -> Answer:
    """Propose a card that should be done. People sort it: it is not work until they keep it.

    Give the handle of the card you are working on if the proposal comes out of it.
    """
    arguments: dict[str, Json] = {
        "room_id": room_id, "title": title, "brief": brief, "criteria": list(criteria or []),
        "skills": list(skills or []), "kind": kind, "card_id": card_id,
        "lease_token": lease_token,
    }  # fmt: skip
    if card_id:
        return on_run("propose_card", arguments, lambda h: _propose(h.told, h.run.id))
    return _propose(read(arguments), "")


def _propose(fields: Fields, run_id: str) -> Answer:
    who = caller()
    card = propose(
        agent_id=who.agent.id,
        room_id=fields.text("room_id", most=60),
        run_id=run_id,
        title=fields.text("title", most=200),
        brief=fields.text_or("brief", "", most=20_000),
        criteria=list(fields.texts("criteria", most=20, longest=500)),
        skills=list(fields.texts("skills", most=20, longest=200)),
        kind=fields.text("kind", most=32),
        at=who.at,
    )
    return {"card_id": card.id, "number": card.number, "status": card.status}
