"""Who does what next on a card: always one line, and always someone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace.models import Card, Run
from workspace.ownership import Owner
from workspace.shown.facts import BoardFacts
from workspace.shown.who import Who, coordinator_shown
from workspace.transitions import LIVE_RUN

NAMED = 2  # as many names as a card's line has place for
FACES = 6  # of which a reader sees one: their own, else the first


@dataclass(frozen=True, slots=True)
class Next:
    """The last line of a card: for others, and for those in `people` as "you"."""

    marks: tuple[Who, ...]
    line: str
    you_line: str = ""
    people: str = ""  # ids, separated by spaces, that read `you_line`


# What is said of an owner: to others, and to "you"; with {cards} where it is about other cards.
SAID: dict[str, tuple[str | Promise, str | Promise]] = {
    "sort": (lazy("Next: {who} keeps or drops {it}"), lazy("Next: {you} keep or drop {it}")),
    "review": (lazy("Next: {who} reviews {it}"), lazy("Next: {you} review {it}")),
    "answer_question": (
        lazy("Next: {who} answers the question{on}"), lazy("Next: {you} answer the question{on}"),
    ),
    "choose": (lazy("Next: {who} chooses{on}"), lazy("Next: {you} choose{on}")),
    "decide_permission": (
        lazy("Next: {who} allows or refuses{on}"), lazy("Next: {you} allow or refuse{on}"),
    ),
    "decide_how_to_go_on": (
        lazy("Next: {who} decides how to go on{on}"), lazy("Next: {you} decide how to go on{on}"),
    ),
    "resume_room": (lazy("Next: {who} resumes the room"), lazy("Next: {you} resume the room")),
    "raise_budget": (
        lazy("Next: {who} raises the budget"), lazy("Next: {you} raise the budget"),
    ),
    "unblock": (
        lazy("Next: {who} edits it: what it waits for is gone"),
        lazy("Next: {you} edit it: what it waits for is gone"),
    ),
    "submit": (lazy("Next: {who} submits {it}"), lazy("Next: {you} submit {it}")),
    "take": (lazy("Next: {who} takes {it}"), lazy("Next: {you} take {it}")),
    "answer": (lazy("Next: {who} answers{on}"), ""),
    "stop": (lazy("Next: {who} stops{on}"), ""),
    "report": (lazy("Next: {who} reports its next step{on}"), ""),
    "assign": (lazy("Next: {who} gives {it} to an agent"), ""),
}  # fmt: skip


def next_owner(facts: BoardFacts, card: Card) -> Next:
    """The owner of the next action on this card, as ownership has it, in words."""
    owner = facts.owners.get(card.id)
    if owner is None:
        if card.status == "done":
            return _accepted(facts, card)
        return Next((), SafeString(_("Cancelled")))
    run = live_run(facts, card)
    if run is not None and run.state == "stale" and owner.kind == "agent":
        return _told([coordinator_shown()], _("Next: {who} replaces it if it stays silent"))
    line, mine = SAID[owner.what]
    params = _about(facts, card, owner)
    if owner.kind == "coordinator":
        return _told([coordinator_shown()], str(line), **params)
    people = [facts.people.actor(id) for id in owner.ids]
    if owner.kind == "agent":
        return _told(people, str(line), **params)
    return _people(people, str(line), str(mine), **params)


def _about(facts: BoardFacts, card: Card, owner: Owner) -> dict[str, object]:
    """`it` and `on`: this card, or the others that it waits for."""
    if owner.cards:
        others = numbers([facts.others[id] for id in owner.cards if id in facts.others])
        return {"it": others, "on": _(" on %(cards)s") % {"cards": others} if others else ""}
    versions = facts.versions.get(card.id, [])
    if owner.what == "review" and versions:
        return {"it": f"v{versions[-1].version}", "on": ""}
    return {"it": _("it"), "on": ""}


def live_run(facts: BoardFacts, card: Card) -> Run | None:
    runs = facts.runs.get(card.id, [])
    return next((run for run in reversed(runs) if run.state in LIVE_RUN), None)


def _accepted(facts: BoardFacts, card: Card) -> Next:
    version = next(
        (v for v in reversed(facts.versions.get(card.id, [])) if v.state == "accepted"), None
    )
    who = facts.accepted_by.get(version.id) if version else None
    if version is None or who is None:
        return Next((), SafeString(_("Accepted")))
    moment = format_html(
        '<time datetime="{}" data-as="day">{}</time>',
        (version.decided_at or version.submitted_at).isoformat(timespec="seconds"),
        f"{version.decided_at or version.submitted_at:%H:%M}",
    )
    line = format_html(_("Accepted by {who}, {at}"), who=_bold(who.name), at=moment)
    mine = format_html(_("Accepted by {you}, {at}"), you=_bold(_("you")), at=moment)
    return Next((who,), line, mine, who.id)


def numbers(cards: list[Card]) -> str:
    """`#2 #3 #6`, or how many there are when the line would break."""
    if len(cards) > 4:
        return _("%(n)s cards") % {"n": len(cards)}
    return " ".join(f"#{card.number}" for card in cards)


def _told(who: list[Who], line: str, **params: object) -> Next:
    return Next(tuple(who[:1]), format_html(line, who=_names(who), **params))


def _people(people: list[Who], line: str, mine: str, **params: object) -> Next:
    if not people:
        return Next((), SafeString(_("Next: somebody must join this room")))
    return Next(
        tuple(people[:FACES]),
        format_html(line, who=_names(people), **params),
        format_html(mine, you=_bold(_("you")), **params),
        " ".join(who.id for who in people),
    )


def _names(people: list[Who]) -> SafeString:
    names = format_html_join(", ", "{}", ((_bold(who.name),) for who in people[:NAMED]))
    return format_html("{} +{}", names, len(people) - NAMED) if len(people) > NAMED else names


def _bold(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)
