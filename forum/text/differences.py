"""Tell what changed between two texts, word by word, within a bound of work."""

import re
from collections.abc import Sequence
from itertools import groupby, takewhile
from typing import Final, Literal, NamedTuple

from rapidfuzz.distance import Indel

WORD: Final = re.compile(r"\S+\s*|\s+")
# What differs in the middle is compared word by word up to this many pairs of words, which cost 50 ms and 50 MB
# (Hyyrö 2004, bit-parallel longest common subsequence); beyond, it is shown as replaced whole.
MOST_PAIRS: Final = 400_000_000

Kind = Literal["equal", "delete", "insert"]


class Piece(NamedTuple):
    """Hold a stretch of text that stayed, went or came; stayed and went make up the old text, in order."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """Give the pieces of which one text became the other; stayed and came make up the new text, in order.

    No other choice of words that stayed is longer.
    """
    before, after = WORD.findall(old), WORD.findall(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    middle = _middle(before[start : len(before) - end], after[start : len(after) - end])
    whole = [Piece("equal", "".join(before[:start])), *middle, Piece("equal", "".join(before[len(before) - end :]))]
    return [piece for piece in whole if piece.text]


def _alike(before: Sequence[str], after: Sequence[str]) -> int:
    """Count the words at the beginning that both have."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _middle(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    if len(before) * len(after) > MOST_PAIRS:
        return [Piece("delete", "".join(before)), Piece("insert", "".join(after))]
    # Numbers stand for the words, since the library compares words by hash alone.
    numbers: dict[str, int] = {}
    old, new = ([numbers.setdefault(word, len(numbers)) for word in words] for words in (before, after))
    pieces: list[Piece] = []
    for is_alike, some in groupby(Indel.opcodes(old, new), key=lambda step: step.tag == "equal"):
        steps = list(some)
        went = "".join(before[steps[0].src_start : steps[-1].src_end])
        came = "".join(after[steps[0].dest_start : steps[-1].dest_end])
        pieces += [Piece("equal", went)] if is_alike else [Piece("delete", went), Piece("insert", came)]
    return pieces
