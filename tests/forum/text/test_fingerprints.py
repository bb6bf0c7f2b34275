"""Prove which texts are repeats of each other."""

import re

import pytest
from hypothesis import given

from forum.text.fingerprints import fingerprint
from tests.forum.text.properties import PROPERTY, texts

REPEATS = {
    "marks and tatweel": ("هذا رأيٌ صحيح", "هـــذا رأي صحيح"),
    "alef, ya and ta marbuta": ("إلى المدرسة", "الى المدرسه"),
    "invisible characters": ("رأي", "ر\u200bأ\u202eي"),
    "punctuation": ("نعم، هذا رأيي!", "نعم هذا رأيي…"),
    "punctuation instead of a space": ("نعم/لا", "نعم لا"),
    "spaces and lines": ("نعم\n\n لا", "نعم لا"),
    "digits": ("عام ٢٠٢٦", "عام 2026"),
    "case": ("GREAT", "great"),
}

NO_REPEATS = {
    "another word": ("نعم", "لا"),
    "another order": ("نعم لا", "لا نعم"),
    "one emoji and another": ("👍", "👎"),
    "one sign and another": ("؟", "!"),
    "a number with its sign": ("+5", "5"),
}


class TestFingerprint:
    @pytest.mark.parametrize(("one", "other"), REPEATS.values(), ids=REPEATS)
    def test_what_differs_in_dress_alone_is_a_repeat(self, one: str, other: str) -> None:
        assert fingerprint(one) == fingerprint(other)

    @pytest.mark.parametrize(("one", "other"), NO_REPEATS.values(), ids=NO_REPEATS)
    def test_what_says_something_else_is_none(self, one: str, other: str) -> None:
        assert fingerprint(one) != fingerprint(other)

    def test_a_fingerprint_stays_the_same_between_versions(self) -> None:
        """Stored fingerprints are compared with new ones, so a change here needs a migration."""
        assert fingerprint("هذا رأيٌ صحيح.") == "db26dee71ee38071a4718f3eec0f0b653e94e73f9a4ad4257a48bde552d71900"

    @PROPERTY
    @given(texts)
    def test_it_is_64_hexadecimal_digits(self, text: str) -> None:
        assert re.fullmatch("[0-9a-f]{64}", fingerprint(text))
