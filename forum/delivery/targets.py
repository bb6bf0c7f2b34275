"""Say where webhooks may reach: public addresses only, whatever name leads there."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import inet_aton, inet_ntoa

# Global by the registry, and yet not out in the world: protocol assignments with a cloud's metadata in it, another
# cloud's host, 6to4 that holds any IPv4 address, the former site-local range.
NOT_OUTSIDE = tuple(map(ip_network, ("192.0.0.0/24", "168.63.129.16/32", "2002::/16", "fec0::/10")))


def is_public(text: str) -> bool:
    """Tell whether an IP address, as the resolver writes it, is one of the public internet.

    Private, loopback, link-local, shared (CGNAT), reserved, multicast and IPv4-mapped ones are not.
    """
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in NOT_OUTSIDE if network.version == address.version)


def is_plainly_private(host: str) -> bool:
    """Tell whether a host names a place within before any resolver is asked: an address that is not public, or us."""
    try:
        name = host.strip("[]").rstrip(".").encode("idna").decode().lower()
        return name == "localhost" or name.endswith(".localhost") or not is_public(_dotted(name))
    except ValueError:
        return False


def _dotted(name: str) -> str:
    """Write an IPv4 address in full that is short, one number, octal or hexadecimal, as resolvers read it."""
    try:
        return inet_ntoa(inet_aton(name))
    except OSError:
        return name
