"""People: sign-in links, invites, roles and personal tokens, each of them once."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By
from workspace.commands.cards import give_card, take_card
from workspace.commands.people import (
    invite,
    join_by_invite,
    make_sign_in_link,
    make_token,
    remove_member,
    rename_person,
    revoke_invite,
    revoke_token,
    set_role,
    use_sign_in_link,
)
from workspace.commands.tokens import use_token
from workspace.models import ApiToken, Event, Invite, Member, Person, SignInLink

WEEK = 604_800


def an_invite(room, by, role="reviewer"):
    return invite(room_id=room.id, role=role, by=by, at=AT)


def join(token, name="Guest", person=None, at=AT):
    return join_by_invite(token=token, name=name, person=person, at=at)


def a_token(person, scopes, **facts):
    facts = {"reauthenticated": False, "by": By(person.id), **facts}
    return make_token(person=person, name="tests", scopes=scopes, at=AT, **facts)


# --- sign-in links -----------------------------------------------------------------------


def test_a_sign_in_link_signs_in_once(owner):
    token = make_sign_in_link(person=owner, at=AT)
    assert use_sign_in_link(token=token, at=later(10)) == owner
    with refused("link_used"):
        use_sign_in_link(token=token, at=later(11))


def test_a_sign_in_link_expires(owner):
    token = make_sign_in_link(person=owner, at=AT)
    with refused("link_expired"):
        use_sign_in_link(token=token, at=later(3600))
    assert use_sign_in_link(token=token, at=later(3599)) == owner


def test_an_unknown_link_signs_nobody_in(db):
    with refused("link_unknown"):
        use_sign_in_link(token="in_guessed", at=AT)


def test_somebody_who_was_deactivated_does_not_sign_in(owner):
    token = make_sign_in_link(person=owner, at=AT)
    Person.objects.filter(id=owner.id).update(is_active=False)
    with refused("link_expired"):
        use_sign_in_link(token=token, at=AT)


def test_nobody_makes_a_link_for_someone_else(owner, reviewer):
    with refused("not_allowed"):
        make_sign_in_link(person=owner, by=By(reviewer.id), at=AT)


def test_links_and_invites_are_kept_as_hashes(room, owner, by):
    link = make_sign_in_link(person=owner, at=AT)
    _, token = an_invite(room, by)
    assert link not in str(SignInLink.objects.values().get())
    assert token not in str(Invite.objects.values().get())


# --- invites -----------------------------------------------------------------------------


def test_an_invite_makes_a_member_of_room_and_workspace(room, by):
    member = join(an_invite(room, by)[1], " New   Person ")
    assert (member.role, member.person.name) == ("reviewer", "New Person")
    assert member.person.workspaces.get().role == "member"


def test_an_invite_is_used_once(room, by):
    _, token = an_invite(room, by)
    join(token)
    with refused("link_used"):
        join(token, "Second")
    assert not Person.objects.filter(name="Second").exists()


def test_an_invite_expires(room, by):
    _, token = an_invite(room, by)
    with refused("link_expired"):
        join(token, at=later(WEEK))


def test_a_revoked_invite_opens_nothing(room, by):
    made, token = an_invite(room, by)
    revoke_invite(invite_id=made.id, by=by, at=AT)
    with refused("link_expired"):
        join(token)


def test_an_invite_nobody_made_opens_nothing(db):
    with refused("link_unknown"):
        join("inv_guessed")


def test_someone_nameless_does_not_join_and_the_invite_stays(room, by):
    _, token = an_invite(room, by)
    with refused("missing", field="name"):
        join(token, "  ")
    assert join(token, "Guest").role == "reviewer"


def test_an_invite_does_not_change_the_role_of_a_member(room, owner, by):
    assert join(an_invite(room, by, "observer")[1], person=owner).role == "owner"


@pytest.mark.parametrize("role", ["reviewer", "contributor", "observer"])
def test_only_owners_invite(room, role):
    with refused("not_allowed", permission="room.invite"):
        an_invite(room, By(cast.a_member(room, role).id), "observer")


def test_nobody_is_invited_to_an_unknown_role(room, by):
    with refused("unknown_role", role="emperor"):
        an_invite(room, by, "emperor")


# --- roles -------------------------------------------------------------------------------


def test_a_role_decides_what_a_member_may_do_from_now_on(room, card, by, observer):
    set_role(room_id=room.id, person_id=observer.id, role="contributor", by=by, at=AT)
    assert take_card(card_id=card.id, by=By(observer.id), at=AT).status == "working"


def test_a_room_keeps_an_owner(room, owner, by, reviewer):
    with refused("last_owner"):
        set_role(room_id=room.id, person_id=owner.id, role="observer", by=by, at=AT)
    with refused("last_owner"):
        remove_member(room_id=room.id, person_id=owner.id, by=by, at=AT)
    set_role(room_id=room.id, person_id=reviewer.id, role="owner", by=by, at=AT)
    remove_member(room_id=room.id, person_id=owner.id, by=by, at=AT)
    assert list(Member.objects.values_list("person_id", flat=True)) == [reviewer.id]


def test_members_leave_by_themselves_but_put_nobody_else_out(room, owner, reviewer, observer):
    with refused("not_allowed", permission="room.members"):
        remove_member(room_id=room.id, person_id=observer.id, by=By(reviewer.id), at=AT)
    remove_member(room_id=room.id, person_id=reviewer.id, by=By(reviewer.id), at=AT)
    assert not Member.objects.filter(person=reviewer).exists()


def test_nobody_raises_their_own_role(room, reviewer):
    with refused("not_allowed"):
        set_role(room_id=room.id, person_id=reviewer.id, role="owner", by=By(reviewer.id), at=AT)


def test_someone_who_was_removed_may_do_nothing_there(room, card, by, contributor):
    remove_member(room_id=room.id, person_id=contributor.id, by=by, at=AT)
    with refused("not_found", what="room"):
        take_card(card_id=card.id, by=By(contributor.id), at=AT)


def test_the_cards_of_someone_who_leaves_are_free_again(room, card, by, contributor):
    take_card(card_id=card.id, by=By(contributor.id), at=AT)
    remove_member(room_id=room.id, person_id=contributor.id, by=by, at=AT)
    card.refresh_from_db()
    assert (card.status, card.given_to_person_id) == ("ready", None)
    assert card.runs.get().state == "superseded"


def test_the_cards_of_someone_who_may_only_look_on_are_free_again(room, card, by, contributor):
    give_card(card_id=card.id, to=contributor.id, by=by, at=AT)
    set_role(room_id=room.id, person_id=contributor.id, role="observer", by=by, at=AT)
    card.refresh_from_db()
    assert (card.status, card.given_to_person_id) == ("ready", None)


def test_a_name_is_not_empty(owner):
    assert rename_person(person_id=owner.id, name="  Ada   L. ").name == "Ada L."
    with refused("missing", field="name"):
        rename_person(person_id=owner.id, name=" ")


# --- personal tokens ---------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_hashed(owner):
    made, token = a_token(owner, ["read", "write", "read"])
    assert (made.scopes, token[:4]) == (["read", "write"], "mst_")
    assert token not in str(ApiToken.objects.values().get())


def test_the_scope_to_accept_needs_signing_in_again(owner):
    with refused("sign_in_again"):
        a_token(owner, ["read", "review:accept"])
    assert a_token(owner, ["review:accept"], reauthenticated=True)[0].scopes == ["review:accept"]
    assert a_token(owner, ["review:accept"], reauthenticated=True, by=SYSTEM)[0].person == owner


def test_a_scope_nobody_knows_is_refused(owner):
    with refused("unknown_scope", scope="everything"):
        a_token(owner, ["read", "everything"])


def test_a_token_makes_no_token_with_more_than_it_has(owner):
    with refused("not_allowed", permission="token.manage"):
        a_token(owner, ["write"], by=By(owner.id, scopes=("read", "write", "agents")))


def test_nobody_makes_a_token_for_someone_else(owner, reviewer):
    with refused("not_allowed"):
        a_token(owner, ["read"], by=By(reviewer.id))


def test_a_token_opens_until_it_is_revoked(owner, by):
    made, token = a_token(owner, ["read"])
    assert use_token(token=token, at=AT).person == owner
    revoke_token(token_id=made.id, by=by, at=AT)
    assert use_token(token=token, at=AT) is None


def test_nobody_revokes_someone_elses_token(owner, reviewer):
    made, _ = a_token(owner, ["read"])
    with refused("not_found", what="token"):
        revoke_token(token_id=made.id, by=By(reviewer.id), at=AT)


def test_a_token_opens_nothing_once_its_person_is_gone(owner):
    _, token = a_token(owner, ["read"])
    Person.objects.filter(id=owner.id).update(is_active=False)
    assert use_token(token=token, at=AT) is None
    assert use_token(token="mst_guessed", at=AT) is None


def test_when_a_token_was_used_is_noted_once_a_minute(owner):
    _, token = a_token(owner, ["read"])
    used = [use_token(token=token, at=later(after)) for after in (0, 30, 60)]
    assert ApiToken.objects.get().last_used_at == later(60)
    assert used[1].last_used_at == AT


def test_tokens_and_people_are_events_of_the_workspace(owner, by):
    made, _ = a_token(owner, ["read"])
    revoke_token(token_id=made.id, by=by, at=AT)
    stream = cast.workspace_of(owner).id
    found = Event.objects.filter(stream_id=stream).order_by("seq").values_list("type", flat=True)
    assert list(found) == ["workspace.created", "person.joined", "token.made", "token.revoked"]
