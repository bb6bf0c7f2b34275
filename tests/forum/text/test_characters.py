"""Prove what may be stored as a text and what may not."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given

from forum.text import characters
from forum.text.characters import refusal
from tests.forum.text.properties import PROPERTY, texts

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]

STORED = {
    "an Arabic sentence with its marks": "اَلسَّلامُ عَلَيْكُمْ",
    "tabs and newlines between words": "سطر\n\tوآخر",
    "one letter between invisible ones": "\u200b\u202eم\u202c",
    "a single emoji": "👍🏽",
    "punctuation alone": "؟!",
    "a sign that is drawn although its category is Cf": "\u06dd",
    "a spacing sign that is no combining one": "¨",
}

REFUSED = {
    "a NUL among letters": ("نعم\x00", "nul"),
    "a carriage return": ("سطر\r\nوآخر", "control_character"),
    "a vertical tab": ("a\x0bb", "control_character"),
    "an escape": ("\x1b[31mأحمر", "control_character"),
    "delete": ("a\x7f", "control_character"),
    "next line, a C1 control": ("a\x85b", "control_character"),
    "the last of the C1 controls": ("a\x9f", "control_character"),
    "the first lone surrogate": ("a\ud800", "lone_surrogate"),
    "the last lone surrogate": ("a\udfff", "lone_surrogate"),
    "the first of two offences decides": ("a\x01\x00", "control_character"),
    "nothing at all": ("", "blank"),
    "spaces, tabs and newlines": (" \t\n\u00a0\u3000", "blank"),
    "tatweel alone": ("ــــ", "blank"),
    "marks on nothing": ("\u064e\u0651 \u0301", "blank"),
    "presentation forms of marks": ("\ufe70\ufe7f\ufc60\ufcf2", "blank"),
    "zero-width characters": ("\u200b\u200c\u200d\ufeff\u2060\u00ad", "blank"),
    "direction controls": ("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "blank"),
    "Hangul fillers": ("\u115f\u1160\u3164\uffa0", "blank"),
    "the Braille blank": ("\u2800\u2800", "blank"),
    "variation selectors": ("\ufe0f\U000e0100", "blank"),
    "tag characters": ("\U000e0041\U000e007f", "blank"),
    "a note head without ink": ("\U0001d159", "blank"),
    "characters reserved as ignorable": ("\u2065\ufff0\U000e0fff", "blank"),
    "an Arabic mark newer than the interpreter": ("\u0897", "blank"),
}


class TestRefusal:
    @pytest.mark.parametrize("text", STORED.values(), ids=STORED)
    def test_visible_text_is_stored(self, text: str) -> None:
        assert refusal(text) is None

    @pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
    def test_offending_text_is_refused_by_name(self, text: str, reason: str) -> None:
        assert refusal(text) == reason

    def test_every_control_but_tab_and_newline_is_refused(self) -> None:
        kept = [c for c in EVERY if unicodedata.category(c) == "Cc" and refusal(f"م{c}م") is None]
        assert kept == ["\t", "\n"]

    @PROPERTY
    @given(texts)
    def test_a_stored_text_survives_utf_8_and_shows_something(self, text: str) -> None:
        if refusal(text) is None:
            assert text.encode().decode() == text
            assert set(text) - characters.BLANK

    @pytest.mark.parametrize("character", ["م", "\u200b", "\u0301", "\U000e0100"], ids=ascii)
    def test_a_long_text_is_told_at_once(self, character: str) -> None:
        started = time.thread_time()
        refusal(character * 100_000)
        assert time.thread_time() - started < 0.1


class TestSets:
    def test_every_mark_is_combining(self) -> None:
        assert {c for c in EVERY if unicodedata.category(c).startswith("M")} <= characters.COMBINING

    def test_every_format_character_is_invisible_or_drawn(self) -> None:
        formats = {c for c in EVERY if unicodedata.category(c) == "Cf"}
        drawn = [unicodedata.name(c) for c in formats - characters.INVISIBLE]
        assert len(drawn) == 13
        assert all({"SIGN", "MARK", "MARKER", "AYAH", "SANAH", "SAFHA"} & set(name.split()) for name in drawn), drawn

    def test_all_punctuation_is_found(self) -> None:
        assert {c for c in EVERY if unicodedata.category(c).startswith("P")} == characters.PUNCTUATION

    def test_a_blank_letter_is_a_filler_or_only_carries_marks(self) -> None:
        letters = {c for c in characters.BLANK - characters.FILLERS if unicodedata.category(c) == "Lo"}
        assert letters
        for letter in letters:
            bare = unicodedata.normalize("NFKD", letter).strip(" " + characters.TATWEEL)
            assert all(unicodedata.combining(mark) for mark in bare), unicodedata.name(letter)
