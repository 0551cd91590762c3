"""Signing in by a link, joining by an invite, members and tokens."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from tests.pages.sample import Sample
from workspace.commands.people import make_sign_in_link
from workspace.models import ApiToken, Invite, Member, Person, Room, SignInLink
from workspace.views.people import SIGNED_IN_AT


def a_browser() -> Client:
    return Client(headers={"host": "127.0.0.1"})


def a_link(sample: Sample) -> str:
    person = Person.objects.get(id=sample.owner_id)
    return f"/sign-in/{make_sign_in_link(person=person, at=timezone.now())}"


def test_a_link_signs_in_once_and_says_so_the_second_time(sample: Sample) -> None:
    link = a_link(sample)
    first, second = a_browser(), a_browser()
    assert first.get(link)["Location"] == "/"
    assert "Ana Ruiz" in first.get("/").text
    answer = second.get(link)
    assert answer.status_code == 410 and "This link was used already" in answer.text


def test_looking_ahead_does_not_use_a_link_up(sample: Sample) -> None:
    link = a_link(sample)
    a_browser().head(link)
    assert a_browser().get(link)["Location"] == "/"


def test_an_old_link_and_an_unknown_one_say_which(sample: Sample) -> None:
    link = a_link(sample)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    old, unknown = a_browser().get(link), a_browser().get("/sign-in/in_nothing")
    assert old.status_code == 410 and "too old" in old.text
    assert unknown.status_code == 404 and "Nobody knows this link" in unknown.text


def an_invite(ana: Client, sample: Sample, role: str = "reviewer") -> str:
    page = ana.post(f"/rooms/{sample.room_id}/invites", {"role": role}).text
    found = re.search(r"/join/inv_[\w-]+", page)
    assert found is not None
    return found[0]


def test_an_invite_offers_to_join_and_to_bring_an_agent(ana: Client, sample: Sample) -> None:
    link = an_invite(ana, sample)
    guest = a_browser()
    page = guest.get(link).text
    assert "Join and bring an agent" in page and "May teaspoon 1.4" in page
    joined = guest.post(link, {"name": "Zoe", "then": "agent"})
    assert joined["Location"] == f"/agents?room={sample.room_id}"
    assert Member.objects.get(person__name="Zoe").role == "reviewer"
    assert guest.get(f"/rooms/{sample.room_id}").status_code == 200


def test_an_invite_works_once_and_not_without_a_name(ana: Client, sample: Sample) -> None:
    link = an_invite(ana, sample)
    assert a_browser().post(link, {"name": " "}).status_code == 422
    a_browser().post(link, {"name": "Zoe"})
    late = a_browser().get(link)
    assert late.status_code == 410 and "This invite is over" in late.text
    assert a_browser().get("/join/inv_nothing").status_code == 404


def test_an_invite_taken_back_opens_nothing(ana: Client, sample: Sample) -> None:
    link = an_invite(ana, sample)
    invite = Invite.objects.get(room_id=sample.room_id, used_at=None, revoked_at=None)
    ana.post(f"/rooms/{sample.room_id}/invites/{invite.id}/revoke")
    assert a_browser().get(link).status_code == 410
    assert a_browser().post(link, {"name": "Zoe"}).status_code == 410


def test_only_owners_invite_and_change_members(mei: Client, sample: Sample) -> None:
    url = f"/rooms/{sample.room_id}"
    member = Member.objects.get(room_id=sample.room_id, role="reviewer")
    assert mei.post(f"{url}/invites", {"role": "owner"}).status_code == 403
    assert mei.post(f"{url}/members/{member.person_id}/remove").status_code == 403
    assert mei.post(f"{url}/settings/edit", {"name": "Mine"}).status_code == 403


def test_a_room_keeps_its_last_owner(ana: Client, sample: Sample) -> None:
    answer = ana.post(
        f"/rooms/{sample.room_id}/members/{sample.owner_id}/role", {"role": "observer"}
    )
    assert answer.status_code == 409 and "at least one owner" in answer.text


def test_settings_keep_policy_and_timings_and_refuse_nonsense(ana: Client, sample: Sample) -> None:
    url = f"/rooms/{sample.room_id}/settings/edit"
    ana.post(url, {"form": "policy", "accepts_needed": "2", "browser_only": "on"})
    ana.post(url, {"form": "timings", "lease": "120", "silent_after": "30"})
    room = Room.objects.get(id=sample.room_id)
    assert (room.policy["accepts_needed"], room.policy["browser_only"]) == (2, True)
    assert room.timings["lease"] == 120
    for bad in ("soon", "-1", "nan", "inf"):
        assert ana.post(url, {"form": "timings", "lease": bad}).status_code == 422, bad


def test_a_token_is_shown_once_and_revoked(ana: Client, sample: Sample) -> None:
    page = ana.post("/tokens", {"name": "ci", "scopes": ["read"]}).text
    assert re.search(r'id="token">mst_[\w-]{40,}<', page)
    assert 'id="token"' not in ana.get("/tokens").text
    ana.post(f"/tokens/{ApiToken.objects.get().id}/revoke")
    assert ApiToken.objects.get().revoked_at is not None


def test_the_scope_to_accept_needs_a_fresh_sign_in(ana: Client, sample: Sample) -> None:
    asked = {"name": "ci", "scopes": ["review:accept"]}
    assert ana.post("/tokens", asked).status_code == 403
    session = ana.session
    session[SIGNED_IN_AT] = timezone.now().timestamp()
    session.save()
    assert ana.post("/tokens", asked).status_code == 200


def test_a_form_without_its_token_changes_nothing(sample: Sample) -> None:
    browser = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    browser.force_login(Person.objects.get(id=sample.owner_id))
    assert browser.post(f"/rooms/{sample.room_id}/pause").status_code == 403
    assert not Room.objects.get(id=sample.room_id).paused
