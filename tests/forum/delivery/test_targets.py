"""Where webhooks may reach."""

import pytest

from forum.delivery.targets import is_plainly_private, is_public

WITHIN = {
    "loopback": "127.0.0.1",
    "loopback far up": "127.255.255.254",
    "this host": "0.0.0.0",
    "private 10": "10.1.2.3",
    "private 172": "172.31.0.1",
    "private 192": "192.168.1.1",
    "link-local, where clouds keep metadata": "169.254.169.254",
    "shared by carriers": "100.64.0.1",
    "metadata in the shared range": "100.100.100.200",
    "protocol assignments": "192.0.0.192",
    "a cloud's own host": "168.63.129.16",
    "documentation": "192.0.2.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback of version 6": "::1",
    "nowhere": "::",
    "link-local of version 6": "fe80::1",
    "link-local with its zone": "fe80::1%eth0",
    "unique local": "fd00:ec2::254",
    "site-local": "fec0::1",
    "multicast of version 6": "ff02::1",
    "IPv4-mapped": "::ffff:10.0.0.1",
    "IPv4-mapped loopback": "::ffff:7f00:1",
    "IPv4-compatible": "::127.0.0.1",
    "translated": "64:ff9b::7f00:1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:7f00:1::",
}
PUBLIC = ("8.8.8.8", "203.0.114.1", "2606:4700::1111")


@pytest.mark.parametrize("address", WITHIN.values(), ids=WITHIN)
def test_address_within_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


NAMES = ("localhost", "LocalHost.", "a.localhost", "127.0.0.1", "[::1]", "::ffff:10.0.0.1")
SPELT = ("127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "１２７.0.0.1", "127。0。0。1")


@pytest.mark.parametrize("host", NAMES + SPELT)
def test_host_that_is_within_by_its_name_is_refused_unasked(host: str) -> None:
    assert is_plainly_private(host)


@pytest.mark.parametrize(
    "host", ["example.org", "8.8.8.8", "134744072", "localhost.example.org", "مثال.example", "a" * 64]
)
def test_other_hosts_are_for_the_resolver_to_say(host: str) -> None:
    assert not is_plainly_private(host)
