"""Look for many listed phrases in a text at once, at a cost that hardly depends on how many there are.

A phrase is met where its words follow each other, each as a whole word in any of its forms. A pattern may also hold
`*`, which stands for any letters within a word, none included, or, alone, for any one word. There is nothing else in
it, so that no pattern can be slow: a word is compared by searching for the parts between its stars from left to right.

An index leads from what a text holds to the phrases that may be met: from a word to those that begin with it, from
three letters of a word to the patterns whose first word holds them, from three letters of a spaced-out run to the
phrases that begin so.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from forum.text.folding import fold
from forum.text.lattice import LETTERS_OF_A_PART, Reading

K = TypeVar("K")
Counts = Callable[[K, Reading, int, int], bool]

MOST_WORDS = 10
MOST_PLACES = 20
_GRAM = LETTERS_OF_A_PART
_LEAST = 2
_LEAST_RUN_TOGETHER = 5
_WORD = re.compile(r"[^\W_]+")
_WORD_OR_STARS = re.compile(r"(?:[^\W_]|\*)+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Hold what is looked for; what is not a pattern may still be wanted inside words."""

    text: str
    is_pattern: bool = False
    is_whole_word: bool = True


@dataclass(frozen=True, slots=True)
class Glob:
    """Hold the parts between the stars of one word; the first and last part stand at its ends."""

    parts: tuple[str, ...]

    def holds(self, word: str) -> bool:
        """Tell whether a word is of this form."""
        first, *middle, last = self.parts
        if len(word) < len(first) + len(last) or not (word.startswith(first) and word.endswith(last)):
            return False
        at, end = len(first), len(word) - len(last)
        for part in middle:
            at = word.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    @property
    def longest_part(self) -> str:
        """Give the part that says most."""
        return max(self.parts, key=len)


Listed = str | Glob


def words_of(phrase: Phrase) -> list[Listed]:
    """Cut a phrase into the words that it is compared by."""
    folded = fold(phrase.text)
    if not phrase.is_pattern:
        plain: list[Listed] = list(_WORD.findall(folded))
        return plain if phrase.is_whole_word or not plain else _open_ended(plain)
    starred = _WORD_OR_STARS.findall(folded)
    return [Glob(tuple(re.split(r"\*+", word))) if "*" in word else word for word in starred]


def refusal(phrase: Phrase) -> str | None:
    """Say why a phrase cannot be looked for: `too_short`, `too_long` or `pattern_too_wide`, or None."""
    words = words_of(phrase)
    if not words or sum(len(w) if isinstance(w, str) else sum(map(len, w.parts)) for w in words) < _LEAST:
        return "too_short"
    if len(words) > MOST_WORDS:
        return "too_long"
    first = words[0]
    is_wide = isinstance(first, Glob) and len(first.longest_part) < _GRAM
    return "pattern_too_wide" if is_wide else None


class PhraseSet(Generic[K]):
    """Hold phrases by key, ready to be looked for; every one of them passes `refusal`."""

    def __init__(self, phrases: Mapping[K, Phrase]) -> None:
        self._by_word: dict[str, list[tuple[K, Sequence[Listed]]]] = {}
        self._by_gram: dict[str, list[tuple[K, Glob, Sequence[Listed]]]] = {}
        self._by_start: dict[str, list[tuple[K, str]]] = {}
        for key, phrase in phrases.items():
            self._add(key, words_of(phrase))

    def hits(self, reading: Reading, counts: Counts[K] | None = None) -> dict[K, list[tuple[int, int]]]:
        """Give, for each phrase that is met, its places in the original, in order, no more than 20.

        `counts` says of a phrase, a reading and the pieces where it stands there, first and behind the last, whether
        that is a hit.
        """
        spans: dict[K, set[tuple[int, int]]] = {}
        for one in filter(None, (reading, reading.as_seen, reading.as_typed)):
            for key, places in self._places(one).items():
                counted = _counted(key, one, places, counts)
                spans.setdefault(key, set()).update(one.span(*place) for place in islice(counted, MOST_PLACES))
        return {key: sorted(found)[:MOST_PLACES] for key, found in spans.items() if found}

    def _places(self, reading: Reading) -> dict[K, set[tuple[int, int]]]:
        found: dict[K, set[tuple[int, int]]] = {}
        for key, first, after in (*self._listed(reading), *self._patterned(reading)):
            found.setdefault(key, set()).add((first, after))
        for run in reading.runs:
            for key, start, end in self._inside(run.letters):
                if (place := run.place(start, end)) is not None:
                    found.setdefault(key, set()).add(place)
        return found

    def _add(self, key: K, words: Sequence[Listed]) -> None:
        first, rest = words[0], words[1:]
        if isinstance(first, Glob):
            self._by_gram.setdefault(first.longest_part[:_GRAM], []).append((key, first, rest))
            return
        self._by_word.setdefault(first, []).append((key, rest))
        together = "".join(word for word in words if isinstance(word, str))
        if any(isinstance(word, Glob) for word in rest):
            return
        if rest and len(together) >= _LEAST_RUN_TOGETHER:
            self._by_word.setdefault(together, []).append((key, ()))
        if len(together) >= _GRAM:
            self._by_start.setdefault(together[:_GRAM], []).append((key, together))

    def _listed(self, reading: Reading) -> Iterator[tuple[K, int, int]]:
        if not self._by_word:
            return
        for form in self._by_word.keys() & reading.by_form.keys():
            for unit in reading.by_form[form]:
                for key, rest in self._by_word[form]:
                    yield from ((key, unit.first, after) for after in _ends(rest, unit.after, reading))

    def _patterned(self, reading: Reading) -> Iterator[tuple[K, int, int]]:
        if not self._by_gram:
            return
        for gram in self._by_gram.keys() & reading.parts:
            for form in (form for form in reading.by_form if gram in form):
                for key, rest in ((key, rest) for key, glob, rest in self._by_gram[gram] if glob.holds(form)):
                    for unit in reading.by_form[form]:
                        yield from ((key, unit.first, after) for after in _ends(rest, unit.after, reading))

    def _inside(self, letters: str) -> Iterator[tuple[K, int, int]]:
        for start in range(len(letters) - _GRAM + 1):
            for key, phrase in self._by_start.get(letters[start : start + _GRAM], ()):
                if letters.startswith(phrase, start):
                    yield key, start, start + len(phrase)


def _counted(
    key: K, reading: Reading, places: set[tuple[int, int]], counts: Counts[K] | None
) -> Iterator[tuple[int, int]]:
    return (place for place in sorted(places) if counts is None or counts(key, reading, *place))


def _ends(rest: Sequence[Listed], start: int, reading: Reading) -> set[int]:
    """Give every place where the rest of a phrase, beginning at a piece, may end."""
    places = {start}
    for word in rest:
        places = {
            unit.after for place in places for unit in reading.by_place.get(place, ()) if _is_met(word, unit.forms)
        }
    return places


def _is_met(word: Listed, forms: Sequence[str]) -> bool:
    return word in forms if isinstance(word, str) else any(map(word.holds, forms))


def _open_ended(words: Sequence[Listed]) -> list[Listed]:
    """Let a phrase begin and end inside words."""
    first, *rest = map(str, words)
    if not rest:
        return [Glob(("", first, ""))]
    *middle, last = rest
    return [Glob(("", first)), *middle, Glob((last, ""))]
