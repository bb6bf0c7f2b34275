"""Find in a text whom it may mention: after each @, the names that could stand there, the longest first."""

import html
import re
from itertools import islice

import nh3

from forum.text.folding import fold
from forum.text.rendering import render_comment

MOST_MENTIONS = 10
MOST_WORDS = 6
LONGEST_NAME = 160
# In an address the sign stands behind a letter, and does not begin a name.
_SIGN = re.compile(r"(?<![\w.@])@(?=\w)")
_WORD = re.compile(r"[^\W_]+")


# Code, addresses and the words of others speak to nobody.
_OWN_WORDS = nh3.Cleaner(
    tags={"p", "br", "li"}, attributes={}, clean_content_tags={"a", "blockquote", "code", "pre"}, link_rel=None
)
_LINE_END = re.compile(r"<[^>]*>")


def mentions(body: str) -> list[list[str]]:
    """Give for each @ the folded names that may follow it; only who takes part tells where a name of words ends.

    Code, links and quotations mention nobody.
    """
    text = html.unescape(_LINE_END.sub("\n", _OWN_WORDS.clean(render_comment(body))))
    return [_names(text[sign.end() :][:LONGEST_NAME]) for sign in islice(_SIGN.finditer(text), MOST_MENTIONS)]


def _names(following: str) -> list[str]:
    line = fold(following.partition("\n")[0].partition("@")[0])
    # An underscore joins what follows to the name.
    ends = [word.end() for word in islice(_WORD.finditer(line), MOST_WORDS) if line[word.end() :][:1] != "_"]
    return [line[:end] for end in reversed(ends)]
