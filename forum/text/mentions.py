"""Find in a text whom it may mention: after each @, the names that could stand there, the longest first."""

import re
from itertools import islice

from forum.text.folding import fold

MOST_MENTIONS = 10
MOST_WORDS = 6
LONGEST_NAME = 160
# In an address the sign stands behind a letter, and does not begin a name.
_SIGN = re.compile(r"(?<![\w.@])@(?=\w)")
_WORD = re.compile(r"[^\W_]+")


def mentions(text: str) -> list[list[str]]:
    """Give for each @ the folded names that may follow it; only who takes part tells where a name of words ends."""
    return [_names(text[sign.end() :][:LONGEST_NAME]) for sign in islice(_SIGN.finditer(text), MOST_MENTIONS)]


def _names(following: str) -> list[str]:
    line = fold(following.partition("\n")[0].partition("@")[0])
    ends = [word.end() for word in islice(_WORD.finditer(line), MOST_WORDS)]
    return [line[:end] for end in reversed(ends)]
