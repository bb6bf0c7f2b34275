"""Tell what changed between two texts, word by word, within a bound of work."""

import re
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, NamedTuple

WORD = re.compile(r"\S+\s*|\s+")
# What differs in the middle is compared word by word up to this many; beyond, it is shown as replaced whole.
MOST_WORDS = 200

Kind = Literal["equal", "delete", "insert"]


class Piece(NamedTuple):
    """Hold a stretch of text that stayed, went or came; stayed and went make up the old text, in order."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """Give the pieces of which one text became the other; stayed and came make up the new text, in order."""
    before, after = WORD.findall(old), WORD.findall(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    middle = _middle(before[start : len(before) - end], after[start : len(after) - end])
    whole = [Piece("equal", "".join(before[:start])), *middle, Piece("equal", "".join(before[len(before) - end :]))]
    return [piece for piece in whole if piece.text]


def _alike(before: list[str], after: list[str]) -> int:
    """Count the words at the beginning that both have."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _middle(before: list[str], after: list[str]) -> list[Piece]:
    if len(before) > MOST_WORDS or len(after) > MOST_WORDS:
        return [Piece("delete", "".join(before)), Piece("insert", "".join(after))]
    pieces: list[Piece] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("equal", "".join(before[i1:i2])))
        else:
            pieces += [Piece("delete", "".join(before[i1:i2])), Piece("insert", "".join(after[j1:j2]))]
    return pieces
