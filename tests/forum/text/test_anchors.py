"""Prove which links are read from a rendered text, and which of them mislead."""

import pytest

from forum.text.anchors import anchors
from forum.text.rendering import render_comment

LINKS = {
    "another host": ("[google.com](https://evil.example/x)", True),
    "another host by scheme": ("[https://google.com/a](https://evil.example/x)", True),
    "another host among words": ("[موقع example.org هنا](http://phish.net)", True),
    "another host behind an invisible character": ("[G\u200boogle.com](https://evil.example)", True),
    "a sister host": ("[news.example.org](https://example.org)", True),
    "a host that only ends like it": ("[example.org](https://badexample.org)", True),
    "the same host": ("[example.org](https://example.org/page)", False),
    "the same host with www": ("[www.example.org](https://example.org/page)", False),
    "a part of the named host": ("[example.org](https://news.example.org)", False),
    "plain words": ("[اقرأ هنا](https://example.org)", False),
    "the name of a library": ("[node.js](https://nodejs.org)", False),
    "the name of a file": ("[main.py](https://example.org/main.py)", False),
    "an address of mail": ("[a@google.com](https://example.org)", False),
    "a bare address": ("https://example.org/x", False),
    "a full stop without its space": ("[انتهى الخبر.في بيروت](https://example.org)", False),
    "a host of a country of other letters": ("[банк.рф](https://example.org)", True),
    "a number of an article": ("[المادة 3.2](https://example.org)", False),
}


class TestAnchors:
    @pytest.mark.parametrize(("source", "is_misleading"), LINKS.values(), ids=LINKS)
    def test_link_misleads_when_it_names_a_host_that_it_does_not_open(self, source: str, is_misleading: bool) -> None:
        [anchor] = anchors(render_comment(source))
        assert anchor.is_misleading is is_misleading

    def test_links_are_given_in_order_and_mail_is_left_out(self) -> None:
        found = anchors(render_comment("[ب](https://b.example) [م](mailto:a@b.example) https://a.example"))
        assert [anchor.href for anchor in found] == ["https://b.example", "https://a.example"]
