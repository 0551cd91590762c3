"""More steps for the machine: what coordinating does to a room, in any order, by anybody."""

from __future__ import annotations

from hypothesis import strategies as st

from tests import cast
from tests.promises.machine import RULE, Commands, choice, nth, often, pick, who
from workspace.commands import (
    callbacks,
    cards,
    choices,
    conflicts,
    doubts,
    inputs,
    judgements,
    memory,
    messages,
    packages,
    raising,
    remedies,
    reviews,
    starting,
)
from workspace.commands.remedies import Chosen
from workspace.models import Ask, Claim, Conflict, Fact, Judgement, Message, Run
from workspace.queries import changed_inputs
from workspace.reports import ClaimMade, Failure, InboundEvent
from workspace.transitions import LIVE_RUN

SUBJECT = "default timeout"
PARTS = [cards.CardFacts(title="Read"), cards.CardFacts(title="Compare", depends_on=["0"])]
REMEDIES = {
    "retry": Chosen(remedy="retry"),
    "reassign": Chosen(remedy="reassign"),
    "ask": Chosen(remedy="ask", packet={"code": "judge_asks"}),
    "split": Chosen(remedy="split", parts=PARTS),
    "rewrite": Chosen(remedy="rewrite", brief="Anew."),
    "change nothing": Chosen(remedy="rewrite"),
}
MOST_FACTS = 4
MOST_PARTS = 4


class Coordination(Commands):
    """One room whose agents claim things, fail and build on one another."""

    def go_on(self) -> None:
        """Two versions claim two things, of which one is accepted; on it one card is done and one
        is under way; one of two independent runs has failed."""
        owner = self.people["owner"]
        facts, fix, report = self.cards()
        for card, agent, value in ((facts, self.agents[0], 1), (fix, self.agents[1], 2)):
            run = cast.a_run(card, agent)
            cast.says(run, cast.a_result(claims=(ClaimMade("c1", SUBJECT, value),)))
        cast.accept(facts.deliverables.get(), owner)
        done = cast.a_card(self.room, "Done", depends_on=[facts])
        cast.accept(cast.a_submission(cast.a_run(done, self.agents[0])), owner)
        cast.a_run(report, self.agents[0])
        apart = cast.a_card(self.room, "Apart", independent_runs=2)
        cast.says(cast.a_run(apart, self.agents[2]), Failure(code="error", message="No luck."))

    # --- conflicts and memory -------------------------------------------------------------

    @often(4, n=nth, value=st.integers(1, 3))
    def an_agent_claims(self, n: int, value: int) -> None:
        live = self.live()
        if not live:
            self.assign_a_card(n, n % 3, is_round=True)
        elif run := pick(live, n, self.ended()):
            claims = (ClaimMade("c1", SUBJECT, value), ClaimMade("c2", "colour", "red"))
            said = cast.a_result(f"{value}", claims=claims)
            event = InboundEvent(id=f"claim{self.now}", type="result", said=said)
            shown = cast.credentials(run)
            self.attempt(callbacks.receive, run_id=run.id, credentials=shown, events=[event])

    @often(3, n=nth, value=st.integers(1, 3))
    def claims_are_found_to_disagree(self, n: int, value: int) -> None:
        standing = Claim.objects.filter(subject=SUBJECT).order_by("id")
        if n % 4:
            standing = standing.filter(deliverable__state__in=["submitted", "accepted"])
        ids = list(standing.values_list("id", flat=True))
        if len(ids) < 2 and n % 4:
            self.an_agent_claims(n, value)
            return
        self.attempt(
            conflicts.open_conflict, room_id=self.room.id, key=SUBJECT, claim_ids=ids,
            reason={"code": "numbers_differ", "params": {}}, by=RULE,
        )  # fmt: skip

    @often(2, n=nth, value=st.integers(1, 3))
    def claims_are_found_to_be_in_doubt(self, n: int, value: int) -> None:
        ids = list(Claim.objects.order_by("id").values_list("id", flat=True))
        if len(ids) < 2:
            self.an_agent_claims(n, value)
            return
        self.attempt(
            doubts.doubt_claims, room_id=self.room.id, key=SUBJECT if n % 2 else "colour",
            claim_ids=[ids[n % len(ids)], ids[-1]], reason={"code": "near", "params": {}}, by=RULE,
        )  # fmt: skip

    @often(2, n=nth, by=who, what=choice("confirm", "set_aside", "withdraw"))
    def a_doubt_ends(self, n: int, by: str, what: str) -> None:
        known = list(Conflict.objects.order_by("opened_at"))
        doubt = pick([one for one in known if one.status == "doubted"], n, known)
        if doubt is None:
            return
        if what == "withdraw":
            self.attempt(conflicts.withdraw_conflict, conflict_id=doubt.id, by=RULE)
        else:
            settle = doubts.confirm_doubt if what == "confirm" else doubts.set_doubt_aside
            self.attempt(settle, conflict_id=doubt.id, by=self.by(by))

    @often(2, n=nth, by=who, what=choice("claim", "value", "value", "withdraw", "neutral"))
    def a_conflict_ends(self, n: int, by: str, what: str) -> None:
        known = list(Conflict.objects.order_by("opened_at"))
        conflict = pick([one for one in known if one.status == "open"], n, known)
        if conflict is None:
            return
        if what == "withdraw":
            self.attempt(conflicts.withdraw_conflict, conflict_id=conflict.id, by=RULE)
        elif what == "neutral":
            self.attempt(conflicts.ask_neutral, conflict_id=conflict.id, by=self.by(by))
        else:
            holds = {"claim_id": conflict.heard[0]["claim_id"]} if what == "claim" else {"value": n}
            self.attempt(
                conflicts.rule_conflict, conflict_id=conflict.id, reason="So.", by=self.by(by),
                **holds,
            )  # fmt: skip

    @often(n=nth, by=who, what=choice("pin", "unpin"))
    def somebody_remembers(self, n: int, by: str, what: str) -> None:
        facts = list(Fact.objects.order_by("pinned_at"))
        if what == "pin" and len(facts) < MOST_FACTS:
            self.attempt(
                memory.pin_fact, room_id=self.room.id, subject="Releases", text="On Mondays.",
                by=self.by(by),
            )  # fmt: skip
        elif fact := pick([one for one in facts if one.unpinned_at is None], n, facts):
            self.attempt(memory.unpin_fact, fact_id=fact.id, by=self.by(by))

    # --- regeneration ---------------------------------------------------------------------

    @often(3, n=nth, remedy=st.sampled_from(list(REMEDIES)), is_judged=st.booleans())
    def a_failed_card_is_mended(self, n: int, remedy: str, is_judged: bool) -> None:
        failed = [run for run in self.ended() if run.state == "failed"]
        waiting = [run for run in failed if run.card.status == "ready"]
        if not waiting and n % 4:
            self.an_agent_reports(n, "failure")
            return
        run = pick(waiting, n, self.ended())
        if run is None:
            return
        if remedy == "split" and self.room.cards.filter(parent__isnull=False).count() >= MOST_PARTS:
            remedy = "retry"
        judgement = self.judged("diagnose", run.id) if is_judged else None
        self.attempt(
            remedies.choose_remedy, run_id=run.id, chosen=REMEDIES[remedy],
            judgement_id=judgement.id if judgement else None, by=RULE,
        )  # fmt: skip

    def judged(self, kind: str, subject_id: str) -> Judgement:
        """A question that was just answered, for the goal as it is now."""
        self.room.refresh_from_db()
        asked = judgements.ask_judgement(
            room_id=self.room.id, kind=kind, subject_id=subject_id, revision=self.room.revision,
            judge="rules", by=RULE, at=self.now,
        )  # fmt: skip
        self.watcher.look(self.now)
        self.answer(asked, kind)
        return asked

    def answer(self, asked: Judgement, kind: str) -> None:
        self.attempt(
            judgements.answer_judgement, judgement_id=asked.id, judge="rules",
            proposal={"type": kind}, verdict={}, facts={},
        )  # fmt: skip

    @often(n=nth, what=choice("take", "discard", "trouble", "ask again"))
    def an_answer_is_seen_to(self, n: int, what: str) -> None:
        known = list(Judgement.objects.order_by("asked_at", "id"))
        found = pick([one for one in known if one.state == "answered"], n, known)
        if found is None:
            return
        if what == "take":
            self.attempt(judgements.take_answer, judgement_id=found.id, outcome="noted", by=RULE)
        elif what == "discard":
            self.attempt(judgements.discard_answer, judgement_id=found.id, why="late", by=RULE)
        elif what == "trouble":
            self.attempt(
                judgements.note_trouble, judgement_id=found.id, code="http_500", params={},
                again_at=None,
            )  # fmt: skip
        else:
            self.judged(found.kind, found.subject_id)

    # --- inputs that change ---------------------------------------------------------------

    @often(4, n=nth, what=choice("replace", "replace", "tell", "ask", "choose", "choose"), by=who)
    def changes_are_followed(self, n: int, what: str, by: str) -> None:
        if what == "replace":
            self.what_others_build_on_is_replaced(n, by)
        elif what == "tell":
            if not self.with_changes(self.live()):
                self.what_others_build_on_is_replaced(4 * n + 1, by)
            if run := pick(self.with_changes(self.live()), n, self.ended()):
                self.attempt(inputs.tell_inputs, run_id=run.id, by=RULE)
        elif what == "ask":
            made = [version.run for version in self.versions("accepted")]
            if run := pick(self.with_changes(made), n, made):
                self.attempt(inputs.ask_standing, card_id=run.card_id, run_id=run.id, by=RULE)
        else:
            asked = list(Ask.objects.filter(kind="choice").order_by("opened_at"))
            if ask := pick([one for one in asked if one.state == "open"], n, asked):
                option = ask.body["options"][n % len(ask.body["options"])]
                self.attempt(choices.choose, ask_id=ask.id, choice=option, by=self.by(by))

    def with_changes(self, found: list[Run]) -> list[Run]:
        changed = changed_inputs(found)
        return [run for run in found if run.id in changed]

    def what_others_build_on_is_replaced(self, n: int, by: str) -> None:
        given = [one for one in self.versions("accepted") if one.given_to.exists()]
        version = pick(given, n, self.versions("accepted"))
        if version is None:
            return
        if n % 3:
            said, card_id = cast.a_result(f"Better at {self.now}."), version.card_id
            self.attempt(
                reviews.submit_as_person, card_id=card_id, result=said, by=self.by("contributor")
            )
            newest = version.card.deliverables.order_by("-version")[0]
            facts = {"deliverable_id": newest.id, "by": self.by("owner")}
            self.attempt(reviews.open_deliverable, **facts)
            self.attempt(reviews.accept_deliverable, sha256=newest.sha256, **facts)
        else:
            self.attempt(
                reviews.roll_back, deliverable_id=version.id, reason="Wrong.", by=self.by(by)
            )

    @often(n=nth, code=choice("off_course", "judge_trouble"))
    def people_are_asked_about_the_room(self, n: int, code: str) -> None:
        options = {
            "off_course": ["plan_again", "carry_on"],
            "judge_trouble": ["stay_with_rules", "try_again"],
        }
        self.attempt(
            raising.ask_people, room_id=self.room.id, code=code, params={},
            options=options[code], by=RULE,
        )  # fmt: skip

    @often(n=nth, wants_plan=st.booleans(), by=who)
    def the_coordinator_replies(self, n: int, wants_plan: bool, by: str) -> None:
        waiting = Message.objects.filter(for_coordinator=True).order_by("at")
        message = pick(list(waiting.filter(replies=None)), n, list(waiting))
        if message is None:
            self.attempt(
                messages.post_message, body="@coordinator and now?", room_id=self.room.id,
                by=self.by(by),
            )  # fmt: skip
            return
        judgement = self.judged("reply", message.id)
        self.attempt(
            messages.reply, message_id=message.id, judgement_id=judgement.id, body="This.",
            wants_plan=wants_plan, by=RULE,
        )  # fmt: skip

    # --- several at once ------------------------------------------------------------------

    @often(3, n=nth, agent=st.integers(0, 2), slot=st.integers(1, 3), is_round=st.booleans())
    def an_independent_run_begins(self, n: int, agent: int, slot: int, is_round: bool) -> None:
        shared = list(self.room.cards.filter(independent_runs__gt=1).order_by("number"))
        if not shared:
            said = cards.CardFacts(title="Apart", independent_runs=2 + n % 2)
            self.attempt(
                cards.create_card, room_id=self.room.id, facts=said, by=self.by("contributor")
            )
            return
        free = [card for card in shared if card.status in ("ready", "working")]
        card = pick(free, n, shared)
        assert card is not None
        taken = set(card.runs.filter(state__in=LIVE_RUN).values_list("slot", flat=True))
        slot = pick([one for one in (1, 2, 3) if one not in taken], n, [slot]) or slot
        self.attempt(
            starting.assign_card, card_id=card.id, agent_id=self.agents[agent].id,
            attempt=card.attempts + (not is_round), round=1 + is_round, why={}, slot=slot, by=RULE,
        )  # fmt: skip
        assert card.runs.filter(state__in=LIVE_RUN).count() <= card.independent_runs

    # --- the package ----------------------------------------------------------------------

    @often(2, n=nth, by=who, what=choice("ask", "ask", "make", "make", "now"))
    def the_parts_are_put_together(self, n: int, by: str, what: str) -> None:
        if what == "ask":
            self.attempt(packages.ask_package, room_id=self.room.id, by=self.by(by))
            return
        asked = Judgement.objects.filter(kind="compose").order_by("asked_at", "id").last()
        if what == "now" or asked is None:
            asked = self.judged("compose", self.room.id)
        elif asked.state == "wanted":
            self.answer(asked, "compose")
        sections = [(card.id, "A part", "Read it.") for card in self.cards()][: n % 4]
        self.attempt(
            packages.compose, room_id=self.room.id, judgement_id=asked.id, title="All of it",
            overview="", sections=sections, by=RULE,
        )  # fmt: skip
