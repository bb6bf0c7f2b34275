"""Name the characters that nobody sees, and refuse texts that are made of nothing else.

The sets are computed from the general categories of the Unicode Character Database (UAX #44), with what
those do not tell named one by one. Characters newer than the interpreter's database are named as well.
"""

import re
import unicodedata
from itertools import chain

# Everything but ideographs, Hangul syllables and what is private or unassigned, where no set reaches.
_SEARCHED = (
    range(0x3400),
    range(0xA000, 0xAC00),
    range(0xD7B0, 0x17000),
    range(0x18D00, 0x1FB00),
    range(0xE0000, 0xE1000),
)
_PUNCTUATION = ("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po")
_BY_CATEGORY: dict[str, set[str]] = {category: set() for category in ("Mn", "Mc", "Me", "Cf", *_PUNCTUATION)}
for _character in map(chr, chain(*_SEARCHED)):
    # Letters, which are by far the most, are let go at once.
    if (_found := _BY_CATEGORY.get(unicodedata.category(_character))) is not None:
        _found.add(_character)


def _between(first: int, last: int) -> frozenset[str]:
    return frozenset(map(chr, range(first, last + 1)))


TATWEEL = "\u0640"

# UAX #9, table 4: marks, embeddings, overrides and isolates.
DIRECTION_CONTROLS = frozenset("\u061c\u200e\u200f") | _between(0x202A, 0x202E) | _between(0x2066, 0x2069)

# FE00 to FE0F and E0100 to E01EF choose a glyph (UTS #37, emoji), 180B to 180F the same in Mongolian.
VARIATION_SELECTORS = _between(0xFE00, 0xFE0F) | _between(0xE0100, 0xE01EF) | frozenset("\u180b\u180c\u180d\u180f")

# E0000 to E007F mirror ASCII unseen; the whole block is ignorable by default (UAX #44, DerivedCoreProperties).
TAGS = _between(0xE0000, 0xE007F)

# Marks by category, the Arabic ones of Unicode 15 to 17, and presentation forms that show a mark on nothing.
COMBINING = (
    frozenset().union(*(_BY_CATEGORY[category] for category in ("Mn", "Mc", "Me")))
    | frozenset("\u0897\ufe70\ufe71\ufe72\ufe74")
    | _between(0xFC5E, 0xFC63)
    | _between(0xFCF2, 0xFCF4)
    | _between(0xFE76, 0xFE7F)
    | _between(0x10EFA, 0x10EFF)
)

# Letters and symbols without ink: Hangul fillers, the Braille blank, the null note head, the
# hieroglyphic blanks.
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159\U00013441\U00013442")

# Signs that are of category Cf and yet drawn (UAX #44, Prepended_Concatenation_Mark).
_DRAWN_FORMATS = _between(0x0600, 0x0605) | frozenset("\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")

# Everything of category Cf that is not drawn, and what is reserved as ignorable by default.
INVISIBLE = (
    (frozenset(_BY_CATEGORY["Cf"]) - _DRAWN_FORMATS)
    | DIRECTION_CONTROLS
    | VARIATION_SELECTORS
    | TAGS
    | frozenset("\u034f\u17b4\u17b5\u2065")
    | _between(0xFFF0, 0xFFF8)
    | _between(0xE0080, 0xE0FFF)
)

PUNCTUATION = frozenset().union(*(_BY_CATEGORY[category] for category in _PUNCTUATION))

WHITE_SPACE = frozenset(c for c in map(chr, range(0x3001)) if c.isspace())

BLANK = INVISIBLE | COMBINING | FILLERS | WHITE_SPACE | {TATWEEL}


def _class_of(characters: frozenset[str]) -> str:
    """Write a set as the inside of a regular expression's bracket, runs as ranges."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


# For the inside of a regular expression's bracket.
BLANK_CLASS = _class_of(BLANK)

_SEEN = re.compile(f"[^{BLANK_CLASS}]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def refusal(text: str) -> str | None:
    """Say why a text may not be stored: `nul`, `control_character`, `lone_surrogate`, `blank`, or None.

    Controls are category Cc but tab and newline, so carriage return and the C1 controls are among them.
    The first forbidden character decides. PostgreSQL refuses NUL and UTF-8 refuses surrogates (RFC 3629);
    here both engines refuse the same.
    """
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        return _reason(forbidden.group())
    return None if _SEEN.search(text) else "blank"


def _reason(character: str) -> str:
    if character == "\x00":
        return "nul"
    return "lone_surrogate" if character >= "\ud800" else "control_character"
