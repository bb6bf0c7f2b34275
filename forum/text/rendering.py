"""Turn Markdown (CommonMark, no raw HTML, no images) into HTML that may be shown to anybody.

markdown-it writes HTML with everything escaped; nh3 then lets through a short list of tags, attributes and
schemes, so that a slip of one is caught by the other. No text is lost: what is nested too deep, or leads where
no link may lead, stays as it was written.

Direction: an element that holds text has dir="auto", which isolates it (HTML Standard, Rendering, "Bidirectional
text"). An override or embedding (UAX #9) that is left open ends with its element, and a link shows its own text
whatever stands around it. An element that holds only such elements is told the direction of its first text,
because "auto" does not look into children that have a direction of their own (HTML Standard, the dir attribute).
"""

import html
import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock, blockquote, fence, list_block, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from forum.text import characters, footnotes, links
from forum.text.direction import direction_of

# More delimiters than this are no prose and cost time; such a text is shown as it was typed.
COMMENT_DELIMITERS = 2_000
ARTICLE_DELIMITERS = 8_000
_DELIMITERS = "*_[]`<"

# Quotes and lists open below this level, of which a list takes two. markdown-it drops what is deeper than 20.
_DEEPEST = 10

_INLINE = {"a", "strong", "em", "code", "br"}
_BLOCKS = {"p", "blockquote", "ul", "ol", "li", "pre", "hr"}
_ARTICLE_BLOCKS = {"h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "section", "sup"}
_HOLD_TEXT = {"p", "pre", "code", "a", "h2", "h3", "h4", "h5", "h6", "th", "td"}
_HOLD_BLOCKS = {"blockquote", "ul", "ol", "li", "table"}

_SCHEMES = {"http", "https", "mailto"}
# A user's name before the host would name another place than the one that the link opens.
_MAY_LEAD_TO = re.compile(r"(?:https?://(?![^/?#]*@)|mailto:)[^/\s]", re.IGNORECASE)
_ADDRESS_ALONE = nh3.Cleaner(
    tags={"a"}, attributes={"a": {"href"}}, url_schemes=_SCHEMES, url_relative="deny", link_rel=None
)
# Tags that draw nothing of themselves, as a line or the sign of an item would be, and what nobody sees.
_NOTHING = re.compile(rf"(?:<(?!hr|li)[^>]*+>|&nbsp;|[{characters.BLANK_CLASS}])*+")

_OVERRIDES = {0x202D: None, 0x202E: None}

# One paragraph of letters, digits and signs that mean nothing to Markdown, to HTML or as part of an address.
PROSE = re.compile(r"[^\W\d_](?:[^\W_]|[\u064b-\u0652،؛؟!()«»]|[.](?= |\Z)| (?! |\Z))*")
_LANGUAGE = re.compile(r"[a-zA-Z0-9+#-]{0,20}")
_UNSEEN = "".join(characters.BLANK)

_BlockRule = Callable[[StateBlock, int, int, bool], bool]


def _no_deeper(rule: _BlockRule) -> _BlockRule:
    def bounded(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, first, last, silent)

    return bounded


def _code_with_words(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Show what the first line of a block of code says before it, unless that is no more than a language's name."""
    if not fence(state, first, last, silent):
        return False
    if silent:
        return True
    block = state.tokens[-1]
    words, block.info = block.info.strip(), ""
    if not _LANGUAGE.fullmatch(words.strip(_UNSEEN)):
        state.tokens.insert(-1, Token("words_before_code", "p", 0, content=words, level=block.level, block=True))
    return True


def _table_with_all_cells(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Keep what stands in a row behind the last column, which tables leave out (GFM, 4.10), in the row's last cell."""
    begin = len(state.tokens)
    if not table(state, first, last, silent):
        return False
    if silent:
        return True
    made = state.tokens[begin:]
    columns = sum(token.type == "th_open" for token in made)
    cells = [token for token in made if token.type == "inline"]
    for cell in cells[2 * columns - 1 :: columns]:
        line = cell.map[0] if cell.map else first
        written = escapedSplit(mdTrim(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]))
        written = written[not written[0] : len(written) - (not written[-1])]
        if len(written) > columns:
            cell.content = mdTrim("|".join(written[columns - 1 :]))
    return True


def _written_words(_: object, tokens: Sequence[Token], number: int, *__: object) -> str:
    return f"<p>{html.escape(tokens[number].content)}</p>\n"


def _tell_directions(state: StateCore) -> None:
    """Give each element that holds blocks the direction of the first text in it."""
    waiting: list[Token] = []
    for token, following in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "list_item_open" and following.hidden:
            token.attrSet("dir", "auto")
        elif token.nesting == 1 and token.tag in _HOLD_BLOCKS:
            waiting.append(token)
        elif token.nesting == -1 and token.tag in _HOLD_BLOCKS and waiting:
            waiting.pop()
        elif token.type in {"inline", "words_before_code"} and waiting:
            direction = direction_of(token.content)
            for opened in waiting:
                opened.attrSet("dir", direction)
            waiting.clear()


def _lower_headings(state: StateCore) -> None:
    """Put the headings of a text below the h1 of the page."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _may_lead_to(url: str) -> bool:
    """Tell whether the cleaner keeps an address, since a link that leads nowhere is none."""
    return bool(_MAY_LEAD_TO.match(url)) and " href=" in _ADDRESS_ALONE.clean(f'<a href="{html.escape(url)}">')


def _drop_idle_links(state: StateCore) -> None:
    """Keep the text alone of a link without an address."""
    for block in state.tokens:
        kept: list[Token] = []
        is_idle = False
        for token in block.children or ():
            if token.type == "link_open":  # None stands within another.
                is_idle = not token.attrGet("href")
            if not (is_idle and token.type in {"link_open", "link_close"}):
                kept.append(token)
        if block.children is not None:
            block.children = kept


def _turn_no_links(state: StateCore) -> None:
    """Take overrides of direction out of what links show, which would write another address there."""
    for block in state.tokens:
        depth = 0
        for token in block.children or ():
            depth += token.nesting if token.tag == "a" else 0
            if depth:
                token.content = token.content.translate(_OVERRIDES)


def _linkifier() -> SimpleNamespace:
    """Answer markdown-it's questions about bare addresses; linkify-it takes quadratic time on brackets in them."""
    return SimpleNamespace(pretest=links.may_hold_addresses, test=links.may_hold_addresses, match=links.addresses)


def _parser(*, blocks: list[str], inlines: list[str]) -> MarkdownIt:
    markdown = MarkdownIt("zero", {"linkify": True, "breaks": True})
    markdown.core.ruler.enable("linkify")
    markdown.core.ruler.push("directions", _tell_directions)
    markdown.core.ruler.push("headings", _lower_headings)
    markdown.core.ruler.push("idle_links", _drop_idle_links)
    markdown.core.ruler.push("links", _turn_no_links)
    opens = ["paragraph", "blockquote", "list"]
    markdown.block.ruler.at("fence", _code_with_words, {"alt": opens})
    markdown.block.ruler.at("blockquote", _no_deeper(blockquote), {"alt": opens})
    markdown.block.ruler.at("list", _no_deeper(list_block), {"alt": ["paragraph", "blockquote"]})
    markdown.block.ruler.enable(["blockquote", "fence", "hr", "list", *blocks])
    markdown.inline.ruler.enable(["autolink", "backticks", "emphasis", "escape", "link", "newline", *inlines])
    markdown.inline.ruler2.enable("emphasis")
    markdown.add_render_rule("words_before_code", _written_words)
    markdown.linkify = _linkifier()
    markdown.validateLink = _may_lead_to  # type: ignore[method-assign]
    return _used_once(markdown)


def _article_parser() -> MarkdownIt:
    markdown = _parser(blocks=["heading", "lheading", "table"], inlines=["entity"])
    markdown.block.ruler.at("table", _table_with_all_cells, {"alt": ["paragraph"]})
    footnotes.enable(markdown)
    return _used_once(markdown)


def _used_once(markdown: MarkdownIt) -> MarkdownIt:
    # Rules are compiled at first use and unguarded against threads, so they are used here once.
    markdown.render("> - a")
    return markdown


def _cleaner(*, rel: str, blocks: set[str], notes: set[str]) -> nh3.Cleaner:
    tags = _INLINE | _BLOCKS | blocks
    directions = {tag: {"dir": {"auto", "rtl", "ltr"}} for tag in _HOLD_BLOCKS & tags}
    return nh3.Cleaner(
        tags=tags,
        attributes={"*": set(), "a": {"href", *notes}, "ol": {"start"}, "li": notes},
        tag_attribute_values={**directions, **({"section": {"class": {"footnotes"}}} if notes else {})},
        set_tag_attribute_values={tag: {"dir": "auto"} for tag in _HOLD_TEXT & tags},
        attribute_filter=_kept_attribute if notes else None,
        url_schemes=_SCHEMES,
        url_relative="pass_through" if notes else "deny",
        link_rel=rel,
    )


def _kept_attribute(_: str, attribute: str, value: str) -> str | None:
    """Let a link lead out of the text, or to a footnote of it and back, and name nothing but those."""
    if attribute == "href":
        return value if _MAY_LEAD_TO.match(value) or footnotes.ADDRESS.fullmatch(value) else None
    return value if attribute != "id" or footnotes.NAME.fullmatch(value) else None


_COMMENT = _parser(blocks=[], inlines=[])
_ARTICLE = _article_parser()
_CLEAN_COMMENT = _cleaner(rel="ugc nofollow noopener", blocks=set(), notes=set())
_CLEAN_ARTICLE = _cleaner(rel="noopener", blocks=_ARTICLE_BLOCKS, notes={"id"})


def render_comment(markdown: str) -> str:
    """Render a comment: paragraphs, lists, quotes, code, emphasis and links marked as its author's own.

    Headings, images and entities stay as typed. Time grows with the length and no faster, whatever is sent. Takes
    what `characters.refusal` lets pass.
    """
    return f'<p dir="auto">{markdown}</p>\n' if PROSE.fullmatch(markdown) else render_markup(markdown)


def render_markup(markdown: str) -> str:
    """Render a comment by parser and cleaner, which say of prose what is said of it above without them."""
    return _CLEAN_COMMENT.clean(_written(_COMMENT, markdown, COMMENT_DELIMITERS))


def render_article(markdown: str) -> str:
    """Render an article or analysis: as a comment, and headings from h2 on, tables, entities and footnotes.

    The one control character that an entity can still write, which no XML can hold, is shown as one that is missing.
    """
    return _CLEAN_ARTICLE.clean(_written(_ARTICLE, markdown, ARTICLE_DELIMITERS)).replace("\f", "\ufffd")


def shows_nothing(body_html: str) -> bool:
    """Tell whether nothing of a rendered text can be seen: neither letter, digit nor sign, a line or an item's sign."""
    return bool(_NOTHING.fullmatch(body_html))


def _written(parser: MarkdownIt, markdown: str, most: int) -> str:
    if sum(map(markdown.count, _DELIMITERS)) > most:
        return _unformatted(markdown)
    return str(parser.render(markdown))


def _unformatted(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "".join("<p>" + html.escape(p).replace("\n", "<br>\n") + "</p>\n" for p in paragraphs)
