"""Cut a text into the words that search and rules compare, and take joined Arabic particles off them.

Everything here works on folded words: hamza seats, ya and ta marbuta are one letter each by then.
"""

import re
from dataclasses import dataclass
from itertools import product

from forum.text.folding import fold, fold_with_origins

_WORD = re.compile(r"[^\W_]+")

# And, so; the article, in, as, for and what they become before the article.
_CONJUNCTIONS = ("", "و", "ف")
_JOINED = ("", "ال", "ب", "بال", "ك", "كال", "ل", "لل")
_PREFIXES = tuple(filter(None, map("".join, product(_CONJUNCTIONS, _JOINED))))
_PREFIXES_BY_LETTER = {letter: tuple(p for p in _PREFIXES if p[0] == letter) for letter in {p[0] for p in _PREFIXES}}

# What is left keeps three letters, as most roots have, or two after the article, which is a surer sign.
_ROOT = 3
_AFTER_ARTICLE = 2

_ARTICLE = re.compile(r"[وف]?(?:[بك]?ال|لل)(?=..)|و(?=...)")
_FINAL_HAMZA = re.compile(r"(?<=..)ء$")
_ENDING = re.compile(r"(?<=...)(?:ي?(?:ات|ان|ون|ين|ه|ا)|ها|هم|نا|ي)$")
_GOD = re.compile(r"[وف]?(?:[بكت]?ال|ل)له")


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a folded word and its place in the original, in code points, end not included."""

    token: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Give the runs of letters and digits of a text, folded, in order, each with its place in the original."""
    folded = fold_with_origins(text)
    return [Word(m.group(), *folded.span(*m.span())) for m in _WORD.finditer(folded.text)]


def tokens(text: str) -> list[str]:
    """Give the folded words alone, at a quarter of the cost of `words`."""
    return _WORD.findall(fold(text))


def readings(token: str) -> tuple[str, ...]:
    """Give a folded word as it stands and with each joined prefix that it may carry taken off.

    For rules, where a listed word should be met as and-the-word too: والكلب reads الكلب and كلب. Only the
    reader can tell a prefix from a first letter, so every reading is given and none is called the right one.
    """
    prefixes = _PREFIXES_BY_LETTER.get(token[:1], ())
    return (token, *(token[len(p) :] for p in prefixes if token.startswith(p) and _leaves_a_word(token, p)))


def _leaves_a_word(token: str, prefix: str) -> bool:
    least = _AFTER_ARTICLE if prefix.endswith(("ال", "لل")) else _ROOT
    return len(token) - len(prefix) >= least


def stem(token: str) -> str:
    """Bring a folded word to the one key that search compares: article, plural and pronoun endings taken off.

    Light stemming after Larkey, Ballesteros and Connell (2007), with the nisba before a plural and the hamza at the
    end, which many leave out. Words without Arabic letters come back unchanged.
    """
    if _GOD.fullmatch(token):
        return "الله"
    bare = _FINAL_HAMZA.sub("", token[_length_of_article(token) :])
    return _ENDING.sub("", bare, count=1)


def _length_of_article(token: str) -> int:
    article = _ARTICLE.match(token)
    return article.end() if article else 0
