"""Who does what next on a card: always one line, and always someone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspace.models import Card, Run
from workspace.shown.facts import BoardFacts
from workspace.shown.who import Who, coordinator_shown
from workspace.transitions import LIVE_RUN

NAMED = 2  # as many people as a card's line has place for


@dataclass(frozen=True, slots=True)
class Next:
    """The last line of a card: for others, and for those in `people` as "you"."""

    marks: tuple[Who, ...]
    line: SafeString
    you_line: SafeString = SafeString("")
    people: str = ""  # ids, separated by spaces, that read `you_line`


def next_owner(facts: BoardFacts, card: Card) -> Next:
    """The owner of the next action on this card."""
    if card.status == "done":
        return _accepted(facts, card)
    if card.status == "cancelled":
        return Next((), SafeString(_("Cancelled")))
    if card.status == "triage":
        return _people(facts.workers, _("Next: {who} keeps or drops it"), _("Next: {you} keep or drop it"))
    if card.status == "review":
        return _review(facts, card)
    if card.status == "waiting":
        return _waiting(facts, card)
    if live := live_run(facts, card):
        return _working(facts, card, live)
    return _ready(facts, card)


def live_run(facts: BoardFacts, card: Card) -> Run | None:
    runs = facts.runs.get(card.id, [])
    return next((run for run in reversed(runs) if run.state in LIVE_RUN), None)


def _accepted(facts: BoardFacts, card: Card) -> Next:
    version = next((v for v in reversed(facts.versions.get(card.id, [])) if v.state == "accepted"), None)
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


def _review(facts: BoardFacts, card: Card) -> Next:
    versions = facts.versions.get(card.id, [])
    version = versions[-1].version if versions else 1
    return _people(
        facts.reviewers, _("Next: {who} reviews v{version}"), _("Next: {you} review v{version}"),
        version=version,
    )  # fmt: skip


def _waiting(facts: BoardFacts, card: Card) -> Next:
    asks = facts.asks.get(card.id, [])
    kind = asks[0].kind if asks else "handoff"
    lines = {
        "question": (_("Next: {who} answers the question"), _("Next: {you} answer the question")),
        "choice": (_("Next: {who} chooses"), _("Next: {you} choose")),
        "permission": (_("Next: {who} allows or refuses"), _("Next: {you} allow or refuse")),
        "handoff": (_("Next: {who} decides how to go on"), _("Next: {you} decide how to go on")),
    }
    line, mine = lines.get(kind, lines["handoff"])
    return _people(facts.workers, line, mine)


def _working(facts: BoardFacts, card: Card, run: Run) -> Next:
    worker = facts.people.actor(run.agent_id or run.person_id or "")
    if run.person_id and not run.agent_id:
        return _people([worker], _("Next: {who} submits it"), _("Next: {you} submit it"))
    if run.state == "stale":
        return _one(coordinator_shown(), _("Next: {who} replaces it if it stays silent"))
    lines = {
        "queued": _("Next: {who} is sent the card"),
        "offered": _("Next: {who} answers"),
        "cancelling": _("Next: {who} stops"),
    }
    return _one(worker, lines.get(run.state, _("Next: {who} reports its next step")))


def _ready(facts: BoardFacts, card: Card) -> Next:
    blockers = facts.open_needs(card)
    if blockers:
        return _blocked(facts, blockers)
    if card.given_to_person_id:
        who = facts.people.actor(card.given_to_person_id)
        return _people([who], _("Next: {who} takes it"), _("Next: {you} take it"))
    if facts.room.paused:
        return _people(facts.reviewers, _("Next: {who} resumes the room"), _("Next: {you} resume the room"))
    return _one(coordinator_shown(), _("Next: {who} gives it to an agent"))


def _blocked(facts: BoardFacts, blockers: list[Card]) -> Next:
    """A blocked card is owned by whoever owns what blocks it: people first, they are slower."""
    review = [card for card in blockers if card.status == "review"]
    if review:
        return _people(
            facts.reviewers, _("Next: {who} reviews {cards}"), _("Next: {you} review {cards}"),
            cards=numbers(review),
        )  # fmt: skip
    waiting = [card for card in blockers if card.status == "waiting"]
    if waiting:
        return _people(
            facts.workers, _("Next: {who} answers {cards}"), _("Next: {you} answer {cards}"),
            cards=numbers(waiting),
        )  # fmt: skip
    for card in blockers:
        if run := live_run(facts, card):
            worker = facts.people.actor(run.agent_id or run.person_id or "")
            return _one(worker, _("Next: {who} finishes {cards}"), cards=numbers([card]))
    return _one(coordinator_shown(), _("Next: {who} places {cards} first"), cards=numbers(blockers))


def numbers(cards: list[Card]) -> str:
    """`#2 #3 #6`, or how many there are when the line would break."""
    if len(cards) > 4:
        return _("%(n)s cards") % {"n": len(cards)}
    return " ".join(f"#{card.number}" for card in cards)


def _one(who: Who, line: str, **params: object) -> Next:
    return Next((who,), format_html(line, who=_bold(who.name), **params))


def _people(people: list[Who], line: str, mine: str, **params: object) -> Next:
    if not people:
        return Next((), SafeString(_("Next: somebody must join this room")))
    names = format_html_join(", ", "{}", ((_bold(who.name.split()[0]),) for who in people[:NAMED]))
    if len(people) > NAMED:
        names = format_html("{} +{}", names, len(people) - NAMED)
    return Next(
        tuple(people[:NAMED]),
        format_html(line, who=names, **params),
        format_html(mine, you=_bold(_("you")), **params),
        " ".join(who.id for who in people),
    )


def _bold(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)
