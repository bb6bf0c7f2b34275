"""Prove what titles become in an address and which slugs are refused."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text.folding import fold
from forum.text.slugs import make_slug, slug_refusal
from tests.forum.text.properties import PROPERTY, texts

UNIT = "0199a7c0-1234-7abc-8def-0123456789ab"

# What folds to the name of a route, to a UUID or to nothing, or nearly so.
near_refusal = st.one_of(
    st.text(st.sampled_from("ۥۦࣉ -_"), max_size=4),
    st.tuples(*(st.sampled_from(letters) for letters in ("lｌL", "oóｏ", "oöＯ", "kｋK", "uúｕ", "pｐP"))).map("".join),
    st.text(st.sampled_from("0٠０1aａáeéfF"), min_size=30, max_size=32),
)

MADE = {
    "Arabic letters stay as they are spelt": ("أزمة المياه في القُرى", "أزمة-المياه-في-القرى"),
    "letters of other languages stay": ("گزارش یک ڕاپۆرت", "گزارش-یک-ڕاپۆرت"),
    "tatweel and invisible characters go": ("كـــلمة\u200b هنـا\u202e", "كلمة-هنا"),
    "presentation forms are letters": ("ﻻ ﷲ", "لا-الله"),
    "punctuation parts words": ("نعم، لا؛ لمَ؟ «ربما»", "نعم-لا-لم-ربما"),
    "Latin is lower case": ("COVID-19 في İzmir", "covid-19-في-izmir"),
    "accents stay where they are one letter": ("Café", "café"),
    "digits stay": ("عام ٢٠٢٦ و2027", "عام-٢٠٢٦-و2027"),
    "an underscore parts words": ("a_b", "a-b"),
    "no word at all": ("👍 !؟", "article"),
    "nothing": ("", "article"),
    "only marks": ("\u064e\u0651", "article"),
    "a letter that no name is looked up by": ("ۥ", "article"),
    "the name of a route": ("Lookup!", "article-lookup"),
    "the name of a route in what folds to it": ("Lóokup", "article-lóokup"),
    "a title that is a UUID": (UNIT.replace("-", ""), "article-" + UNIT.replace("-", "")),
    "eighty code points are kept": ("م" * 80, "م" * 80),
    "one word too long is cut within": ("م" * 81, "م" * 80),
    "words too many are cut between": ("كلمة " * 20, "-".join(["كلمة"] * 16)),
    "a cut that falls on a hyphen leaves none": ("م" * 40 + " " + "ن" * 39 + " ب", "م" * 40 + "-" + "ن" * 39),
}

REFUSED = {
    "nothing": ("", "empty"),
    "121 code points": ("م" * 121, "too_long"),
    "the name of a route": ("lookup", "reserved"),
    "the name of a route in capitals": ("LookUp", "reserved"),
    "the name of a route in wide letters": ("ｌｏｏｋｕｐ", "reserved"),
    "the name of a route with an accent": ("lóokup", "reserved"),
    "a letter that folds to nothing": ("ۥ", "empty"),
    "letters that fold to a text too long": ("ﷺ" * 30, "too_long"),
    "a UUID": (UNIT, "uuid"),
    "a UUID with a wide letter": (UNIT.replace("a", "ａ", 1), "uuid"),
    "a UUID with an accent": (UNIT.replace("e", "é", 1), "uuid"),
    "a UUID in capitals": (UNIT.upper(), "uuid"),
    "a UUID without hyphens": (UNIT.replace("-", ""), "uuid"),
    "a UUID with hyphens elsewhere": ("0199-a7c012347abc8def-0123456789ab", "uuid"),
    "a UUID in braces": ("{" + UNIT + "}", "uuid"),
    "a UUID as URN": (f"urn:uuid:{UNIT}", "uuid"),
    "a UUID as URN in capitals": (f"URN:UUID:{UNIT}", "uuid"),
    "a UUID in Arabic digits": ("١" * 32, "uuid"),
    "a space": ("a b", "character"),
    "a slash": ("a/b", "character"),
    "a dot": ("a.b", "character"),
    "a percent sign": ("%61", "character"),
    "an Arabic comma": ("نعم،لا", "character"),
    "a zero-width character": ("نعم\u200c", "character"),
    "a direction control": ("نعم\u202e", "character"),
    "tatweel": ("نعـم", "character"),
    "harakat": ("نَعم", "character"),
    "a Hangul filler": ("a\u3164", "character"),
    "a newline at the end": ("نعم\n", "character"),
    "a decomposed letter that composes": ("\u1100\u1161", "not_nfc"),
}

WELCOME = ["نعم", "أزمة-المياه", "a_b-C9", "٢٠٢٦", "é", "م" * 120, "lookups", "deadbeef", UNIT[:-1], "lookup-نعم"]


class TestMakeSlug:
    @pytest.mark.parametrize(("title", "slug"), MADE.values(), ids=MADE)
    def test_a_title_becomes_its_words_joined(self, title: str, slug: str) -> None:
        assert make_slug(title) == slug

    @PROPERTY
    @given(st.one_of(texts, near_refusal), st.sampled_from(["", "-2", "-4", "-89abcdef"]))
    def test_what_is_made_is_never_refused(self, title: str, ending: str) -> None:
        slug = make_slug(title, ending)
        assert slug_refusal(slug) is None
        assert fold(slug)
        assert slug.endswith(ending)
        assert unicodedata.is_normalized("NFC", slug)
        assert not slug.startswith("-")
        assert not slug.endswith("-")

    def test_an_ending_that_would_make_a_uuid_makes_none(self) -> None:
        digits = UNIT.replace("-", "")
        assert make_slug(digits[:31]) == digits[:31]
        assert make_slug(digits[:31], "-2") == f"article-{digits[:31]}-2"

    @PROPERTY
    @given(texts)
    def test_a_slug_makes_itself_again(self, title: str) -> None:
        assert make_slug(make_slug(title)) == make_slug(title)


class TestSlugRefusal:
    @pytest.mark.parametrize(("slug", "reason"), REFUSED.values(), ids=REFUSED)
    def test_a_misleading_slug_is_refused_by_name(self, slug: str, reason: str) -> None:
        assert slug_refusal(slug) == reason

    @pytest.mark.parametrize("slug", WELCOME)
    def test_letters_and_digits_of_any_script_are_welcome(self, slug: str) -> None:
        assert slug_refusal(slug) is None

    @PROPERTY
    @given(st.one_of(texts, near_refusal))
    def test_no_accepted_slug_reads_as_a_uuid(self, slug: str) -> None:
        if slug_refusal(slug) is None:
            for spelling in (slug, fold(slug)):
                with pytest.raises(ValueError, match="badly formed"):
                    UUID(spelling)
