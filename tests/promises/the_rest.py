"""The commands that no other part of the story carries out, each followed by a look as well."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests import cast
from tests.promises.commanding import carried_out
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands import (
    agent_tokens,
    agents,
    answers,
    asks,
    auditions,
    budgets,
    callbacks,
    calls,
    cards,
    charging,
    choices,
    conflicts,
    connectors,
    doubts,
    exchanges,
    expiring,
    handoffs,
    joining,
    judgements,
    messages,
    models,
    people,
    pilots,
    proposals,
    raising,
    resting,
    rooms,
    runs,
    specialists,
    talks,
    ticks,
    tokens,
)
from workspace.errors import Refused
from workspace.models import Agent, Delivery, Judgement, Room, Run
from workspace.reports import Beat, CheckpointKept, ClaimMade, Exchanged, Question, Turn

RULE = coordinator(rule="story")
LIMITS = {"concurrency": 1, "rpm": 10, "tpm": 100_000}
PACKET: dict[str, Any] = {"code": "attempts_used_up", "params": {}, "tried": []}


def the_rest_is_done(story: Any) -> None:
    """Everything here happens in rooms of its own, which are followed from their first event."""
    with carried_out() as begun:
        owner = cast.an_owner("Another", "Another team")
        room = cast.a_room(owner)
    story.room, story.owner = room, owner
    story.watcher = type(story.watcher)(room.id, story.checking)
    story.look()
    story.checked |= begun
    agent = story.cast(cast.an_agent, room, "Helper")
    agents_are_looked_after(story, agent)
    an_agent_comes_by_itself(story, agent)
    runs_say_little(story, agent)
    people_answer_otherwise(story, agent)
    people_go_on(story)
    a_model_is_asked(story)
    budgets_are_counted(story)
    people_sign_in(story)
    the_clockwork_turns(story)
    a_scorecard_is_kept(story)
    an_agent_is_tried(story, agent)
    agents_join_by_their_doors(story, agent)
    connectors_come_and_go(story)
    a_model_works(story)


def new_card(story: Any, title: str = "A card") -> Any:
    facts = cards.CardFacts(title=title)
    return story.as_person(cards.create_card, room_id=story.room.id, facts=facts)


def agents_are_looked_after(story: Any, agent: Any) -> None:
    story.as_person(agents.pause_agent, agent_id=agent.id, paused=True)
    story.as_person(agents.pause_agent, agent_id=agent.id, paused=False)
    story.as_person(agents.rotate_secret, agent_id=agent.id)
    facts = agents.AgentFacts(skills=["docs"])
    story.as_person(agents.edit_agent, agent_id=agent.id, facts=facts)
    story.do(agents.note_answer, agent_id=agent.id, is_well=False)
    sent = story.as_person(agents.send_test_event, agent_id=agent.id)
    Delivery.objects.filter(id=sent.id).update(state="failed", due_at=None, ended_at=story.now)
    story.as_person(agents.replay_delivery, delivery_id=sent.id)
    other = story.cast(cast.an_agent, story.room, "Gone")
    story.do(agents.disable_agent, agent_id=other.id, reason={"code": "gone", "params": {}})


def an_agent_comes_by_itself(story: Any, agent: Any) -> None:
    """It shows the token it was given, and proposes what should be done as well."""
    token = story.as_person(agent_tokens.make_agent_token, agent_id=agent.id)
    story.do(agent_tokens.use_agent_token, token=token)
    story.do(
        proposals.propose_card, agent_id=agent.id, room_id=story.room.id, run_id="",
        title="Ask the printer", brief="", criteria=[], skills=[], kind="document",
    )  # fmt: skip


def runs_say_little(story: Any, agent: Any) -> None:
    """Files, a checkpoint, a heartbeat; accepted by the door and stopped by the coordinator."""
    run = story.run(new_card(story), agent)
    story.do(runs.accept_run, run_id=run.id, external_url="", by=SYSTEM)
    facts = {"run_id": run.id, "credentials": cast.credentials(run)}
    story.do(callbacks.beat, said=Beat(percent=5.0), after=0, **facts)
    story.do(callbacks.keep_checkpoint, said=CheckpointKept(note_md="Half."), **facts)
    story.do(
        callbacks.add_artifact, name="a.md", media_type="text/markdown", role="source",
        content=b"A.", sha256="", **facts,
    )  # fmt: skip
    story.do(runs.cancel_run, run_id=run.id, code="cancelled", by=RULE)


def people_answer_otherwise(story: Any, agent: Any) -> None:
    """By the one way in for all kinds; too late; and to a doubt, that it is a conflict."""
    run = story.run(new_card(story), agent)
    story.says(run, Question(ref="q", message_md="Which?"))
    answer = {"action": "accept", "content": {"answer": "This."}}
    story.as_person(choices.answer_any, ask_id=run.asks.get(ref="q").id, answer=answer)
    story.says(run, Question(ref="never", message_md="And then?"))
    waits = run.asks.get(ref="never")
    story.now = waits.expires_at
    story.do(expiring.expire_ask, ask_id=waits.id, by=RULE)
    said = []
    for value in (1, 2):
        run = story.run(new_card(story), agent)
        story.says(run, cast.a_result(str(value), claims=(ClaimMade("c1", "size", value),)))
        said.append(run.deliverables.get().claims.get().id)
    facts = {"room_id": story.room.id, "key": "size", "claim_ids": said, "reason": {}}
    doubt = story.do(doubts.doubt_claims, by=RULE, **facts)
    story.as_person(doubts.confirm_doubt, conflict_id=doubt.id)
    story.as_person(conflicts.rule_conflict, conflict_id=doubt.id, value=1, reason="So.")


def people_go_on(story: Any) -> None:
    """With cards that were handed over to them."""
    handed = [new_card(story) for _ in range(3)]
    for card in handed:
        story.do(asks.hand_over, card_id=card.id, packet=PACKET, by=RULE)
    again, mine, split = (card.id for card in handed)
    story.as_person(handoffs.go_on, card_id=again, changes={"brief": "Anew."})
    story.as_person(handoffs.give_on, card_id=mine, to=story.owner.id)
    story.as_person(handoffs.split_by_hand, card_id=split, titles=["One", "Two"])
    story.do(
        raising.ask_people, room_id=story.room.id, code="off_course", params={},
        options=["carry_on"], by=RULE,
    )  # fmt: skip


def a_model_is_asked(story: Any) -> None:
    room_id = story.room.id
    model = models.ModelFacts(
        base_url="https://model.example/v1", model="m", profile="moonshot", api_key="none"
    )
    workspace_id = story.room.workspace_id
    story.as_person(models.set_model, workspace_id=workspace_id, facts=model)
    story.as_person(models.set_model_options, workspace_id=workspace_id, thinking={}, limits=LIMITS)
    said = story.as_person(messages.post_message, body="@coordinator well?", room_id=room_id)
    asked = story.do(
        judgements.ask_judgement, room_id=room_id, kind="reply", subject_id=said.id,
        revision=story.room.revision, judge="kimi", by=RULE,
    )  # fmt: skip
    story.do(judgements.claim_judgement, judgement_id=asked.id)
    facts = {"judgement_id": asked.id, "tokens_wanted": 5}
    call = story.do(calls.begin_call, wait=lambda known: timedelta(0), **facts)
    story.do(charging.reserve_for, judgement_id=asked.id, wanted={"tokens": 5})
    story.do(charging.settle, ref=asked.id, actual={"tokens": 4})
    story.do(calls.end_call, call_id=call.id, tokens=4, cost_usd=0.0, outcome="answered")
    run_id = Run.objects.filter(room_id=room_id).values_list("id", flat=True)[0]
    story.do(
        calls.begin_run_call, run_id=run_id, account=call.account, tokens_wanted=5,
        wait=lambda known: timedelta(0),
    )  # fmt: skip
    story.do(
        judgements.answer_judgement, judgement_id=asked.id, judge="kimi",
        proposal={"type": "reply"}, verdict={}, facts={},
    )  # fmt: skip
    story.do(messages.reply, message_id=said.id, body="So.", judgement_id=asked.id, by=RULE)
    taken, dropped = (story.judged(kind, room_id) for kind in ("course", "compose"))
    story.do(judgements.take_answer, judgement_id=taken.id, outcome="noted", by=RULE)
    story.do(judgements.discard_answer, judgement_id=dropped.id, why="late", by=RULE)
    Room.objects.filter(id=room_id).update(judge="rules", model_rests=1, model_back_at=story.now)
    story.room.refresh_from_db()
    # Who sends the model to rest says so in an event of its own; this one says that it is back.
    story.do(resting.wake_model, room_id=room_id, by=RULE)


def budgets_are_counted(story: Any) -> None:
    room_id = story.room.id
    facts = {"room_id": room_id, "subject_id": room_id, "what": "tokens", "period": "ever"}
    budget = story.as_person(budgets.set_budget, cap=100, **facts)
    amounts = {"tokens": Decimal(10)}
    room = Room.objects.get(id=room_id)
    about = {"room": room, "subjects": [room_id], "ref": "jdg_1"}
    story.do(charging.reserve, wanted=amounts, **about)
    story.do(charging.settle, ref="jdg_1", actual=amounts)
    story.do(charging.charge, amounts={"tokens": Decimal(90)}, began=story.now, **about)
    asked = Judgement.objects.filter(room=room).order_by("id").last()
    assert asked is not None
    why = Refused("over_budget", budget_id=budget.id, wanted="5")
    story.do(budgets.tell_refused, room_id=room_id, why=why, judgement_id=asked.id)
    story.as_person(budgets.remove_budget, room_id=room_id, budget_id=budget.id)


def people_sign_in(story: Any) -> None:
    link = story.do(people.make_sign_in_link, person=story.owner)
    story.do(people.use_sign_in_link, token=link)
    by = By(story.owner.id)
    made, token = story.do(
        people.make_token, person=story.owner, name="t", scopes=["read"], reauthenticated=True,
        by=by,
    )  # fmt: skip
    story.do(tokens.use_token, token=token)
    story.as_person(people.revoke_token, token_id=made.id)
    story.do(
        answers.answer_once, workspace_id=story.room.workspace_id, scope="s", key="k",
        body_sha256="0", act=lambda: (200, {}),
    )  # fmt: skip


def the_clockwork_turns(story: Any) -> None:
    room_id = story.room.id
    story.as_person(rooms.wake_room, room_id=room_id)
    story.do(ticks.beat, name="worker", facts={})
    story.do(ticks.claim_tick, room_id=room_id, every=timedelta(seconds=1))


def a_scorecard_is_kept(story: Any) -> None:
    card = {"about": {}, "columns": {}, "figures": {}, "scenarios": [], "passed": True}
    workspace_id = story.room.workspace_id
    story.do(pilots.keep_pilot, workspace_id=workspace_id, commit="", facts=card, by=SYSTEM)


def an_agent_is_tried(story: Any, agent: Any) -> None:
    """Item by item in its scratch room, which is followed from its first event; again because it
    has changed; and that is stopped."""
    tried = story.as_person(auditions.start_audition, agent_id=agent.id)
    facts = {"audition_id": tried.id}
    follow(story, tried.room)
    story.do(auditions.claim_audition, **facts)
    for item in tried.items:
        about = facts | {"code": item["code"]}
        story.do(auditions.begin_item, card=cards.CardFacts(title="Try"), **about)
        story.do(auditions.mark_item, marks={"seen": True}, **about)
        story.do(auditions.judge_item, move="pass", evidence={}, **about)
    story.do(auditions.end_audition, **facts)
    changes = {"policy": {"needs_audition": True}}
    room = cast.a_room(story.owner, name="Demands it")
    story.as_person(rooms.edit_room, room_id=room.id, changes=changes)
    story.as_person(rooms.seat_agent, room_id=room.id, agent_id=agent.id)
    Agent.objects.filter(id=agent.id).update(version="2")
    again = story.do(auditions.start_again, agent_id=agent.id)
    follow(story, again.room)
    story.as_person(auditions.stop_audition, audition_id=again.id)


def follow(story: Any, room: Any) -> None:
    """From here on it is this room that is looked at."""
    story.room = room
    story.watcher = type(story.watcher)(room.id, story.checking)
    story.look()


def agents_join_by_their_doors(story: Any, agent: Any) -> None:
    """One that fetches its work, its tokens, and a conversation that a door keeps of a run."""
    facts = {"workspace_id": story.room.workspace_id, "owner": story.owner}
    made, token = story.as_person(
        joining.join_agent, facts=agents.AgentFacts(name="Fetcher"), door="mcp", **facts
    )
    assert story.do(agent_tokens.use_agent_token, token=token) == made
    story.as_person(agent_tokens.make_agent_token, agent_id=made.id)
    story.as_person(joining.rotate_credential, agent_id=made.id)
    run = story.run(new_card(story), agent)
    due = {"due_at": story.now}
    talk = story.do(talks.open_talk, run_id=run.id, facts={"task": "t1"}, **due)
    story.do(talks.look_now, run_id=run.id)
    until = story.now + timedelta(seconds=30)
    story.do(talks.claim_talk, talk_id=talk.id, until=until)
    talks.leave_talk(talk_id=talk.id, due_at=None)


def connectors_come_and_go(story: Any) -> None:
    """Paired, held by one session, kept, left, and taken away with the agents behind it."""
    code = story.as_person(connectors.make_pairing, workspace_id=story.room.workspace_id)
    made, _ = story.do(connectors.pair_connector, code=code, name="Laptop", version="1")
    which: dict[str, Any] = {"connector_id": made.id, "session": "ses_1"}
    there = [connectors.AgentThere(name="Behind it", skills=("docs",))]
    ids = story.do(connectors.hold_connector, version="1", agents=there, **which)
    story.as_person(rooms.seat_agent, room_id=story.room.id, agent_id=ids["Behind it"])
    assert story.do(connectors.keep_connectors, sessions={made.id: "ses_1"}) == {made.id}
    story.do(connectors.leave_connector, **which)
    story.as_person(connectors.revoke_connector, connector_id=made.id)
    assert Agent.objects.get(id=ids["Behind it"]).status == "revoked"


def a_model_works(story: Any) -> None:
    """Specialists come, one holds a conversation, proposes a card, hands in; another is let go."""
    owner = By(story.owner.id)
    wanted = {"policy": {"specialists": 5}}
    story.do(rooms.edit_room, room_id=story.room.id, changes=wanted, by=owner)
    role = specialists.SpecialistRole(name="writer", title="Writer", skills=["prose"], tools=[])
    facts = {"room_id": story.room.id, "by": RULE}
    writer, other = story.do(specialists.enlist_specialists, role=role, count=2, **facts)
    story.do(specialists.dismiss_specialist, agent_id=other.id, **facts)
    workspace_id = story.room.workspace_id
    story.as_person(
        specialists.make_specialist, workspace_id=workspace_id, role=role, owner=story.owner
    )
    run = story.run(new_card(story), writer)
    due = {"due_at": story.now, "facts": {}}
    story.do(talks.open_talk, run_id=run.id, **due)
    until = story.now + timedelta(seconds=20)
    story.do(talks.hold_talks, door="model", holder="host", most=5, until=until)
    asked = Exchanged(n=1, kind="model", state="begun", begun_at=story.now)
    turn = Turn(run_id=run.id, fence=run.fence, holder="host", exchanges=(asked,))
    story.do(exchanges.keep_turns, room_id=story.room.id, turns=[turn])
    story.do(
        proposals.propose_card, agent_id=writer.id, room_id=story.room.id, run_id=run.id,
        title="More of it", brief="", criteria=[], skills=[], kind="document",
    )  # fmt: skip
    story.says(run, cast.a_result())
    story.do(exchanges.close_exchange, run_id=run.id, n=1)
