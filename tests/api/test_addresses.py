"""Prove which address is believed."""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request
from starlette.datastructures import Headers

from api.addresses import MOST_HOPS, believed_address, client_network, trusted_networks
from api.services import Services
from settings import Settings

PROXIES = trusted_networks(("10.0.0.0/8", "2001:db8:ffff::1"))
SOME = "198.51.100.7"
PROXY = "10.1.2.3"
XFF = "x-forwarded-for"
ENDLESS = ", ".join([SOME, *["10.0.0.9"] * MOST_HOPS])


def row(peer: str, sent: dict[str, str], believed: str, *, says: str) -> Any:
    return pytest.param(peer, sent, believed, id=says)


@pytest.mark.parametrize(
    ("peer", "sent", "believed"),
    [
        row(SOME, {}, SOME, says="without headers the peer"),
        row(SOME, {XFF: "203.0.113.9"}, SOME, says="a stranger's header is nothing"),
        row(PROXY, {}, PROXY, says="a proxy that says nothing speaks for itself"),
        row(PROXY, {XFF: SOME}, SOME, says="a proxy names its client"),
        row(PROXY, {XFF: f"203.0.113.9, {SOME}"}, SOME, says="what stands before is the client's"),
        row(PROXY, {XFF: f"{SOME}, 10.9.9.9"}, SOME, says="a chain of proxies is walked"),
        row(PROXY, {XFF: f"{SOME}, 192.0.2.1, 10.9.9.9"}, "192.0.2.1", says="the walk ends at the first stranger"),
        row(PROXY, {XFF: "10.0.0.1, 10.0.0.2"}, "10.0.0.1", says="proxies all the way"),
        row(PROXY, {XFF: "unknown"}, PROXY, says="a hidden client is its proxy's"),
        row(PROXY, {XFF: f"{SOME}, <garbage>"}, PROXY, says="nothing behind garbage is believed"),
        row(PROXY, {XFF: ""}, PROXY, says="an empty header"),
        row(PROXY, {XFF: f"{SOME}:4711"}, SOME, says="a port is left out"),
        row(PROXY, {XFF: "[2001:db8::7]:4711"}, "2001:db8::7", says="brackets and a port are left out"),
        row(PROXY, {XFF: "2001:DB8:0::7"}, "2001:db8::7", says="one spelling of an address"),
        row(PROXY, {XFF: f"::ffff:{SOME}"}, SOME, says="an IPv4 address in IPv6 clothes"),
        row(f"::ffff:{PROXY}", {XFF: SOME}, SOME, says="a proxy in IPv6 clothes"),
        row("2001:db8:ffff::1", {XFF: SOME}, SOME, says="a proxy named by its address"),
        row("2001:db8:ffff::2", {XFF: SOME}, "2001:db8:ffff::2", says="the proxy's neighbour is a stranger"),
        row(PROXY, {"forwarded": f"for={SOME};proto=https;by=10.1.2.3"}, SOME, says="Forwarded"),
        row(PROXY, {"forwarded": 'proto=https; For="[2001:db8::7]:4711"'}, "2001:db8::7", says="Forwarded with quotes"),
        row(PROXY, {"forwarded": f'for="203.0.113.9, for={SOME}'}, SOME, says="a quote left open by the client"),
        row(PROXY, {"forwarded": f"for={SOME}, for=_hidden"}, PROXY, says="a hidden hop of Forwarded"),
        row(PROXY, {"forwarded": f"for={SOME}, proto=https"}, PROXY, says="a hop of Forwarded without a name"),
        row(PROXY, {"forwarded": f"for={SOME}", XFF: SOME}, SOME, says="both headers that agree"),
        row(PROXY, {"forwarded": "for=203.0.113.9", XFF: SOME}, PROXY, says="of two that disagree neither"),
        row("testclient", {XFF: SOME}, "testclient", says="a peer without an address"),
        row(PROXY, {XFF: ENDLESS}, "10.0.0.9", says="a chain without end"),
    ],
)  # fmt: skip
def test_forwarding_headers_are_believed_from_proxies_only(peer: str, sent: dict[str, str], believed: str) -> None:
    assert believed_address(peer, Headers(sent), PROXIES) == believed


def test_two_lines_of_one_header_are_one_list() -> None:
    headers = Headers(raw=[(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", SOME.encode())])
    assert believed_address(PROXY, headers, PROXIES) == SOME


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"proxy\.internal"):
        trusted_networks(("proxy.internal",))


@pytest.mark.parametrize(
    ("client", "sent", "network"),
    [
        pytest.param(("10.1.2.3", 1), SOME, SOME, id="behind a configured proxy"),
        pytest.param(("192.0.2.1", 1), SOME, "192.0.2.1", id="a peer that is no proxy"),
        pytest.param(("10.1.2.3", 1), "2001:db8::1:2:3:4", "2001:db8::/64", id="an IPv6 client stands for its /64"),
        pytest.param(None, SOME, "", id="a server that knows no peer"),
    ],
)
def test_clients_are_told_apart_by_network(client: tuple[str, int] | None, sent: str, network: str) -> None:
    settings = Settings(trusted_proxies=("10.0.0.0/8",))
    services = Services(settings, *[cast(Any, None)] * (len(fields(Services)) - 1))
    application = SimpleNamespace(state=SimpleNamespace(services=services))
    headers = [(b"x-forwarded-for", sent.encode())]
    request = Request({"type": "http", "client": client, "headers": headers, "app": application})
    assert client_network(request) == network
