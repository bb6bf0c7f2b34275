"""Edits are counted as the textbook counts them, a cell at a time."""

from hypothesis import given
from hypothesis import strategies as st

from forum.text.edits import likest_start, likest_stretch
from tests.forum.text.properties import PROPERTY

words = st.text(st.sampled_from("ابج "), max_size=12)
patterns = st.text(st.sampled_from("ابج "), min_size=1, max_size=12)


def counted(pattern: str, text: str, *, from_first: bool) -> list[int]:
    """Give, for each end in the text, the least number of edits that make of the pattern what ends there."""
    column = list(range(len(pattern) + 1))
    last = [column[-1]]
    for number, letter in enumerate(text, 1):
        above = [number if from_first else 0]
        for place, wanted in enumerate(pattern, 1):
            above.append(min(column[place] + 1, above[-1] + 1, column[place - 1] + (letter != wanted)))
        column = above
        last.append(column[-1])
    return last


@PROPERTY
@given(patterns, words)
def test_likest_stretch_needs_the_fewest_edits_and_ends_last(pattern: str, text: str) -> None:
    counts = counted(pattern, text, from_first=False)[1:]
    edits, end = likest_stretch(pattern, text)
    assert edits == min(counts, default=len(pattern))
    assert end == max((number for number, count in enumerate(counts, 1) if count == edits), default=0)


@PROPERTY
@given(words, words)
def test_likest_start_needs_the_fewest_edits_and_is_shortest(pattern: str, text: str) -> None:
    counts = counted(pattern, text, from_first=True)
    edits, size = likest_start(pattern, text)
    assert (edits, size) == (min(counts), counts.index(min(counts)))
