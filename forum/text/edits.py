"""Count the edits that make one text of another, many letters at a time (Myers 1999, in the form of Hyyrö 2003)."""

from collections.abc import Iterator


def likest_stretch(pattern: str, text: str) -> tuple[int, int]:
    """Give how many edits make the likest stretch of a text of the pattern, and where that ends, the last of equals."""
    counts = _counts(pattern, text, from_first=False)
    best = min(((count, -end) for end, count in enumerate(counts, 1)), default=(len(pattern), 0))
    return best[0], -best[1]


def likest_start(pattern: str, text: str) -> tuple[int, int]:
    """Give how many edits make the likest beginning of a text of the pattern, and how long that is."""
    counts = _counts(pattern, text, from_first=True)
    return min([(len(pattern), 0), *((count, size) for size, count in enumerate(counts, 1))])


def _counts(pattern: str, text: str, *, from_first: bool) -> Iterator[int]:
    """Give after each letter how many edits the pattern is away from what ends there.

    That begins with the text's first letter or wherever it is least. The columns of the matrix of edits are whole
    numbers, one bit a letter of the pattern, which hold where a step goes up and where down.
    """
    everywhere, last = (1 << len(pattern)) - 1, 1 << max(0, len(pattern) - 1)
    places: dict[str, int] = {}
    for number, letter in enumerate(pattern):
        places[letter] = places.get(letter, 0) | 1 << number
    up, down, count = everywhere, 0, len(pattern)
    for letter in text:
        same = places.get(letter, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        rises = down | (everywhere & ~(diagonal | up))
        falls = up & diagonal
        count += bool(rises & last) - bool(falls & last)
        rises = rises << 1 | from_first
        falls <<= 1
        up = everywhere & (falls | ~(diagonal | rises))
        down = everywhere & rises & diagonal
        yield count
