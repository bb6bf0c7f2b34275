"""Addresses: which are well formed, which name a source, and which lead to the same page."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text.urls import is_source, is_web_address, url_key

GOOD = {
    "a page": "https://example.org/a?b=c&d=e#f",
    "Arabic host and path": "https://موقع.وزارة-الأثر.شبكة/مقال/الماء_(2024)?س=ع",
    "Arabic, encoded": "https://ar.example.org/%D9%85%D8%A7%D8%A1",
    "a port": "http://example.org:8080",
    "a final dot": "https://example.org./",
    "numbers": "http://127.0.0.1/x",
    "an address of six": "https://[2001:db8::1]:8443/x",
    "brackets that browsers leave": "https://example.org/?filter[year]=2024",
    "letters joined in Persian": "https://example.org/می‌شود",
    "marks in a host": "https://हिन्दी.भारत/",
    "what XML escapes": "https://example.org/?a=1&b='2'",
}
BAD = {
    "another scheme": "ftp://example.org",
    "a script": "javascript:alert(1)//https://example.org",
    "no host": "https:///x",
    "no scheme": "//example.org/x",
    "a name of a user": "https://doi.org@evil.example/10.1000/182",
    "a name and password": "https://a:b@example.org/",
    "a port of nothing": "https://example.org:0/",
    "a port beyond": "https://example.org:70000/",
    "an empty label": "https://example..org/",
    "a label too long": f"https://{'a' * 64}.org/",
    "a host that is encoded": "https://ex%61mple.org/",
    "brackets left open": "https://[::1/",
    "letters behind brackets": "https://[2001:db8::1]x/",
    "a name behind brackets": "https://[2001:db8::1].example.org/",
    "a zone": "https://[fe80::1%25en0]/",
    "an address of no version that is known": "https://[v1.a]/",
    "a percent sign alone": "https://example.org/100%",
    "one digit behind it": "https://example.org/%4",
    "Arabic digits behind it": "https://example.org/%٤١",
    "a space": "https://example.org/a b",
    "a wide space": "https://example.org/a\u3000b",
    "a tab": "https://example.org/a\tb",
    "a line break": "https://example.org/\nx",
    "a control": "https://example.org/\x85",
    "an override of direction": "https://example.org/\u202egro.elpmaxe",
    "an isolate": "https://example.org/\u2067x",
    "a mark of direction": "https://example.org/\u200f",
    "no character": "https://example.org/\ufffe",
    "a private one": "https://example.org/\ue000",
}


@pytest.mark.parametrize("address", GOOD.values(), ids=GOOD)
def test_well_formed_address_is_taken(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize("address", BAD.values(), ids=BAD)
def test_malformed_address_is_not(address: str) -> None:
    assert not is_web_address(address)


@pytest.mark.parametrize("character", '<>"{}|\\^`')
def test_what_has_to_be_encoded_stands_nowhere_as_it_is(character: str) -> None:
    for place in ("https://exam{}ple.org/", "https://example.org/{}", "https://example.org/?{}", "doi:10.1000/{}"):
        assert not is_source(place.replace("{}", character))
    assert is_source(f"https://example.org/{quote(character)}")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_whatever_is_taken_is_taken_encoded_too(path: str) -> None:
    assert is_web_address(f"https://example.org/{quote(path)}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("doi:10.1000/182", True, id="a DOI"),
        pytest.param("DOI:10.1000.10/123(ب)", True, id="in capitals, with a prefix of more parts"),
        pytest.param("doi:10.1002/(SICI)1097-4571(199806)49:8%3C693::AID-ASI4%3E3.0.CO;2-O", True, id="an old one"),
        pytest.param("doi:10.1000/", False, id="no suffix"),
        pytest.param("doi:10.١٢٣٤/x", False, id="Arabic digits"),
        pytest.param("doi:11.1000/x", False, id="another prefix"),
        pytest.param("doi: 10.1000/182", False, id="a space"),
        pytest.param("doi:10.1000/18\u202e2", False, id="an override of direction"),
        pytest.param("https://doi.org/10.1000/182", True, id="its address"),
        pytest.param("https://DX.DOI.org/10.1000%2F182", True, id="its address, encoded"),
        pytest.param("https://doi.org/", False, id="nothing at doi.org"),
        pytest.param("https://doi.org/?10.1000/182", False, id="not in the path"),
        pytest.param("https://doi.org.evil.example/x", True, id="another host"),
    ],
)
def test_source_is_an_address_or_a_doi(source: str, expected: bool) -> None:
    assert is_source(source) == expected


@pytest.mark.parametrize(
    "other",
    [
        "http://www.example.org/الماء/",
        "https://example.org:443/%D8%A7%D9%84%D9%85%D8%A7%D8%A1?utm_source=x#y",
        "HTTPS://EXAMPLE.ORG/الماء",
    ],
)
def test_addresses_of_one_page_have_one_key(other: str) -> None:
    assert url_key(other) == url_key("https://example.org/الماء")
