"""How an A2A agent is reached, as its verification found it; at addresses of its own only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agents.doors.a2a.card import Card, Interface
from workspace.errors import Refused
from workspace.keys import decrypted

if TYPE_CHECKING:
    from workspace.models import Agent

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reach:
    """The chosen interface with what goes with it, credentials aside."""

    interface: Interface
    streaming: bool = False
    push: bool = False
    header: str = ""  # where the credential goes; "" where the card asks for none
    is_bearer: bool = False


def origin_of(url: str) -> str:
    """Scheme, host and port; empty for what is no http(s) address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


def own_origins(url: str, confirmed: object) -> frozenset[str]:
    """The registered address, and those its owner has confirmed."""
    others = [str(each) for each in confirmed] if isinstance(confirmed, list) else []
    return frozenset(filter(None, map(origin_of, [url, *others])))


def is_own(agent: "Agent", url: str) -> bool:
    """Whether an address is at the agent's own origin, or at one its owner has confirmed."""
    return origin_of(url) in own_origins(agent.url, agent.reach.get("confirmed"))


def reach_data(card: Card, interface: Interface) -> dict[str, Any]:
    """What is kept in the agent's `reach`."""
    return {
        "address": interface.url,
        "binding": interface.binding,
        "protocol": interface.version,
        "tenant": interface.tenant,
        "streaming": card.streaming,
        "push": card.push,
        "header": card.demand.header,
        "bearer": card.demand.is_bearer,
    }


def reach_of(agent: "Agent") -> Reach:
    """Raises Refused where no card was read, or it leads where nobody has confirmed it may."""
    kept: Mapping[str, Any] = agent.reach
    address = str(kept.get("address", ""))
    if not address:
        raise Refused("a2a_card_not_read", status=422)
    if not is_own(agent, address):
        raise Refused("a2a_foreign_address", status=422, address=origin_of(address))
    interface = Interface(
        address, str(kept["binding"]), str(kept["protocol"]), str(kept.get("tenant", ""))
    )
    return Reach(
        interface, bool(kept.get("streaming")), bool(kept.get("push")),
        str(kept.get("header", "")), bool(kept.get("bearer")),
    )  # fmt: skip


def credential_headers(agent: "Agent", reach: Reach) -> dict[str, str]:
    """The agent's credential where its card wants it. ValueError if it cannot be read."""
    if agent.secret is None:
        return {}
    secret = decrypted(agent.secret)
    if reach.header and not reach.is_bearer:
        return {reach.header: secret}
    # A card may say nothing of a token its owner was given all the same.
    return {"Authorization": f"Bearer {secret}"}
