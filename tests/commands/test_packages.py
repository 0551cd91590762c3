"""The package: accepted parts put together, and what happens when the parts change."""

import json

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered, disagree, hands_in, two_sides
from tests.commands.refusing import later, refused
from workspace.actors import By
from workspace.commands.cards import cancel_card, edit_card, take_card
from workspace.commands.choices import choose
from workspace.commands.conflicts import rule_conflict
from workspace.commands.inputs import ask_standing
from workspace.commands.packages import PACKAGE, accepted_parts, ask_package, compose
from workspace.commands.reviews import (
    reject_deliverable,
    request_changes,
    roll_back,
    submit_as_person,
)
from workspace.commands.rooms import edit_room
from workspace.files import read_bytes
from workspace.models import Card, Deliverable, Event, Judgement, Room, Run
from workspace.queries import changed_inputs
from workspace.reports import Inline, Result, SourceNamed
from workspace.verify import verify

DRAFT = {"type": "compose", "title": "Findings", "overview": "What we know.", "sections": []}


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


@pytest.fixture
def parts(room, agent, owner) -> list[Deliverable]:
    """Two accepted versions of two cards."""
    return [
        cast.accept(hands_in(cast.a_run(cast.a_card(room, name), agent), text=name), owner)
        for name in ("Facts", "Risks")
    ]


def ask(room, by):
    return ask_package(room_id=room.id, by=by, at=AT)


def put_together(room, sections=(), title="Findings", judgement=None):
    judgement = judgement or answered(room, "compose", room.id, DRAFT)
    return compose(
        room_id=room.id, judgement_id=judgement.id, title=title, overview="What we know.",
        sections=list(sections), by=RULE, at=later(5),
    )  # fmt: skip


def text_of(package, name="PACKAGE.md"):
    return read_bytes(package.files.get(name=name).blob).decode()


def manifest_of(package):
    return json.loads(text_of(package, "manifest.json"))


def fresh(row):
    return type(row).objects.get(id=row.id)


# --- asked for ---------------------------------------------------------------------------


def test_a_person_asks_for_the_accepted_parts_to_be_put_together(room, parts, by):
    asked = ask(room, by)
    assert (asked.kind, asked.subject_id, asked.state) == ("compose", room.id, "wanted")


def test_a_package_of_nothing_is_refused(room, version, by):
    with refused("nothing_accepted"):
        ask(room, by)


def test_a_package_is_asked_for_once_at_a_time(room, parts, by):
    ask(room, by)
    with refused("already_composing"):
        ask(room, by)
    Judgement.objects.update(state="answered", proposal=DRAFT)
    with refused("already_composing"):
        ask(room, by)
    Judgement.objects.update(state="failed")
    assert ask(room, by).state == "wanted"


def test_a_package_may_be_asked_for_again_once_the_goal_has_changed(room, parts, by):
    answered(room, "compose", room.id, DRAFT)
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    assert ask(room, by).revision == 2


def test_an_observer_asks_for_no_package(room, parts, observer):
    with refused("not_allowed", permission="room.plan"):
        ask(room, By(observer.id))


def test_while_people_have_to_rule_there_is_no_package(room, parts, by):
    conflict = disagree(room, *two_sides(room))
    with refused("conflict_open", conflict=conflict.id):
        ask(room, by)
    rule_conflict(conflict_id=conflict.id, value=20, reason="Agreed.", by=by, at=AT)
    assert ask(room, by).state == "wanted"


def test_a_package_in_review_waits_for_every_conflict_of_the_room(room, parts, by, owner):
    package = put_together(room)
    conflict = disagree(room, *two_sides(room))
    with refused("conflict_open", conflict=conflict.id):
        cast.accept(package, owner)
    rule_conflict(conflict_id=conflict.id, value=20, reason="Agreed.", by=by, at=AT)
    assert cast.accept(package, owner).state == "accepted"


def test_a_conflict_that_came_up_meanwhile_keeps_the_package_from_being_made(room, parts):
    judgement = answered(room, "compose", room.id, DRAFT)
    disagree(room, *two_sides(room))
    with refused("conflict_open"):
        put_together(room, judgement=judgement)
    assert (Card.objects.filter(labels=[PACKAGE]).count(), fresh(judgement).state) == (
        0, "answered",
    )  # fmt: skip


# --- put together ------------------------------------------------------------------------


def test_the_package_holds_every_part_as_it_was_accepted(room, parts):
    package = put_together(room)
    assert {file.name: file.blob.sha256 for file in package.files.all()}.items() >= {
        "parts/01-facts/facts.md": parts[0].files.get().blob.sha256,
        "parts/02-risks/facts.md": parts[1].files.get().blob.sha256,
    }.items()
    assert (package.state, package.card.status, package.card.labels) == (
        "submitted", "review", [PACKAGE],
    )  # fmt: skip
    assert package.manifest["inputs"] == sorted(part.sha256 for part in parts)


def test_the_manifest_says_who_made_what_from_what_and_who_accepted_it(room, agent, owner):
    facts = cast.a_card(room, "Facts")
    first = cast.accept(hands_in(cast.a_run(facts, agent)), owner)
    run = cast.a_run(cast.a_card(room, "Report", depends_on=[facts]), agent)
    named = SourceNamed({"url": "https://docs.example/timeouts"}, ())
    cast.says(run, cast.a_result(sources=(named,)))
    second = cast.accept(run.deliverables.get(), owner)
    said = manifest_of(put_together(room))["parts"][1]
    assert said["sha256"] == second.sha256
    assert (said["made_by"], said["accepted_by"]) == (agent.name, [owner.name])
    assert said["inputs"] == [first.sha256]
    assert said["sources"][0]["place"]["url"] == "https://docs.example/timeouts"


def test_a_judge_orders_the_parts_and_what_it_leaves_out_follows(room, parts):
    risks = parts[1].card_id
    package = put_together(room, [(risks, "What may go wrong", "Two risks.")])
    text = text_of(package)
    assert text.startswith("# Findings\n\nWhat we know.\n")
    assert text.index("## What may go wrong\n\nTwo risks.") < text.index("## Facts")


def test_what_a_judge_makes_up_or_names_twice_is_left_out(room, parts):
    facts = parts[0].card_id
    sections = [("card_none", "Made up", ""), (facts, "Once", ""), (facts, "Twice", "")]
    text = text_of(put_together(room, sections))
    assert ("Made up" in text, "Once" in text, "Twice" in text) == (False, True, False)
    assert "## Risks" in text


def test_without_a_judges_words_the_package_is_made_all_the_same(room, parts):
    package = put_together(room, title="")
    assert package.card.title == f"Package: {room.name}"
    assert text_of(package).startswith(f"# {room.name}\n")


def test_rulings_are_part_of_the_package(room, parts, by):
    conflict = disagree(room, *two_sides(room))
    rule_conflict(conflict_id=conflict.id, value=20, unit="s", reason="Measured.", by=by, at=AT)
    package = put_together(room)
    assert "default timeout: 20 s (Measured.)" in text_of(package)
    assert manifest_of(package)["rulings"][0]["conflict"] == conflict.id


def test_only_what_is_done_is_a_part(room, parts, agent, by):
    hands_in(cast.a_run(cast.a_card(room, "Waits"), agent))
    roll_back(deliverable_id=parts[0].id, reason="Wrong.", by=by, at=AT)
    assert [part.id for part in accepted_parts(room)] == [parts[1].id]


def test_two_parts_with_endless_names_stay_apart(room, agent, owner):
    name = f"{'x' * 240}.md"
    for title in ("One", "Two"):
        run = cast.a_run(cast.a_card(room, title), agent)
        file = Inline(name, "text/markdown", title.encode())
        cast.says(run, Result(summary_md="Done.", artifacts=(file,)))
        cast.accept(run.deliverables.get(), owner)
    names = [file.name for file in put_together(room).files.all()]
    assert (len(names), max(map(len, names))) == (4, 255)
    assert all(one.startswith(("parts/", "PACKAGE.md", "manifest.json")) for one in names)


def test_an_answer_is_used_once(room, parts):
    judgement = answered(room, "compose", room.id, DRAFT)
    put_together(room, judgement=judgement)
    with refused("illegal_move", state="taken"):
        put_together(room, judgement=judgement)
    assert Deliverable.objects.filter(card__labels=[PACKAGE]).count() == 1


def test_an_answer_about_an_older_goal_is_not_used(room, parts, by):
    judgement = answered(room, "compose", room.id, DRAFT)
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    with refused("stale_move", state="older_goal"):
        put_together(room, judgement=judgement)
    assert not Run.objects.filter(by_coordinator=True).exists()


# --- judged by people --------------------------------------------------------------------


def test_the_package_passes_review_like_any_version(room, parts, reviewer):
    package = cast.accept(put_together(room), reviewer)
    assert (fresh(package.card).status, fresh(package).state) == ("done", "accepted")
    assert [part.id for part in accepted_parts(room)] == [part.id for part in parts]


@pytest.mark.parametrize("verdict", [request_changes, reject_deliverable])
def test_a_package_that_was_sent_back_is_put_together_again(room, parts, by, verdict):
    first = put_together(room)
    verdict(deliverable_id=first.id, reason="The overview is thin.", by=by, at=AT)
    second = put_together(room)
    assert (second.card_id, second.version, second.state) == (first.card_id, 2, "submitted")


def test_a_newer_package_takes_the_place_of_one_that_waits(room, parts):
    first = put_together(room)
    second = put_together(room)
    assert (fresh(first).state, second.version) == ("superseded", 2)
    assert fresh(second.card).status == "review"


def test_a_newer_package_takes_the_place_of_an_accepted_one_and_is_judged_again(room, parts, owner):
    first = cast.accept(put_together(room), owner)
    second = put_together(room)
    assert (fresh(first).state, fresh(second.card).status) == ("superseded", "review")


def test_a_package_that_a_person_works_on_is_theirs(room, parts, by):
    first = put_together(room)
    reject_deliverable(deliverable_id=first.id, reason="No.", by=by, at=AT)
    take_card(card_id=first.card_id, by=by, at=AT)
    with refused("card_not_free", state="working"):
        put_together(room)


def test_after_a_cancelled_package_there_is_a_new_one(room, parts, by):
    first = put_together(room)
    cancel_card(card_id=first.card_id, by=by, at=AT)
    second = put_together(room)
    assert (second.card_id != first.card_id, second.version) == (True, 1)


# --- parts that change -------------------------------------------------------------------


def test_a_part_that_is_taken_back_puts_the_package_in_doubt(room, parts, owner, by):
    package = cast.accept(put_together(room), owner)
    roll_back(deliverable_id=parts[0].id, reason="Wrong.", by=by, at=AT)
    found = changed_inputs([package.run])[package.run_id]
    assert [one.was.id for one in found] == [parts[0].id]
    asked = ask_standing(card_id=package.card_id, run_id=package.run_id, by=RULE, at=AT)
    choose(ask_id=asked.id, choice="redo", by=by, at=AT)
    again = put_together(room)
    assert [part["card"] for part in manifest_of(again)["parts"]] == [parts[1].card_id]
    assert again.manifest["inputs"] == [parts[1].sha256]


def test_a_part_that_came_later_is_followed_too(room, parts, agent, owner, by):
    put_together(room)
    late = cast.accept(hands_in(cast.a_run(cast.a_card(room, "Late"), agent)), owner)
    package = cast.accept(put_together(room), owner)
    assert late.sha256 in package.manifest["inputs"]
    roll_back(deliverable_id=late.id, reason="Wrong.", by=by, at=AT)
    assert changed_inputs([package.run])[package.run_id][0].was.id == late.id


def test_a_part_that_was_done_again_is_in_the_next_package_as_it_is_now(room, parts, owner, by):
    put_together(room)
    newer = submit_as_person(card_id=parts[0].card_id, result=cast.a_result("better"), by=by, at=AT)
    assert [part["card"] for part in manifest_of(put_together(room))["parts"]] == [parts[1].card_id]
    cast.accept(newer, owner)
    said = manifest_of(put_together(room))["parts"]
    assert [part["version"] for part in said] == [2, 1]


def test_a_part_built_on_the_package_closes_no_circle(room, parts, agent, owner):
    package = cast.accept(put_together(room), owner)
    letter = cast.a_card(room, "Letter", depends_on=[package.card])
    cast.accept(hands_in(cast.a_run(letter, agent)), owner)
    again = put_together(room)
    assert len(manifest_of(again)["parts"]) == 3
    assert letter.id not in again.card.dependencies.values_list("needs_id", flat=True)


def test_people_who_edit_what_the_package_waits_for_do_not_keep_it_from_being_made(room, parts, by):
    package = put_together(room)
    edit_card(card_id=package.card_id, changes={"depends_on": []}, by=by, at=AT)
    assert put_together(room).manifest["inputs"] == sorted(part.sha256 for part in parts)


def test_putting_together_again_without_new_parts_edits_nothing(room, parts):
    put_together(room)
    put_together(room)
    assert not Event.objects.filter(type="card.edited").exists()
    assert Room.objects.get().cards_made == 3
