"""When what versions name is looked up, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later
from workspace.commands.sources import (
    CLAIM_FOR,
    MOST_URLS,
    LookUp,
    claim_sources,
    due_versions,
    settle_sources,
)
from workspace.commands.ticks import due_work
from workspace.models import Deliverable, Event, Run
from workspace.queries.covered import Coverage, coverage_of
from workspace.reports import ClaimMade, SourceNamed

PAGE = {"url": "https://example.com/a", "quote": "ten"}


def a_version(run: Run, *places: dict[str, str]) -> Deliverable:
    cast.says(run, cast.a_result(sources=tuple(SourceNamed(place) for place in places)))
    return run.deliverables.get()


def claimed(version: Deliverable, at=AT, most: int = 8):
    return claim_sources(deliverable_id=version.id, at=at, most=most)


def settle(version: Deliverable, state: str, *, is_final: bool = True, at=AT) -> None:
    found = {source.id: LookUp(state, is_final) for source in version.sources.all()}
    settle_sources(deliverable_id=version.id, found=found, at=at)


def test_a_version_is_looked_up_at_once(run: Run, nudges: list[tuple[str, str]]) -> None:
    version = a_version(run, PAGE, {"file": "a.py", "lines": "3"})
    assert due_versions(AT) == [version.id]
    assert list(due_work(AT)["sources"]) == [version.id]
    assert version.sources.count() == len(claimed(version)) == 2


def test_a_version_without_sources_is_never_due(run: Run) -> None:
    a_version(run)
    assert due_versions(later(1e6)) == []


def test_what_is_claimed_is_not_claimed_again_until_it_lapses(run: Run) -> None:
    version = a_version(run, PAGE)
    assert len(claimed(version)) == 1
    assert (claimed(version), due_versions(AT)) == ([], [])
    after = AT + CLAIM_FOR
    assert [one.tries for one in claimed(version, after)] == [2]


def test_all_places_on_one_page_are_claimed_together(run: Run) -> None:
    version = a_version(run, PAGE, {**PAGE, "quote": "eleven"}, {"url": "https://example.com/b"})
    found = [[one.place["url"] for one in claimed(version, most=1)] for _ in range(2)]
    assert sorted(found) == [[PAGE["url"]] * 2, ["https://example.com/b"]]


def test_one_event_says_how_the_sources_of_a_version_stand(run: Run) -> None:
    version = a_version(run, PAGE, {"file": "a.py"})
    page, file = sorted(version.sources.all(), key=lambda one: "url" not in one.place)
    claimed(version)
    settle_sources(deliverable_id=version.id, found={page.id: LookUp("missing")}, at=AT)
    assert not Event.objects.filter(type="sources.checked").exists()
    settle_sources(deliverable_id=version.id, found={file.id: LookUp("found")}, at=later(1))
    said = Event.objects.get(type="sources.checked").data
    assert (said["deliverable_id"], said["card_id"]) == (version.id, version.card_id)
    assert (said["found"], said["missing"], said["dead"], said["refused"]) == (1, 1, 0, 0)
    settle(version, "dead", at=later(2))
    page.refresh_from_db()
    assert page.state == "missing"
    assert Event.objects.filter(type="sources.checked").count() == 1


@pytest.mark.parametrize(
    ("states", "named", "holding"),
    [
        (["found", "found"], 2, 2),
        (["found", "dead"], 2, 1),
        (["missing", "dead"], 2, 0),
        (["refused", "unchecked"], 2, 2),
    ],
)
def test_a_claim_whose_sources_are_all_dead_or_missing_is_not_covered(
    run: Run, states: list[str], named: int, holding: int
) -> None:
    claims = tuple(ClaimMade(f"c{n}", f"subject {n}", n) for n in range(3))
    places = ({"url": f"https://example.com/{n}"} for n in range(2))
    sources = tuple(SourceNamed(place, (f"c{n}",)) for n, place in enumerate(places))
    cast.says(run, cast.a_result(claims=claims, sources=sources))
    version = run.deliverables.get()
    assert version.coverage == pytest.approx(2 / 3)
    claimed(version)
    rows = version.sources.order_by("id")
    found = {row.id: LookUp(state) for row, state in zip(rows, states, strict=True)}
    settle_sources(deliverable_id=version.id, found=found, at=AT)
    version.refresh_from_db()
    assert coverage_of(version) == Coverage(3, named, holding)
    assert version.coverage == pytest.approx(holding / 3)


def test_one_source_that_holds_is_enough(run: Run) -> None:
    sources = (SourceNamed(PAGE, ("c1",)), SourceNamed({"file": "a.py"}, ("c1",)))
    cast.says(run, cast.a_result(claims=(ClaimMade("c1", "s", 1),), sources=sources))
    version = run.deliverables.get()
    version.sources.filter(place__url=PAGE["url"]).update(state="dead")
    assert coverage_of(version) == Coverage(1, 1, 1)


def test_what_may_pass_is_tried_three_times(run: Run) -> None:
    version = a_version(run, PAGE)
    at = AT
    for wait in (timedelta(minutes=1), timedelta(minutes=10)):
        assert len(claimed(version, at)) == 1
        settle(version, "dead", is_final=False, at=at)
        source = version.sources.get()
        assert (source.state, source.due_at) == ("unchecked", at + wait)
        assert claimed(version, at + wait - timedelta(seconds=1)) == []
        at += wait
    claimed(version, at)
    settle(version, "dead", is_final=False, at=at)
    source = version.sources.get()
    assert (source.state, source.due_at, source.tries) == ("dead", None, 3)
    assert Event.objects.get(type="sources.checked").data["dead"] == 1


def test_no_version_makes_the_workspace_ask_for_thousands_of_pages(run: Run) -> None:
    pages = [{"url": f"https://example.com/{n}"} for n in range(MOST_URLS + 20)]
    version = a_version(run, *pages)
    assert version.sources.filter(due_at=None).count() == 20
    assert len(claimed(version, most=1_000)) == MOST_URLS


def test_a_version_that_is_gone_has_nothing_to_claim(db: None) -> None:
    assert claim_sources(deliverable_id="dlv_none", at=AT, most=8) == []
