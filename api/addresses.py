"""Find the address that a request came from, believing forwarding headers from configured proxies only."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request
from starlette.datastructures import Headers

from api.services import services_of
from auth.throttling import network_of

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

MOST_HOPS = 20


def client_network(request: Request) -> str:
    """Give what one subscriber holds, by which clients are told apart: an IPv4 address, or the /64 of an IPv6 one."""
    return network_of(client_address(request))


def client_address(request: Request) -> str:
    """Give the address of the client, or of the last hop that can be believed."""
    peer = request.client.host if request.client else ""
    return believed_address(peer, request.headers, trusted_networks(services_of(request).settings.trusted_proxies))


@lru_cache
def trusted_networks(names: tuple[str, ...]) -> Networks:
    """Read the configured proxies, addresses or networks (CIDR); raises ValueError for anything else."""
    return tuple(ip_network(name) for name in names)


def believed_address(peer: str, headers: Headers, trusted: Networks) -> str:
    """Walk from the peer outwards as long as each hop is trusted.

    A proxy writes one of X-Forwarded-For and Forwarded (RFC 7239) and may hand the other on as the client made it up:
    where the two disagree neither is believed.
    """
    chains = [chain for chain in (_x_forwarded_for(headers), _forwarded(headers)) if chain]
    found = {_walk(peer, chain, trusted) for chain in chains}
    return found.pop() if len(found) == 1 else peer


def _walk(peer: str, chain: list[str], trusted: Networks) -> str:
    address = _parse(peer)
    if address is None:
        return peer
    for hop in reversed(chain[-MOST_HOPS:]):
        before = _parse(hop) if _is_in(address, trusted) else None
        if before is None:
            break
        address = before
    return str(address)


def _is_in(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _parse(hop: str) -> Address | None:
    """Read an address with or without brackets and port; give None for `unknown`, hidden names and garbage."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _x_forwarded_for(headers: Headers) -> list[str]:
    return _members(headers, "x-forwarded-for")


def _forwarded(headers: Headers) -> list[str]:
    # An element without `for=` still stands for a hop, and ends the walk.
    return [_for_parameter(element) for element in _members(headers, "forwarded")]


def _members(headers: Headers, name: str) -> list[str]:
    lines = headers.getlist(name)
    return ",".join(lines).split(",") if lines else []


def _for_parameter(element: str) -> str:
    pairs = (pair.strip().partition("=") for pair in element.split(";"))
    return next((value for name, _, value in pairs if name.lower() == "for"), "")
