"""Whom a text may mention."""

import pytest

from forum.text.mentions import MOST_MENTIONS, mentions

TEXTS: dict[str, tuple[str, list[list[str]]]] = {
    "nobody": ("لا أحد هنا", []),
    "one word at the end": ("شكرًا @سلمى", [["سلمي"]]),
    "punctuation ends a name": ("@سلمى، ما رأيك؟", [["سلمي, ما رايك", "سلمي, ما", "سلمي"]]),
    "names of several words, the longest first": ("@أحمد الشّريف قال", [["احمد الشريف قال", "احمد الشريف", "احمد"]]),
    "titles with a dot": ("@د. أحمد", [["د. احمد", "د"]]),
    "a line ends a name": ("@أحمد\nالشريف", [["احمد"]]),
    "the next sign ends a name": ("@أحمد @سلمى", [["احمد"], ["سلمي"]]),
    "Latin letters of any size": ("@Rami", [["rami"]]),
    "an address mentions nobody": ("salma@example.org", []),
    "code mentions nobody": ("`@سلمى` و\n\n```\n@سلمى\n```", []),
    "a quotation mentions nobody": ("> قال @سلمى\n\nنعم @أحمد", [["احمد"]]),
    "a page's address mentions nobody": ("https://x.example/@سلمى و[هنا](https://x.example/@أحمد)", []),
    "the text of a link mentions nobody": ("[@سلمى](https://x.example)", []),
    "emphasis hides no name": ("**@سلمى**: نعم", [["سلمي: نعم", "سلمي"]]),
    "an item is a line": ("- @سلمى\n- نعم", [["سلمي"]]),
    "an underscore joins a name": ("@سلمى_الكاتبة", [["سلمي_الكاتبه"]]),
    "a lone sign mentions nobody": ("@ سلمى و @", []),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_names_that_may_follow_a_sign_are_found(text: str, expected: list[list[str]]) -> None:
    assert mentions(text) == expected


def test_flood_of_signs_is_cut() -> None:
    assert len(mentions("@a " * 1_000)) == MOST_MENTIONS
