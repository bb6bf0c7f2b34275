"""Prove where addresses begin and end in a text."""

import time

import pytest
from hypothesis import given

from forum.text.links import addresses, may_hold_addresses, without_addresses
from tests.forum.text.properties import PROPERTY, texts

FOUND = {
    "an Arabic comma ends it": ("انظر https://example.org/a، ثم", ["https://example.org/a"]),
    "an Arabic semicolon ends it": ("https://example.org/a؛ ثم", ["https://example.org/a"]),
    "an Arabic question mark ends it": ("هل قرأت https://example.org؟", ["https://example.org"]),
    "quotation marks end it": ("«https://example.org/a»", ["https://example.org/a"]),
    "a full stop at the end is the sentence's": ("في https://example.org/a.html.", ["https://example.org/a.html"]),
    "Latin punctuation at the end is the sentence's": ("https://example.org/a?!:,;", ["https://example.org/a"]),
    "brackets around it are the sentence's": ("(https://example.org/a)", ["https://example.org/a"]),
    "brackets within it are its own": ("https://example.org/القدس_(مدينة)", ["https://example.org/القدس_(مدينة)"]),
    "square brackets end it": ("[https://example.org/a]", ["https://example.org/a"]),
    "a direction mark ends it": ("https://example.org/a\u200f ثم", ["https://example.org/a"]),
    "an override ends it": ("https://example.org/\u202egpj.exe", ["https://example.org/"]),
    "a zero-width space ends it": ("https://example.org/a\u200bb", ["https://example.org/a"]),
    "Arabic letters in host and path": ("https://موقع.مثال/صفحة", ["https://موقع.مثال/صفحة"]),
    "port, query and fragment": ("http://example.org:8080/a?b=1&c=2#d", ["http://example.org:8080/a?b=1&c=2#d"]),
    "a host that begins with www": ("www.example.org نعم", ["www.example.org"]),
    "capitals": ("HTTPS://EXAMPLE.ORG/A", ["HTTPS://EXAMPLE.ORG/A"]),
    "a name before the host makes it none": ("https://example.com@evil.example/", []),
    "a name and a password before the host": ("https://example.com:80@evil.example www.a.example@b.example", []),
    "a sign of mail behind the host is its own": (
        "https://a.example/@b https://a.example?c=@d",
        ["https://a.example/@b", "https://a.example?c=@d"],
    ),
    "two in a row": ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
    "a bare name is none": ("example.org و README.md", []),
    "another scheme is none": ("ftp://example.org javascript://example.org", []),
    "a scheme within a word is none": ("xhttps://example.org", []),
    "a host without a dot is none": ("http://localhost/", []),
    "www alone is none": ("www. نعم www.example", []),
}


class TestAddresses:
    @pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND)
    def test_an_address_ends_where_the_sentence_goes_on(self, text: str, found: list[str]) -> None:
        assert [address.text for address in addresses(text)] == found

    def test_a_host_without_scheme_leads_to_https(self) -> None:
        assert [a.url for a in addresses("www.example.org")] == ["https://www.example.org"]

    def test_the_place_is_that_of_the_text(self) -> None:
        text = "نعم https://example.org لا"
        (address,) = addresses(text)
        assert text[address.index : address.last_index] == address.text

    def test_a_space_stands_for_each(self) -> None:
        assert without_addresses("قبل https://example.org/a، بعد") == "قبل  ، بعد"

    @PROPERTY
    @given(texts)
    def test_the_quick_answer_misses_none(self, text: str) -> None:
        for tried in (text, f"{text} https://a.example/{text}", f"WWW.a.example{text}"):
            assert may_hold_addresses(tried) or not addresses(tried)

    @pytest.mark.parametrize(
        "piece",
        [
            "https://",
            "https://a.b/(",
            "https://a.b/x!",
            "www.",
            "a.",
            "https://" + "a" * 63 + ".",
            "(",
            "https://a.b/'",
            "https://" + "a!" * 150,
        ],
    )
    def test_a_long_text_is_searched_in_linear_time(self, piece: str) -> None:
        text = piece * (100_000 // len(piece))
        started = time.thread_time()
        addresses(text)
        assert time.thread_time() - started < 0.5
