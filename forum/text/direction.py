"""Tell the direction of a text, and guess its language, from its letters."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Literal

from forum.text.links import without_addresses

Direction = Literal["rtl", "ltr"]

_STRONG: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_ISOLATES = {"LRI", "RLI", "FSI"}

# A text that opens with a foreign name runs the way of its bulk, once that is more than this many times as much.
_OVERRULING = 2

# Scripts that write one language by and large, by the first word of their letters' Unicode names. Han and
# Devanagari write several and are left out, so that nothing is claimed.
_LANGUAGES = {
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "TAMIL": "ta",
    "THAI": "th",
}

# Letters of one language of a script that the others named do without: a language is taken for it once these make
# up this share of the letters, which its running text reaches twice over.
_SHARE = 0.04
_ONLY_IN = {
    "ARABIC": {"ku": "ەێۆڵڕ", "ur": "ٹڈڑںےہ", "ps": "ټډړږښڼۍې"},
    "CYRILLIC": {"uk": "іїєґ"},
}
_PERSIAN = "پچژگکی"
_ARABIC = "ةىيكأإ"

COMMON_WORDS = {
    "en": "the and of is to in that for this with you are not it was have what on be",
    "fr": "le la les des et est une dans que pour pas vous ce qui sur avec",
    "de": "der die das und ist nicht ein eine zu den mit von auf es auch ich",
    "es": "el los las y es una que en por con no para del se muy",
    "tr": "bir ve bu için değil çok ile da de ne var ben",
}
_LATIN_WORDS = {language: frozenset(line.split()) for language, line in COMMON_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def direction_of(text: str) -> Direction:
    """Tell which way a text runs: as its first strong character, unless the other way clearly outweighs it.

    The first strong character is found by UAX #9, P2 and P3, isolates left out, and addresses too, which run from
    left to right in every language. More than twice as many letters of the other direction overrule it, so that
    "WHO أعلنت المنظمة" runs rtl. Without strong characters, Arabic-Indic digits run rtl, all else ltr (P3).
    """
    plain = without_addresses(text)
    first = _first_strong(plain)
    counts = Counter[str]()
    for character, times in Counter(plain).items():
        counts[unicodedata.bidirectional(character)] += times
    if first is None:
        return "rtl" if counts["AN"] else "ltr"
    ltr, rtl = counts["L"], counts["R"] + counts["AL"]
    if first == "ltr":
        return "rtl" if rtl > _OVERRULING * ltr else "ltr"
    return "ltr" if ltr > _OVERRULING * rtl else "rtl"


def _first_strong(text: str) -> Direction | None:
    """Find the first strong character outside isolates; a paragraph's end closes what is open (P1)."""
    depth = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "B":
            depth = 0
        elif kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in _STRONG:
            return _STRONG[kind]
    return None


def language_of(text: str) -> str:
    """Guess the language of a text as a BCP 47 code, by the script of most of its letters; `und` if none has most.

    Within a script distinctive letters and, for Latin, common words decide. Without such a sign Arabic letters
    count as `ar`, Cyrillic ones as `ru` and Latin ones within ASCII as `en`, the likeliest reading of a short text.
    """
    plain = without_addresses(text).casefold()
    letters = Counter({character: times for character, times in Counter(plain).items() if character.isalpha()})
    scripts = Counter[str]()
    for letter, times in letters.items():
        scripts[_script_of(letter)] += times
    script, count = max(scripts.items(), key=lambda pair: pair[1], default=("", 0))
    if 2 * count <= letters.total():
        return "und"
    if script == "LATIN":
        return _language_in_latin(plain)
    only = _only_in(script, letters, count)
    return only or _LANGUAGES.get(script, "und")


@lru_cache(maxsize=4_096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


def _only_in(script: str, letters: Counter[str], count: int) -> str | None:
    for language, signs in _ONLY_IN.get(script, {}).items():
        if _sum(letters, signs) >= _SHARE * count:
            return language
    if script == "ARABIC":
        return "fa" if _sum(letters, _PERSIAN) > _sum(letters, _ARABIC) else "ar"
    return "ru" if script == "CYRILLIC" else None


def _sum(letters: Counter[str], signs: str) -> int:
    return sum(letters[sign] for sign in signs)


def _language_in_latin(text: str) -> str:
    found = Counter(_WORD.findall(text))
    scores = {language: sum(found[w] for w in common) for language, common in _LATIN_WORDS.items()}
    best = max(scores, key=lambda language: scores[language])
    if scores[best]:
        return best
    return "en" if all(map(str.isascii, found)) else "und"
