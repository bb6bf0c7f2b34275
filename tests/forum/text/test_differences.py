"""Differences: word by word, whole again from their pieces, and bounded."""

from math import isqrt
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text.differences import MOST_PAIRS, difference

WORDS = st.lists(st.sampled_from(["ماء", "نهر", "سدّ", " ", "\n"]), max_size=40).map(" ".join)


class TestDifference:
    @given(WORDS, WORDS)
    def test_pieces_make_up_both_texts(self, old: str, new: str) -> None:
        pieces = difference(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "insert") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "delete") == new

    def test_the_same_text_is_one_piece(self) -> None:
        assert [tuple(piece) for piece in difference("ماء النهر", "ماء النهر")] == [("equal", "ماء النهر")]

    def test_what_is_far_apart_is_found_word_by_word(self) -> None:
        words = [f"كلمة{number} " for number in range(9_000)]
        changed = [*words[:10], "أولى ", *words[10:4_000], *words[4_001:8_990], "أخيرة ", *words[8_991:]]
        pieces = difference("".join(words), "".join(changed))
        assert [tuple(piece) for piece in pieces if piece.kind != "equal"] == [
            ("insert", "أولى "),
            ("delete", words[4_000]),
            ("delete", words[8_990]),
            ("insert", "أخيرة "),
        ]

    def test_what_would_cost_too_much_is_replaced_whole_between_what_is_alike(self) -> None:
        number = isqrt(MOST_PAIRS) + 1
        pieces = difference("أول " + "ماء " * number + "آخر", "أول " + "نهر " * number + "آخر")
        assert [piece.kind for piece in pieces] == ["equal", "delete", "insert", "equal"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("ماء النهر " * 5_000, "النهر والماء " * 4_000, id="two words over and over"),
            pytest.param("ا ب " * 9_999, "ب ا ج " * 6_666, id="letters, just within the bound"),
        ],
    )
    def test_long_texts_take_no_time(self, old: str, new: str) -> None:
        start = thread_time()
        difference(old, new)
        assert thread_time() - start < 0.3
