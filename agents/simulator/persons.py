"""People of a world: each step one of them does something in a room, allowed or not.

They look at pages that may be old: a verdict may be about a version that was replaced since.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agents.simulator.faults import Faults
from agents.simulator.ledger import Ledger
from agents.simulator.programs import Broken
from agents.trials.clock import VirtualClock
from workspace import queries
from workspace.actors import By
from workspace.commands import (
    agents,
    attachments,
    budgets,
    cards,
    choices,
    conflicts,
    doubts,
    handoffs,
    judgements,
    lates,
    memory,
    messages,
    packages,
    people,
    reviews,
    rooms,
)
from workspace.errors import Refused
from workspace.reports import Inline, Result

Rows = Any
Found = TypeVar("Found")
MOST_OPEN = 8  # cards of a room that are not closed
ROLES = ("reviewer", "contributor")


@dataclass(slots=True)
class Person:
    """Somebody in a room, with the versions they have looked at: (id, sha256)."""

    row: Rows
    role: str
    pages: list[tuple[str, str]] = field(default_factory=list)

    @property
    def by(self) -> By:
        return By(self.row.id)


@dataclass(slots=True)
class Household:
    """One room and its people; the first is its owner."""

    room_id: str
    people: list[Person]
    clock: VirtualClock
    dice: random.Random
    faults: Faults
    ledger: Ledger
    saw: Callable[[str], None]
    hire: Callable[[str], str]  # a new agent with a seat in this room
    made: int = 0

    @property
    def owner(self) -> Person:
        return self.people[0]

    def room(self) -> Rows:
        return queries.room_for(self.owner.row, self.room_id)

    def act(self) -> None:
        """One thing that one of them does."""
        who = self.dice.choice([self.owner, *self.people])
        deed = self.dice.choices(list(DEEDS), list(DEEDS.values()))[0]
        deed(self, self.room(), who)

    def do(self, command: Callable[..., Found], **facts: Any) -> Found | None:
        """A command that may be refused, because somebody was faster or may not."""
        try:
            done = command(**facts, at=self.clock.now())
        except Refused as why:
            self.saw(f"refused {why.code}")
            return None
        self.saw(f"did {command.__name__}")
        return done

    def pick(self, found: Sequence[Found]) -> Found | None:
        return self.dice.choice(found) if found else None

    def card(self, room: Rows, *likely: str) -> Rows | None:
        """Mostly one the command is meant for, sometimes any other."""
        found = list(room.cards.order_by("number"))
        fit = [one for one in found if one.status in likely]
        return self.pick(fit if fit and self.dice.random() < 0.85 else found)

    # --- cards --------------------------------------------------------------------------------

    def want(self, room: Rows, who: Person) -> None:
        known = list(room.cards.order_by("number").values_list("id", "status"))
        if sum(status not in ("done", "cancelled") for _, status in known) >= MOST_OPEN:
            return
        self.made += 1
        title = f"Card {self.room_id[-4:]} {self.made}"
        needs = [id for id, _ in known]
        facts = cards.CardFacts(
            title=title, brief="Write it down.", criteria=["It names a source."], kind="report",
            depends_on=self.dice.sample(needs, min(len(needs), self.dice.choice((0, 0, 1, 2)))),
            met_when=self.dice.choice(("accepted", "accepted", "submitted")),
            independent_runs=self.dice.choice((1, 1, 1, 1, 2)),
        )  # fmt: skip
        status = self.dice.choice(("ready", "ready", "ready", "triage"))
        self.ledger.cards[title] = False
        made = self.do(
            cards.create_card, room_id=self.room_id, facts=facts, status=status, by=who.by
        )
        self.ledger.cards[title] = made is not None

    def sort(self, room: Rows, who: Person) -> None:
        what, *likely = self.dice.choice(
            (
                (cards.keep_card, "triage"),
                (cards.keep_card, "triage"),
                (cards.cancel_card, "triage", "waiting"),
                (cards.reopen_card, "cancelled", "waiting"),
                (cards.take_card, "ready", "working"),
            )
        )
        if card := self.card(room, *likely):
            self.do(what, card_id=card.id, by=who.by)

    def edit(self, room: Rows, who: Person) -> None:
        if card := self.card(room, "ready", "working", "review"):
            self.made += 1
            changes = {"brief": f"Write it down, as said {self.made} times."}
            self.do(cards.edit_card, card_id=card.id, changes=changes, by=who.by)

    def give(self, room: Rows, who: Person) -> None:
        card = self.card(room, "ready", "working", "waiting")
        to = self.pick([*room.seats.values_list("agent_id", flat=True), who.row.id])
        if card and to:
            self.do(cards.give_card, card_id=card.id, to=to, by=who.by)

    def hand_in(self, room: Rows, who: Person) -> None:
        mine = room.cards.filter(given_to_person=who.row.id)
        card = self.pick(list(mine)) or self.card(room, "ready", "waiting", "review")
        if card is None:
            return
        self.made += 1
        part = Inline(f"by-hand-{self.made}.md", "text/markdown", f"By hand {self.made}".encode())
        result = Result(summary_md="By hand.", artifacts=(part,))
        self.do(reviews.submit_as_person, card_id=card.id, result=result, by=who.by)

    def offer_late(self, room: Rows, who: Person) -> None:
        late = room.runs.filter(late_results__became=None).exclude(late_results=None)
        if found := self.pick(list(late.order_by("id").values_list("late_results__id", flat=True))):
            self.do(lates.offer_late, late_id=found, by=who.by)

    # --- verdicts -----------------------------------------------------------------------------

    def look(self, room: Rows, who: Person) -> None:
        """Open a version; what is on the page stays there."""
        found = list(room.deliverables.filter(state="submitted").order_by("id"))
        if version := self.pick(found):
            opened = self.do(reviews.open_deliverable, deliverable_id=version.id, by=who.by)
            if opened is not None:
                who.pages.append((version.id, version.sha256))

    def accept(self, room: Rows, who: Person) -> None:
        if not who.pages or self.dice.random() < 0.3:
            self.look(room, who)
        if not who.pages:
            return
        version_id, sha256 = who.pages.pop()
        if self.faults.drawn("other_version"):
            sha256 = self.other_sha256(room, sha256)
        shown = room.deliverables.filter(id=version_id).values_list("sha256", flat=True).first()
        self.faults.fired["other_version"] += shown != sha256
        done = self.do(
            reviews.accept_deliverable, deliverable_id=version_id, sha256=sha256, by=who.by
        )
        if done is not None and shown != sha256:
            raise Broken(f"I3 {version_id} was accepted, and another version was meant")
        if done is not None:
            self.ledger.acceptances.add((version_id, who.row.id, sha256))

    def other_sha256(self, room: Rows, sha256: str) -> str:
        """Of another version of the room, or of none."""
        others = room.deliverables.exclude(sha256=sha256).order_by("id")
        return self.pick(list(others.values_list("sha256", flat=True))) or "0" * 64

    def send_back(self, room: Rows, who: Person) -> None:
        verdict, state = self.dice.choice(
            (
                (reviews.request_changes, "submitted"),
                (reviews.request_changes, "submitted"),
                (reviews.reject_deliverable, "submitted"),
                (reviews.roll_back, "accepted"),
            )
        )
        found = room.deliverables.filter(state=state).order_by("id")
        if version := self.pick(list(found.values_list("id", flat=True))):
            self.do(verdict, deliverable_id=version, reason="Not yet.", by=who.by)

    # --- what people are asked ------------------------------------------------------------------

    def answer(self, room: Rows, who: Person) -> None:
        ask = self.pick(list(room.asks.filter(state="open").order_by("id")))
        if ask is None:
            return
        if ask.kind == "choice":
            option = self.dice.choice(ask.body["options"])
            self.do(choices.choose, ask_id=ask.id, choice=option, by=who.by)
        elif ask.kind == "permission":
            decision = self.dice.choice(("allow_once", "reject_once"))
            self.do(
                choices.answer_any, ask_id=ask.id, answer={"decision": decision}, by=who.by
            )  # fmt: skip
        elif ask.kind == "question":
            answer = {"action": "accept", "content": {"answer": "Go on."}}
            self.do(choices.answer_any, ask_id=ask.id, answer=answer, by=who.by)
        elif self.dice.random() < 0.7:
            self.do(handoffs.go_on, card_id=ask.card_id, changes={}, by=who.by)
        elif self.dice.random() < 0.5:
            titles = [f"Part {ask.id[-4:]}.{n}" for n in (1, 2)]
            self.do(handoffs.split_by_hand, card_id=ask.card_id, titles=titles, by=who.by)
        else:
            self.do(handoffs.give_on, card_id=ask.card_id, to=who.row.id, by=who.by)

    def rule(self, room: Rows, who: Person) -> None:
        conflict = self.pick(list(room.conflicts.filter(status__in=["open", "doubted"])))
        if conflict is None:
            return
        facts = {"conflict_id": conflict.id, "by": who.by}
        if conflict.status == "doubted":
            self.do(self.dice.choice((doubts.confirm_doubt, doubts.set_doubt_aside)), **facts)
        elif self.dice.random() < 0.2:
            self.do(conflicts.ask_neutral, **facts)
        else:
            self.do(conflicts.rule_conflict, value=10, reason="Measured.", **facts)

    def remember(self, room: Rows, who: Person) -> None:
        fact = self.pick(list(room.facts.filter(unpinned_at=None).order_by("id")))
        if fact is not None and self.dice.random() < 0.5:
            self.do(memory.unpin_fact, fact_id=fact.id, by=who.by)
        else:
            self.do(
                memory.pin_fact, room_id=self.room_id, subject="Releases", text="On Mondays.",
                by=who.by,
            )  # fmt: skip

    def speak(self, room: Rows, who: Person) -> None:
        self.made += 1
        body = f"@coordinator How far are we, {self.room_id[-4:]} {self.made}?"
        self.ledger.messages[body] = False
        card = self.card(room, "working") if self.dice.random() < 0.5 else None
        place = {"card_id": card.id} if card else {"room_id": self.room_id}
        said = self.do(messages.post_message, body=body, by=who.by, **place)
        self.ledger.messages[body] = said is not None

    # --- the room and who is in it ----------------------------------------------------------------

    def govern(self, room: Rows, who: Person) -> None:
        here = {"room_id": self.room_id, "by": who.by}
        if room.paused:
            self.do(rooms.resume_room, **here)
            return
        if room.mode == "manual":
            self.do(rooms.set_mode, mode="auto", **here)
            return
        self.made += 1
        what = self.dice.choice(("pause", "mode", "goal", "plan", "package", "policy"))
        if what == "pause":
            self.do(rooms.pause_room, **here)
        elif what == "mode":
            self.do(rooms.set_mode, mode="manual", **here)
        elif what == "plan":
            self.do(judgements.plan_room, **here)
        elif what == "package":
            self.do(packages.ask_package, **here)
        elif what == "goal":
            goal = f"- Inventory: list every service, in {self.made} lines.\n- Costs: list them."
            self.do(rooms.edit_room, changes={"goal": goal}, **here)
        else:
            policy = {"accepts_needed": self.dice.choice((1, 1, 2))}
            self.do(rooms.edit_room, changes={"policy": policy}, **here)

    def change_agents(self, room: Rows, who: Person) -> None:
        agent_id = self.pick(list(room.seats.order_by("id").values_list("agent_id", flat=True)))
        if agent_id is None:
            self.hire(self.room_id)
            return
        what = self.dice.choice(("revoke", "rotate", "pause", "verify", "unseat"))
        if what == "revoke":
            self.do(agents.revoke_agent, agent_id=agent_id, by=who.by)
            self.hire(self.room_id)
        elif what == "rotate":
            self.do(agents.rotate_secret, agent_id=agent_id, by=who.by)
        elif what == "unseat":
            here = {"room_id": self.room_id, "agent_id": agent_id, "by": who.by}
            self.do(rooms.unseat_agent, **here)
            self.do(rooms.seat_agent, **here)
        elif what == "pause":
            is_paused = bool(queries.agent_for(self.owner.row, agent_id).paused)
            self.do(agents.pause_agent, agent_id=agent_id, paused=not is_paused, by=who.by)
        else:
            facts = {"status": "verified", "steps": [], "said": {}}
            self.do(agents.note_verification, agent_id=agent_id, by=who.by, **facts)

    def change_people(self, room: Rows, who: Person) -> None:
        person = self.pick(self.people[1:])
        here = {"room_id": self.room_id, "by": who.by}
        if person is None or self.dice.random() < 0.3:
            self.join()
        elif self.dice.random() < 0.5:
            role = self.dice.choice(ROLES)
            self.do(people.set_role, person_id=person.row.id, role=role, **here)
        elif len(self.people) > 2:
            self.do(people.remove_member, person_id=person.row.id, **here)
            gone = queries.room_role(person.row.id, self.room_id) is None
            self.people = [one for one in self.people if one is not person or not gone]

    def join(self) -> None:
        """Somebody comes by an invite."""
        if len(self.people) >= 4:
            return
        self.made += 1
        by, role = self.owner.by, self.dice.choice(ROLES)
        made = self.do(people.invite, room_id=self.room_id, role=role, by=by)
        if made is not None:
            joined = self.do(
                people.join_by_invite, token=made[1], name=f"Person {self.made}", person=None
            )
            if joined is not None:
                self.people.append(Person(joined.person, role))

    def give_means(self, room: Rows, who: Person) -> None:
        self.made += 1
        if self.dice.random() < 0.5:
            file = attachments.examine(
                name=f"notes-{self.made}.md", media_type="text/markdown", content=b"Notes."
            )
            self.do(attachments.attach_files, files=[file], room_id=self.room_id, by=who.by)
            return
        card = self.card(room, "ready", "working")
        subject = card.id if card and self.dice.random() < 0.6 else self.room_id
        what, cap = self.dice.choice((("seconds", 2_000), ("tokens", 60_000), ("usd", 1)))
        self.do(
            budgets.set_budget, room_id=self.room_id, subject_id=subject, what=what,
            period="ever", cap=cap * self.dice.choice((1, 1, 20)), by=who.by,
        )  # fmt: skip


Deed = Callable[[Household, Rows, Person], None]
DEEDS: dict[Deed, int] = {
    Household.want: 12, Household.sort: 8, Household.edit: 4, Household.give: 4,
    Household.hand_in: 5, Household.offer_late: 4, Household.look: 5, Household.accept: 24,
    Household.send_back: 9, Household.answer: 14, Household.rule: 8, Household.remember: 2,
    Household.speak: 4, Household.govern: 8, Household.change_agents: 4,
    Household.change_people: 3, Household.give_means: 3,
}  # fmt: skip
