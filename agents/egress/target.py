"""From the text of a URL to a target the client can be pinned to, or a refusal."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from yarl import URL

from agents.egress.addresses import Address, EgressPolicy, is_public
from agents.egress.refusals import EgressRefused

LONGEST_URL = 2048
_PRINTABLE_ASCII = re.compile(r"[!-\[\]-~]+")  # no space, no control character, no backslash
_AUTHORITY_END = re.compile(r"[/?#]")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that has been read once. The client uses this very object, so no second parser can
    read the text differently."""

    url: URL
    host: str
    port: int
    literal: Address | None


def read_target(text: str) -> Target:
    """Read a URL strictly. Raises EgressRefused for everything that is not plain http(s)."""
    url = _parse(text)
    if url.scheme not in ("http", "https"):
        raise EgressRefused("scheme", {"scheme": url.scheme[:40]})
    # Read from the text itself: the parsed URL no longer shows an empty user or an escaped host.
    authority = _AUTHORITY_END.split(text.split("://", 1)[1], maxsplit=1)[0]
    if "@" in authority:
        raise EgressRefused("userinfo")
    if "%" in authority:
        raise EgressRefused("not_a_url")
    host, port = url.raw_host, url.port
    if not host or not port:
        raise EgressRefused("not_a_url")
    return Target(url=url.with_fragment(None), host=host, port=port, literal=_literal(host, text))


def _parse(text: str) -> URL:
    if len(text) > LONGEST_URL or not _PRINTABLE_ASCII.fullmatch(text) or "://" not in text:
        raise EgressRefused("not_a_url")
    try:
        url = URL(text)
        url.port  # noqa: B018 — reading it is what raises when the port is out of range
    except ValueError:
        raise EgressRefused("not_a_url") from None
    return url


def _literal(host: str, text: str) -> Address | None:
    if ":" in host:
        return _canonical(IPv6Address, host, written_as=f"[{host}]", text=text)
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return _canonical(IPv4Address, host, written_as=host, text=text)
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise EgressRefused("not_a_url")
    return None


def _canonical(
    kind: type[IPv4Address] | type[IPv6Address],
    host: str,
    *,
    written_as: str,
    text: str,
) -> Address:
    # 2130706433, 127.1 and 0x7f.0.0.1 are all 127.0.0.1 to some programs: only one spelling counts.
    try:
        address = kind(host)
    except ValueError:
        raise EgressRefused("numeric_host", {"host": host[:80]}) from None
    if str(address) != host or written_as not in text.lower():
        raise EgressRefused("numeric_host", {"host": host[:80]})
    return address


def check(target: Target, addresses: list[str], policy: EgressPolicy) -> None:
    """Refuse the target unless every one of its addresses may be talked to."""
    if not addresses:
        raise EgressRefused("unresolvable", {"host": target.host})
    for text in addresses:
        try:
            address = ip_address(text)
        except ValueError:
            raise EgressRefused("unresolvable", {"host": target.host}) from None
        _check_one(target, address, policy)


def _check_one(target: Target, address: Address, policy: EgressPolicy) -> None:
    if policy.is_allowed_privately(address):
        return
    if not is_public(address):
        raise EgressRefused("private_address", {"host": target.host, "address": str(address)})
    if target.url.scheme != "https":
        raise EgressRefused("scheme", {"scheme": target.url.scheme})
    if target.port not in policy.ports:
        raise EgressRefused("port", {"port": target.port})
