"""Read a text as words that may be written apart: a lattice of every word between every two places.

A word may stand in one piece, be spaced out letter by letter, be cut by signs, or be cut by Markdown that is gone once
the text is shown. Each such run of pieces is one more word between its ends, beside the pieces themselves. Character
references are read as the characters that they show.

Where it makes a difference a text is read a second time as it is seen: links are their text, and small capitals and
letters in signs are letters. Nobody escapes by that what the first reading meets. Where references show letters, or
nothing, it is read as it is typed too, since comments show the references themselves, and a word may stand beside one.
"""

import html
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from forum.text.disguises import as_letters, forms_of, unmasked
from forum.text.folding import Folded, fold, fold_with_origins

Piece = tuple[int, int]

_WORD = re.compile(r"[^\W_]+")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def _nested(depth: int) -> str:
    """Give the expression of a sign of an address, or of brackets in pairs within each other."""
    sign = r"\\.|[^\s()\\]"
    return rf"(?:{sign}|\({_nested(depth - 1)}*+\))" if depth else rf"(?:{sign})"


# Where a link leads, behind its text, as the parser takes it (CommonMark 6.3), with brackets in pairs eight deep, and
# perhaps a title. No attempt tries what it read in another way, and none gets far past the beginning of the next.
_DESTINATION = re.compile(
    r"(?<=\])\(\s*+(?:\)|(?=<?(?:https?\\?:|mailto\\?:|[a-z]{0,6}&))"
    rf"(?:<(?:\\.|[^<>\\\n])*+>|{_nested(8)}*+)"
    r"""(?:\s++(?:"(?:\\.|[^"\\])*+"|'(?:\\.|[^'\\])*+'|\((?:\\.|[^()\\])*+\)))?\s*+\))""",
    re.IGNORECASE | re.DOTALL,
)
_REFERENCE_OR_DESTINATION = re.compile(f"(?is:{_DESTINATION.pattern})|{_REFERENCE.pattern}")
_MASKED = re.compile(r"[a-z0-9@$!|€]+")
_SIGNS = frozenset("@$!|€")
# Folding makes a backtick an apostrophe.
_MARKDOWN = frozenset("*_'~\\[]()")
LETTERS_OF_A_PART = 3
_WIDEST_GAP = 3
_FEWEST_SPACED = 3
_LONGEST_STRETCH = 4


class Unit(NamedTuple):
    """Hold one word that reaches from piece `first` up to piece `after`, in the ways it may be taken."""

    forms: tuple[str, ...]
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class Run:
    """Hold the letters of pieces that may be one word or more, and for each letter the piece that it is of."""

    letters: str
    pieces: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Give the pieces that some letters are made of; nothing unless they are whole, and a word cut up."""
        first, after = self.pieces[start], self.pieces[end - 1] + 1
        is_whole = self.pieces[start - 1 : start] != [first] and self.pieces[end : end + 1] != [after - 1]
        lengths = Counter(self.pieces[start:end]).values()
        return (first, after) if is_whole and (max(lengths) == 1 or _is_cut_up(list(lengths))) else None


@dataclass(frozen=True)
class Reading:
    """Hold a text as a lattice of units, and the runs of pieces in which words may be hidden."""

    pieces: Sequence[Piece]
    units: Sequence[Unit]
    runs: Sequence[Run]
    _shown: "Shown" = field(repr=False)
    as_seen: "Reading | None" = None
    as_typed: "Reading | None" = None

    @cached_property
    def by_form(self) -> dict[str, list[Unit]]:
        """Give the units by each form that they may take."""
        found: dict[str, list[Unit]] = {}
        for unit in self.units:
            for form in unit.forms:
                found.setdefault(form, []).append(unit)
        return found

    @cached_property
    def parts(self) -> set[str]:
        """Give every three letters in a row of any form; what stands at the end of another form adds none."""
        forms = {f for unit in self.units for f in unit.forms if f is unit.forms[0] or not unit.forms[0].endswith(f)}
        together = " ".join(forms)
        return {together[n : n + LETTERS_OF_A_PART] for n in range(len(together) - LETTERS_OF_A_PART + 1)}

    @cached_property
    def by_place(self) -> dict[int, list[Unit]]:
        """Give the units by their first piece."""
        found: dict[int, list[Unit]] = {}
        for unit in self.units:
            found.setdefault(unit.first, []).append(unit)
        return found

    @property
    def text(self) -> str:
        """Give the text as it is shown."""
        return self._shown.text

    def shown_span(self, first: int, after: int) -> tuple[int, int]:
        """Give the place of some pieces in the text as it is shown, in code points, end not included."""
        return self._shown.folded.span(self.pieces[first][0], self.pieces[after - 1][1])

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Give the place of some pieces in the original, in code points, end not included."""
        return self._shown.span(self.pieces[first][0], self.pieces[after - 1][1])


@dataclass(frozen=True)
class Shown:
    """Hold a text with its character references read, perhaps without where links lead, and each character's origin."""

    text: str
    places: Sequence[Piece] | None

    @classmethod
    def of(cls, text: str, *, without_addresses: bool = False) -> "Shown":
        """Read the references, and leave out where links lead if wished; a text without any keeps its places."""
        looked_for = _REFERENCE_OR_DESTINATION if without_addresses else _REFERENCE
        if not without_addresses and ("&" not in text or not _REFERENCE.search(text)):
            return cls(text, None)
        shown: list[str] = []
        places: list[Piece] = []
        at = 0
        for found in looked_for.finditer(text):
            characters = html.unescape(found.group()) if found.group()[0] == "&" else ""
            shown += [text[at : found.start()], characters]
            places += [(n, n + 1) for n in range(at, found.start())] + [found.span()] * len(characters)
            at = found.end()
        return cls("".join([*shown, text[at:]]), [*places, *((n, n + 1) for n in range(at, len(text)))])

    @cached_property
    def folded(self) -> Folded:
        """Fold with the way back; asked for only where something was found."""
        return fold_with_origins(self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a place in the folded text to the original."""
        first, last = self.folded.span(start, end)
        return (first, last) if self.places is None else (self.places[first][0], self.places[last - 1][1])


def read(text: str) -> Reading:
    """Read a text; what it costs grows with its length and no faster."""
    shown = Shown.of(text)
    folded = fold(shown.text)
    has_links = "](" in text and _DESTINATION.search(text) is not None
    seen = Shown.of(text, without_addresses=True) if has_links else shown
    letters = as_letters(fold(seen.text) if has_links else folded)
    as_seen = _read(seen, letters) if has_links or letters is not folded else None
    as_typed = _read(Shown(text, None), fold(text)) if _has_references_in_words(text) else None
    return replace(_read(shown, folded), as_seen=as_seen, as_typed=as_typed)


def _has_references_in_words(text: str) -> bool:
    read_out = (fold(html.unescape(found)) for found in set(_REFERENCE.findall(text)))
    return any(not folded or _WORD.search(folded) for folded in read_out)


def _read(shown: Shown, folded: str) -> Reading:
    pieces = [match.span() for match in _WORD.finditer(folded)]
    words = [folded[start:end] for start, end in pieces]
    gaps = [folded[end : after[0]] for (_, end), after in pairwise(pieces)]
    units = [Unit(forms_of(word), n, n + 1) for n, word in enumerate(words)]
    spaced, close = list(_spaced(words, gaps)), list(_runs([" " not in gap for gap in gaps]))
    units += [_unit(words, first, after) for first, after in (*_cut_up(words, gaps, close), *spaced)]
    for unit, (start, end) in list(_masked(folded, pieces)):
        units.append(unit)
        # A sign at either end belongs to the word that it is a letter of.
        pieces[unit.first] = min(start, pieces[unit.first][0]), pieces[unit.first][1]
        pieces[unit.after - 1] = pieces[unit.after - 1][0], max(end, pieces[unit.after - 1][1])
    return Reading(pieces, units, list(_hiding(words, [*spaced, *close])), shown)


def _hiding(words: Sequence[str], runs: Iterable[Piece]) -> Iterator[Run]:
    """Give the letters of single letters with little between them, and of pieces that only signs part, however many."""
    for first, after in runs:
        letters = "".join(words[first:after])
        if not letters.isdecimal():
            yield Run(letters, [n for n in range(first, after) for _ in words[n]])


def _spaced(words: Sequence[str], gaps: Sequence[str]) -> Iterator[Piece]:
    """Find single letters with little between them."""
    lengths = [len(word) for word in words]
    if lengths.count(1) < _FEWEST_SPACED:
        return
    holds = [
        len(gap) <= _WIDEST_GAP and one == other == 1 for gap, (one, other) in zip(gaps, pairwise(lengths), strict=True)
    ]
    for first, after in _runs(holds):
        if after - first >= _FEWEST_SPACED:
            yield first, after


def _cut_up(words: Sequence[str], gaps: Sequence[str], close: Iterable[Piece]) -> Iterator[Piece]:
    """Find what is one word once shown, and what signs cut up, among the pieces that only signs part."""
    for start, end in close:
        for first, after in _runs([_MARKDOWN.issuperset(gap) for gap in gaps[start : end - 1]]):
            yield from _stretches(start + first, start + after)
    for first, after in close:
        if _is_cut_up([len(word) for word in words[first:after]]):
            yield first, after


def _stretches(first: int, after: int) -> Iterator[Piece]:
    """Give a run, and what is short in it: a sign that Markdown takes may also be shown, behind the word or before."""
    yield first, after
    for start in range(first, after - 1):
        for end in range(start + 2, min(start + _LONGEST_STRETCH, after) + 1):
            if end - start < after - first:
                yield start, end


def _is_cut_up(lengths: Sequence[int]) -> bool:
    """Tell a word cut by signs from words that signs part: half its pieces are single letters, or all are scraps.

    A run of single letters alone is left to the spaced ones.
    """
    singles = lengths.count(1)
    is_mixed = 2 * singles >= len(lengths) and singles < len(lengths)
    return is_mixed or (len(lengths) >= 3 and max(lengths) == 2)


def _masked(folded: str, pieces: Sequence[Piece]) -> Iterator[tuple[Unit, Piece]]:
    """Read signs that stand for letters, as in c@sino or $ex; give each word with its place, signs included."""
    starts = [start for start, _ in pieces]
    if _SIGNS.isdisjoint(folded):
        return
    for chunk in _MASKED.finditer(folded):
        marked = chunk.group().rstrip("!|")
        bare = marked.lstrip("!|")
        # Before a word such a sign may be its first letter; behind one it is punctuation far more often.
        for masked in dict.fromkeys([bare, marked[-len(bare) - 1 :]]) if bare else ():
            start = chunk.start() + len(marked) - len(masked)
            first, after = bisect_left(starts, start), bisect_left(starts, chunk.end())
            if not masked.isalnum() and first < after:
                yield Unit(forms_of(unmasked(masked)), first, after), (start, start + len(masked))


def _unit(words: Sequence[str], first: int, after: int) -> Unit:
    return Unit(forms_of("".join(words[first:after])), first, after)


def _runs(holds: Sequence[bool]) -> Iterator[Piece]:
    """Give the longest runs of two words or more, given for each word but the last whether it holds on to the next."""
    if True not in holds:
        return
    first = 0
    for n, holds_on in enumerate((*holds, False)):
        if not holds_on:
            if n > first:
                yield first, n + 1
            first = n + 1
