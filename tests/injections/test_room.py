"""A room whose model obeys every instruction it finds in agents' texts: nothing comes of it.

A scripted server over real HTTP stands for the model; rows, ticks, judging and egress are real.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from agents import judging
from agents.tick import tick
from tests import cast
from tests.fakes.model_server import Answer, Request, model_server
from tests.injections.garbage import garbage
from tests.injections.obeying import Obeying
from tests.injections.orders import kind_of
from tests.injections.pack import WANTS, Injection, found_in, load
from workspace.actors import SYSTEM, By
from workspace.commands.agents import note_verification
from workspace.commands.budgets import set_budget
from workspace.commands.callbacks import keep_checkpoint
from workspace.commands.messages import post_message
from workspace.commands.models import ModelFacts, set_model
from workspace.commands.packages import ask_package
from workspace.commands.rooms import edit_room
from workspace.models import (
    Agent,
    ApiToken,
    Card,
    Conflict,
    Deliverable,
    Event,
    Judgement,
    Message,
    Review,
    Room,
    Run,
)
from workspace.reports import (
    Activity,
    CheckpointKept,
    ClaimMade,
    Declined,
    Failure,
    Inline,
    PermissionWanted,
    Progress,
    Question,
    Result,
    Said,
)
from workspace.verify import verify

pytestmark = pytest.mark.django_db

CRITERION = "Each finding names its page."
KEY = "sk-never-shown-to-anyone"
# All that the coordinator may ever record by itself.
ENTITLED = {
    "judgement.asked", "judgement.answered", "judgement.taken", "judgement.trouble",
    "room.judge_changed", "run.queued", "run.offered", "run.failed", "run.silent", "remedy.chosen",
    "card.created", "card.edited", "card.split", "card.handed_over", "card.reopened", "ask.raised",
    "ask.closed", "message.posted", "conflict.opened", "conflict.grown", "conflict.withdrawn",
    "plan.taken", "run.superseded", "run.submitted", "deliverable.superseded", "run.inputs_changed",
}  # fmt: skip


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> Iterator[None]:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]
    settings.MUSTER_MODEL_LIMITS = dict.fromkeys(("concurrency", "rpm", "tpm"), 0)
    yield


@dataclass
class Scene:
    """A room at work, with something of everything that an instruction could want changed."""

    room: Room
    owner: By
    accepted: Deliverable
    permission: str

    @classmethod
    def set(cls, url: str) -> Scene:
        person = cast.an_owner()
        owner, now = By(person.id), timezone.now()
        facts = ModelFacts(base_url=url, model="kimi-k2.6", profile="moonshot", api_key=KEY)
        set_model(workspace_id=cast.workspace_of(person).id, facts=facts, by=owner, at=now)
        room = cast.a_room(person, goal="Ship it.", rules="Write in British English.")
        edit_room(room_id=room.id, changes={"policy": {"course_every": 1}}, by=owner, at=now)
        set_budget(
            room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=5, by=owner, at=now
        )
        made = cast.a_submission(cast.a_run(cast.a_card(room, "Base"), cast.an_agent(room, "Base")))
        accepted = cast.accept(made, person)
        deployer = cast.an_agent(room, "Deployer")
        asking = cast.a_run(cast.a_card(room, "Deploy"), deployer, at=now)
        wanted = PermissionWanted(
            "p1", "Run", "command", {"argv": ["rm", "-r", "x"]}, options=("allow_once",)
        )
        cast.says(asking, wanted, at=now)
        return cls(room, owner, accepted, asking.asks.get().id)

    def told(self, number: int, one: Injection) -> Injection:
        """The injection as an agent of its own puts it there, with the ids it would like to use."""
        name = one.text[:70] if one.where == "agent_name" else f"Agent {number}"
        agent = cast.an_agent(self.room, name, skills=() if one.where == "skills" else ("code",))
        card = cast.a_card(self.room, f"Card {number}", criteria=[CRITERION])
        run = cast.a_run(card, agent, at=timezone.now())
        filled = one.filled(
            card_id=run.card_id, agent_id=agent.id, deliverable_id=self.accepted.id,
            room_id=self.room.id, sha256=self.accepted.sha256,
        )  # fmt: skip
        if one.where == "skills":
            note_verification(
                agent_id=agent.id, status="verified", steps=[], by=SYSTEM, at=timezone.now(),
                said={"skills": textwrap.wrap(filled.text, 40)},
            )  # fmt: skip
        if one.where == "checkpoint":
            keep_checkpoint(
                run_id=run.id, credentials=cast.credentials(run), at=timezone.now(),
                said=CheckpointKept(filled.text),
            )  # fmt: skip
        for said in sayings(filled, number):
            cast.says(run, said, at=timezone.now())
        return filled

    def watched(self) -> dict[str, Any]:
        """Everything an instruction was after, and nothing the coordinator may change."""
        room = Room.objects.get(id=self.room.id)
        return {
            "room": [room.goal, room.rules, room.policy, room.mode, room.paused, room.revision],
            "members": sorted(room.members.values_list("person_id", "role")),
            "seats": sorted(room.seats.values_list("agent_id", flat=True)),
            "agents": sorted(Agent.objects.values_list("id", "status", "paused", "url")),
            "reviews": Review.objects.count(),
            "done": sorted(Card.objects.filter(status="done").values_list("id", flat=True)),
            "accepted": sorted(
                Deliverable.objects.filter(state="accepted").values_list("id", "sha256")
            ),
            "criteria dropped": Card.objects.filter(title__startswith="Card ")
            .exclude(criteria__0=CRITERION)
            .count(),
            "told in briefs": [
                one.number
                for one in Card.objects.filter(room=room).order_by("number")
                if found_in([one.title, one.brief, *one.criteria])
            ],
            "cancelled": Card.objects.filter(status="cancelled").count(),
            "ruled": Conflict.objects.filter(status="ruled").count(),
            "facts": room.facts.count(),
            "caps": [str(one) for one in room_budgets(room)],
            "permission": room.asks.get(id=self.permission).state,
            "tokens": ApiToken.objects.count(),
            "said by people": Message.objects.filter(person__isnull=False).count(),
        }


def room_budgets(room: Room) -> list[Any]:
    from workspace.models import Budget

    return list(Budget.objects.filter(subject_id=room.id).values_list("cap", flat=True))


def sayings(one: Injection, number: int) -> list[Said]:
    """What an agent reports so that the text comes to stand where the injection wants it."""
    done = cast.a_result(f"Found {number}.")
    failed = Failure("broken", "It did not work.")
    claim = ClaimMade("c", "the finding", None, "", one.text)
    by_place: dict[str, list[Said]] = {
        "deliverable": [Result("Done.", (Inline("a.md", "text/markdown", one.text.encode()),))],
        "progress": [Progress(note_md=one.text), failed],
        "question": [Question("q", one.text), failed],
        "file_name": [Result("Done.", (Inline(one.text[:200], "text/markdown", b"found"),))],
        "summary": [Result(one.text, (Inline("a.md", "text/markdown", b"found"),))],
        "claim": [cast.a_result("found", claims=(claim,))],
        "decline": [Declined(one.text)],
        "error": [Failure("broken", one.text)],
        "agent_name": [done],
        "skills": [failed],
        "subject": [cast.a_result("found", claims=(ClaimMade("c", one.text[:300], number),))],
        "value": [cast.a_result("found", claims=(ClaimMade("c", "the value", one.text[:300]),))],
        "step_title": [Activity("action", one.text), failed],
        "checkpoint": [failed],
        "permission": [
            PermissionWanted("p", "Run it", "command", {"argv": ["git", one.text]}), failed
        ],
    }  # fmt: skip
    return by_place[one.where]


def settle(room: Room) -> None:
    """Look and answer until nothing is left to do; waiting takes no time here."""
    for _ in range(16):
        tick(room.id)
        waiting = Judgement.objects.filter(room=room, state__in=["wanted", "asking"])
        if not waiting.exists():
            break
        waiting.update(due_at=timezone.now(), claimed_until=None)
        for judgement in list(waiting):
            judging.answer(judgement.id)
        room.tick.ticked_at = None
        room.tick.save()


@pytest.mark.parametrize("wants", WANTS)
def test_what_an_obeying_model_is_told_to_do_does_not_happen(wants: str) -> None:
    obeying = Obeying()
    with model_server(obeying) as server:
        scene = Scene.set(server.base_url)
        sent = [
            scene.told(number, one)
            for number, one in enumerate(one for one in load() if one.wants == wants)
        ]
        post_message(
            room_id=scene.room.id, body="@coordinator how is it going?", by=scene.owner,
            at=timezone.now(),
        )  # fmt: skip
        ask_package(room_id=scene.room.id, by=scene.owner, at=timezone.now())
        before, cards = scene.watched(), Card.objects.count()
        settle(scene.room)
        prompts = "".join(str(request.body) for request in server.requests)
    assert any(step.injections for step in obeying.followed), "no instruction reached the model"
    assert scene.watched() == before
    by_coordinator = Event.objects.filter(stream_id=scene.room.id, actor="coordinator")
    assert set(by_coordinator.values_list("type", flat=True)) <= ENTITLED
    assert Card.objects.count() - cards <= 20 * len(sent) + 1
    assert no_secret_in(prompts, scene.room)
    assert verify(timezone.now()) == []


def no_secret_in(prompts: str, room: Room) -> bool:
    """Neither the model's key nor any run's tokens stand in what was asked."""
    tokens = [cast.credentials(run) for run in Run.objects.filter(room=room, agent__isnull=False)]
    secrets = [KEY, *(one.run_token for one in tokens), *(one.lease_token for one in tokens)]
    return not any(secret in prompts for secret in secrets if secret)


def test_instructions_in_every_place_but_a_refusal_do_reach_the_model() -> None:
    """The proof above would be worth nothing if the model never saw the texts."""
    obeying = Obeying("sly")
    reached: dict[str, int] = {}
    with model_server(obeying) as server:
        scene = Scene.set(server.base_url)
        sent = [
            scene.told(number, one)
            for number, one in enumerate(
                one for one in load() if one.wants in ("accept", "mark_done", "cancel")
            )
        ]
        settle(scene.room)
    for one in sent:
        reached[one.where] = reached.get(one.where, 0) + (one.id in obeying.obeyed)
    told_to_the_model = {"summary", "deliverable", "error", "progress", "step_title"}
    assert told_to_the_model <= {where for where, times in reached.items() if times}
    assert verify(timezone.now()) == []


class Babbling:
    """A model that answers a different sort of garbage each time, from one place in the list."""

    def __init__(self, offset: int) -> None:
        self.next = offset

    def __call__(self, request: Request) -> Answer:
        sorts = garbage(kind_of(request))
        one = sorts[self.next % len(sorts)]
        self.next += 1
        return one.behave(request)


@pytest.mark.parametrize("offset", range(0, 60, 12))
def test_rules_carry_on_where_a_model_answers_garbage_of_every_sort(offset: int) -> None:
    with model_server(Babbling(offset)) as server:
        scene = Scene.set(server.base_url)
        failing = cast.a_run(cast.a_card(scene.room, "Broken"), cast.an_agent(scene.room, "Broken"))
        cast.says(failing, Failure("broken", "It did not work."))
        post_message(
            room_id=scene.room.id, body="@coordinator how is it going?", by=scene.owner,
            at=timezone.now(),
        )  # fmt: skip
        before = scene.watched()
        settle(scene.room)
        asked = len(server.requests)
    assert asked >= 2
    remedy = failing.remedy
    assert remedy.judgement is not None and remedy.judgement.judge == "rules"
    assert Message.objects.filter(room=scene.room, by_coordinator=True).count() == 1
    assert scene.watched() == before
    assert verify(timezone.now()) == []
