"""Prove how phrases and patterns are compared, where they are met, and that none can be slow."""

import sys
from itertools import count
from random import Random

import pytest
from hypothesis import given

from bench.rules import KINDS, ORDINARY, text, thousand_rules
from forum.text.lattice import Reading, read
from forum.text.phrases import MOST_PLACES, Glob, Phrase, PhraseSet, refusal
from tests.forum.text.properties import PROPERTY, texts


def places(phrase: Phrase, text: str) -> list[str]:
    """Give the pieces of a text in which a phrase is met."""
    found = PhraseSet({1: phrase}).hits(read(text)).get(1, [])
    return [text[start:end] for start, end in found]


LINKS_IN_A_WORD = [
    f"ح[ما]({address})ر"
    for address in (
        "http://a.b/((x))",
        'http://a.b "("',
        "<http://a.b/(>",
        "http://a.b/\\(",
        "http://a.b/" + "(a)" * 12,
        " " * 30 + "http://a.b",
        "http://a.b/" + "x" * 2_500,
        "http://a](b)",
        " ",
    )
]
PLACES = {
    "marks that belong to the word are in": ("كلب", "يا كَلْبُ!", ["كَلْبُ"]),
    "a joined prefix is in": ("كلب", "قال والكلب نائم", ["والكلب"]),
    "each place is given": ("كلب", "كلب وكلب", ["كلب", "وكلب"]),
    "a spaced word is one place": ("كلب", "يا ك ل ب هنا", ["ك ل ب"]),
    "a word inside a spaced run has its own letters": ("كلب", "ا ك ل ب ت", ["ك ل ب"]),
    "a character reference is in whole": ("كلب", "x ك&#8203;لب y", ["ك&#8203;لب"]),
    "a word beside a character reference, as comments show it": ("كلب", "يا كلب&#97; وكلب&lrm;1", ["كلب", "وكلب"]),
    "a word cut by Markdown beside signs that are shown": (
        "casino",
        "cas**ino**'s cas**ino**(x) x_cas*ino*",
        ["cas**ino", "cas**ino", "cas*ino"],
    ),
    "a word of several cut by Markdown beside signs": ("ابن الحرام", "ابن ال*حرا*م(x)", ["ابن ال*حرا*م"]),
    "a joined word cut by Markdown beside signs": ("كلب", "قال وكل*ب*(هه)", ["وكل*ب"]),
    "several words are one place": ("ابن الحرام", "هو ابن  الحَرام.", ["ابن  الحَرام"]),
    "a link in a word is in whole": ("حمار", "يا ح[م](http://a.b)ار!", ["ح[م](http://a.b)ار"]),
    "a word in a link has its own letters": ("حمار", "يا [حمار](http://a.b)!", ["حمار"]),
    "a word in an address and in its text": ("حمار", "[حمار](http://a.b/حمار)", ["حمار", "حمار"]),
    "a link of any address in a word": (
        "حمار",
        "\n".join(LINKS_IN_A_WORD),
        LINKS_IN_A_WORD,
    ),
    "words behind links": ("حمار", "[ا](http://a.b) ح[م](http://a.b)ار &amp; حمار", ["ح[م](http://a.b)ار", "حمار"]),
    "letters in signs": ("casino", "a 🅲🅰\ufe0f🆂🅸🅽🅾\ufe0f b", ["🅲🅰\ufe0f🆂🅸🅽🅾\ufe0f"]),
    "one flag is no word": ("us", "🇺🇸 us 🇺🇸", ["us"]),
    "one flag among others is no word": ("us", "🇺🇸🇦 🇺🇸🇪🇬", []),
    "letters that are no flag": ("usa", "🇺🇸🇦", ["🇺🇸🇦"]),
    "a letter in a sign is a word": ("a b", "🅰 🅱", ["🅰 🅱"]),
    "astral characters before do not move it": ("casino", "😀 casino", ["casino"]),
}


class TestPlaces:
    @pytest.mark.parametrize(("phrase", "text", "expected"), PLACES.values(), ids=PLACES)
    def test_hit_points_at_the_original(self, phrase: str, text: str, expected: list[str]) -> None:
        assert places(Phrase(phrase), text) == expected

    def test_no_more_places_are_given_than_anybody_reads(self) -> None:
        assert len(places(Phrase("كلب"), "كلب " * 100)) == MOST_PLACES

    def test_who_decides_what_counts_is_told_the_reading_where_the_phrase_stands(self) -> None:
        asked: list[str] = []

        def counts(_: int, one: Reading, first: int, after: int) -> bool:
            asked.append(one.text[slice(*one.shown_span(first, after))])
            return False

        assert PhraseSet({1: Phrase("حمار")}).hits(read("حمار ح[م](http://a.b)ار"), counts) == {}
        assert asked == ["حمار", "حمار", "ح[م]ار"]

    @PROPERTY
    @given(texts)
    def test_every_piece_of_any_text_has_its_place_there(self, words: str) -> None:
        shown = f"{words}&#8203;&amp;{words}[{words}](http://a.b){words} 🅰"
        reading = read(shown)
        assert reading.as_seen is not None
        for one in (reading, reading.as_seen):
            spans = [one.span(n, n + 1) for n in range(len(one.pieces))]
            assert all(0 <= start < end <= len(shown) for start, end in spans)
            assert spans == sorted(spans)


GLOBS = {
    "a star is any letters": ("كل*", "كلاب", True),
    "a star may be nothing": ("كلب*", "كلب", True),
    "the end counts": ("*لب", "كلبه", False),
    "the middle counts": ("ك*ا*ب", "كلااب", True),
    "parts do not overlap": ("aba*aba", "aba", False),
    "parts keep their order": ("a*b*c", "acb", False),
}


class TestGlob:
    @pytest.mark.parametrize(("glob", "word", "holds"), GLOBS.values(), ids=GLOBS)
    def test_word_is_of_the_form_or_not(self, glob: str, word: str, holds: bool) -> None:
        assert Glob(tuple(glob.split("*"))).holds(word) is holds


class TestPattern:
    def test_lone_star_is_one_word(self) -> None:
        pattern = Phrase("بيع * مخدرات", is_pattern=True)
        assert places(pattern, "بيع أجود مخدرات") == ["بيع أجود مخدرات"]
        assert places(pattern, "بيع مخدرات") == []
        assert places(pattern, "بيع أجود أنواع مخدرات") == []

    def test_star_of_a_phrase_is_no_star(self) -> None:
        assert places(Phrase("كل*"), "كلاب") == []

    def test_part_of_a_word_is_met_where_that_is_wanted(self) -> None:
        assert places(Phrase("كلب", is_whole_word=False), "مكلبون") == ["مكلبون"]


REFUSED = {
    "nothing": (Phrase("؟!"), "too_short"),
    "one letter": (Phrase("ا"), "too_short"),
    "stars alone": (Phrase("***", is_pattern=True), "too_short"),
    "a pattern that begins with too little": (Phrase("ال*", is_pattern=True), "pattern_too_wide"),
    "a pattern that begins with any word": (Phrase("* كلب", is_pattern=True), "pattern_too_wide"),
    "two letters anywhere in a word": (Phrase("ال", is_whole_word=False), "pattern_too_wide"),
    "more than ten words": (Phrase("a " * 11), "too_long"),
    "two letters as a word": (Phrase("سب"), None),
    "a pattern with three letters in a row": (Phrase("كلب*", is_pattern=True), None),
}


class TestRefusal:
    @pytest.mark.parametrize(("phrase", "expected"), REFUSED.values(), ids=REFUSED)
    def test_phrase_that_would_meet_nothing_or_everything_is_refused(
        self, phrase: Phrase, expected: str | None
    ) -> None:
        assert refusal(phrase) == expected


# The costliest texts and patterns that could be thought of; each was quadratic or worse in some earlier form.
HOSTILE = {
    "one long word": "ا" * 8_000,
    "single letters": "ا ب " * 2_000,
    "letters cut by points": "ا.ب." * 2_000,
    "pieces cut by points": "كل.ب " * 1_600,
    "chunks of the longest kind": "ا.ب.ج.د.هو " * 700,
    "signs for letters": "a@" * 4_000,
    "Markdown": "a*" * 4_000,
    "references": "&#8203;" * 1_100 + "x",
    "broken references": "&#" * 4_000,
    "words of a phrase": "ابن " * 2_000,
    "links in a word": "[ا](http://a.b)" * 530,
    "links left open": "](http:" * 1_140,
    "brackets of links left open": "](http:" + "(a)" * 2_600,
    "letters in signs": "🅰🇦ᴀ " * 2_000,
    "signs cut by points": "🅰.🇦." * 2_000,
    "flags": "🇪🇬" * 4_000,
    "flags in words": "a🇪🇬 " * 2_000,
    "letters of many scripts": "\u0430\u03b1\u0578\ua4f3 " * 1_600,
}
LISTED = {
    1: Phrase("ابن ابن ابن ابن ابن ابن ابن ابن", is_pattern=False),
    2: Phrase("اااا*ا*ا*ا*ا*ا*ا*ا*ب", is_pattern=True),
    3: Phrase("ابا", is_whole_word=False),
    4: Phrase("aaa*a*a*a*b", is_pattern=True),
}


class TestCost:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_costs_what_its_length_costs(self, text: str) -> None:
        compiled = PhraseSet(LISTED)
        plain = "قرأت المقال كله وأعجبني ما فيه من أرقام. " * 200
        assert _steps(compiled, text) < 20 * _steps(compiled, plain[:8_000])

    def test_text_without_links_and_signs_is_read_once(self) -> None:
        assert read("قرأت [المقال] كله (مرتين) 🌊 a.b").as_seen is None
        assert read("قرأت [المقال](http://a.b)").as_seen is not None

    def test_thousand_rules_cost_little_more_than_one(self) -> None:
        chance = Random(7)
        rules, plain = thousand_rules(chance), text(chance, KINDS[ORDINARY])
        many, one = PhraseSet(rules), PhraseSet({1: rules[1]})
        assert len(rules) == 1_000
        assert _steps(many, plain) < 5 * _steps(one, plain)


def _steps(compiled: PhraseSet[int], text: str) -> int:
    """Count the calls of functions, which no other work on the machine changes."""
    calls = count()
    sys.setprofile(lambda _frame, event, _arg: next(calls) if event.endswith("call") else None)
    try:
        compiled.hits(read(text))
    finally:
        sys.setprofile(None)
    return next(calls)
