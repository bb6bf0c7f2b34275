"""Read footnotes, `[^1]` and `[^1]: …` at the beginning of a line, and put them at the end of the text.

No text is lost: a note that nobody refers to stands at the end too, and what defines a label again stays as typed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def, footnote_ref

# The names that a rendered text gives to its notes and to the places that refer to them.
NAME: Final = re.compile(r"fn(?:ref)?[0-9]+(?::[0-9]+)?")
ADDRESS: Final = re.compile("#" + NAME.pattern)

# A bound, since each bracket would be read up to the end of the text otherwise.
_REFERENCE = re.compile(r"\[\^[^\s\[\]^]{1,40}\]")
_DEFINITION = re.compile(_REFERENCE.pattern + ":")
_SHAPES: Mapping[str, Sequence[tuple[str, str, Literal[-1, 1]]]] = {
    "footnote_block_open": (("section_open", "section", 1), ("ordered_list_open", "ol", 1)),
    "footnote_block_close": (("ordered_list_close", "ol", -1), ("section_close", "section", -1)),
    "footnote_open": (("note_open", "li", 1),),
    "footnote_close": (("note_close", "li", -1),),
}


def enable(markdown: MarkdownIt) -> None:
    """Let a parser read footnotes."""
    footnote_plugin(markdown, inline=False)
    markdown.block.ruler.at("footnote_def", _define, {"alt": ["paragraph", "blockquote"]})
    markdown.inline.ruler.at("footnote_ref", _refer)
    markdown.core.ruler.before("footnote_tail", "footnotes_unreferred", _keep_unreferred)
    markdown.core.ruler.after("footnote_tail", "footnotes_shaped", _shape)


def _define(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Define a note outside of all other blocks, whose label is not taken; asked silently, say if it ends those open.

    It does where the line begins with it: a list or another note goes on in indented lines, a quote behind its sign,
    and only the last paragraph of either would swallow it.
    """
    start = state.bMarks[first] + state.tShift[first]
    definition = _DEFINITION.match(state.src, start, state.eMarks[first])
    is_outside = state.level == 0 or (silent and state.src[start - 1] == "\n")
    if definition is None or not is_outside:
        return False
    taken = state.env.get("footnotes", {}).get("refs", {})
    is_new = ":" + definition.group()[2:-2] not in taken
    return is_new and footnote_def(state, first, last, silent)


def _refer(state: StateInline, silent: bool) -> bool:
    return bool(_REFERENCE.match(state.src, state.pos, state.posMax)) and footnote_ref(state, silent)


def _keep_unreferred(state: StateCore) -> None:
    notes = state.env.get("footnotes", {"refs": {}})
    for label, number in notes["refs"].items():
        if number < 0:
            notes["list"][len(notes["list"])] = {"label": label[1:], "count": 0}


def _shape(state: StateCore) -> None:
    """Make a section with a list of the notes, each with a name, and a way back where something refers to it."""
    notes = state.env.get("footnotes", {"list": {}})["list"]
    shaped: list[Token] = []
    for token in state.tokens:
        if token.type == "footnote_anchor" and not notes[token.meta["id"]]["count"]:
            continue
        shaped += _shaped(token) if token.type in _SHAPES else [token]
    state.tokens = shaped


def _shaped(token: Token) -> Sequence[Token]:
    made = [Token(kind, tag, nesting, block=True) for kind, tag, nesting in _SHAPES[token.type]]
    if token.type == "footnote_block_open":
        made[0].attrSet("class", "footnotes")
    if token.type == "footnote_open":
        made[0].attrSet("id", f"fn{token.meta['id'] + 1}")
    return made
