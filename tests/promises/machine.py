"""Any commands in any order, by anybody: what is refused changes nothing, the rest is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests import cast
from tests.promises.watching import Watcher
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands import asks, callbacks, cards, reviews, rooms, runs
from workspace.commands.agents import revoke_agent
from workspace.commands.people import remove_member, set_role
from workspace.errors import Refused
from workspace.models import Agent, Ask, Card, Deliverable, Person, Run
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

RULE = coordinator(rule="any")
PACKET = {"code": "attempts_used_up", "params": {}, "tried": []}
MOST_CARDS = 6
any_card = st.integers(0, MOST_CARDS - 1)
any_person = st.sampled_from(["owner", "reviewer", "contributor"])
any_agent = st.integers(0, 2)
few_cards = st.lists(any_card, max_size=2, unique=True)
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
any_said = st.sampled_from(sorted(SAID))


class Commands(RuleBasedStateMachine):
    """One room; every step is one command, allowed or not."""

    @initialize()
    def begin(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = cast.AT
        owner = cast.an_owner()
        self.room = cast.a_room(owner)
        self.people = {"owner": owner}
        for role in ("reviewer", "contributor"):
            self.people[role] = cast.a_member(self.room, role)
        self.agents = [cast.an_agent(self.room, f"Agent {n}") for n in range(3)]
        self.watcher = Watcher(self.room.id)
        self.watcher.look(self.now)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

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
            return
        self.watcher.look(self.now)

    def by(self, who: str) -> By:
        return By(self.people[who].id)

    def card(self, n: int) -> str:
        """The nth card, counted round; a card that is not there if there is none."""
        found = list(self.room.cards.order_by("number").values_list("id", flat=True))
        return found[n % len(found)] if found else "card_none"

    def live(self) -> list[Run]:
        found = Run.objects.filter(state__in=LIVE_RUN, agent__isnull=False)
        return list(found.order_by("card__number"))

    def ended(self) -> list[Run]:
        found = Run.objects.exclude(state__in=LIVE_RUN).exclude(agent=None)
        return list(found.order_by("card__number", "fence"))

    def versions(self) -> list[Deliverable]:
        return list(Deliverable.objects.order_by("card__number", "version"))

    # --- the room -------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([10, 400, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(pause=st.booleans())
    def pause_or_resume(self, pause: bool) -> None:
        command = rooms.pause_room if pause else rooms.resume_room
        self.attempt(command, room_id=self.room.id, by=self.by("reviewer"))

    @rule(changes=st.sampled_from([{"name": "Renamed"}, {"goal": "Another."}, {"name": ""}]))
    def edit_room(self, changes: dict[str, str]) -> None:
        self.attempt(rooms.edit_room, room_id=self.room.id, changes=changes, by=self.by("owner"))

    @rule(who=any_person, role=st.sampled_from(["reviewer", "contributor", "observer"]))
    def change_a_role(self, who: str, role: str) -> None:
        self.attempt(
            set_role, room_id=self.room.id, person_id=self.people[who].id, role=role,
            by=self.by("owner"),
        )  # fmt: skip

    @rule(who=st.sampled_from(["reviewer", "contributor"]))
    def replace_a_member(self, who: str) -> None:
        self.attempt(
            remove_member, room_id=self.room.id, person_id=self.people[who].id,
            by=self.by("owner"),
        )  # fmt: skip
        self.people[who] = cast.a_member(self.room, who)
        self.watcher.look(self.now)

    @rule(n=any_agent, seat=st.booleans())
    def seat_or_unseat(self, n: int, seat: bool) -> None:
        command = rooms.seat_agent if seat else rooms.unseat_agent
        self.attempt(command, room_id=self.room.id, agent_id=self.agents[n].id, by=self.by("owner"))

    @precondition(lambda self: Agent.objects.count() < 6)
    @rule(n=any_agent)
    def revoke_and_replace(self, n: int) -> None:
        self.attempt(revoke_agent, agent_id=self.agents[n].id, by=self.by("owner"))
        self.agents[n] = cast.an_agent(self.room, f"Agent {Agent.objects.count()}")
        self.watcher.look(self.now)

    # --- cards ----------------------------------------------------------------------------

    @precondition(lambda self: self.room.cards.count() < MOST_CARDS)
    @rule(needs=few_cards, early=st.booleans(), triage=st.booleans())
    def create_card(self, needs: list[int], early: bool, triage: bool) -> None:
        wanted = sorted({self.card(n) for n in needs} - {"card_none"})
        said = cards.CardFacts(
            title="A card", depends_on=wanted, met_when="submitted" if early else "accepted"
        )
        self.attempt(
            cards.create_card, room_id=self.room.id, facts=said, by=self.by("contributor"),
            status="triage" if triage else "ready",
        )  # fmt: skip

    @rule(n=any_card, needs=few_cards)
    def edit_card(self, n: int, needs: list[int]) -> None:
        changes = {"title": "Anew", "depends_on": [self.card(one) for one in needs]}
        self.attempt(
            cards.edit_card, card_id=self.card(n), changes=changes, by=self.by("contributor")
        )

    @rule(
        n=any_card,
        who=any_person,
        command=st.sampled_from(
            [cards.take_card, cards.cancel_card, cards.reopen_card, cards.keep_card]
        ),
    )
    def sort_card(self, n: int, who: str, command: Callable[..., Any]) -> None:
        self.attempt(command, card_id=self.card(n), by=self.by(who))

    @rule(n=any_card, to=st.one_of(any_person, any_agent))
    def give_card(self, n: int, to: str | int) -> None:
        worker: Person | Agent = self.people[to] if isinstance(to, str) else self.agents[to]
        self.attempt(cards.give_card, card_id=self.card(n), to=worker.id, by=self.by("owner"))

    @rule(n=any_card, back=st.booleans())
    def hand_over(self, n: int, back: bool) -> None:
        if back:
            self.attempt(asks.take_back, card_id=self.card(n), by=RULE)
        else:
            self.attempt(asks.hand_over, card_id=self.card(n), packet=PACKET, by=RULE)

    @rule(n=any_card, who=any_person, empty=st.booleans())
    def submit_as_person(self, n: int, who: str, empty: bool) -> None:
        result = Result() if empty else cast.a_result("By hand.")
        self.attempt(reviews.submit_as_person, card_id=self.card(n), result=result, by=self.by(who))

    # --- runs -----------------------------------------------------------------------------

    @rule(n=any_card, agent=any_agent)
    def assign_card(self, n: int, agent: int) -> None:
        """Twice as likely to be useful: the assignment is offered at once."""
        card = Card.objects.filter(id=self.card(n)).first()
        if card is not None:
            self.attempt(
                runs.assign_card, card_id=card.id, agent_id=self.agents[agent].id,
                attempt=card.attempts + 1, round=1, why={}, by=RULE,
            )  # fmt: skip

    @precondition(lambda self: self.live())
    @rule(n=any_card, said=any_said)
    def agent_says(self, n: int, said: str) -> None:
        found = self.live()
        self.say(found[n % len(found)], said, f"{said}{self.now}")

    @precondition(lambda self: self.live())
    @rule(n=any_card)
    def agent_submits(self, n: int) -> None:
        found = self.live()
        self.say(found[n % len(found)], "result", "done")

    @precondition(lambda self: self.ended())
    @rule(n=any_card, said=st.sampled_from(["result", "progress"]), again=st.booleans())
    def agent_says_too_late(self, n: int, said: str, again: bool) -> None:
        found = self.ended()
        self.say(found[n % len(found)], said, "done" if again else f"late{self.now}")

    @precondition(lambda self: self.live())
    @rule(n=any_card)
    def somebody_writes_with_another_lease(self, n: int) -> None:
        found = self.live()
        run = found[n % len(found)]
        shown = Credentials(cast.credentials(run).run_token, "lse_old")
        self.attempt(callbacks.beat, run_id=run.id, credentials=shown, said=Beat(9), after=0)

    def say(self, run: Run, said: str, id: str) -> None:
        event = InboundEvent(id=id, type=said, said=SAID[said])
        self.attempt(
            callbacks.receive, run_id=run.id, credentials=cast.credentials(run), events=[event]
        )

    @precondition(lambda self: self.live())
    @rule(
        n=any_card, what=st.sampled_from(["offer", "accept", "stale", "stalled", "cancel", "beat"])
    )
    def time_or_the_door_moves_a_run(self, n: int, what: str) -> None:
        found = self.live()
        run = found[n % len(found)]
        if what == "offer":
            self.attempt(runs.offer_run, run_id=run.id, by=SYSTEM)
        elif what == "accept":
            self.attempt(runs.accept_run, run_id=run.id, external_url="", by=SYSTEM)
        elif what == "stale":
            self.attempt(runs.mark_stale, run_id=run.id, by=RULE)
        elif what == "stalled":
            self.attempt(runs.fail_run, run_id=run.id, kind="stalled", evidence={}, by=RULE)
        elif what == "cancel":
            self.attempt(runs.cancel_run, run_id=run.id, code="cancelled", by=RULE)
        else:
            shown = cast.credentials(run)
            self.attempt(callbacks.beat, run_id=run.id, credentials=shown, said=Beat(7), after=0)

    @precondition(lambda self: Ask.objects.filter(state="open").exists())
    @rule(n=any_card, who=any_person, action=st.sampled_from(["accept", "decline", "maybe"]))
    def answer_ask(self, n: int, who: str, action: str) -> None:
        found = list(Ask.objects.filter(state="open").order_by("card__number", "opened_at"))
        answer = {"action": action, "content": {"answer": "This one."}}
        self.attempt(
            asks.answer_ask, ask_id=found[n % len(found)].id, answer=answer, by=self.by(who)
        )

    # --- verdicts -------------------------------------------------------------------------

    @precondition(lambda self: self.versions())
    @rule(n=st.integers(0, 20), who=any_person, right=st.booleans())
    def accept(self, n: int, who: str, right: bool) -> None:
        found = self.versions()
        version = found[n % len(found)]
        self.attempt(reviews.open_deliverable, deliverable_id=version.id, by=self.by(who))
        self.attempt(
            reviews.accept_deliverable, deliverable_id=version.id,
            sha256=version.sha256 if right else "0" * 64, by=self.by(who),
        )  # fmt: skip

    @precondition(lambda self: self.versions())
    @rule(
        n=st.integers(0, 20),
        who=any_person,
        verdict=st.sampled_from(
            [reviews.request_changes, reviews.reject_deliverable, reviews.roll_back]
        ),
    )
    def send_back(self, n: int, who: str, verdict: Callable[..., Any]) -> None:
        found = self.versions()
        version = found[n % len(found)]
        self.attempt(verdict, deliverable_id=version.id, reason="Not yet.", by=self.by(who))
