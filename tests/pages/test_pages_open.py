"""Every page opens for whoever may see it, and says plainly when it does not."""

from __future__ import annotations

from django.test import Client

from tests.pages.sample import Sample
from workspace.models import Card

PAGES = (
    "/", "/rooms", "/rooms/new", "/rooms/{room_id}", "/rooms/{room_id}/timeline",
    "/rooms/{room_id}/files", "/rooms/{room_id}/agents", "/rooms/{room_id}/settings",
    "/rooms/{room_id}/cards/{card_id}", "/rooms/{room_id}/cards/new", "/reviews/{version_id}",
    "/asks", "/agents", "/agents/{agent_id}", "/agents/roles", "/connectors", "/pilots",
    "/tokens", "/me",
)  # fmt: skip
OF_A_ROOM = [page for page in PAGES if "{room_id}" in page or "{version_id}" in page]


def at(page: str, sample: Sample) -> str:
    return page.format(**vars(sample))


def test_every_page_opens_for_a_member(ana: Client, sample: Sample) -> None:
    for page in PAGES:
        answer = ana.get(at(page, sample))
        assert answer.status_code == 200, page
        assert "<main" in answer.text, page


def test_every_page_sends_whoever_is_not_signed_in_to_sign_in(sample: Sample) -> None:
    browser = Client(headers={"host": "127.0.0.1"})
    for page in PAGES:
        answer = browser.get(at(page, sample))
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in"), page


def test_no_page_of_a_room_is_there_for_strangers(stranger: Client, sample: Sample) -> None:
    for page in OF_A_ROOM:
        answer = stranger.get(at(page, sample))
        assert answer.status_code == 404, page
        assert "teaspoon" not in answer.text, page


def test_htmx_gets_a_card_as_a_drawer_and_a_browser_as_a_whole_page(
    ana: Client, sample: Sample
) -> None:
    url = at("/rooms/{room_id}/cards/{card_id}", sample)
    drawer = ana.get(url, headers={"HX-Request": "true"}).text
    page = ana.get(url).text
    restored = ana.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<main" not in drawer and 'class="drawer"' in drawer
    assert "<main" in page and 'class="drawer"' in page
    assert "<main" in restored.text


def test_a_card_on_a_repository_says_which_from_where_and_what_is_checked(
    ana: Client, sample: Sample
) -> None:
    url = at("/rooms/{room_id}/cards/{card_id}", sample)
    assert 'id="repository"' not in ana.get(url).text
    checks = [["python3", "-m", "pytest"], ["grep", "a b", "x"]]
    Card.objects.filter(id=sample.card_id).update(
        repository="site", base_commit="v1.2", checks=checks
    )
    shown = ana.get(url).text.partition('id="repository"')[2].partition("</section>")[0]
    for said in ("site", "v1.2", "python3 -m pytest", "grep &#x27;a b&#x27; x"):
        assert said in shown, said


def test_a_card_of_another_room_is_not_opened_through_this_one(ana: Client, sample: Sample) -> None:
    other = ana.post("/rooms/new", {"name": "Other", "goal": "Something else."})
    answer = ana.get(f"{other['Location']}/cards/{sample.card_id}")
    assert answer.status_code == 404


def test_a_refusal_is_a_sentence_on_a_page_and_a_toast_for_htmx(
    ana: Client, sample: Sample
) -> None:
    url = at("/rooms/{room_id}/cards/{card_id}/keep", sample)
    page = ana.post(url)
    toast = ana.post(url, headers={"HX-Request": "true"})
    assert page.status_code == toast.status_code == 409
    assert "already review" in page.text and "<main" in page.text
    assert toast["HX-Retarget"] == "#toasts" and "<main" not in toast.text


def test_what_only_a_post_may_do_is_not_done_by_a_get(ana: Client, sample: Sample) -> None:
    for path in ("pause", "plan", "cards/{card_id}/take", "cards/{card_id}/cancel"):
        assert ana.get(at("/rooms/{room_id}/" + path, sample)).status_code == 405
