"""Prove which way texts run and what language they are taken for."""

import time

import pytest
from hypothesis import given

from forum.text.direction import direction_of, language_of
from tests.forum.text.properties import PROPERTY, texts

DIRECTIONS = {
    "Arabic": ("مرحبا بكم", "rtl"),
    "Hebrew": ("שלום", "rtl"),
    "Latin": ("Hello", "ltr"),
    "Cyrillic": ("Привет", "ltr"),
    "digits before Arabic are no strong characters": ("12 كتابا", "rtl"),
    "an Arabic text that names a foreign product": ("اشتريت Playstation", "rtl"),
    "a foreign name opens an Arabic text": ("WHO أعلنت المنظمة أمس", "rtl"),
    "an Arabic name opens an English text": ("قطر is the host of this meeting", "ltr"),
    "an English text that quotes a little": ("He said نعم and left", "ltr"),
    "as much of each goes by the first": ("abc ابت", "ltr"),
    "twice as much does not overrule": ("abc ابتثجح", "ltr"),
    "an address says nothing": ("https://example.org/a/b/c نعم", "rtl"),
    "an isolate is skipped": ("\u2067نعم\u2069 yes no", "ltr"),
    "an isolate left open ends with its line": ("\u2066abc\nنعم لا", "rtl"),
    "a closing without an opening does nothing": ("\u2069نعم", "rtl"),
    "an embedding is not skipped": ("\u202bنعم\u202c abc", "rtl"),
    "a right-to-left mark is strong": ("\u200f...", "rtl"),
    "Arabic digits alone": ("١٢٣", "rtl"),
    "European digits alone": ("123", "ltr"),
    "an emoji": ("👍", "ltr"),
    "nothing": ("", "ltr"),
}


class TestDirection:
    @pytest.mark.parametrize(("text", "direction"), DIRECTIONS.values(), ids=DIRECTIONS)
    def test_a_text_runs_as_its_letters_do(self, text: str, direction: str) -> None:
        assert direction_of(text) == direction

    @PROPERTY
    @given(texts)
    def test_every_text_has_a_direction(self, text: str) -> None:
        assert direction_of(text) in {"rtl", "ltr"}

    @pytest.mark.parametrize("piece", [".", "\u2066", "م", "https://a.b/"])
    def test_a_long_text_is_told_quickly(self, piece: str) -> None:
        text = piece * (100_000 // len(piece))
        started = time.thread_time()
        direction_of(text)
        language_of(text)
        assert time.thread_time() - started < 0.5


LANGUAGES = {
    "Arabic": ("قرأت المقال كاملا، وأظن أن الأرقام صحيحة.", "ar"),
    "Arabic without a distinctive letter": ("سلام", "ar"),
    "Arabic with one letter lent": ("ذهبنا إلى الڤيلا الجديدة في المدينة القديمة أمس", "ar"),
    "Arabic in presentation forms": ("ﺍﻟﺴﻼﻡ ﻋﻠﻴﻜﻢ", "ar"),
    "Arabic around an English name": ("أعلنت شركة Microsoft نتائجها الفصلية", "ar"),
    "Persian": ("این گزارش را چه کسی نوشته است؟", "fa"),
    "Kurdish": ("ئەم ڕاپۆرتە زۆر باش نووسراوە", "ku"),
    "Urdu": ("یہ رپورٹ بہت اچھی لکھی گئی ہے", "ur"),
    "Pashto": ("دا راپور ډېر ښه لیکل شوی دی", "ps"),
    "Hebrew": ("קראתי את המאמר", "he"),
    "Russian": ("Это очень хорошая статья", "ru"),
    "Ukrainian": ("Це дуже цікава стаття її автора", "uk"),
    "Greek": ("Πολύ καλό άρθρο", "el"),
    "Korean": ("좋은 기사입니다", "ko"),
    "English": ("I think that the numbers are right", "en"),
    "English without a common word": ("Great article!", "en"),
    "English with typographic quotes": ("Great “article”!", "en"),
    "French": ("C'est une très bonne analyse pour nous", "fr"),
    "German": ("Das ist eine gute Analyse", "de"),
    "Spanish": ("Es una buena noticia para los vecinos", "es"),
    "Turkish": ("Bu çok güzel bir haber", "tr"),
    "Latin letters beyond ASCII without a common word": ("Señorita", "und"),
    "a script that several languages share": ("中文", "und"),
    "two scripts in equal parts": ("سلام abcd", "und"),
    "an address alone": ("https://example.org/article", "und"),
    "no letters": ("١٢٣ 👍", "und"),
    "nothing": ("", "und"),
}


class TestLanguage:
    @pytest.mark.parametrize(("text", "language"), LANGUAGES.values(), ids=LANGUAGES)
    def test_a_text_is_taken_for_the_likeliest_language(self, text: str, language: str) -> None:
        assert language_of(text) == language
