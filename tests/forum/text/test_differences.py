"""Differences: word by word, whole again from their pieces, and bounded."""

from time import thread_time

from hypothesis import given
from hypothesis import strategies as st

from forum.text.differences import MOST_WORDS, difference

WORDS = st.lists(st.sampled_from(["ماء", "نهر", "سدّ", " ", "\n"]), max_size=40).map(" ".join)


class TestDifference:
    @given(WORDS, WORDS)
    def test_pieces_make_up_both_texts(self, old: str, new: str) -> None:
        pieces = difference(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "insert") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "delete") == new

    def test_the_same_text_is_one_piece(self) -> None:
        assert [tuple(piece) for piece in difference("ماء النهر", "ماء النهر")] == [("equal", "ماء النهر")]

    def test_a_long_stretch_is_replaced_whole_between_what_is_alike(self) -> None:
        old = "أول " + "ماء " * (MOST_WORDS + 1) + "آخر"
        new = "أول " + "نهر " * (MOST_WORDS + 1) + "آخر"
        assert [piece.kind for piece in difference(old, new)] == ["equal", "delete", "insert", "equal"]

    def test_a_text_made_to_be_costly_costs_little(self) -> None:
        old, new = "ا ب " * (MOST_WORDS // 2), "ب ا ج " * (MOST_WORDS // 3)
        start = thread_time()
        difference(old, new)
        assert thread_time() - start < 0.5
