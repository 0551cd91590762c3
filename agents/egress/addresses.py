"""Which addresses the workspace may talk to: an explicit policy, checked before every connection.

The standard library's `is_global` is not used: it differs between Python versions and lets
through addresses that embed a private one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The IANA special-purpose registry and multicast, plus one cloud's host agent, which lives at a
# public-looking address.
REFUSED_V4: tuple[IPv4Network, ...] = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
# Blocks inside the global range that tunnel to, embed or document other addresses.
REFUSED_V6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What one request may reach: public addresses on `ports`, and anything in `allow_cidrs`."""

    allow_cidrs: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({443, 8443})

    @classmethod
    def allowing(cls, cidrs: Iterable[str]) -> "EgressPolicy":
        """The policy of an installation. Raises ValueError if a block is not written as a CIDR."""
        return cls(allow_cidrs=tuple(ip_network(cidr.strip()) for cidr in cidrs if cidr.strip()))

    def is_allowed_privately(self, address: Address) -> bool:
        """Whether the operator named this address: then http and any port are fine too."""
        plain = unwrap(address)
        return any(plain.version == block.version and plain in block for block in self.allow_cidrs)


def unwrap(address: Address) -> Address:
    """The IPv4 address inside `::ffff:a.b.c.d`; every other address unchanged."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Whether the address is ordinary global unicast by our own lists."""
    plain = unwrap(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in block for block in REFUSED_V4)
    return plain in GLOBAL_V6 and not any(plain in block for block in REFUSED_V6)
