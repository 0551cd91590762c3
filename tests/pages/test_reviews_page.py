"""The review queue: opening, the three verdicts, and what must be refused."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone

from tests import cast
from tests.pages.sample import Sample
from workspace.models import Deliverable, Member, Opening, Person, Room
from workspace.shown.reviews import queue_of


def version_of(sample: Sample) -> Deliverable:
    return Deliverable.objects.get(id=sample.version_id)


def test_having_a_version_on_the_page_is_opening_it(ana: Client, sample: Sample) -> None:
    opened = Opening.objects.filter(deliverable=version_of(sample), person_id=sample.owner_id)
    assert not opened.exists()
    ana.get(f"/reviews/{sample.version_id}")
    assert opened.exists()


def test_accepting_binds_to_the_sha256_that_was_on_the_page(ana: Client, sample: Sample) -> None:
    url = f"/reviews/{sample.version_id}"
    page = ana.get(url).text
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256 is not None and sha256[1] == version_of(sample).sha256
    refused = ana.post(f"{url}/accept", {"sha256": "0" * 64})
    assert refused.status_code == 409 and version_of(sample).state == "submitted"
    done = ana.post(f"{url}/accept", {"sha256": sha256[1]})
    assert done.status_code == 302 and version_of(sample).state == "accepted"
    assert version_of(sample).card.status == "done"


def test_accepting_unseen_is_refused_and_says_what_to_do(ana: Client, sample: Sample) -> None:
    version = version_of(sample)
    refused = ana.post(f"/reviews/{version.id}/accept", {"sha256": version.sha256})
    assert refused.status_code == 409
    assert "Open this version before you accept it." in refused.text


def test_a_contributor_sees_no_verdict_and_cannot_give_one(mei: Client, sample: Sample) -> None:
    version = version_of(sample)
    page = mei.get(f"/reviews/{version.id}").text
    assert "accept-form" not in page and "reviewers and owners of the room decide" in page
    for verdict in ("accept", "changes", "reject"):
        sent = {"sha256": version.sha256, "reason": "No."}
        assert mei.post(f"/reviews/{version.id}/{verdict}", sent).status_code == 403
    assert version_of(sample).state == "submitted"


def test_changes_need_a_reason_and_it_reaches_the_next_round(ana: Client, sample: Sample) -> None:
    url = f"/reviews/{sample.version_id}/changes"
    refused = ana.post(url, {"reason": "  ", "form": "changes"})
    assert refused.status_code == 422 and "Say why" in refused.text
    ana.post(url, {"reason": "Name the commit.", "form": "changes"})
    version = version_of(sample)
    assert version.state == "changes_requested"
    assert version.reviews.get().reason == "Name the commit."


def test_a_rejected_reason_that_was_typed_is_not_lost(ana: Client, sample: Sample) -> None:
    ana.post(f"/reviews/{sample.version_id}/changes", {"reason": "First.", "form": "changes"})
    late = ana.post(
        f"/reviews/{sample.version_id}/reject", {"reason": "My long text", "form": "reject"}
    )
    assert late.status_code == 409


def test_rolling_back_makes_the_card_ready_again(ana: Client, sample: Sample) -> None:
    version = version_of(sample)
    ana.get(f"/reviews/{version.id}")
    ana.post(f"/reviews/{version.id}/accept", {"sha256": version.sha256})
    ana.post(f"/reviews/{version.id}/roll-back", {"reason": "Wrong commit.", "form": "back"})
    assert version_of(sample).state == "rolled_back"
    assert version_of(sample).card.status == "ready"


def test_the_queue_counts_distinct_cards_and_keeps_its_order(sample: Sample) -> None:
    owner = Person.objects.get(id=sample.owner_id)
    queue = queue_of(owner)
    assert queue.count == 3
    assert queue.blocked == 2  # the report waits for all three, the notes for the fix
    assert queue.rows[0].title == "Fix the failing test"
    assert queue.rows[0].is_new and queue.line == "3 reviews block 2 cards"


def test_a_changed_version_comes_back_to_the_same_place(ana: Client, sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    owner = Person.objects.get(id=sample.owner_id)
    before = [row.card_id for row in queue_of(owner).rows]
    card = version_of(sample).card
    ana.post(f"/reviews/{sample.version_id}/changes", {"reason": "Once more.", "form": "changes"})
    assert card.id not in [row.card_id for row in queue_of(owner).rows]
    now = timezone.now()
    again = cast.a_run(card, version_of(sample).run.agent, at=now)  # type: ignore[arg-type]
    cast.a_submission(again, at=now)
    assert [row.card_id for row in queue_of(owner).rows] == before
    assert room.deliverables.filter(card=card).count() == 2


def test_asking_the_agent_is_kept_on_the_card(ana: Client, sample: Sample) -> None:
    ana.post(f"/reviews/{sample.version_id}/ask", {"body": "Is it flaky?"})
    said = version_of(sample).card.messages.order_by("-at").first()
    assert said is not None and said.body == "@Prober Is it flaky?"


def test_the_difference_to_the_version_before_marks_its_words(ana: Client, sample: Sample) -> None:
    fix = Deliverable.objects.get(card__title="Fix the failing test", version=2)
    page = ana.get(f"/reviews/{fix.id}?view=diff").text
    assert 'aria-current="true">Diff to v1' in re.sub(r"\s+", " ", page)
    assert "<ins>" in page and "<del>" in page


def test_a_queue_of_a_member_without_a_say_is_empty(sample: Sample) -> None:
    member = Member.objects.get(room_id=sample.room_id, role="contributor")
    assert queue_of(member.person).count == 0
