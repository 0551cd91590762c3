"""Any commands in any order, by anybody: what is refused changes nothing, the rest is told.

All are choices of one rule: Hypothesis leaves out some rules in each example, and a room in
which nobody submits or nobody accepts shows little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from agents.simulator.checking import Checking
from tests import cast
from tests.promises.watching import Watcher
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands import asks, callbacks, cards, reviews, rooms, runs, starting
from workspace.commands.agents import revoke_agent
from workspace.commands.messages import post_message
from workspace.commands.people import remove_member, set_role
from workspace.errors import Refused
from workspace.models import Agent, Ask, Card, Deliverable, Run
from workspace.queries import blockers
from workspace.reports import (
    Accepted,
    Beat,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    Progress,
    Question,
    Result,
    Said,
)
from workspace.transitions import LIVE_RUN
from workspace.verify import verify

RULE = coordinator(rule="any")
PACKET = {"code": "attempts_used_up", "params": {}, "tried": []}
MOST_CARDS = 6
MOVES = ("offer", "requeue", "accept", "stale", "stalled", "stop", "beat", "old lease")
VERDICTS = ("request_changes", "request_changes", "reject", "roll_back")
SAID: dict[str, Said] = {
    "accepted": Accepted(),
    "progress": Progress(percent=40, note_md="Half."),
    "question": Question(ref="q", message_md="Which?"),
    "aside": Question(ref="a", message_md="By the way?", blocking=False),
    "result": cast.a_result(),
    "nothing": Result(summary_md="Done!"),
    "failure": Failure(code="error", message="No luck."),
    "declined": Declined(reason="Not mine."),
}
nth = st.integers(0, 59)  # counted round in whatever there is to choose from
who = st.sampled_from(["owner", "owner", "reviewer", "contributor"])
Found = TypeVar("Found")


def choice(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def pick(likely: Sequence[Found], n: int, others: Sequence[Found] = ()) -> Found | None:
    """Three times in four one that the command is meant for, else any other."""
    found = list(others) if n % 4 == 3 and others else list(likely) or list(others)
    return found[n // 4 % len(found)] if found else None


Step = Callable[..., None]
STEPS: dict[str, st.SearchStrategy[dict[str, Any]]] = {}
LIKELY: list[str] = []


def often(times: int = 1, **facts: st.SearchStrategy[Any]) -> Callable[[Step], Step]:
    """A step of the machine, so many times as likely as others, with what is drawn for it."""

    def mark(step: Step) -> Step:
        STEPS[step.__name__] = st.fixed_dictionaries(facts)
        LIKELY.extend([step.__name__] * times)
        return step

    return mark


class Commands(RuleBasedStateMachine):
    """One room; every step is one command, allowed or not."""

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.checking = Checking()
        self.undo_watching = self.checking.watching()
        self.undo_watching.__enter__()
        self.now = cast.AT
        owner = cast.an_owner()
        self.room = cast.a_room(owner)
        self.people = {"owner": owner}
        for role in ("reviewer", "contributor"):
            self.people[role] = cast.a_member(self.room, role)
        self.agents = [cast.an_agent(self.room, f"Agent {n}") for n in range(3)]
        facts = cast.a_card(self.room)
        cast.a_card(self.room, "Fix")
        cast.a_card(self.room, "Report", depends_on=[facts])
        self.go_on()
        self.watcher = Watcher(self.room.id, self.checking)
        self.watcher.look(self.now)

    def go_on(self) -> None:
        """What else has happened in the room before the first step."""

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            self.undo_watching.__exit__(None, None, None)
            assert verify(self.now) == []
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(step=st.deferred(lambda: any_step()))
    def somebody_does_something(self, step: tuple[str, dict[str, Any]]) -> None:
        name, facts = step
        getattr(self, name)(**facts)

    # --- how a step is made ---------------------------------------------------------------

    def attempt(self, command: Callable[..., Any], **facts: Any) -> None:
        """Carry it out; a refusal may log that a write was refused, and nothing else."""
        self.now += timedelta(seconds=1)
        before = self.watcher.board
        try:
            command(**facts, at=self.now)
        except Refused:
            assert set(self.watcher.look(self.now)) <= {"run.write_refused"}
            assert self.watcher.board == before
        else:
            self.watcher.look(self.now)

    def by(self, who: str) -> By:
        return By(self.people[who].id)

    def cards(self, *statuses: str) -> list[Card]:
        found = self.room.cards.order_by("number")
        return list(found.filter(status__in=statuses) if statuses else found)

    def card(self, n: int, *likely: str) -> str:
        card = pick(self.cards(*likely), n, self.cards())
        assert card is not None
        return card.id

    def live(self) -> list[Run]:
        found = Run.objects.filter(state__in=LIVE_RUN, agent__isnull=False)
        return list(found.order_by("card__number"))

    def ended(self) -> list[Run]:
        found = Run.objects.exclude(state__in=LIVE_RUN).exclude(agent=None)
        return list(found.order_by("card__number", "fence"))

    def versions(self, *states: str) -> list[Deliverable]:
        found = Deliverable.objects.order_by("card__number", "version")
        return list(found.filter(state__in=states) if states else found)

    # --- the room and who is in it --------------------------------------------------------

    @often(what=choice("rename", "goal", "nameless", "pause", "resume", "say"), by=who)
    def change_the_room(self, what: str, by: str) -> None:
        room_id, person = self.room.id, self.by(by)
        if what == "pause":
            self.attempt(rooms.pause_room, room_id=room_id, by=person)
            self.attempt(rooms.resume_room, room_id=room_id, by=self.by("owner"))
        elif what == "resume":
            self.attempt(rooms.resume_room, room_id=room_id, by=person)
        elif what == "say":
            self.attempt(post_message, body="@Agent-1 hello", room_id=room_id, by=person)
        else:
            changes = {
                "rename": {"name": "Anew"},
                "goal": {"goal": "Else."},
                "nameless": {"name": ""},
            }
            self.attempt(rooms.edit_room, room_id=room_id, changes=changes[what], by=person)

    @often(
        what=choice("role", "replace", "unseat", "revoke"), n=st.integers(0, 2),
        role=choice("reviewer", "contributor", "observer"),
    )  # fmt: skip
    def change_who_is_in_it(self, what: str, n: int, role: str) -> None:
        by, room_id = self.by("owner"), self.room.id
        person, agent = self.people[("owner", "reviewer", "contributor")[n]], self.agents[n]
        if what == "role":
            self.attempt(set_role, room_id=room_id, person_id=person.id, role=role, by=by)
        elif what == "replace" and n:
            self.attempt(remove_member, room_id=room_id, person_id=person.id, by=by)
            role = ("reviewer", "contributor")[n - 1]
            self.people[role] = cast.a_member(self.room, role)
        elif what == "unseat":
            self.attempt(rooms.unseat_agent, room_id=room_id, agent_id=agent.id, by=by)
            self.attempt(rooms.seat_agent, room_id=room_id, agent_id=agent.id, by=by)
        else:
            self.attempt(revoke_agent, agent_id=agent.id, by=by)
            self.agents[n] = cast.an_agent(self.room, f"Agent {Agent.objects.count()}")
        self.watcher.look(self.now)

    # --- cards ----------------------------------------------------------------------------

    @often(2, n=nth, needs=st.lists(nth, max_size=2), early=st.booleans(), triage=st.booleans())
    def create_or_edit_a_card(self, n: int, needs: list[int], early: bool, triage: bool) -> None:
        wanted = [self.card(one) for one in needs]
        if len(self.cards()) >= MOST_CARDS:
            changes = {"title": "Anew", "depends_on": wanted}
            by = self.by("contributor")
            self.attempt(cards.edit_card, card_id=self.card(n), changes=changes, by=by)
            return
        met_when = "submitted" if early else "accepted"
        said = cards.CardFacts(title="A card", depends_on=wanted, met_when=met_when)
        self.attempt(
            cards.create_card, room_id=self.room.id, facts=said, by=self.by("contributor"),
            status="triage" if triage else "ready",
        )  # fmt: skip

    @often(2, n=nth, by=who, what=choice("cancel", "reopen", "keep", "hand_over", "take_back"))
    def sort_a_card(self, n: int, by: str, what: str) -> None:
        if what == "cancel":
            # Seldom: most stories end with it.
            card_id = self.card(n, "cancelled", "triage")
            self.attempt(cards.cancel_card, card_id=card_id, by=self.by(by))
        elif what == "reopen":
            card_id = self.card(n, "cancelled", "waiting")
            self.attempt(cards.reopen_card, card_id=card_id, by=self.by(by))
        elif what == "keep":
            self.attempt(cards.keep_card, card_id=self.card(n, "triage"), by=self.by(by))
        elif what == "hand_over":
            self.attempt(asks.hand_over, card_id=self.card(n, "ready"), packet=PACKET, by=RULE)
        else:
            self.attempt(asks.take_back, card_id=self.card(n, "waiting"), by=RULE)

    @often(2, n=nth, by=who, what=choice("take", "give", "wish", "submit", "submit", "nothing"))
    def a_person_works(self, n: int, by: str, what: str) -> None:
        card_id, person = self.card(n, "ready", "working", "review", "done"), self.by(by)
        if what == "take":
            self.attempt(cards.take_card, card_id=card_id, by=person)
        elif what in ("give", "wish"):
            to = self.people[by].id if what == "give" else self.agents[n % 3].id
            self.attempt(cards.give_card, card_id=card_id, to=to, by=self.by("owner"))
        else:
            result = cast.a_result("By hand.") if what == "submit" else Result()
            self.attempt(reviews.submit_as_person, card_id=card_id, result=result, by=person)

    # --- runs -----------------------------------------------------------------------------

    @often(4, n=nth, agent=st.integers(0, 2), is_round=st.booleans())
    def assign_a_card(self, n: int, agent: int, is_round: bool) -> None:
        ready = self.cards("ready")
        free = [card for card in ready if card.id not in blockers(ready)]
        card = pick(free, n, self.cards())
        assert card is not None
        back = card.reason.get("code") == "changes_requested" and is_round
        self.attempt(
            starting.assign_card, card_id=card.id, agent_id=self.agents[agent].id,
            attempt=card.attempts + (not back), round=card.rounds + 1 if back else 1, why={},
            by=RULE,
        )  # fmt: skip

    @often(5, n=nth, said=st.sampled_from([*SAID, "result", "result", "question"]))
    def an_agent_reports(self, n: int, said: str) -> None:
        live = self.live()
        if not live and n % 4 < 3:
            self.assign_a_card(n, n % 3, is_round=True)
        elif run := pick(live, n, self.ended()):
            self.say(run, said, f"{said}{self.now}")

    @often(n=nth, said=choice("result", "progress"))
    def an_agent_repeats_itself(self, n: int, said: str) -> None:
        run = pick(self.ended(), n, self.live())
        received = run and run.received.order_by("id").last()
        if run is not None and received is not None:
            self.say(run, said, received.event_id)

    def say(self, run: Run, said: str, id: str) -> None:
        event = InboundEvent(id=id, type=said, said=SAID[said])
        shown = cast.credentials(run)
        self.attempt(callbacks.receive, run_id=run.id, credentials=shown, events=[event])

    @often(
        2, n=nth, what=choice("offer", "accept", "stale", "stalled", "stop", "beat", "old lease")
    )
    def time_or_the_door_moves_a_run(self, n: int, what: str) -> None:
        run = pick(self.live(), n, self.ended())
        if run is None:
            return
        if what == "offer":
            self.attempt(runs.offer_run, run_id=run.id, by=SYSTEM)
        elif what == "requeue":
            self.attempt(runs.requeue_run, run_id=run.id, by=SYSTEM)
        elif what == "accept":
            self.attempt(runs.accept_run, run_id=run.id, external_url="", by=SYSTEM)
        elif what == "stale":
            self.now += timedelta(seconds=400)
            self.attempt(runs.mark_stale, run_id=run.id, by=RULE)
        elif what == "stalled":
            self.attempt(runs.fail_run, run_id=run.id, kind="stalled", evidence={}, by=RULE)
        elif what == "stop":
            self.attempt(runs.cancel_run, run_id=run.id, code="cancelled", by=RULE)
        else:
            shown = cast.credentials(run)
            if what == "old lease":
                shown = Credentials(shown.run_token, "lse_old")
            self.attempt(callbacks.beat, run_id=run.id, credentials=shown, said=Beat(7), after=0)

    @often(2, n=nth, by=who, action=choice("accept", "decline", "maybe"))
    def somebody_answers(self, n: int, by: str, action: str) -> None:
        found = list(Ask.objects.filter(state="open").order_by("card__number", "opened_at"))
        if ask := pick(found, n, found):
            answer = {"action": action, "content": {"answer": "This one."}}
            self.attempt(asks.answer_ask, ask_id=ask.id, answer=answer, by=self.by(by))

    # --- verdicts -------------------------------------------------------------------------

    @often(4, n=nth, by=who, is_right=st.integers(0, 9))
    def somebody_accepts(self, n: int, by: str, is_right: int) -> None:
        waiting = self.versions("submitted")
        if not waiting and n % 4 < 3:
            self.an_agent_reports(n, "result")
            return
        version = pick(waiting, n, self.versions())
        if version is None:
            return
        sha256 = version.sha256 if is_right < 9 else "0" * 64
        person = self.by(by)
        self.attempt(reviews.open_deliverable, deliverable_id=version.id, by=person)
        self.attempt(
            reviews.accept_deliverable, deliverable_id=version.id, sha256=sha256, by=person
        )

    @often(
        2, n=nth, by=who, what=choice("request_changes", "request_changes", "reject", "roll_back")
    )
    def somebody_sends_it_back(self, n: int, by: str, what: str) -> None:
        likely = "accepted" if what == "roll_back" else "submitted"
        version = pick(self.versions(likely), n, self.versions())
        verdicts: dict[str, Callable[..., Any]] = {
            "request_changes": reviews.request_changes,
            "reject": reviews.reject_deliverable,
            "roll_back": reviews.roll_back,
        }
        if version is not None:
            self.attempt(
                verdicts[what], deliverable_id=version.id, reason="Not yet.", by=self.by(by)
            )


def any_step() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Of all the steps that are known by now."""
    return st.sampled_from(LIKELY).flatmap(lambda name: st.tuples(st.just(name), STEPS[name]))
