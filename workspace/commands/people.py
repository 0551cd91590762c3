"""Workspaces, people, sign-in links, invites, personal tokens."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from workspace.actors import SYSTEM, By
from workspace.commands.locks import authorise, authorise_workspace, lock_room, lock_workspace
from workspace.commands.runs import supersede_run
from workspace.errors import NotAllowed, Refused
from workspace.events import (
    InviteMade,
    InviteRevoked,
    MemberJoined,
    MemberRemoved,
    MemberRoleSet,
    PersonJoined,
    TokenMade,
    TokenRevoked,
    WorkspaceCreated,
)
from workspace.keys import hashed, new_token
from workspace.models import (
    ApiToken,
    Card,
    Invite,
    Member,
    Person,
    Room,
    Run,
    SignInLink,
    Stream,
    Workspace,
    WorkspaceMember,
)
from workspace.policy import ROLES, SCOPES, may_in_room
from workspace.queries import timings
from workspace.record import record
from workspace.transitions import LIVE_RUN


@transaction.atomic
def create_workspace(*, name: str, owner_name: str, email: str | None, at: datetime) -> Person:
    """A workspace and the person who owns it."""
    workspace = Workspace.objects.create(name=name, created_at=at)
    Stream.objects.create(id=workspace.id, workspace=workspace)
    record(workspace, WorkspaceCreated(name=name), by=SYSTEM, at=at)
    person = Person.objects.create(name=owner_name, email=email or None, created_at=at)
    _join_workspace(workspace, person, role="owner", by=SYSTEM, at=at)
    return person


def _join_workspace(
    workspace: Workspace, person: Person, *, role: str, by: By, at: datetime
) -> None:
    _, is_new = WorkspaceMember.objects.get_or_create(
        workspace=workspace, person=person, defaults={"role": role, "joined_at": at}
    )
    if is_new:
        record(workspace, PersonJoined(person_id=person.id, role=role), by=by, at=at)


@transaction.atomic
def make_sign_in_link(*, person: Person, at: datetime, by: By = SYSTEM) -> str:
    """A token that signs this person in once. Only the console and the person may ask for one."""
    if by.actor not in ("system", person.id):
        raise NotAllowed("workspace.read")
    token = new_token("in")
    workspace = WorkspaceMember.objects.filter(person=person).first()
    within = timings(workspace.workspace).span("sign_in_link_for") if workspace else None
    SignInLink.objects.create(
        person=person,
        token_sha256=hashed(token),
        made_at=at,
        expires_at=at + within if within else at,
    )
    return token


@transaction.atomic
def use_sign_in_link(*, token: str, at: datetime) -> Person:
    """The person this link signs in. `Refused` if unknown, used or expired."""
    link = SignInLink.objects.select_for_update().filter(token_sha256=hashed(token)).first()
    if link is None:
        raise Refused("link_unknown", status=404)
    if link.used_at is not None:
        raise Refused("link_used", status=410)
    if link.expires_at <= at or not link.person.is_active:
        raise Refused("link_expired", status=410)
    link.used_at = at
    link.save(update_fields=["used_at"])
    return link.person


@transaction.atomic
def rename_person(*, person_id: str, name: str) -> Person:
    """A person's own name; not an event of any room."""
    cleaned = " ".join(name.split())[:80]
    if not cleaned:
        raise Refused("missing", status=422, field="name")
    person = Person.objects.select_for_update().get(id=person_id)
    person.name = cleaned
    person.save(update_fields=["name"])
    return person


@transaction.atomic
def invite(*, room_id: str, role: str, by: By, at: datetime) -> tuple[Invite, str]:
    """An invite to this room and its token, shown this once."""
    room = lock_room(room_id)
    authorise(room, by, "room.invite")
    if role not in ROLES:
        raise Refused("unknown_role", status=422, role=role)
    token = new_token("inv")
    made = Invite.objects.create(
        workspace=room.workspace, room=room, role=role, token_sha256=hashed(token),
        made_by_id=by.actor, made_at=at,
        expires_at=at + timings(room.workspace, room).span("invite_for"),
    )  # fmt: skip
    record(room, InviteMade(invite_id=made.id, role=role), by=by, at=at)
    return made, token


@transaction.atomic
def revoke_invite(*, invite_id: str, by: By, at: datetime) -> Invite:
    found = Invite.objects.filter(id=invite_id).first()
    if found is None:
        raise Refused("link_unknown", status=404)
    room = lock_room(found.room_id)
    authorise(room, by, "room.invite")
    found.revoked_at = at
    found.save(update_fields=["revoked_at"])
    record(room, InviteRevoked(invite_id=found.id), by=by, at=at)
    return found


@transaction.atomic
def join_by_invite(*, token: str, name: str, person: Person | None, at: datetime) -> Member:
    """Join the invite's room: as the person signed in, else as a new person of this name."""
    found = Invite.objects.filter(token_sha256=hashed(token)).select_related("made_by").first()
    if found is None:
        raise Refused("link_unknown", status=404)
    room = lock_room(found.room_id)
    found = Invite.objects.select_for_update().get(id=found.id)
    if found.used_at is not None:
        raise Refused("link_used", status=410)
    if found.revoked_at is not None or found.expires_at <= at:
        raise Refused("link_expired", status=410)
    if person is None:
        cleaned = " ".join(name.split())[:80]
        if not cleaned:
            raise Refused("missing", status=422, field="name")
        person = Person.objects.create(name=cleaned, created_at=at)
    found.used_at, found.used_by = at, person
    found.save(update_fields=["used_at", "used_by"])
    by = By(person.id)
    member = join_room(room, person, role=found.role, by=by, at=at)
    _join_workspace(room.workspace, person, role="member", by=by, at=at)
    return member


def join_room(room: Room, person: Person, *, role: str, by: By, at: datetime) -> Member:
    member, is_new = Member.objects.get_or_create(
        workspace=room.workspace, room=room, person=person,
        defaults={"role": role, "joined_at": at},
    )  # fmt: skip
    if is_new:
        record(room, MemberJoined(person_id=person.id, role=role), by=by, at=at)
    return member


@transaction.atomic
def set_role(*, room_id: str, person_id: str, role: str, by: By, at: datetime) -> Member:
    """Change what a member may do. A room keeps at least one owner."""
    room = lock_room(room_id)
    authorise(room, by, "room.members")
    if role not in ROLES:
        raise Refused("unknown_role", status=422, role=role)
    member = _member(room, person_id)
    if member.role == "owner" and role != "owner":
        _keep_an_owner(room, member)
    member.role = role
    member.save(update_fields=["role"])
    record(room, MemberRoleSet(person_id=person_id, role=role), by=by, at=at)
    if not may_in_room(role, "card.submit"):
        _free_cards_of(room, person_id, by=by, at=at)
    return member


@transaction.atomic
def remove_member(*, room_id: str, person_id: str, by: By, at: datetime) -> None:
    """Take a person out of the room; their sockets on it close."""
    room = lock_room(room_id)
    if by.actor != person_id:
        authorise(room, by, "room.members")
    member = _member(room, person_id)
    if member.role == "owner":
        _keep_an_owner(room, member)
    member.delete()
    record(room, MemberRemoved(person_id=person_id), by=by, at=at)
    _free_cards_of(room, person_id, by=by, at=at)


def _free_cards_of(room: Room, person_id: str, *, by: By, at: datetime) -> None:
    """What was theirs to do is ready for others: they can no longer hand it in."""
    theirs = Run.objects.filter(room=room, person_id=person_id, state__in=LIVE_RUN)
    for run_id in list(theirs.values_list("id", flat=True)):
        supersede_run(run_id=run_id, code="member_left", by=by, at=at)
    Card.objects.filter(room=room, given_to_person_id=person_id).update(given_to_person=None)


def _member(room: Room, person_id: str) -> Member:
    found = Member.objects.filter(room=room, person_id=person_id).first()
    if found is None:
        raise Refused("not_a_member", status=404, person=person_id)
    return found


def _keep_an_owner(room: Room, leaving: Member) -> None:
    if not room.members.filter(role="owner").exclude(id=leaving.id).exists():
        raise Refused("last_owner")


@transaction.atomic
def make_token(
    *, person: Person, name: str, scopes: list[str], reauthenticated: bool, by: By, at: datetime
) -> tuple[ApiToken, str]:
    """A personal token, shown this once. `review:accept` only after signing in again."""
    member = WorkspaceMember.objects.filter(person=person).select_related("workspace").first()
    if member is None or by.actor not in ("system", person.id):
        raise NotAllowed("token.manage")
    workspace = lock_workspace(member.workspace_id)
    authorise_workspace(workspace, by, "token.manage")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise Refused("unknown_scope", status=422, scope=unknown[0])
    if "review:accept" in scopes and not reauthenticated:
        raise Refused("sign_in_again", status=403)
    token = new_token("mst")
    made = ApiToken.objects.create(
        workspace=workspace, person=person, name=name.strip()[:80] or "token", prefix=token[:10],
        token_sha256=hashed(token), scopes=sorted(set(scopes)), made_at=at,
    )  # fmt: skip
    record(workspace, TokenMade(token_id=made.id, scopes=made.scopes), by=by, at=at)
    return made, token


@transaction.atomic
def revoke_token(*, token_id: str, by: By, at: datetime) -> None:
    found = ApiToken.objects.filter(id=token_id, person_id=by.actor).first()
    if found is None:
        raise Refused("not_found", status=404, what="token", id=token_id)
    workspace = lock_workspace(found.workspace_id)
    found.revoked_at = at
    found.save(update_fields=["revoked_at"])
    record(workspace, TokenRevoked(token_id=found.id), by=by, at=at)
