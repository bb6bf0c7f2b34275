"""Find a quoted passage again in a text that may have changed since (W3C Web Annotation, TextQuoteSelector).

Everything is compared in the folded form. An exact occurrence wins, of several the one in the best surroundings; else
what differs from the passage in at most a fifth of its letters. A passage that is short, or was itself changed, counts
only where its surroundings are still there, since the same few words may stand anywhere. Positions are code points of
the text that a browser shows (`textContent`), end not included.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from forum.text.edits import likest_start, likest_stretch
from forum.text.folding import Folded, fold, fold_with_origins

# Our own renderer writes these, so their form is known.
_TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')

# Folded letters from which on an unchanged passage speaks for itself.
DISTINCTIVE = 40
# Below this many letters a passage is found unchanged or not at all.
SHORTEST_CHANGED = 8
LETTERS_AN_EDIT = 5
# The share of the letters around a passage that must still be there.
ENOUGH_AGREEMENT = 0.6
MOST_OCCURRENCES = 200
MOST_WEIGHED = 8
MOST_SEEDS = 50
# Letters of the text that are compared with a changed passage, in all.
MOST_COMPARED = 10_000
MOST_STRETCHES = 64


class Quote(NamedTuple):
    """Hold a passage and what stood around it."""

    exact: str
    prefix: str = ""
    suffix: str = ""


class Place(NamedTuple):
    """Hold where a passage stands."""

    start: int
    end: int


def shown_text(rendered: str) -> str:
    """Give what a browser shows of a rendered text, as `textContent` has it."""
    return html.unescape(_TAG.sub("", rendered))


def locate(quote: Quote, text: Folded) -> Place | None:
    """Give the place of a passage in a folded text, or nothing where it no longer stands there.

    Time is bounded: in 100 000 letters a millisecond where the passage is unchanged, else some 40 at most.
    """
    folded = Quote(*map(fold, quote))
    if not folded.exact:
        return None
    found = _unchanged(folded, text.text) or _changed(folded, text.text)
    return Place(*text.span(*found)) if found else None


def folded_text(rendered: str) -> Folded:
    """Fold what is shown of a rendered text, to find passages in it."""
    return fold_with_origins(shown_text(rendered))


def _unchanged(quote: Quote, text: str) -> Place | None:
    found = [Place(at, at + len(quote.exact)) for at in islice(_occurrences(quote.exact, text), MOST_OCCURRENCES)]
    found.sort(key=lambda place: -_touching(quote, text, place))
    weighed = [(_agreement(quote, text, place), place) for place in found[:MOST_WEIGHED]]
    best, place = max(weighed, key=lambda pair: pair[0], default=(0.0, None))
    return place if len(quote.exact) >= DISTINCTIVE or best >= ENOUGH_AGREEMENT else None


def _changed(quote: Quote, text: str) -> Place | None:
    size = len(quote.exact)
    if size < SHORTEST_CHANGED or not (quote.prefix or quote.suffix or size >= DISTINCTIVE):
        return None
    edits = size // LETTERS_AN_EDIT
    best, best_place = 0.0, None
    for start, end in _windows(quote.exact, text, edits):
        needed, stop = likest_stretch(quote.exact, text[start:end])
        if needed > edits:
            continue
        _, size_there = likest_start(quote.exact[::-1], text[start : start + stop][::-1])
        place = _whole_words(text, start + stop - size_there, start + stop)
        agreement = _agreement(quote, text, place)
        if agreement >= ENOUGH_AGREEMENT and agreement - needed / size > best:
            best, best_place = agreement - needed / size, place
    return best_place


def _windows(exact: str, text: str, edits: int) -> Iterator[tuple[int, int]]:
    """Give the stretches that may hold the changed passage, the likeliest first.

    Of one piece more than there are edits at least one is unchanged (the pigeonhole principle), and the unchanged ones
    agree on where the passage begins.
    """
    width = len(exact) // (edits + 1)
    votes: Counter[int] = Counter()
    for offset in range(0, (edits + 1) * width, width):
        for at in islice(_occurrences(exact[offset : offset + width], text), MOST_SEEDS):
            votes[(at - offset) // (edits + 1)] += 1
    length = len(exact) + 3 * (edits + 1)
    for bucket, _ in votes.most_common(min(MOST_STRETCHES, MOST_COMPARED // length)):
        start = bucket * (edits + 1) - edits
        yield max(0, start), start + length


def _occurrences(piece: str, text: str) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        yield at
        at = text.find(piece, at + 1)


def _around(quote: Quote, text: str, place: Place) -> tuple[str, str]:
    """Give what stands before a place, backwards, and behind it, with room for what came between."""
    room = 2 * max(len(quote.prefix), len(quote.suffix))
    return text[max(0, place.start - room) : place.start][::-1].lstrip(), text[place.end : place.end + room].lstrip()


def _touching(quote: Quote, text: str, place: Place) -> int:
    """Count the letters next to a place that are those of the quote."""
    before, behind = _around(quote, text, place)
    return _alike(before, quote.prefix[::-1]) + _alike(behind, quote.suffix)


def _alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _agreement(quote: Quote, text: str, place: Place) -> float:
    """Give the share of the letters around a passage that are still around a place; 1 where the quote names none."""
    before, behind = _around(quote, text, place)
    named = len(quote.prefix) + len(quote.suffix)
    edits = likest_start(quote.prefix[::-1], before)[0] + likest_start(quote.suffix, behind)[0]
    return 1 - edits / named if named else 1.0


def _whole_words(text: str, start: int, end: int) -> Place:
    start = text.rfind(" ", 0, start + 1) + 1
    after = text.find(" ", max(start, end - 1))
    return Place(start, after if after >= 0 else len(text))
