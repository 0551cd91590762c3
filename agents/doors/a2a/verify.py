"""Who is at an A2A agent's address: its card is read, and its interface is asked something."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.allowed import egress_policy
from agents.doors.a2a.card import JSON_RPC, Card, Interface, card_places, choose, read_card
from agents.doors.a2a.reach import Reach, credential_headers, is_own, origin_of, reach_data
from agents.doors.a2a.wire import (
    TASK_NOT_FOUND,
    Line,
    RpcError,
    Trouble,
    get_request,
    read_answer,
)
from agents.doors.base import Finding
from agents.doors.outcomes import SecretMismatch, TryAgain, Unacceptable
from agents.egress import Answer, EgressRefused, Outbound, fetch
from workspace.queries import timings

if TYPE_CHECKING:
    from workspace.models import Agent

MIB = 1024 * 1024
# A task no agent has: whoever answers that it is unknown speaks the protocol.
NO_TASK = "00000000-0000-4000-8000-000000000000"
Step = dict[str, Any]


@dataclass
class Finder:
    """One try to find out, with what it has found so far."""

    agent: "Agent"
    deadline: float
    connect: float
    steps: list[Step] = field(default_factory=list)

    def note(
        self, code: str, ok: bool, params: Mapping[str, Any] | None = None, took_ms: int = 0
    ) -> None:
        step = {"code": code, "ok": ok, "params": dict(params or {}), "took_ms": took_ms}
        self.steps.append(step)


def find_out(agent: "Agent") -> Finding:
    """Read the card again and ask at the address it names. Changes nothing."""
    limits = timings(agent.workspace, None, agent)
    finder = Finder(agent, limits.verify_within, limits.connect_within)
    card = _card(finder)
    if card is None:
        return Finding("unverified", finder.steps)
    interface = _interface(finder, card)
    said = _said(card)
    if interface is None:
        return Finding("unverified", finder.steps, said)
    said["reach"] = reach_data(card, interface)
    if not _is_confirmed(finder, interface) or not _has_credential(finder, card):
        return Finding("unverified", finder.steps, said)
    answering = _answering(finder, card, interface)
    if answering is None:
        return Finding("unverified", finder.steps, said)
    said["reach"] = reach_data(card, answering)
    return Finding("verified", finder.steps, said)


def _said(card: Card) -> dict[str, Any]:
    return {
        "version": card.version,
        "skills": list(card.skills),
        "capabilities": {
            "async": True, "cancel": True, "questions": True, "permissions": True,
            "streaming": card.streaming, "push": card.push,
        },
    }  # fmt: skip


def _card(finder: Finder) -> Card | None:
    """The first card at one of the places where it may be."""
    problem: tuple[str, dict[str, Any]] = ("a2a_no_card", {})
    for place in card_places(finder.agent.url):
        try:
            answer = _get_card(finder, place)
        except EgressRefused as refused:
            finder.note(refused.code, False, refused.params)
            return None
        except ValueError:
            finder.note("secret_unreadable", False)
            return None
        if answer.status in (401, 403):
            problem = ("a2a_credential_refused", {"status": answer.status})
        if answer.status != 200:
            continue
        card = read_card(answer.body, at=place)
        if card is not None:
            said = {"name": card.name, "at": place}
            finder.note("a2a_card_read", True, said, answer.elapsed_ms)
            return card
        problem = ("a2a_card_unreadable", {"at": place})
    finder.note(problem[0], False, problem[1])
    return None


def _get_card(finder: Finder, place: str) -> Answer:
    """Without the credential; with it where the card itself is guarded."""
    answer = _fetch(finder, place, {})
    if answer.status in (401, 403) and finder.agent.secret is not None:
        bearer = Reach(Interface(place, "", ""), header="Authorization", is_bearer=True)
        answer = _fetch(finder, place, credential_headers(finder.agent, bearer))
    return answer


def _fetch(finder: Finder, url: str, headers: dict[str, str]) -> Answer:
    headers = {"Accept": "application/json", **headers}
    request = Outbound(
        "GET", url, headers=headers, deadline=finder.deadline, connect=finder.connect
    )
    return fetch(request, policy=egress_policy())


def _interface(finder: Finder, card: Card) -> Interface | None:
    """The interface that is used. Every address in the card must be one we may talk to."""
    chosen = choose(card, lambda url: is_own(finder.agent, url))
    if chosen is None:
        code = "a2a_nothing_spoken" if card.others else "a2a_no_address"
        finder.note(code, False, {"offered": ", ".join(card.others)})
        return None
    found = {"protocol": chosen.version, "binding": chosen.binding, "address": chosen.url[:200]}
    also = [name for name in ("streaming", "push") if getattr(card, name)]
    if also:
        found["also"] = ", ".join(also)
    finder.note("a2a_interface", True, found)
    return chosen


def _is_confirmed(finder: Finder, interface: Interface) -> bool:
    if is_own(finder.agent, interface.url):
        return True
    finder.note("a2a_foreign_address", False, {"address": origin_of(interface.url)})
    return False


def _has_credential(finder: Finder, card: Card) -> bool:
    if card.demand.unsupported:
        finder.note("a2a_credential_unsupported", False, {"scheme": card.demand.unsupported})
        return False
    if card.demand.header and finder.agent.secret is None:
        finder.note("a2a_credential_missing", False, {"header": card.demand.header})
        return False
    return True


def _answering(finder: Finder, card: Card, interface: Interface) -> Interface | None:
    """The interface as it answers: with the slash at its end that the card has, or the other way.

    It is asked for a task that is not there: to be told so is to be understood.
    """
    url = interface.url
    other = replace(interface, url=url.rstrip("/") if url.endswith("/") else f"{url}/")
    for tried, is_last in ((interface, False), (other, True)):
        try:
            answer = _asked(finder, card, tried)
        except ValueError:
            finder.note("secret_unreadable", False)
            return None
        except EgressRefused as refused:
            if refused.code == "redirect" and not is_last:
                continue
            finder.note(refused.code, False, refused.params)
            return None
        if answer.status in (404, 405) and not is_last and interface.binding == JSON_RPC:
            continue
        return tried if _understood(finder, tried, answer) else None
    return None


def _asked(finder: Finder, card: Card, interface: Interface) -> Answer:
    reach = Reach(interface, card.streaming, card.push, card.demand.header, card.demand.is_bearer)
    headers = credential_headers(finder.agent, reach)
    line = Line(interface, headers, deadline=finder.deadline, connect=finder.connect)
    return fetch(get_request(line, NO_TASK), policy=egress_policy())


def _understood(finder: Finder, interface: Interface, answer: Answer) -> bool:
    try:
        read_answer(answer, interface.binding, now=datetime.now(UTC))
    except RpcError as error:
        is_usual = error.code == TASK_NOT_FOUND
        code = "a2a_answers" if is_usual else "a2a_answers_oddly"
        finder.note(code, True, {"said": error.told[:200]}, answer.elapsed_ms)
        return True
    except Trouble as trouble:
        match trouble.outcome:
            case SecretMismatch(status):
                said = {"status": status}
                finder.note("a2a_credential_refused", False, said, answer.elapsed_ms)
            case Unacceptable(code, params) | TryAgain(code, params):
                finder.note(code, False, params, answer.elapsed_ms)
        return False
    finder.note("a2a_answers", True, took_ms=answer.elapsed_ms)
    return True
