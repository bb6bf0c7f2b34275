"""Prove which sentences are plainly another language's, and that borrowed letters make none of them so."""

from itertools import combinations

import pytest

from forum.text.tongues import TONGUES, Sentences, primary

# The word that is looked at stands in angle brackets.
FOREIGN = {
    "Persian": ("ar", "<کس> نمی‌داند که چرا این نیست"),
    "Persian behind a sentence in Arabic": ("ar", "هذا رأيي في الأمر. هیچ <کس> را نمی‌شناسم"),
    "Urdu": ("ar", "یہ <کس> کا گھر ہے اور وہ کون تھا"),
    "Kurdish": ("ar", "ئەم <کەس> لەگەڵ ئێمە هەیە"),
    "Pashto": ("ar", "هغه <کس> لپاره ښه دی"),
    "Arabic for a Persian rule": ("fa", "هذا <الكلب> في البيت"),
    "Urdu for a Persian rule": ("fa", "یہ <کتا> کا گھر ہے اور وہ بڑا تھا"),
    "English for a German rule": ("de", "the <die> was cast and it is not what"),
    "Ukrainian for a Russian rule": ("ru", "він <дурень> і вона теж"),
}
NOT_FOREIGN = {
    "Arabic with a Persian ya": ("ar", "<ڪلب> حقیر"),
    "Arabic in Persian letters alone": ("ar", "<کلب> حقیر"),
    "Arabic with Kurdish letters": ("ar", "<کڵب> حقێر"),
    "Arabic with letters that Arabic lacks": ("ar", "<کلب> حقیر پچپچ ژژژ"),
    "Persian words between Arabic letters": ("ar", "<كلب> است که را"),
    "Persian words beside a letter that Persian lacks": ("ar", "<ڪلب> است که را"),
    "Persian words beside Arabic ones": ("ar", "هذا <کلب> است که را برای"),
    "an Arabic sentence before one in Persian": ("ar", "<کلب> حقیر. این است که را برای"),
    "an Arabic line before one in Persian": ("ar", "<کلب> حقیر\nاین است که را برای"),
    "a word cut up by the ends of sentences": ("ar", "است که را <ک.ل.ب> است که را"),
    "Persian in Arabic letters for a Persian rule": ("fa", "<خفه> شو احمق كه نيست"),
    "words of another script": ("ar", "the <کلب> is not what it was"),
    "a language of which nothing is known": ("he", "این <کس> است که را"),
    "two languages in one sentence": ("de", "das ist nicht <die> the was and"),
}


def is_foreign(language: str, marked: str) -> bool:
    """Ask about the marked word, which is no evidence itself."""
    before, word, after = marked.replace(">", "<").split("<")
    start, text = len(before), before + word + after
    return Sentences(text).is_foreign(start, start + len(word), language, besides={word})


class TestForeign:
    @pytest.mark.parametrize(("language", "marked"), FOREIGN.values(), ids=FOREIGN)
    def test_a_sentence_of_another_language_is_foreign(self, language: str, marked: str) -> None:
        assert is_foreign(language, marked)

    @pytest.mark.parametrize(("language", "marked"), NOT_FOREIGN.values(), ids=NOT_FOREIGN)
    def test_borrowed_letters_and_words_make_nothing_foreign(self, language: str, marked: str) -> None:
        assert not is_foreign(language, marked)

    def test_the_word_itself_is_no_evidence(self) -> None:
        text = "the die was cast"
        assert not Sentences(text).is_foreign(4, 7, "de")
        assert Sentences(text).is_foreign(4, 7, "de", besides={"die"})


class TestWords:
    def test_no_word_is_of_two_languages_written_in_arabic_letters(self) -> None:
        arabic = [tongue.words for tongue in TONGUES.values() if tongue.script == "arabic"]
        assert [one & other for one, other in combinations(arabic, 2) if one & other] == []

    @pytest.mark.parametrize(("tag", "name"), [("ar-EG", "ar"), ("CKB", "ku"), ("prs-AF", "fa"), ("xx", "xx")])
    def test_a_tag_is_read_by_its_language(self, tag: str, name: str) -> None:
        assert primary(tag) == name
