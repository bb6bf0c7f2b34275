"""Prove which spellings are one, which stay apart, and that a match finds its way back."""

import time
import unicodedata

import pytest
from hypothesis import given

from forum.text import characters, folding
from forum.text.folding import fold, fold_with_origins
from tests.forum.text.properties import PROPERTY, arabic_texts, texts

FOLDED = {
    "harakat and shadda go": ("اَلسَّلامُ عَلَيْكُمْ", "السلام عليكم"),
    "Quranic marks and small letters go": ("ٱلۡحَمۡدُ لِلَّهِۦ ۖ رَبِّ", "الحمد لله رب"),
    "the superscript alef goes": ("رَحْمٰن هٰذا", "رحمن هذا"),
    "the end of an ayah parts words": ("الرحيم\u06dd١", "الرحيم 1"),
    "marks of other scripts go": ("café naïve", "cafe naive"),
    "tatweel goes": ("كـــتـــاب", "كتاب"),
    "alef carries no hamza, madda or wasla": ("أحمد إلى آخر ٱبن ٲ ٳ ٵ", "احمد الي اخر ابن ا ا ا"),
    "hamza leaves waw and ya": ("مؤمن رئيس", "مومن رييس"),
    "a decomposed hamza is the composed one": ("ا\u0654حمد مو\u0654من", "احمد مومن"),
    "a hamza alone stays": ("ماء شيء", "ماء شيء"),
    "every ya is one": ("على علی علې علے علێ", "علي علي علي علي علي"),
    "every kaf is one": ("كتاب کتاب ڪتاب ګتاب", "كتاب كتاب كتاب كتاب"),
    "every heh and ta marbuta is one": ("مدرسة ھنا ہنا ە ۀ", "مدرسه هنا هنا ه ه"),
    "Kurdish waw, ra and lam lose their signs": ("ۆ ۇ ۈ کوڕ گوڵ", "و و و كور گول"),
    "undotted letters stand for the dotted": ("ڡلسطںں ٯال", "فلسطنن قال"),
    "digits of every script are ASCII": ("١٢٣ ۴۵۶ ７８९", "123 456 789"),
    "presentation forms are letters": ("ﺍﻟﺴﻼﻡ", "السلام"),
    "ligatures of lam and alef expand": ("ﻻ ﻷ ﻹ ﻵ", "لا لا لا لا"),
    "word ligatures expand": ("ﷲ ﷺ", "الله صلي الله عليه وسلم"),
    "the basmala expands": ("﷽", "بسم الله الرحمن الرحيم"),
    "a mark as presentation form goes": ("ك\ufe76لب", "كلب"),
    "zero-width characters go": ("ك\u200bل\u200cم\ufeffة", "كلمه"),
    "direction controls go": ("\u202eكلمة\u202c \u2067أخرى\u2069", "كلمه اخري"),
    "soft hyphens, tags and fillers go": ("كل\u00adم\U000e0041ة\u3164", "كلمه"),
    "other controls go": ("كل\x07مة", "كلمه"),
    "white space runs to one space and is trimmed": (" \u00a0سطر\n\n\tآخر\u2028 ", "سطر اخر"),
    "Latin has no case": ("STRASSE straße İstanbul", "strasse strasse istanbul"),
    "full-width Latin is Latin": ("ＡＢＣ", "abc"),
    "quotes are two": ("«نعم» “نعم” ‘لا’", '"نعم" "نعم" \'لا\''),
    "dashes are one": ("أ – ب — ج − د", "ا - ب - ج - د"),
    "punctuation is ASCII": ("نعم، لا؛ لم؟ ٥٪ ١٫٥", "نعم, لا; لم? 5% 1.5"),
    "an emoji keeps its symbol alone": ("❤\ufe0f", "❤"),
    "what decomposes to a mark on a space stays": ("a¨b", "a¨b"),
}

APART = {
    "gaf is no kaf: catch and a Persian vulgarity": ("گیر", "کیر"),
    "gaf is no kaf: heart in Iraq and dog": ("گلب", "كلب"),
    "peh is no beh": ("پارس", "بارس"),
    "tcheh is no jeem": ("چين", "جين"),
    "jeh is no zain": ("ژاله", "زاله"),
    "veh is no feh": ("ڤيلا", "فيلا"),
    "water is not what": ("ماء", "ما"),
    "dal is no dhal": ("دل", "ذل"),
}


class TestFold:
    @pytest.mark.parametrize(("text", "folded"), FOLDED.values(), ids=FOLDED)
    def test_spelling_variants_fold_to_one_form(self, text: str, folded: str) -> None:
        assert fold(text) == folded

    @pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
    def test_different_letters_stay_apart(self, one: str, other: str) -> None:
        assert fold(one) != fold(other)

    @PROPERTY
    @given(texts)
    def test_folding_twice_is_folding_once(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @PROPERTY
    @given(texts)
    def test_normal_forms_fold_alike(self, text: str) -> None:
        assert len({fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")} | {fold(text)}) == 1

    @PROPERTY
    @given(arabic_texts)
    def test_case_makes_no_difference(self, text: str) -> None:
        assert fold(text.upper()) == fold(text.lower()) == fold(text)

    @PROPERTY
    @given(arabic_texts, arabic_texts)
    def test_invisible_marks_between_make_no_difference(self, before: str, after: str) -> None:
        assert fold(f"{before}\u0640\u0651\u200d\u202e{after}") == fold(before + after)

    def test_every_character_settles_without_marks_in_every_normal_form(self) -> None:
        for code in (*range(0x3400), *range(0xAC00, 0xAD00), *range(0xFA00, 0x10000), *range(0x1EE00, 0x1FB00)):
            folded = fold(f"a{chr(code)}a")
            assert fold(folded) == folded, hex(code)
            assert fold(unicodedata.normalize("NFD", f"a{chr(code)}a")) == folded, hex(code)
            assert not set(folded) & (characters.COMBINING | characters.INVISIBLE), hex(code)

    def test_the_table_keeps_no_unchanged_character_of_the_far_blocks(self) -> None:
        fold("".join(map(chr, range(0x4E00, 0x5E00))))
        assert not any(0x4E00 <= code < 0x5E00 for code in folding._TABLE)

    def test_a_long_text_folds_quickly(self) -> None:
        text = "قال الخبراء إنّ الطريقَ الجديد يخفّف الزحام، والأدلّة ضعيفة. " * 1_600
        started = time.thread_time()
        fold(text)
        assert time.thread_time() - started < 0.1


class TestSpan:
    @pytest.mark.parametrize(
        ("text", "sought", "found"),
        [
            pytest.param("قال كَلْبٌ صغير", "كلب", "كَلْبٌ", id="marks inside and after belong to the match"),
            pytest.param("كـلـب", "كلب", "كـلـب", id="tatweel inside belongs to the match"),
            pytest.param("كلب\u202e جرى", "كلب", "كلب\u202e", id="a control after it belongs to the match"),
            pytest.param("\u200bكلب", "كلب", "كلب", id="what stands before does not"),
            pytest.param("قال ﷺ كذا", "الله عليه", "ﷺ", id="part of a ligature is the whole ligature"),
            pytest.param("نعم \n\t لا", "نعم لا", "نعم \n\t لا", id="a run of spaces is one space"),
            pytest.param("  نعم  ", "نعم", "نعم", id="trimmed ends are no part of it"),
            pytest.param("الأُمُّ", "ام", "أُمُّ", id="a part of a word is found in it"),
            pytest.param("Straße", "ss", "ß", id="a letter that became two is found as one"),
        ],
    )
    def test_a_match_is_found_in_the_original(self, text: str, sought: str, found: str) -> None:
        folded = fold_with_origins(text)
        start = folded.text.index(sought)
        first, last = folded.span(start, start + len(sought))
        assert text[first:last] == found

    @pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 0), (2, 1), (0, 4)])
    def test_a_span_outside_the_text_is_refused(self, start: int, end: int) -> None:
        with pytest.raises(IndexError):
            fold_with_origins("نعم").span(start, end)

    @PROPERTY
    @given(texts)
    def test_both_functions_agree(self, text: str) -> None:
        assert fold_with_origins(text).text == fold(text)

    @PROPERTY
    @given(texts)
    def test_origins_rise_and_stay_within_the_original(self, text: str) -> None:
        folded = fold_with_origins(text)
        assert len(folded.origins) == len(folded.ends) == len(folded.text)
        assert list(folded.origins) == sorted(folded.origins)
        assert all(0 <= first < last <= len(text) for first, last in zip(folded.origins, folded.ends, strict=True))

    @PROPERTY
    @given(texts)
    def test_the_original_of_a_word_folds_to_it_again(self, text: str) -> None:
        folded = fold_with_origins(text)
        position = 0
        for word in folded.text.split():
            start = folded.text.index(word, position)
            position = start + len(word)
            first, last = folded.span(start, position)
            assert word in fold(text[first:last])
