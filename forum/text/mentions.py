"""Find in a text whom it may mention: after each @, the names that could stand there, the longest first."""

import re
from html.parser import HTMLParser
from itertools import islice

from forum.text.folding import fold
from forum.text.rendering import render_comment

MOST_MENTIONS = 10
MOST_WORDS = 6
LONGEST_NAME = 160
# In an address the sign stands behind a letter, and does not begin a name.
_SIGN = re.compile(r"(?<![\w.@])@(?=\w)")
_WORD = re.compile(r"[^\W_]+")


# Code, addresses and the words of others speak to nobody.
_OTHERS = frozenset({"a", "blockquote", "code", "pre"})


class _OwnWords(HTMLParser):
    """Gather what a text says itself, as it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._within = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._within += tag in _OTHERS
        self.words.append("\n" if tag in {"br", "p", "li"} else "")

    def handle_endtag(self, tag: str) -> None:
        self._within -= tag in _OTHERS

    def handle_data(self, data: str) -> None:
        self.words.append("\n" if self._within else data)


def mentions(body: str) -> list[list[str]]:
    """Give for each @ the folded names that may follow it; only who takes part tells where a name of words ends.

    Code, links and quotations mention nobody.
    """
    own = _OwnWords()
    own.feed(render_comment(body))
    own.close()
    text = "".join(own.words)
    return [_names(text[sign.end() :][:LONGEST_NAME]) for sign in islice(_SIGN.finditer(text), MOST_MENTIONS)]


def _names(following: str) -> list[str]:
    line = fold(following.partition("\n")[0].partition("@")[0])
    # An underscore joins what follows to the name.
    ends = [word.end() for word in islice(_WORD.finditer(line), MOST_WORDS) if line[word.end() :][:1] != "_"]
    return [line[:end] for end in reversed(ends)]
