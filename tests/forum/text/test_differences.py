"""Differences: word by word, whole again from their pieces, and bounded."""

from math import isqrt
from random import Random

from hypothesis import given, settings
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

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 2**32), st.sampled_from([1, 13, 400]))
    def test_long_revisions_are_made_of_each_other_by_their_pieces(self, seed: int, each: int) -> None:
        """Two of 50 000 letters, where about one of so many words is left out, another or has one more behind it."""
        chance = Random(seed)
        words = [f"كلمة{chance.randrange(977)}" + chance.choice((" ", "\n\n", "، ")) for _ in range(9_000)]
        changes = ("", "غيرها ", "{} زائدة ")
        edited = [chance.choice(changes).format(word) if chance.randrange(each) == 0 else word for word in words]
        old, new = "".join(words)[:50_000], "".join(edited)[:50_000]
        pieces = difference(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "insert") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "delete") == new
        assert all(piece.text for piece in pieces)
