"""Say which new passwords are refused: too short, too long, guessed first, or made of the user's own name.

There are no composition rules (NIST SP 800-63B, 3.1.1.2), and nothing longer than a scorer reads is guessed first: past
that only one's own name and address are refused. Comparison is by a folded form: compatibility letters,
case, marks, alef and ya forms, digits of any script, spaces and invisible characters make no difference.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from auth.passwords import LONGEST, SHORTEST

_FEWEST_VISIBLE = 8
_FEWEST_DIFFERENT = 5
_LONGEST_UNIT = 6
# A name is known to whoever guesses at one account, so more must stand beside it than beside a listed word.
_FEWEST_BESIDE_NAME = 6
_FEWEST_BESIDE_WORD = 4
_SHORTEST_NAME = 3
_SHORTEST_RUN = 4
_WEAKEST_SCORE = 2
_LONGEST_GUESSED = 72
# The score takes time exponential in the different signs that may stand for letters; no common password has many.
_SUBSTITUTES = frozenset("@({[<|!$+%")
_MOST_SUBSTITUTES = 3
_WORD_LIST = Path(__file__).with_name("common_passwords.txt")
_LETTERS_BY_SIGN = str.maketrans("013457@$!", "oieastasi")
_SAME_LETTER = str.maketrans("ىةٱ", "يها")
_TATWEEL = "ـ"


class PasswordRefusal(StrEnum):
    """Name why a password is not taken."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPETITIVE = "password_repetitive"
    PERSONAL = "password_personal"
    COMMON = "password_common"


def password_refusal(password: str, *, email: str, display_name: str) -> PasswordRefusal | None:
    """Say why a new password is refused, or nothing; takes up to 0.2 s of CPU, so not inside a transaction."""
    if len(password) < SHORTEST:
        return PasswordRefusal.TOO_SHORT
    if len(password) > LONGEST:
        return PasswordRefusal.TOO_LONG
    bare = _bare(password)
    may_be_guessed = len(password) <= _LONGEST_GUESSED
    if may_be_guessed and _is_repetitive(bare):
        return PasswordRefusal.REPETITIVE
    if _is_made_of(bare, _names(email, display_name), fewest=_FEWEST_BESIDE_NAME):
        return PasswordRefusal.PERSONAL
    return PasswordRefusal.COMMON if may_be_guessed and _is_common(password, bare) else None


def _is_common(password: str, bare: str) -> bool:
    return _is_made_of(bare, _common_words(), fewest=_FEWEST_BESIDE_WORD) or _is_guessed_first(password)


def _bare(text: str) -> str:
    """Fold, and keep what can be seen."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    visible = (sign for sign in folded if unicodedata.category(sign)[0] not in "CMZ" and sign != _TATWEEL)
    return _latin_digits("".join(visible).translate(_SAME_LETTER))


def _latin_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def _letters_and_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _is_repetitive(bare: str) -> bool:
    if len(bare) < _FEWEST_VISIBLE or len(set(bare)) < _FEWEST_DIFFERENT:
        return True
    return any((bare[:unit] * len(bare)).startswith(bare) for unit in range(1, _LONGEST_UNIT + 1))


def _names(email: str, display_name: str) -> re.Pattern[str] | None:
    mailbox, _, domain = email.rpartition("@")
    texts = (email, mailbox, domain.rpartition(".")[0], display_name)
    pieces = {_letters_and_digits(_bare(piece)) for text in texts for piece in (text, *re.split(r"[\W_\d]+", text))}
    return _any_of({word for piece in pieces if len(piece) >= _SHORTEST_NAME for word in (piece, piece[::-1])})


@cache
def _common_words() -> re.Pattern[str] | None:
    lines = _WORD_LIST.read_text(encoding="utf-8").splitlines()
    listed, rows = "\n".join(lines).split("# Rows of keys")
    words = {_letters_and_digits(_bare(line)) for line in listed.splitlines() if line and not line.startswith("#")}
    return _any_of(words | {run for row in rows.split() for run in _runs(_bare(row))})


def _runs(row: str) -> set[str]:
    longest = range(_SHORTEST_RUN, len(row) + 1)
    forwards = {row[start : start + length] for length in longest for start in range(len(row) - length + 1)}
    return forwards | {run[::-1] for run in forwards}


def _any_of(words: set[str]) -> re.Pattern[str] | None:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first))) if words else None


def _is_made_of(bare: str, words: re.Pattern[str] | None, *, fewest: int) -> bool:
    """Tell whether taking the words away leaves fewer letters than `fewest` and fewer digits than twice that."""
    if words is None:
        return False
    core = re.sub(r"^[\W_]+|[\W_]+$", "", bare)
    for spelled in (core, core.translate(_LETTERS_BY_SIGN)):
        rest, found = words.subn("", _letters_and_digits(spelled))
        letters = sum(sign.isalpha() for sign in rest)
        if found and letters < fewest and len(rest) - letters < 2 * fewest:
            return True
    return False


def _is_guessed_first(password: str) -> bool:
    if len(_SUBSTITUTES.intersection(password)) > _MOST_SUBSTITUTES:
        return False
    # Its dictionaries take twelve megabytes, and most processes see no new password for long.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    latin = _latin_digits(unicodedata.normalize("NFKC", password))
    return bool(zxcvbn(latin[:_LONGEST_GUESSED])["score"] < _WEAKEST_SCORE)
