"""Bring the many spellings of one text to one form, and find the way back to the original.

One table of single characters decides everything. A character is decomposed (NFKD, UAX #15), loses its marks
and its case, and goes through the rows below, until nothing changes; then runs of white space become one
space and the ends are trimmed. So the two functions agree, and folding twice is folding once.

What was decided, and why:

- A hamza on or under a letter goes with the other marks, since أ إ ؤ ئ are spelt with and without it. A hamza
  that stands alone stays: without it ماء (water) would be ما (what). `words.stem` drops it at the end of a word.
- Letters that Arabic keyboards and Persian, Urdu or Kurdish ones write differently are one letter, and the
  undotted forms used to slip past filters are the letter that they stand for.
- پ چ ژ ڤ گ stay letters of their own. گ as ك would make گیر a Persian vulgarity and گلب, heart in Iraq, a dog.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from forum.text import characters

_LOOK_ALIKES = {
    "ا": "ٱٲٳٵݳݴ" + "".join(map(chr, range(0x0870, 0x0883))),
    "ء": "ٴ",
    "ب": "ٮ",
    "ر": "ڑڒړڔڕ",
    "ف": "ڡ",
    "ق": "ٯ",
    "ك": "کڪګڬڭڮػؼݢݣݤݿ",
    "گ": "ڰڱڲڳڴ",
    "ل": "ڵڶڷڸ",
    "ن": "ںڹڻڼڽ",
    "ه": "ةھہەۃۿ",
    "و": "ٶٷۄۅۆۇۈۉۊۋۏ",
    "ي": "ىیێېۑےۍٸؠؽؾؿ",
    "i": "ı",
}

_PUNCTUATION = {
    ",": "،٬⹁、",
    ".": "٫۔",
    ";": "؛⁏",
    "?": "؟⸮",
    "%": "٪",
    "-": "−⁃",
    "'": "‘’‚‛‹›`´ʹʻʼʽʾʿ′",
    '"': "“”„‟«»〝〞″",
}

# Signs between the verses of the Quran part words; the small letters above its lines are marks in all but name.
_NAMED = {
    "﷽": "بسم الله الرحمن الرحيم",
    **dict.fromkeys("۝۞۩", " "),
    **dict.fromkeys("ۥۦࣉ", ""),
}

_CONTROLS = map(chr, (*range(0x20), *range(0x7F, 0xA0)))

_RULES = {
    **dict.fromkeys(_CONTROLS, ""),
    **dict.fromkeys(characters.BLANK, ""),
    **dict.fromkeys(characters.WHITE_SPACE, " "),
    **_NAMED,
    **{v: letter for rows in (_LOOK_ALIKES, _PUNCTUATION) for letter, variants in rows.items() for v in variants},
}


def _fold_once(character: str) -> str:
    """Take one step; a sign such as ¨, which decomposes to a mark on a space, is left alone."""
    if character in _RULES:
        return _RULES[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    canonical = _without_marks("NFD", character)
    if canonical != character:
        return canonical
    compatible = _without_marks("NFKD", character)
    return compatible.casefold() if compatible.strip() else character


def _without_marks(form: Literal["NFD", "NFKD"], character: str) -> str:
    return "".join(c for c in unicodedata.normalize(form, character) if c not in characters.COMBINING)


class _Table(dict[int, str]):
    """Work out each character when it is first met, and keep what is often met or costly.

    Unchanged characters of the far blocks, flags aside, are not kept, so that no text can make the table grow without
    end.
    """

    def __missing__(self, code: int) -> str:
        folded = character = chr(code)
        while (step := "".join(map(_fold_once, folded))) != folded:
            folded = step
        if folded != character or code < 0x3000 or 0x1F100 <= code < 0x1F200:
            self[code] = folded
        return folded


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Folded:
    """Hold a folded text and, for each of its code points, where the original piece begins and ends.

    A piece reaches over the marks and invisible characters that follow it, so that a span covers them.
    """

    text: str
    origins: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a match in the folded text to code point positions in the original, end not included.

        Raises IndexError unless 0 <= start < end <= len(text).
        """
        if not 0 <= start < end <= len(self.text):
            raise IndexError((start, end))
        return self.origins[start], self.ends[end - 1]


# Whoever looks at a new text folds it: for repeats, for campaigns, for rules.
@lru_cache(maxsize=16)
def fold(text: str) -> str:
    """Bring a text to the form that search, rules, names and repeats compare."""
    return " ".join(text.translate(_TABLE).split())


def fold_with_origins(text: str) -> Folded:
    """Fold a text as `fold` does and remember where each folded code point came from."""
    pieces: list[str] = []
    origins: list[int] = []
    ends: list[int] = []
    for position, folded in enumerate(map(_TABLE.__getitem__, map(ord, text))):
        for letter in folded:
            if letter == " " and (not pieces or pieces[-1] == " "):
                continue
            pieces.append(letter)
            origins.append(position)
            ends.append(position + 1)
        if ends:
            ends[-1] = position + 1
    length = len(pieces) - (pieces[-1:] == [" "])
    return Folded("".join(pieces[:length]), tuple(origins[:length]), tuple(ends[:length]))
