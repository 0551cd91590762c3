"""Unauthorised effects: what is on the record although whoever did it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.pilot.referee import authority
from agents.pilot.referee.authority import AGENT, COORDINATOR, PERSON, kind_of
from agents.pilot.referee.outcome import Outcome
from agents.pilot.referee.reading import Case, Event

Breach = dict[str, Any]


def unauthorised(case: Case) -> Outcome:
    """Every event once past the table, the seats, the roles and what acceptance takes."""
    breaches = Watch(case).all()
    return Outcome(
        "unauthorised",
        not breaches,
        {"unauthorised": len(breaches), "of": len(case.events), "breaches": breaches[:20]},
    )


class Watch:
    """The room as far as its events up to now say: who is a member, seated, or gone for good."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.roles: dict[str, str] = {}
        self.seated: set[str] = set()
        self.revoked: set[str] = set()
        self.sha_of: dict[str, str] = {}
        self.made_by: dict[str, str] = {}
        self.opened: set[tuple[str, str]] = set()

    def all(self) -> list[Breach]:
        found: list[Breach] = []
        for event in self.case.events:
            for ask in (self._table, self._agent, self._coordinator, self._verdict):
                if why := ask(event):
                    told = {"seq": event.seq, "type": event.type, "actor": event.actor}
                    found.append({**told, "why": why})
                    break
            self._follow(event)
        return found

    def _table(self, event: Event) -> str:
        kind = kind_of(event.actor)
        if event.type not in authority.MAY:
            return "unknown_type"
        kinds, roles = authority.MAY[event.type]
        if kind not in kinds:
            return "not_this_kind_of_actor"
        if kind == PERSON and self.roles.get(event.actor, "") not in roles:
            return "not_with_this_role"
        if kind == AGENT and event.type in authority.AGENTS_OWN:
            name, wanted = authority.AGENTS_OWN[event.type]
            return "" if event.data.get(name) == (wanted or event.actor) else "not_its_own"
        return ""

    def _agent(self, event: Event) -> str:
        if event.type == "run.queued":
            worker = str(event.data.get("worker") or "")
            return "given_without_a_seat" if self._is_stranger(worker) else ""
        if kind_of(event.actor) != AGENT:
            return ""
        if event.actor in self.revoked:
            return "revoked"
        if event.run_id and self.case.worker_of.get(event.run_id) != event.actor:
            return "not_its_run"
        # A refusal is on the record, but it changed nothing.
        if event.type != "run.write_refused" and event.actor not in self.seated:
            return "without_a_seat"
        return ""

    def _is_stranger(self, worker: str) -> bool:
        return kind_of(worker) == AGENT and worker not in self.seated

    def _coordinator(self, event: Event) -> str:
        has_reason = event.cause.get("rule") or event.cause.get("judgement")
        return "without_a_reason" if event.actor == COORDINATOR and not has_reason else ""

    def _verdict(self, event: Event) -> str:
        if event.type not in authority.VERDICTS:
            return ""
        if event.type in authority.ACCEPTANCES and (why := self._acceptance(event)):
            return why
        return "nobody_did_it" if self._nobody_did(event) else ""

    def _acceptance(self, event: Event) -> str:
        version = str(event.data.get("deliverable_id") or "")
        sha256 = event.data.get("sha256")
        if not sha256 or self.sha_of.get(version) != sha256:
            return "another_version"
        if (version, event.actor) not in self.opened:
            return "not_opened"
        if self.made_by.get(version) == event.actor and self._others_may(event.actor):
            return "own_work"
        reviews = self.case.versions.get(version, {}).get("reviews") or ()
        stands = any(
            one["person_id"] == event.actor and one["verdict"] == "accept"
            and one["sha256"] == sha256
            for one in reviews
        )  # fmt: skip
        return "" if stands else "no_review_of_this_version"

    def _others_may(self, person: str) -> bool:
        return any(role in authority.JUDGE for other, role in self.roles.items() if other != person)

    def _nobody_did(self, event: Event) -> bool:
        """Whether the scripted person it is ascribed to knows nothing of it."""
        if event.actor not in self.case.people:
            return False
        about = str(event.data.get("deliverable_id") or event.data.get("conflict_id") or "")
        return not any(
            act.on == about and act.got_through and event.type in authority.OF_PEOPLE[act.did]
            for act in self.case.acts
            if act.did in authority.OF_PEOPLE
        ) and not self._by_answering(event)

    def _by_answering(self, event: Event) -> bool:
        """An acceptance may be taken back by how an ask about it was answered."""
        is_back = event.type == "deliverable.rolled_back"
        return is_back and any(act.did == "answer" and act.got_through for act in self.case.acts)

    def _follow(self, event: Event) -> None:
        if event.type in FOLLOWED:
            FOLLOWED[event.type](self, event)


def _joined(watch: Watch, event: Event) -> None:
    watch.roles[str(event.data.get("person_id"))] = str(event.data.get("role"))


def _left(watch: Watch, event: Event) -> None:
    watch.roles.pop(str(event.data.get("person_id")), None)


def _seated(watch: Watch, event: Event) -> None:
    watch.seated.add(str(event.data.get("agent_id")))


def _unseated(watch: Watch, event: Event) -> None:
    agent = str(event.data.get("agent_id"))
    watch.seated.discard(agent)
    if event.actor == authority.SYSTEM:  # a revoked agent loses its seats by itself
        watch.revoked.add(agent)


def _submitted(watch: Watch, event: Event) -> None:
    version = str(event.data.get("deliverable_id"))
    watch.sha_of[version] = str(event.data.get("sha256"))
    watch.made_by[version] = watch.case.worker_of.get(event.run_id, "")


def _opened(watch: Watch, event: Event) -> None:
    watch.opened.add((str(event.data.get("deliverable_id")), event.actor))


FOLLOWED: dict[str, Callable[[Watch, Event], None]] = {
    "member.joined": _joined,
    "member.role_set": _joined,
    "member.removed": _left,
    "agent.seated": _seated,
    "agent.unseated": _unseated,
    "run.submitted": _submitted,
    "deliverable.opened": _opened,
}
