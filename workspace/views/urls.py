"""Routes of the pages."""

from __future__ import annotations

from django.urls import path

from workspace.views import (
    agents,
    asks,
    cards,
    files,
    home,
    people,
    reviews,
    room_people,
    rooms,
    tokens,
)

ROOM = "rooms/<str:room_id>"
CARD = f"{ROOM}/cards/<str:card_id>"
VERSION = "reviews/<str:deliverable_id>"
AGENT = "agents/<str:agent_id>"

urlpatterns = [
    path("", home.home),
    path("sign-in", people.sign_in),
    path("sign-in/<str:token>", people.use_link),
    path("sign-out", people.sign_out),
    path("join/<str:token>", people.join),
    path("me", people.me),
    path("rooms", rooms.room_list),
    path("rooms/new", rooms.new_room),
    path(ROOM, rooms.board),
    path(f"{ROOM}/timeline", rooms.events),
    path(f"{ROOM}/files", rooms.files),
    path(f"{ROOM}/messages", rooms.say),
    path(f"{ROOM}/pause", rooms.pause),
    path(f"{ROOM}/resume", rooms.resume),
    path(f"{ROOM}/mode", rooms.mode),
    path(f"{ROOM}/plan", rooms.plan),
    path(f"{ROOM}/agents", room_people.agents),
    path(f"{ROOM}/agents/add", room_people.seat),
    path(f"{ROOM}/agents/<str:agent_id>/remove", room_people.unseat),
    path(f"{ROOM}/settings", room_people.room_settings),
    path(f"{ROOM}/settings/edit", room_people.edit),
    path(f"{ROOM}/invites", room_people.make_invite),
    path(f"{ROOM}/invites/<str:invite_id>/revoke", room_people.take_invite_back),
    path(f"{ROOM}/members/<str:person_id>/role", room_people.role),
    path(f"{ROOM}/members/<str:person_id>/remove", room_people.remove),
    path(f"{ROOM}/cards/new", cards.new_card),
    path(CARD, cards.card),
    path(f"{CARD}/edit", cards.edit),
    path(f"{CARD}/keep", cards.keep),
    path(f"{CARD}/take", cards.take),
    path(f"{CARD}/give", cards.give),
    path(f"{CARD}/submit", cards.submit),
    path(f"{CARD}/cancel", cards.cancel),
    path(f"{CARD}/reopen", cards.reopen),
    path(f"{CARD}/messages", cards.say),
    path(f"{CARD}/runs/<str:run_id>", cards.steps),
    path("reviews", reviews.queue),
    path(VERSION, reviews.version),
    path(f"{VERSION}/accept", reviews.accept),
    path(f"{VERSION}/changes", reviews.changes),
    path(f"{VERSION}/reject", reviews.reject),
    path(f"{VERSION}/roll-back", reviews.take_back),
    path(f"{VERSION}/ask", reviews.ask),
    path("asks", asks.inbox),
    path("asks/<str:ask_id>/answer", asks.answer),
    path("agents", agents.table),
    path("agents/register", agents.register),
    path(AGENT, agents.agent),
    path(f"{AGENT}/edit", agents.edit),
    path(f"{AGENT}/pause", agents.pause),
    path(f"{AGENT}/rotate", agents.rotate),
    path(f"{AGENT}/revoke", agents.revoke),
    path(f"{AGENT}/test", agents.test_event),
    path(f"{AGENT}/deliveries/<str:delivery_id>/replay", agents.replay),
    path("tokens", tokens.tokens),
    path("tokens/<str:token_id>/revoke", tokens.revoke),
    path("files/<str:file_id>", files.download),
    path("files/<str:file_id>/picture", files.picture),
]
