"""Old state + events == fetched state, after whatever happened (I5)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from agents.simulator.checking import Checking
from tests import cast
from tests.cast import AT
from tests.promises.commanding import carried_out, commands
from tests.promises.coordinating import Coordination
from tests.promises.the_rest import the_rest_is_done
from tests.promises.watching import Watcher
from workspace.actors import By, coordinator
from workspace.commands import (
    asks,
    attachments,
    budgets,
    cards,
    choices,
    conflicts,
    doubts,
    inputs,
    judgements,
    lates,
    memory,
    packages,
    people,
    reviews,
    rooms,
    rules,
    runs,
    sources,
    starting,
)
from workspace.commands.agents import revoke_agent
from workspace.commands.callbacks import receive
from workspace.commands.messages import post_message
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.errors import Refused
from workspace.events import EVENTS
from workspace.fold import SPECIAL, empty_board, fold, upcast
from workspace.models import Ask, Budget, Deliverable, Judgement, Run
from workspace.queries import board_facts
from workspace.reports import (
    Accepted,
    ClaimMade,
    Declined,
    Failure,
    InboundEvent,
    PermissionWanted,
    Progress,
    Question,
    SourceNamed,
)
from workspace.verify import verify

RULE = coordinator(rule="story")
A_CARD = cards.CardFacts(title="A card")
CREATED = {"card_id": "c1", "number": 1, "title": "Facts", "kind": "report", "depends_on": []}
QUEUED = {
    "run_id": "r1", "card_id": "c1", "worker": "agt_1", "attempt": 1, "round": 1, "fence": 1,
    "run_state": "queued", "card_status": "working", "card_reason": {},
}  # fmt: skip


def after(*events):
    return fold(empty_board(), [(kind, 1, data) for kind, data in events])


def a_board():
    created = CREATED | {"card_status": "ready", "card_reason": {}}
    return after(("card.created", created), ("run.queued", QUEUED))


# --- folding alone -----------------------------------------------------------------------


def test_folding_does_not_change_the_board_it_starts_from():
    before = a_board()
    cancelled = {"card_id": "c1", "card_status": "cancelled", "card_reason": {"code": "cancelled"}}
    assert fold(before, [("card.cancelled", 1, cancelled)]) != before
    assert before == a_board()


def test_any_event_that_says_where_a_card_and_a_run_stand_is_believed():
    said = {
        "run_id": "r1", "run_state": "failed", "failure": "stalled", "card_id": "c1",
        "card_status": "ready", "card_reason": {"code": "stalled"},
    }  # fmt: skip
    board = fold(a_board(), [("run.failed", 1, said)])
    assert (board["cards"]["c1"]["status"], board["cards"]["c1"]["reason"]) == ("ready", "stalled")
    assert (board["runs"]["r1"]["state"], board["runs"]["r1"]["failure"]) == ("failed", "stalled")


def test_an_event_of_a_newer_version_is_not_guessed_at():
    with pytest.raises(ValueError, match="no version 2"):
        upcast("card.created", 2, CREATED)


def test_folding_in_two_steps_is_folding_at_once():
    events = [
        ("card.created", 1, CREATED | {"card_status": "ready", "card_reason": {}}),
        ("run.queued", 1, QUEUED),
        ("member.joined", 1, {"person_id": "usr_1", "role": "owner"}),
        ("member.removed", 1, {"person_id": "usr_1"}),
    ]
    whole = fold(empty_board(), events)
    for cut in range(len(events)):
        assert fold(fold(empty_board(), events[:cut]), events[cut:]) == whole


def test_the_fold_knows_only_events_there_are():
    assert set(SPECIAL) <= set(EVENTS)


# --- a long story ------------------------------------------------------------------------


class Story:
    """A room whose every command is followed by a look."""

    def __init__(self, checking):
        self.checking = checking
        self.now = AT
        self.owner = cast.an_owner()
        self.room = cast.a_room(self.owner)
        self.watcher = Watcher(self.room.id, checking)
        self.seen = []
        self.checked = set()  # commands that were followed by a look
        self.look()

    def look(self):
        self.seen += self.watcher.look(self.now)

    def do(self, command, **facts):
        self.now += timedelta(seconds=1)
        try:
            with carried_out() as begun:
                return command(**facts, at=self.now)
        finally:
            self.look()
            self.checked |= begun

    def as_person(self, command, person=None, **facts):
        return self.do(command, by=By((person or self.owner).id), **facts)

    def cast(self, make, *facts, **more):
        with carried_out() as begun:
            made = make(*facts, **more)
        self.look()
        self.checked |= begun
        return made

    def run(self, card, agent, attempt=1, round=1):
        run = self.do(
            starting.assign_card, card_id=card.id, agent_id=agent.id, attempt=attempt, round=round,
            why={}, by=RULE,
        )  # fmt: skip
        return self.do(runs.offer_run, run_id=run.id, by=RULE)

    def says(self, run, said):
        event = InboundEvent(id=f"e{self.now}", type=type(said).__name__, said=said)
        shown = cast.credentials(run)
        self.do(receive, run_id=run.id, credentials=shown, events=[event])

    def hands_in(self, run, text):
        self.says(run, cast.a_result(text))
        return Deliverable.objects.get(run=run)

    def judged(self, kind, subject_id):
        """A question about this subject, answered."""
        self.room.refresh_from_db()
        asked = self.do(
            judgements.ask_judgement, room_id=self.room.id, kind=kind, subject_id=subject_id,
            revision=self.room.revision, judge="rules", by=RULE,
        )  # fmt: skip
        answer(self, asked, kind)
        return asked

    def accept(self, version, person=None):
        self.as_person(reviews.open_deliverable, person, deliverable_id=version.id)
        self.as_person(
            reviews.accept_deliverable, person, deliverable_id=version.id, sha256=version.sha256
        )


@pytest.fixture
def story(db):
    checking = Checking()
    with checking.watching():
        told = Story(checking)
        yield told
    assert verify(told.now) == []


def plan(story):
    """Two cards by a plan, the second on the first; the second person and two agents join."""
    question = story.as_person(judgements.plan_room, room_id=story.room.id)
    answer(story, question, "plan")
    facts = [cards.CardFacts(title="Facts"), cards.CardFacts(title="Report", depends_on=["0"])]
    return story.do(
        judgements.take_plan, judgement_id=question.id, cards=facts, status="ready", by=RULE
    )


def answer(story, judgement, kind):
    story.do(
        judgements.answer_judgement, judgement_id=judgement.id, judge="rules",
        proposal={"type": kind}, verdict={}, facts={},
    )  # fmt: skip


def test_a_whole_story_is_told_by_its_events(story):
    reviewer = story.cast(cast.a_member, story.room, "reviewer")
    tracer = story.cast(cast.an_agent, story.room, "Tracer")
    sleepy = story.cast(cast.an_agent, story.room, "Sleepy")
    facts, report = plan(story)
    an_agent_fails_and_another_goes_on(story, facts, sleepy, tracer)
    first = Deliverable.objects.get(card=facts)
    version = changes_are_requested(story, first, tracer)
    story.accept(version, reviewer)
    a_person_takes_over(story, report, tracer, reviewer)
    what_was_accepted_is_replaced_and_rolled_back(story, facts, reviewer)
    cards_are_sorted(story)
    work_is_mended(story, tracer)
    people_rule_and_remember(story, tracer)
    changes_are_followed(story, tracer, reviewer)
    the_parts_are_put_together(story)
    files_and_money_are_given(story)
    people_and_agents_leave(story, reviewer, tracer)
    assert set(story.seen) >= IN_A_ROOM - NOT_IN_THE_STORY
    assert fold(empty_board(), everything(story)) == board_facts(story.room)
    the_rest_is_done(story)
    assert set(commands()) - story.checked == set(), "commands that nobody has looked at"


# What only a workspace's stream holds is left out, and what no command records yet.
IN_A_ROOM = {
    kind
    for kind in EVENTS
    if kind.split(".")[0]
    not in ("workspace", "person", "token", "model", "pilot", "audition", "connector")
} - {kind for kind in EVENTS if kind.startswith("agent.") and not kind.endswith("seated")}
NOT_IN_THE_STORY = {"run.cancelling", "run.cancelled"}


def everything(story):
    story.room.refresh_from_db()
    watcher = Watcher(story.room.id)
    return watcher.news()


def an_agent_fails_and_another_goes_on(story, card, sleepy, tracer):
    silent = story.run(card, sleepy)
    story.says(silent, Accepted())
    story.now += timedelta(seconds=400)
    story.do(runs.mark_stale, run_id=silent.id, by=RULE)
    story.says(silent, Progress(percent=10))
    story.do(runs.fail_run, run_id=silent.id, kind="stalled", evidence={"s": 1}, by=RULE)
    with pytest.raises(Refused, match="lease_lost"):
        story.says(silent, cast.a_result("too late"))
    a_late_result_is_reviewed(story, sleepy)
    declined = story.run(card, tracer, attempt=2)
    story.says(declined, Declined("Not now."))
    failed = story.run(card, tracer, attempt=3)
    story.do(runs.requeue_run, run_id=failed.id, by=RULE)
    story.says(failed, Failure("error", "Oh."))
    run = story.run(card, tracer, attempt=4)
    story.says(run, Question(ref="q", message_md="Which?"))
    answer = {"action": "accept", "content": {"answer": "This."}}
    story.as_person(asks.answer_ask, ask_id=Ask.objects.get(run=run).id, answer=answer)
    leave_is_given_for_always_and_taken_back(story, run)
    story.hands_in(run, "first")


def leave_is_given_for_always_and_taken_back(story, run):
    action = {"argv": ["mkdir", "out"]}
    for ref in ("p1", "p2"):
        story.says(run, PermissionWanted(ref=ref, title="Make it", kind="execute", action=action))
        if ref == "p1":
            answer = {"decision": "allow_always"}
            story.as_person(asks.answer_ask, ask_id=run.asks.get(ref=ref).id, answer=answer)
    assert run.asks.get(ref="p2").state == "answered"
    rule = story.room.command_rules.get()
    story.as_person(rules.remove_rule, rule_id=rule.id)


def a_late_result_is_reviewed(story, agent):
    card = cast.a_card(story.room, "Late")
    run = story.run(card, agent)
    story.do(runs.fail_run, run_id=run.id, kind="stalled", evidence={}, by=RULE)
    with pytest.raises(Refused, match="lease_lost"):
        story.says(run, cast.a_result("late, and wanted"))
    story.as_person(lates.offer_late, late_id=run.late_results.get().id)


def changes_are_requested(story, version, agent):
    story.as_person(reviews.request_changes, deliverable_id=version.id, reason="Name the line.")
    again = story.run(version.card, agent, attempt=4, round=2)
    rejected = story.hands_in(again, "second")
    story.as_person(reviews.reject_deliverable, deliverable_id=rejected.id, reason="No.")
    policy = {"policy": {"accepts_needed": 2}}
    story.as_person(rooms.edit_room, room_id=story.room.id, changes=policy)
    third = story.hands_in(story.run(version.card, agent, attempt=5), "third")
    story.accept(third)
    return third


def a_person_takes_over(story, card, agent, reviewer):
    run = story.run(card, agent)
    assert run.inputs.count() == 1
    story.as_person(cards.edit_card, card_id=card.id, changes={"title": "The report"})
    story.as_person(cards.take_card, reviewer, card_id=card.id)
    story.as_person(cards.give_card, card_id=card.id, to=agent.id)
    packet = {"code": "attempts_used_up", "params": {}, "tried": []}
    story.do(asks.hand_over, card_id=card.id, packet=packet, by=RULE)
    story.do(asks.take_back, card_id=card.id, by=RULE)
    story.as_person(
        reviews.submit_as_person, reviewer, card_id=card.id, result=cast.a_result("By hand.")
    )


def what_was_accepted_is_replaced_and_rolled_back(story, card, reviewer):
    story.as_person(
        rooms.edit_room, room_id=story.room.id, changes={"policy": {"accepts_needed": 1}}
    )
    newer = story.as_person(
        reviews.submit_as_person, reviewer, card_id=card.id, result=cast.a_result("Better.")
    )
    story.accept(newer)
    story.as_person(reviews.roll_back, deliverable_id=newer.id, reason="Wrong source.")


def cards_are_sorted(story):
    said = cards.CardFacts(title="Proposed")
    room_id = story.room.id
    card = story.as_person(cards.create_card, room_id=room_id, facts=said, status="triage")
    story.as_person(cards.keep_card, card_id=card.id)
    story.as_person(cards.cancel_card, card_id=card.id)
    story.as_person(cards.reopen_card, card_id=card.id)
    story.as_person(post_message, body="Hello.", card_id=card.id)
    story.as_person(rooms.pause_room, room_id=room_id)
    story.as_person(rooms.resume_room, room_id=room_id)
    story.as_person(rooms.set_mode, room_id=room_id, mode="manual")
    story.do(rooms.set_judge, room_id=room_id, judge="kimi", note={}, by=RULE)
    asked = story.as_person(judgements.plan_room, room_id=room_id)
    story.do(
        judgements.note_trouble, judgement_id=asked.id, code="http_500", params={}, again_at=None
    )
    assert Judgement.objects.get(id=asked.id).state == "failed"


def work_is_mended(story, agent):
    """A card is tried again, rewritten, split by a judge's word, and given to people."""
    tried = story.as_person(cards.create_card, room_id=story.room.id, facts=A_CARD)
    parts = [cards.CardFacts(title="Read"), cards.CardFacts(title="Compare", depends_on=["0"])]
    for attempt, facts in enumerate(
        ({"remedy": "retry"}, {"remedy": "rewrite", "brief": "Anew."}, {"remedy": "ask"}), start=1
    ):
        remedied(story, tried, agent, attempt, Chosen(packet={"code": "judge_asks"}, **facts))
    split = story.as_person(cards.create_card, room_id=story.room.id, facts=A_CARD)
    remedied(story, split, agent, 1, Chosen(remedy="split", parts=parts))


def remedied(story, card, agent, attempt, chosen):
    run = story.run(card, agent, attempt=attempt)
    story.says(run, Failure("error", "Oh."))
    judgement = story.judged("diagnose", run.id)
    story.do(choose_remedy, run_id=run.id, chosen=chosen, judgement_id=judgement.id, by=RULE)


def claimed(story, agent, value):
    """A version of a new card that claims this value."""
    card = story.as_person(cards.create_card, room_id=story.room.id, facts=A_CARD)
    run = story.run(card, agent)
    claim = ClaimMade("c1", "default timeout", value)
    source = SourceNamed({"url": f"https://docs.example/{value}"}, ("c1",))
    story.says(run, cast.a_result(str(value), claims=(claim,), sources=(source,)))
    version = Deliverable.objects.get(run=run)
    found = story.do(sources.claim_sources, deliverable_id=version.id, most=10)
    seen = {one.id: sources.LookUp("found") for one in found}
    story.do(sources.settle_sources, deliverable_id=version.id, found=seen)
    return version


def people_rule_and_remember(story, agent):
    said = [claimed(story, agent, value).claims.get().id for value in (10, 30, 60)]
    facts = {"room_id": story.room.id, "key": "default timeout", "reason": {}, "by": RULE}
    doubt = story.do(doubts.doubt_claims, claim_ids=said[:2], **facts)
    story.as_person(doubts.set_doubt_aside, conflict_id=doubt.id)
    first = story.do(conflicts.open_conflict, claim_ids=said[:2], **facts)
    story.do(conflicts.open_conflict, claim_ids=said, **facts)
    story.do(conflicts.withdraw_conflict, conflict_id=first.id, by=RULE)
    again = story.do(conflicts.open_conflict, claim_ids=said, **facts)
    story.as_person(conflicts.ask_neutral, conflict_id=again.id)
    story.as_person(conflicts.rule_conflict, conflict_id=again.id, value=20, reason="Measured.")
    pinned = story.as_person(
        memory.pin_fact, room_id=story.room.id, subject="Releases", text="On Mondays."
    )
    story.as_person(memory.unpin_fact, fact_id=pinned.id)


def changes_are_followed(story, agent, reviewer):
    """Of two cards on an accepted version one is at work and one is done when it is replaced."""
    base = claimed(story, agent, 5)
    story.accept(base)
    on_it = cards.CardFacts(title="On it", depends_on=[base.card_id])
    live, done, redone = (
        story.as_person(cards.create_card, room_id=story.room.id, facts=on_it) for _ in range(3)
    )
    finished = [story.hands_in(story.run(card, agent), "built") for card in (done, redone)]
    for version in finished:
        story.accept(version)
    run = story.run(live, agent)
    newer = story.as_person(
        reviews.submit_as_person, card_id=base.card_id, result=cast.a_result("Better.")
    )
    story.accept(newer, reviewer)
    story.do(inputs.tell_inputs, run_id=run.id, by=RULE)
    for version, choice in zip(finished, ("stands", "redo"), strict=True):
        asked = story.do(
            inputs.ask_standing, card_id=version.card_id, run_id=version.run_id, by=RULE
        )
        story.as_person(choices.choose, ask_id=asked.id, choice=choice)


def the_parts_are_put_together(story):
    for _ in range(2):
        asked = story.as_person(packages.ask_package, room_id=story.room.id)
        answer(story, asked, "compose")
        story.do(
            packages.compose, room_id=story.room.id, judgement_id=asked.id, title="", overview="",
            sections=[], by=RULE,
        )  # fmt: skip


def files_and_money_are_given(story):
    room_id = story.room.id
    file = attachments.examine(name="notes.md", media_type="text/markdown", content=b"Notes.")
    (given,) = story.as_person(attachments.attach_files, files=[file], room_id=room_id)
    story.as_person(attachments.remove_attachment, attachment_id=given.id)
    budget = story.as_person(
        budgets.set_budget, room_id=room_id, subject_id=room_id, what="steps", period="ever",
        cap=10,
    )  # fmt: skip
    Budget.objects.filter(id=budget.id).update(spent=9)
    story.do(budgets.warn_budget, room_id=room_id, budget_id=budget.id, by=RULE)
    Budget.objects.filter(id=budget.id).update(spent=10)
    asked = story.do(budgets.ask_about_budget, room_id=room_id, budget_id=budget.id, by=RULE)
    story.as_person(choices.choose, ask_id=asked.id, choice="raise_by_half")


def people_and_agents_leave(story, reviewer, agent):
    room_id = story.room.id
    made, _ = story.as_person(people.invite, room_id=room_id, role="observer")
    story.as_person(people.revoke_invite, invite_id=made.id)
    story.as_person(people.set_role, room_id=room_id, person_id=reviewer.id, role="contributor")
    story.as_person(people.remove_member, room_id=room_id, person_id=reviewer.id)
    story.as_person(revoke_agent, agent_id=agent.id)
    assert not Run.objects.filter(agent=agent, ended_at=None).exists()


# Steps of the machine that count among those in tests/simulator.
EXAMPLES, STEPS_EACH = 30, 50


# --- any story ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_any_commands_in_any_order_keep_every_promise():
    run_state_machine_as_test(
        Coordination,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS_EACH, derandomize=True, deadline=None,
            database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
