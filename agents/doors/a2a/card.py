"""Agent cards as they are met, of 1.0 and 0.3: who it is, and at which addresses it speaks what."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from agents.doors.a2a.loose import Loose
from agents.doors.json_wall import KIB, JsonRefused, parse_json

PLACES = ("/.well-known/agent-card.json", "/.well-known/agent.json")
JSON_RPC, HTTP_JSON = "JSONRPC", "HTTP+JSON"
LARGEST_CARD = 1024 * KIB
BINDINGS = {
    "JSONRPC": JSON_RPC,
    "JSONRPC2.0": JSON_RPC,
    "HTTP+JSON": HTTP_JSON,
    "HTTPJSON": HTTP_JSON,
    "REST": HTTP_JSON,
    "HTTP": HTTP_JSON,
}
# A header a card may have our credential put into; those that steer the connection are not its.
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
NOT_ITS_HEADERS = frozenset(
    {
        "host", "connection", "content-length", "content-type", "transfer-encoding", "cookie",
        "accept-encoding", "te", "trailer", "upgrade", "expect", "a2a-version", "user-agent",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interface:
    """One address, and what is spoken there: `version` is 1.0 or 0.3."""

    url: str
    binding: str
    version: str
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the card asks callers to show: nothing, a header with a token, or what we cannot."""

    header: str = ""  # "" is nothing
    is_bearer: bool = False
    unsupported: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says that is of use here. `others`: what it offers that is not spoken here."""

    name: str
    version: str
    description: str
    skills: tuple[str, ...]
    interfaces: tuple[Interface, ...]
    others: tuple[str, ...]
    streaming: bool
    push: bool
    demand: Demand


def card_places(url: str) -> list[str]:
    """Where the card of an agent at `url` may be: below it, then below its host."""
    parts = urlsplit(url.strip())
    base = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.rstrip("/")
    if path.endswith(".json"):
        return [base + path]
    below = [base + path + place for place in PLACES]
    return below + [base + place for place in PLACES] if path else below


def read_card(body: bytes, *, at: str) -> Card | None:
    """The card these bytes hold, None if they hold none. `at` is where it was found."""
    try:
        card = Loose(parse_json(body, max_bytes=LARGEST_CARD))
    except JsonRefused:
        return None
    is_one = any(card.raw(name) for name in ("supportedInterfaces", "url", "additionalInterfaces"))
    if not is_one or not (card.text("name") or card.raw("skills", "capabilities")):
        return None
    interfaces, others = _interfaces(card, at)
    can = card.object("capabilities")
    return Card(
        name=" ".join(card.text("name", most=80).split()),
        version=card.text("version", most=80),
        description=card.text("description", most=500),
        skills=tuple(_skill(skill) for skill in card.objects("skills", most=40) if _skill(skill)),
        interfaces=tuple(interfaces),
        others=tuple(others),
        streaming=can.flag("streaming"),
        push=can.flag("pushNotifications"),
        demand=_demand(card),
    )


def _skill(skill: Loose) -> str:
    return skill.text("name", "id", most=80)


def _interfaces(card: Loose, at: str) -> tuple[list[Interface], list[str]]:
    """In the card's order: 1.0 lists them, 0.3 names a main one and others beside it."""
    old = card.text("protocolVersion", most=20) or "0.3"
    listed = [
        (each, each.text("protocolBinding", "transport") or JSON_RPC,
         each.text("protocolVersion", most=20) or "1.0")
        for each in card.objects("supportedInterfaces", most=20)
    ]  # fmt: skip
    if card.text("url"):
        listed.append((card, card.text("preferredTransport") or JSON_RPC, old))
    listed += [
        (each, each.text("transport", "protocolBinding") or JSON_RPC, old)
        for each in card.objects("additionalInterfaces", most=20)
    ]
    found: list[Interface] = []
    others: list[str] = []
    for each, binding, version in listed:
        known, spoken = binding_of(binding), version_of(version)
        url = urljoin(at, each.text("url", most=2048)) if each.text("url") else ""
        if known and spoken and url:
            one = Interface(url, known, spoken, each.text("tenant", most=200))
            found += [] if one in found else [one]
        else:
            others.append(f"{binding[:20]} {version[:20]}")
    return found, list(dict.fromkeys(others))


def binding_of(name: str) -> str:
    """The binding meant by a name in the wild; empty for gRPC and whatever else."""
    return BINDINGS.get(re.sub(r"[\s_-]", "", name).upper(), "")


def version_of(text: str) -> str:
    """1.0 or 0.3, whichever is spoken by an agent that says so; empty for any other."""
    numbers = re.match(r"\s*v?(\d+)(?:\.(\d+))?", text)
    if numbers is None:
        return ""
    major, minor = int(numbers[1]), int(numbers[2] or 0)
    if major == 1:
        return "1.0"
    # 0.2 has the methods and shapes of 0.3, as far as they are used here.
    return "0.3" if major == 0 and minor in (2, 3) else ""


def choose(card: Card, is_ours: Callable[[str], bool]) -> Interface | None:
    """The first interface at an address that is the agent's own, else the first of all."""
    own = [one for one in card.interfaces if is_ours(one.url)]
    return next(iter(own or card.interfaces), None)


def _demand(card: Loose) -> Demand:
    schemes = card.object("securitySchemes")
    wanted = [
        name
        for each in card.objects("securityRequirements", "security", most=20)
        for name in (each.object("schemes") or each).value
    ]
    found = [_one_demand(schemes.object(name)) for name in wanted if schemes.object(name)]
    usable = [one for one in found if not one.unsupported]
    return next(iter(usable or found), Demand())


def _one_demand(scheme: Loose) -> Demand:
    kind, inner = _kind_of(scheme)
    if kind == "http":
        how = inner.text("scheme", most=20).lower()
        return Demand("Authorization", True) if how == "bearer" else Demand(unsupported=how)
    if kind in ("oauth2", "openidconnect"):
        return Demand("Authorization", True)
    if kind == "apikey":
        name, place = inner.text("name", most=64), inner.text("location", "in").lower()
        is_its = HEADER_NAME.fullmatch(name) and name.lower() not in NOT_ITS_HEADERS
        if place == "header" and is_its:
            return Demand(name, name.lower() == "authorization")
        return Demand(unsupported=f"apiKey {place}")
    return Demand(unsupported=kind or "unknown")


def _kind_of(scheme: Loose) -> tuple[str, Loose]:
    """0.3 names the kind in a field, 1.0 by which field there is."""
    for name, kind in (
        ("httpAuthSecurityScheme", "http"),
        ("apiKeySecurityScheme", "apikey"),
        ("oauth2SecurityScheme", "oauth2"),
        ("openIdConnectSecurityScheme", "openidconnect"),
        ("mtlsSecurityScheme", "mutualtls"),
    ):
        if inner := scheme.object(name):
            return kind, inner
    return scheme.text("type", most=20).lower(), scheme
