"""Whether an A2A agent answers at a pasted URL, by the card it serves."""

from datetime import UTC, datetime

from agents.allowed import egress_policy
from agents.doors.a2a.card import Card, card_places, choose, read_card
from agents.doors.a2a.reach import origin_of, reach_data
from agents.doors.base import Found
from agents.egress import EgressRefused, Outbound, fetch

ASKED_WITHIN = 6.0


def probe(url: str) -> Found | None:
    """The agent whose card is there, None where there is none."""
    ends = datetime.now(UTC).timestamp() + 2 * ASKED_WITHIN
    for place in card_places(url):
        left = ends - datetime.now(UTC).timestamp()
        if left <= 0:
            return None
        request = Outbound(
            "GET", place, headers={"Accept": "application/json"}, deadline=min(ASKED_WITHIN, left)
        )
        try:
            answer = fetch(request, policy=egress_policy())
        except EgressRefused as refused:
            if refused.code in ("redirect", "too_large", "encoding", "bad_response"):
                continue
            return None
        card = read_card(answer.body, at=place) if answer.status == 200 else None
        if card is not None:
            return _found(url, place, card)
    return None


def _found(url: str, place: str, card: Card) -> Found:
    chosen = choose(card, lambda address: origin_of(address) == origin_of(url))
    params = {
        "at": place,
        "protocol": chosen.version if chosen else "",
        "binding": chosen.binding if chosen else "",
        "offered": ", ".join(card.others),
    }
    return Found(
        door="a2a",
        url=url,
        code="found_a2a" if chosen else "found_a2a_unspoken",
        params=params,
        name=card.name,
        version=card.version,
        skills=card.skills,
        reach=reach_data(card, chosen) if chosen else {},
        needs=("key",) if card.demand.header else (),
    )
