"""Guess the direction and the language of a text from its letters."""

import unicodedata
from collections import Counter
from typing import Literal

from forum.text.links import without_addresses

Direction = Literal["rtl", "ltr"]

_STRONG: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}

# A text that opens with a foreign name still runs the way of its bulk, once that is this many times the opening's.
OVERRULING = 2


def direction_of(text: str) -> Direction:
    """Tell which way a text runs: as its first strong character, unless the other way clearly outweighs it.

    The first strong character is found by UAX #9, P2 and P3, isolates left out, and addresses too, which run
    left to right in every language. Three times as many
    letters of the other direction overrule it ("WHO أعلنت المنظمة"). Without strong characters, digits of Arabic
    script run rtl; else ltr, as P3 says.
    """
    plain = without_addresses(text)
    counts = _strong_counts(plain)
    first = _first_strong(plain)
    if first is None:
        return "rtl" if any(unicodedata.bidirectional(c) == "AN" for c in plain) else "ltr"
    other: Direction = "ltr" if first == "rtl" else "rtl"
    return other if counts[other] > OVERRULING * counts[first] else first


def _strong_counts(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for character, times in Counter(text).items():
        counts[_STRONG.get(unicodedata.bidirectional(character), "")] += times
    return counts


def _first_strong(text: str) -> Direction | None:
    depth = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "B":
            depth = 0
        elif kind in {"LRI", "RLI", "FSI"}:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in _STRONG:
            return _STRONG[kind]
    return None
