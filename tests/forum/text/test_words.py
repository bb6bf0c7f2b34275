"""Prove how texts are cut into words and what is taken off them."""

import pytest
from hypothesis import given

from forum.text.folding import fold
from forum.text.words import Word, readings, stem, tokens, words
from tests.forum.text.properties import PROPERTY, arabic_texts, texts


class TestWords:
    def test_words_are_folded_and_know_their_place(self) -> None:
        text = "قالَ الأُستاذُ: نعم، ١٢٣!"
        assert words(text) == [
            Word("قال", 0, 4),
            Word("الاستاذ", 5, 14),
            Word("نعم", 16, 19),
            Word("123", 21, 24),
        ]
        assert [text[w.start : w.end] for w in words(text)] == ["قالَ", "الأُستاذُ", "نعم", "١٢٣"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("", [], id="nothing has no words"),
            pytest.param("؟! 👍", [], id="signs are no words"),
            pytest.param("covid-19 وv2.0", ["covid", "19", "وv2", "0"], id="hyphens and points part words"),
            pytest.param("snake_case", ["snake", "case"], id="an underscore parts words"),
            pytest.param("می\u200cخواهم", ["ميخواهم"], id="a zero-width non-joiner parts none"),
            pytest.param("كلمة/كلمة", ["كلمه", "كلمه"], id="a slash parts words"),
        ],
    )
    def test_a_text_is_cut_at_what_is_no_letter_or_digit(self, text: str, expected: list[str]) -> None:
        assert tokens(text) == expected

    @PROPERTY
    @given(texts)
    def test_both_functions_give_the_same_tokens(self, text: str) -> None:
        assert [w.token for w in words(text)] == tokens(text)

    @PROPERTY
    @given(texts)
    def test_each_word_is_in_the_folded_original_at_its_place(self, text: str) -> None:
        assert all(w.token in fold(text[w.start : w.end]) for w in words(text))


READ = {
    "and, the": ("والكلب", {"والكلب", "الكلب", "كلب"}),
    "with the": ("بالكلب", {"بالكلب", "الكلب", "كلب"}),
    "for the": ("للكلب", {"للكلب", "لكلب", "كلب"}),
    "so as the": ("فكالكلب", {"فكالكلب", "كالكلب", "الكلب", "كلب"}),
    "and for a": ("ولكلب", {"ولكلب", "لكلب", "كلب"}),
    "a word of three letters is kept whole": ("كلب", {"كلب"}),
    "a first letter that may be a particle is read both ways": ("وزير", {"وزير", "زير"}),
    "two letters are enough after the article": ("القط", {"القط", "قط"}),
    "two letters are not enough after a single particle": ("بقط", {"بقط"}),
    "one letter is never a word": ("الا", {"الا"}),
    "a Latin word has no particles": ("covid", {"covid"}),
}


class TestReadings:
    @pytest.mark.parametrize(("token", "expected"), READ.values(), ids=READ)
    def test_every_reading_is_given_once_and_the_whole_word_first(self, token: str, expected: set[str]) -> None:
        found = readings(token)
        assert found[0] == token
        assert sorted(found) == sorted(expected)


ALIKE = {
    "the article and what joins it": ["مدرسة", "المدرسة", "والمدرسة", "بالمدرسة", "للمدرسة", "وبالمدرسة"],
    "plurals and the dual": ["لاعب", "لاعبون", "اللاعبين", "لاعبات", "لاعبان"],
    "pronouns": ["كتاب", "كتابه", "كتابها", "كتابهم", "كتابنا", "كتابي"],
    "tanween": ["كتاب", "كتاباً"],
    "the nisba": ["العربية", "عربي", "عربيون", "عربيات", "عربيا"],
    "the hamza at the end": ["السماء", "سما", "والسما"],
    "the many spellings of thing": ["شيء", "شئ", "شى", "الشيء"],
    "the name of God": ["الله", "والله", "بالله", "تالله", "لله", "فلله"],
}

UNLIKE = {
    "the name of God is not to him": ("الله", "له"),
    "a word that begins with a particle's letter is left whole": ("كلب", "لب"),
    "three letters keep their end": ("علي", "عل"),
}


class TestStem:
    @pytest.mark.parametrize("forms", ALIKE.values(), ids=ALIKE)
    def test_forms_of_a_word_share_a_stem(self, forms: list[str]) -> None:
        assert len({stem(fold(form)) for form in forms}) == 1

    @pytest.mark.parametrize(("one", "other"), UNLIKE.values(), ids=UNLIKE)
    def test_different_words_keep_different_stems(self, one: str, other: str) -> None:
        assert stem(one) != stem(other)

    @pytest.mark.parametrize("token", ["analysis", "2026", "анализ"])
    def test_words_of_other_scripts_come_back_unchanged(self, token: str) -> None:
        assert stem(token) == token

    @PROPERTY
    @given(arabic_texts)
    def test_a_stem_is_a_part_of_the_word_and_never_short(self, text: str) -> None:
        for token in tokens(text):
            assert stem(token) == "الله" or stem(token) in token
            assert len(stem(token)) >= min(2, len(token))
