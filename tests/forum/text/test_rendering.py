"""Prove that rendered Markdown shows the text, the whole text, and nothing that acts."""

import html
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.text import rendering
from forum.text.rendering import render_article, render_comment
from tests.forum.text.properties import PROPERTY, texts

# What means something to Markdown, to HTML or in an address, between words that do not.
PIECES = [
    *"*_[]()<>#`~|\\\n -+.&:/@!'\"=\t\u00a0",
    "رأي",
    "حقل. ",
    " ثم ",
    "a",
    "1",
    "1.",
    "www",
    ".com",
    "http",
    "وَ",
    "«",
    "، ",
]
COMMENT_REL = "ugc nofollow noopener"
COMMENT_TAGS = {"a", "strong", "em", "code", "br", "p", "blockquote", "ul", "ol", "li", "pre", "hr"}
ARTICLE_TAGS = COMMENT_TAGS | {
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "section",
    "sup",
}
VOID = {"br", "hr"}
ATTRIBUTES = {"a": {"href", "rel", "id"}, "ol": {"start"}, "li": {"id"}, "section": {"class"}}
LEADS_TO = r"(?:https?://|mailto:)[^/\s]|#fn(?:ref)?\d+(?::\d+)?$"


class Read(HTMLParser):
    """Read HTML as a browser would and note its tags, attributes, text and whether it is well nested."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(markup: str, tags: set[str], rel: str) -> Read:
    read = Read(markup)
    assert not read.open
    for tag, attributes in read.tags:
        assert tag in tags
        assert set(attributes) <= {"dir", *ATTRIBUTES.get(tag, ())}
        assert attributes.get("dir", "auto") in {"auto", "rtl", "ltr"}
        if tag == "a":
            assert attributes["rel"] == rel
        if "href" in attributes:
            assert re.match(LEADS_TO, attributes["href"] or "", re.IGNORECASE)
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert all(re.fullmatch(r"fn(ref)?\d+(:\d+)?", name or "") for name in names)
    assert len(names) == len(set(names))
    return read


def read_comment(markdown: str) -> Read:
    return assert_harmless(render_comment(markdown), COMMENT_TAGS, COMMENT_REL)


def read_article(markdown: str) -> Read:
    return assert_harmless(render_article(markdown), ARTICLE_TAGS, "noopener")


def link(url: str, text: str | None = None) -> str:
    return f'<a href="{url}" dir="auto" rel="{COMMENT_REL}">{text or url}</a>'


COMMENTS = {
    "a paragraph": ("مرحبا بكم", '<p dir="auto">مرحبا بكم</p>\n'),
    "a newline is a line break": ("سطر\nوآخر", '<p dir="auto">سطر<br>\nوآخر</p>\n'),
    "an empty line parts paragraphs": ("أول\n\nثان", '<p dir="auto">أول</p>\n<p dir="auto">ثان</p>\n'),
    "emphasis": ("*مائل* **عريض**", '<p dir="auto"><em>مائل</em> <strong>عريض</strong></p>\n'),
    "an escaped sign": (r"\*حرفي\*", '<p dir="auto">*حرفي*</p>\n'),
    "code": ("`<b>`", '<p dir="auto"><code dir="auto">&lt;b&gt;</code></p>\n'),
    "a block of code": ("```py\n<b>\n```", '<pre dir="auto"><code dir="auto">&lt;b&gt;\n</code></pre>\n'),
    "a block of code shows the words of its first line before it": (
        "```كلمة\nنعم",
        '<p dir="auto">كلمة</p>\n<pre dir="auto"><code dir="auto">نعم</code></pre>\n',
    ),
    "a quote": ("> نعم", '<blockquote dir="rtl">\n<p dir="auto">نعم</p>\n</blockquote>\n'),
    "a list": ("- نعم\n- yes", '<ul dir="rtl">\n<li dir="auto">نعم</li>\n<li dir="auto">yes</li>\n</ul>\n'),
    "a loose list": (
        "- نعم\n\n  لا",
        '<ul dir="rtl">\n<li dir="rtl">\n<p dir="auto">نعم</p>\n<p dir="auto">لا</p>\n</li>\n</ul>\n',
    ),
    "a numbered list keeps its first number": ("3. نعم", '<ol start="3" dir="rtl">\n<li dir="auto">نعم</li>\n</ol>\n'),
    "a rule": ("أ\n\n---", '<p dir="auto">أ</p>\n<hr>\n'),
    "a heading is text": ("# وسم", '<p dir="auto"># وسم</p>\n'),
    "an underlined heading is text and a rule": ("نص\n---", '<p dir="auto">نص</p>\n<hr>\n'),
    "a table is text": ("|أ|\n|-|", '<p dir="auto">|أ|<br>\n|-|</p>\n'),
    "an indented line is text": ("    مسافة", '<p dir="auto">مسافة</p>\n'),
    "a definition of a reference is text": ("[1]: نعم", '<p dir="auto">[1]: نعم</p>\n'),
    "raw HTML is text": ("<b>نعم</b>", '<p dir="auto">&lt;b&gt;نعم&lt;/b&gt;</p>\n'),
    "an entity is text": ("&lt; &#x202e;", '<p dir="auto">&amp;lt; &amp;#x202e;</p>\n'),
    "a link": ("[نص](https://a.example/b)", f'<p dir="auto">{link("https://a.example/b", "نص")}</p>\n'),
    "a link's title is left out": (
        '[نص](https://a.example "عنوان")',
        f'<p dir="auto">{link("https://a.example", "نص")}</p>\n',
    ),
    "an image is a link": (
        "![نص](https://a.example/b.png)",
        f'<p dir="auto">!{link("https://a.example/b.png", "نص")}</p>\n',
    ),
    "a link to a mailbox": ("<me@a.example>", f'<p dir="auto">{link("mailto:me@a.example", "me@a.example")}</p>\n'),
    "an address in brackets": ("<https://a.example>", f'<p dir="auto">{link("https://a.example")}</p>\n'),
    "an address before an Arabic comma": (
        "انظر https://a.example/b، ثم",
        f'<p dir="auto">انظر {link("https://a.example/b")}، ثم</p>\n',
    ),
    "an address before a quotation mark": (
        "«https://a.example/b»؟",
        f'<p dir="auto">«{link("https://a.example/b")}»؟</p>\n',
    ),
    "an Arabic address is shown in Arabic": (
        "https://a.example/نعم",
        f'<p dir="auto">{link("https://a.example/%D9%86%D8%B9%D9%85", "https://a.example/نعم")}</p>\n',
    ),
    "an address with underscores": ("https://a.example/_b_c", f'<p dir="auto">{link("https://a.example/_b_c")}</p>\n'),
    "a host that begins with www": (
        "www.a.example",
        f'<p dir="auto">{link("https://www.a.example", "www.a.example")}</p>\n',
    ),
    "an address in code is no link": (
        "`https://a.example`",
        '<p dir="auto"><code dir="auto">https://a.example</code></p>\n',
    ),
}  # fmt: skip

ARTICLES = {
    "headings begin below the page's": ("# أول\n## ثان", '<h2 dir="auto">أول</h2>\n<h3 dir="auto">ثان</h3>\n'),
    "the sixth heading stays": ("###### سادس", '<h6 dir="auto">سادس</h6>\n'),
    "an underlined heading": ("عنوان\n===", '<h2 dir="auto">عنوان</h2>\n'),
    "a newline is a line break": ("سطر\nوآخر", '<p dir="auto">سطر<br>\nوآخر</p>\n'),
    "a table": (
        "|أ|\n|:-:|\n|1|",
        '<table dir="rtl">\n<thead>\n<tr>\n<th dir="auto">أ</th>\n</tr>\n</thead>\n'
        '<tbody>\n<tr>\n<td dir="auto">1</td>\n</tr>\n</tbody>\n</table>\n',
    ),
    "a row of more cells than columns": (
        "قبل\n|أ|ب|\n|-|-|\n|1|P(A|B)|\n|2|\\||\n|3||",
        '<p dir="auto">قبل</p>\n<table dir="rtl">\n<thead>\n<tr>\n<th dir="auto">أ</th>\n<th dir="auto">ب</th>\n</tr>\n'
        '</thead>\n<tbody>\n<tr>\n<td dir="auto">1</td>\n<td dir="auto">P(A|B)</td>\n</tr>\n'
        '<tr>\n<td dir="auto">2</td>\n<td dir="auto">|</td>\n</tr>\n'
        '<tr>\n<td dir="auto">3</td>\n<td dir="auto"></td>\n</tr>\n</tbody>\n</table>\n',
    ),
    "an entity": ("&laquo;نعم&raquo;", '<p dir="auto">«نعم»</p>\n'),
    "an entity for a control character": ("&#12;&#7;&#x9f;", f'<p dir="auto">{3 * chr(0xFFFD)}</p>\n'),
    "an entity that makes no tag": ("&lt;b&gt;", '<p dir="auto">&lt;b&gt;</p>\n'),
    "a link": (
        "[نص](https://a.example)",
        '<p dir="auto"><a href="https://a.example" dir="auto" rel="noopener">نص</a></p>\n',
    ),
    "raw HTML is text": ("<b>نعم</b>", '<p dir="auto">&lt;b&gt;نعم&lt;/b&gt;</p>\n'),
    "a footnote": (
        "نص[^م].\n\n[^م]: حاشية",
        '<p dir="auto">نص<sup><a href="#fn1" id="fnref1" dir="auto" rel="noopener">[1]</a></sup>.</p>\n'
        '<section class="footnotes">\n<ol dir="rtl">\n<li id="fn1" dir="rtl">\n'
        '<p dir="auto">حاشية <a href="#fnref1" dir="auto" rel="noopener">↩︎</a></p>\n</li>\n</ol>\n</section>\n',
    ),
    "a footnote that nothing refers to": (
        "[^1]: حاشية",
        '<section class="footnotes">\n<ol dir="rtl">\n<li id="fn1" dir="rtl">\n'
        '<p dir="auto">حاشية</p>\n</li>\n</ol>\n</section>\n',
    ),
    "a footnote in a quote is none": (
        "> [^1]: حاشية",
        '<blockquote dir="rtl">\n<p dir="auto">[^1]: حاشية</p>\n</blockquote>\n',
    ),
    "a reference without its footnote is text": ("نص[^1]", '<p dir="auto">نص[^1]</p>\n'),
}  # fmt: skip

# What may stand behind the signs that open a block of code (CommonMark 0.31, fenced code blocks).
INFO = {
    "a second word": "js foo",
    "signs": "python {1,2}",
    "letters of Arabic": "عربي",
    "digits of Arabic": "سطر ١٢",
    "a lengthened word": "عـــربي",
    "a mark of direction": "\u200fpy\u200f ١",
    "a sign of Markdown": "*js* [x](https://a.example)",
    "what would end an attribute": 'js"onclick="x',
    "what would open a tag": "<script>",
    "an entity": "&quot;js&#34;",
    "a name that is longer than any language's": "a" * 30,
    "the other sign": "js ~~~",
}

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='ftp://a.example'>x</a><a href='tel:1'>x</a><a href='data:text/html,x'>x</a>",
    "<a href='/v1/me'>x</a><a href='//evil.example'>x</a><a href='#top'>x</a>",
    "<p style='position:fixed' class=x id=x title=x lang=en dir=left>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- --><![CDATA[<script>]]><?php ?><!doctype x>",
    "<style>@import 'x'</style><iframe srcdoc='<script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/v1/me)",
    "[x](#top)",
    "[x](?a)",
    "[x](http:evil.example)",
    "[x](https:///evil.example)",
    "[x](\\\\evil.example)",
    "[x](ftp://a.example)",
    "[x](mailto:)",
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x](https://a.example/'onclick='alert(1))",
    "[x](https://a.example/<script>)",
    '[x](https://a.example "\\"><script>alert(1)</script>")',
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "[a [b](https://b.example) c](https://a.example)",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://a.example/a.png)',
    "<javascript:alert(1)>",
    '<https://a.example/"onmouseover="alert(1)>',
    "<https://a.example/<script>>",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "https://a.example/&lt;script&gt;",
    "https://javascript:alert(1)@a.example",
    "`<script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "[1]: javascript:alert(1)\n[x][1]",
    "|<script>|\n|-|\n|[x](javascript:alert(1))|",
    "# <script>\n\n[x](javascript:1)\n===",
    "- [x](javascript:alert(1))\n> <script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\ufeff<script>\u202e</script>",
    "<\u0000script>",
    "\\<script>alert(1)\\</script>",
    "*<script>*alert(1)**</script>**",
    "https://a.example/%ED%A0%80 [x](https://a.example/&#xD800;) &#xD800;",
    "https://a.example/%00%0a%3Cscript%3E",
]

_PIECES = st.sampled_from(
    [
        *"*_`~[]()<>!\\\"'&#|-+=.:;/ \n\t0a",
        *(
            "**",
            "``",
            "```",
            "](",
            "![",
            "- ",
            "1. ",
            "> ",
            "\n\n",
            "    ",
            "---",
            "&#x3c;",
            "&lt;",
            "://",
            "نعم",
            "لا",
        ),
        *("<script>", "</p>", "<a href=", "onerror=", "javascript:", "data:", "https://a.example", "www.a.example"),
        *(
            "mailto:",
            "me@a.example",
            "\u202e",
            "\u2067",
            "\u200f",
            "،",
            "؟",
            "[1]: ",
            "[^1]",
            "[^1]: ",
            "|-|",
            "<!--",
            "-->",
            "]]>",
        ),
    ]
)
hostile_texts = st.lists(_PIECES, max_size=40).map("".join)


class TestComments:
    @pytest.mark.parametrize(("markdown", "markup"), COMMENTS.values(), ids=COMMENTS)
    def test_markdown_of_comments_becomes_html(self, markdown: str, markup: str) -> None:
        assert render_comment(markdown) == markup

    @pytest.mark.parametrize("markdown", HOSTILE)
    def test_a_hostile_comment_does_nothing(self, markdown: str) -> None:
        read_comment(markdown)

    @PROPERTY
    @given(hostile_texts)
    def test_no_mixture_of_markup_does_anything(self, markdown: str) -> None:
        read_comment(markdown)

    @PROPERTY
    @given(texts)
    def test_any_text_renders(self, markdown: str) -> None:
        read_comment(markdown)

    @PROPERTY
    @given(st.from_regex(rendering.PROSE, fullmatch=True, alphabet=st.characters(exclude_categories=["Cs", "Cn"])))
    def test_prose_is_rendered_as_parser_and_cleaner_would(self, markdown: str) -> None:
        assert render_comment(markdown) == rendering.render_markup(markdown)

    @PROPERTY
    @given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
    def test_what_is_nearly_prose_is_rendered_as_parser_and_cleaner_would(self, markdown: str) -> None:
        assert render_comment(markdown) == rendering.render_markup(markdown)

    def test_plain_arabic_sentences_are_prose(self) -> None:
        assert rendering.PROSE.fullmatch("هل قُرئت «الخطة» كلها؟ نعم، وفي 3 صفحات (أو أكثر). شكرا!")


class TestBlocksOfCode:
    @pytest.mark.parametrize("opening", ["```", "~~~", "````"])
    @pytest.mark.parametrize("render", [render_comment, render_article])
    @pytest.mark.parametrize("info", INFO.values(), ids=INFO)
    def test_block_is_code_and_shows_what_its_first_line_says(
        self, info: str, render: Callable[[str], str], opening: str
    ) -> None:
        shown = f'<p dir="auto">{html.escape(info, quote=False)}</p>\n'
        assert render(f"{opening}{info}\n*x*\n{opening}\nنعم") == (
            f'{shown}<pre dir="auto"><code dir="auto">*x*\n</code></pre>\n<p dir="auto">نعم</p>\n'
        )

    @pytest.mark.parametrize("info", ["js", " c++ ", "Objective-C", "\u200fpy\u200f", "\u200f", "\u0640"])
    def test_language_and_what_nobody_sees_are_not_shown(self, info: str) -> None:
        assert render_comment(f"```{info}\nx\n```") == '<pre dir="auto"><code dir="auto">x\n</code></pre>\n'

    def test_backtick_behind_backticks_opens_no_block_and_behind_tildes_it_does(self) -> None:
        assert "<pre" not in render_comment("``` a`b\nx")
        assert read_comment("~~~ a`b ~~~\nx\n~~~").text == "a`b ~~~\nx\n\n"

    @pytest.mark.parametrize(
        ("markdown", "markup"),
        [
            pytest.param("- ```js و\n  x\n  ```", '<li dir="ltr">\n<p dir="auto">js و</p>\n<pre', id="in a list"),
            pytest.param("> ~~~ نعم\n> x", '<blockquote dir="rtl">\n<p dir="auto">نعم</p>\n<pre', id="in a quote"),
            pytest.param("نص\n```js و\nx", '<p dir="auto">نص</p>\n<p dir="auto">js و</p>\n<pre', id="after a line"),
        ],
    )
    def test_block_with_words_stands_wherever_a_block_may(self, markdown: str, markup: str) -> None:
        assert markup in render_comment(markdown)

    @pytest.mark.parametrize("info", INFO.values(), ids=INFO)
    def test_nothing_of_the_first_line_comes_near_an_attribute(self, info: str) -> None:
        for parser in (rendering._COMMENT, rendering._ARTICLE):
            assert not any(tag[1].keys() - {"dir"} for tag in Read(parser.render(f"~~~{info}\nx")).tags)


class TestArticles:
    @pytest.mark.parametrize(("markdown", "markup"), ARTICLES.values(), ids=ARTICLES)
    def test_markdown_of_articles_becomes_html(self, markdown: str, markup: str) -> None:
        assert render_article(markdown) == markup

    @pytest.mark.parametrize("markdown", HOSTILE)
    def test_a_hostile_article_does_nothing(self, markdown: str) -> None:
        read_article(markdown)

    @PROPERTY
    @given(hostile_texts)
    def test_no_mixture_of_markup_does_anything(self, markdown: str) -> None:
        read_article(markdown)


# Addresses that no browser opens, or that name another host before the one that they open.
UNLINKED = {
    "a port beyond the last": "https://ok.example:99999/",
    "a number of an address that is too high": "http://999.1.1.1/",
    "a broken address in brackets": "http://[::1/",
    "an encoded sign in the host": "http://ok.example%40evil.example/",
    "a host that says nothing in Punycode": "http://xn--/",
    "a name before the host": "http://ok.example@evil.example/",
    "a name and a password before the host": "https://ok.example:443@evil.example",
}


class TestAddressesThatLeadNowhere:
    @pytest.mark.parametrize("render", [read_comment, read_article])
    @pytest.mark.parametrize("written", ["[نص]({})", "<{}>", "{}", "نص {}، نص"])
    @pytest.mark.parametrize("address", UNLINKED.values(), ids=UNLINKED)
    def test_address_that_is_not_kept_is_text_as_it_was_written(
        self, address: str, written: str, render: Callable[[str], Read]
    ) -> None:
        read = render(written.format(address))
        assert [tag for tag, _ in read.tags] == ["p"]
        assert read.text == written.format(address) + "\n"

    @PROPERTY
    @given(st.from_regex(r"https?://[^\s()<>\[\]]{1,30}", fullmatch=True))
    def test_every_link_of_any_address_leads_somewhere(self, address: str) -> None:
        for read in (read_comment(f"[نص]({address}) {address}"), read_article(f"[نص]({address}) <{address}>")):
            assert all("href" in attributes for tag, attributes in read.tags if tag == "a")

    def test_backslash_hides_no_name(self) -> None:
        for written in ("[نص](https://ok.example\\@evil.example)", "<https://ok.example\\@evil.example>"):
            assert not any("evil" in (attributes.get("href") or "") for _, attributes in read_comment(written).tags)

    def test_sign_of_mail_within_a_path_is_no_name(self) -> None:
        for address in ("https://a.example/@b", "https://a.example?b=@c", "https://a.example#@b", "mailto:a@b.example"):
            assert f'<a href="{address}"' in render_comment(f"[نص]({address})")


class TestTextOfLinks:
    @pytest.mark.parametrize("override", ["\u202d", "\u202e"])
    @pytest.mark.parametrize("written", ["[{}moc.elgoog](https://a.example)", "[*{}moc*.elgoog](https://a.example)"])
    def test_link_turns_no_letters_of_its_text_around(self, written: str, override: str) -> None:
        for read in (read_comment, read_article):
            assert read(written.format(override)).text == "moc.elgoog\n"

    def test_override_of_an_address_and_of_code_in_a_link_go_too(self) -> None:
        assert read_comment("<https://a.example/%E2%80%AEgpj.exe>").text == "https://a.example/gpj.exe\n"
        assert read_comment("[`\u202emoc`](https://a.example)").text == "moc\n"
        assert read_article("[&#x202e;moc](https://a.example)").text == "moc\n"

    def test_override_outside_of_links_and_isolates_within_stay(self) -> None:
        text = "\u202eأ\u202c [\u2067ب\u2069](https://a.example) \u202eج"
        assert read_comment(text).text == "\u202eأ\u202c \u2067ب\u2069 \u202eج\n"


# What shows nothing once it is rendered, and what does show something, be it no letter.
UNSHOWN = {
    "a link without text": "[](https://a.example)",
    "a link whose text nobody sees": "[\u200b\u3164](https://a.example)",
    "a space that does not break": "[\u00a0](https://a.example)",
    "quotes without words": "> >\n>",
    "a block of code without any": "```js\n```",
    "a block of code that is empty lines": "~~~\n\n\u200b\n~~~",
    "code that is a space": "`\u200b`",
}
UNSHOWN_ARTICLES = {
    "headings without words": "# \n## \n",
    "an entity that nobody sees": "&#8203;&zwj;&#x202e;",
    "entities of spaces": "&nbsp;&emsp;",
    "a table without words": "| |\n|-|\n| |",
}
SHOWN = {
    "a letter": "ا",
    "a sign": "؟",
    "what means something to HTML": "&",
    "another such sign": "<",
    "a rule": "***",
    "a point of a list": "-",
    "a number of a list": "1.",
    "a link with a sign": "[.](https://a.example)",
    "a letter in code": "```\nx\n```",
    "words of a block of code": "```نعم و\n```",
    "an emoji": "[👍](https://a.example)",
    "a word behind much that nobody sees": "[](https://a.example)" + "\u200b\n\n" * 900 + "ا",
}


class TestShowsNothing:
    @pytest.mark.parametrize("markdown", UNSHOWN.values(), ids=UNSHOWN)
    def test_text_of_which_nothing_can_be_seen_is_told(self, markdown: str) -> None:
        assert rendering.shows_nothing(render_comment(markdown))
        assert rendering.shows_nothing(render_article(markdown))

    @pytest.mark.parametrize("markdown", UNSHOWN_ARTICLES.values(), ids=UNSHOWN_ARTICLES)
    def test_article_of_which_nothing_can_be_seen_is_told(self, markdown: str) -> None:
        assert rendering.shows_nothing(render_article(markdown))
        assert not rendering.shows_nothing(render_comment(markdown))

    @pytest.mark.parametrize("markdown", SHOWN.values(), ids=SHOWN)
    def test_text_that_shows_anything_is_let_pass(self, markdown: str) -> None:
        assert not rendering.shows_nothing(render_comment(markdown))
        assert not rendering.shows_nothing(render_article(markdown))

    @PROPERTY
    @given(hostile_texts)
    def test_text_with_letters_that_are_shown_shows_something(self, markdown: str) -> None:
        for markup in (render_comment(markdown), render_article(markdown)):
            if any(map(str.isalnum, Read(markup).text)):
                assert not rendering.shows_nothing(markup)

    def test_long_text_of_nothing_is_looked_through_in_its_length(self) -> None:
        assert takes_less(0.1, lambda text: str(rendering.shows_nothing(text)), "<p>\u200b</p>\n" * 10_000 + "x")


def notes(markdown: str) -> list[str]:
    """Give the text of each footnote, line by line, without the ways back."""
    found = render_article(markdown).split('<li id="fn')[1:]
    texts = [html.unescape(re.sub(r"<[^>]*>|↩︎", "", "<" + note)) for note in found]
    return ["\n".join(filter(None, map(str.strip, text.split("\n")))) for text in texts]


# Each with the notes that it defines, in their order; what stands in none of them is shown in the text.
DEFINED = {
    "on lines that follow each other": ("a[^1] b[^2]\n\n[^1]: one\n[^2]: two", ["one", "two"]),
    "after a note of two lines": ("a[^1] b[^2]\n\n[^1]: one\nmore\n[^2]: two", ["one\nmore", "two"]),
    "after a list in a note": ("a[^1] b[^2]\n\n[^1]: - one\n[^2]: two", ["one", "two"]),
    "after a quote in a note": ("a[^1] b[^2]\n\n[^1]: > one\n[^2]: two", ["one", "two"]),
    "with Arabic labels": ("أ[^أ] ب[^ب]\n\n[^أ]: one\n[^ب]: ثان", ["one", "ثان"]),
    "in the order of their use": ("b[^2] a[^1]\n\n[^1]: one\n[^2]: two", ["two", "one"]),
    "unused among used ones": ("c[^3]\n\n[^1]: one\n[^2]: two\n[^3]: three", ["three", "one", "two"]),
    "after a paragraph": ("a[^1]\n[^1]: one\n[^2]: two", ["one", "two"]),
    "after a list": ("- a[^1]\n[^1]: one", ["one"]),
    "after a list in a list": ("- - a[^1]\n[^1]: one", ["one"]),
    "after a quote": ("> a[^1]\n[^1]: one", ["one"]),
    "after a list in a quote": ("> - a[^1]\n[^1]: one", ["one"]),
    "after a quote in a list": ("- > a[^1]\n[^1]: one", ["one"]),
    "after a table": ("|a[^1]|\n|-|\n|b|\n[^1]: one", ["one"]),
    "again, which stays where it is": ("a[^1]\n\n[^1]: one\n[^1]: two", ["one\n[1:1]: two"]),
    "not at the beginning of a line": ("a[^1] b[^2]\n\n[^1]: one [^2]: two", ["one [^2]: two"]),
    "below another, indented": ("a[^1] b[^2]\n\n[^1]: one\n    [^2]: two", ["one\n[^2]: two"]),
    "in an item of a list": ("- a[^1]\n  [^1]: one", []),
    "in a quote": ("> a[^1]\n> [^1]: one", []),
    "in a list in a quote": ("> - a[^1]\n> [^1]: one", []),
    "in code": ("a[^1]\n\n```\n[^1]: one\n```", []),
}


class TestFootnotes:
    @pytest.mark.parametrize(("markdown", "expected"), DEFINED.values(), ids=DEFINED)
    def test_note_is_defined_at_the_beginning_of_a_line_alone(self, markdown: str, expected: list[str]) -> None:
        assert notes(markdown) == expected

    @pytest.mark.parametrize(("markdown", "expected"), DEFINED.values(), ids=DEFINED)
    def test_what_defines_no_note_is_shown_where_it_stands(self, markdown: str, expected: list[str]) -> None:
        assert ("one" in render_article(markdown).partition("<section")[0]) is not bool(expected)

    def test_many_notes_on_lines_that_follow_each_other_are_all_kept(self) -> None:
        markdown = "".join(f"a[^{n}] " for n in range(500)) + "\n\n" + "".join(f"[^{n}]: n{n}\n" for n in range(500))
        assert notes(markdown) == [f"n{n}" for n in range(500)]


class TestEachOfTheTwoLayersHoldsAlone:
    @pytest.mark.parametrize("markdown", HOSTILE)
    def test_what_the_parser_writes_is_harmless_before_it_is_cleaned(self, markdown: str) -> None:
        for parser in (rendering._COMMENT, rendering._ARTICLE):
            for tag, attributes in Read(parser.render(markdown)).tags:
                assert tag in ARTICLE_TAGS
                assert not any(name.startswith("on") for name in attributes)
                assert re.match(LEADS_TO + "|$", attributes.get("href") or "", re.IGNORECASE)

    @pytest.mark.parametrize("markup", HOSTILE)
    def test_what_the_cleaner_lets_through_is_harmless_whatever_is_written(self, markup: str) -> None:
        for cleaner, tags in ((rendering._CLEAN_COMMENT, COMMENT_TAGS), (rendering._CLEAN_ARTICLE, ARTICLE_TAGS)):
            for tag, attributes in Read(cleaner.clean(markup)).tags:
                assert tag in tags
                assert set(attributes) <= {"dir", "href", "rel", "start", "id", "class"}
                assert attributes.get("dir") in {"auto", "rtl", "ltr", None}
                assert re.match(LEADS_TO + "|$|https?:|mailto:", attributes.get("href") or "", re.IGNORECASE)


class TestNothingIsLost:
    @PROPERTY
    @given(
        st.lists(
            st.sampled_from(
                [
                    "> ",
                    "- ",
                    "1. ",
                    "**",
                    "_",
                    "`",
                    "```",
                    "~~~",
                    "\n",
                    "كلمة",
                    " ",
                    "[",
                    "](https://a.example)",
                    "#",
                    "[^1]",
                    "[^1]: ",
                ]
            ),
            max_size=60,
        )
    )
    def test_every_word_is_shown(self, pieces: list[str]) -> None:
        for read in (read_comment, read_article):
            assert read("".join(pieces)).text.count("كلمة") == pieces.count("كلمة")

    @pytest.mark.parametrize("opening", ["> ", ">", "- ", "1. ", "> - ", "* > "])
    def test_what_is_nested_too_deep_is_shown_as_typed(self, opening: str) -> None:
        read = read_comment(opening * 50 + "كلمة")
        assert "كلمة" in read.text
        assert opening.strip() in read.text
        assert sum(tag in {"blockquote", "ul", "ol"} for tag, _ in read.tags) <= 10

    def test_a_text_of_more_delimiters_than_prose_has_is_shown_as_typed(self) -> None:
        text = "*أ*\n<b>\n\n" + "[" * 2_000
        assert read_comment(text).text.split() == text.split()
        assert not {"em", "b"} & {tag for tag, _ in read_comment(text).tags}
        assert render_comment("*أ* " * 1_000).count("<em>") == 1_000


class TestDirection:
    def test_every_element_with_text_is_isolated(self) -> None:
        markdown = "# أ\n\nب `ج` [د](https://a.example)\n\n> ه\n\n- و\n\n|ز|\n|-|\n|ح|\n\n```\nط\n```"
        for tag, attributes in read_article(markdown).tags:
            if tag in {"p", "a", "code", "pre", "h2", "li", "th", "td"}:
                assert attributes["dir"] == "auto", tag
            elif tag in {"blockquote", "ul", "table"}:
                assert attributes["dir"] == "rtl", tag

    def test_an_override_left_open_stays_within_its_element(self) -> None:
        markup = render_comment("\u202eأول\n\nثان [\u2067نص](https://a.example) ثالث")
        assert '<p dir="auto">\u202eأول</p>' in markup
        assert 'dir="auto" rel="ugc nofollow noopener">\u2067نص</a>' in markup

    @pytest.mark.parametrize(
        ("markdown", "direction"),
        [
            pytest.param("- https://a.example نعم", "rtl", id="an address says nothing about a list"),
            pytest.param("- yes\n- نعم", "ltr", id="the first text decides"),
            pytest.param("- > - نعم", "rtl", id="the first text decides for all around it"),
        ],
    )
    def test_what_holds_blocks_is_told_the_direction_of_its_first_text(self, markdown: str, direction: str) -> None:
        assert read_comment(markdown).tags[0][1]["dir"] == direction

    def test_a_list_without_text_does_not_take_the_direction_of_what_follows(self) -> None:
        assert "dir" not in read_comment("- ```\n  x\n  ```\n\nنعم").tags[0][1]


WORST = {
    "opening brackets": "[",
    "closing brackets": "]",
    "links left open": "[a](",
    "images left open": "![",
    "stars": "*",
    "stars and letters": "*a ",
    "emphasis on both sides": "a**b",
    "underscores": "_a",
    "nested openings": "**_[",
    "mixed delimiters": "*_`[",
    "backticks": "`a``b```c",
    "angle brackets": "<a",
    "half addresses": "<http:",
    "ampersands": "&",
    "entities": "&#x41;",
    "backslashes": "\\",
    "quotes": ">",
    "quotes in lines": ">a\n\n",
    "nested quotes in lines": ">>>>>>>>>>a\n\n",
    "lists in lines": "- a\n",
    "lists in one line": "- ",
    "numbers": "1) a\n",
    "quotes and lists": "> - a\n",
    "tables": "|a|\n|-|\n",
    "fences": "```\n",
    "fences with words": "```a b\n```\n",
    "rules": "***\n",
    "headings": "# a\n",
    "paragraphs": "a\n\n",
    "line breaks": "a \n",
    "addresses": "https://a.example ",
    "schemes": "https://",
    "addresses without spaces": "https://a.b/x!",
    "addresses with brackets": "https://a.b/[",
    "addresses with quotes": "https://a.b/'",
    "addresses with braces": "https://a.b/{",
    "hosts": "www.a.",
    "addresses with names": "https://a@b.c ",
    "addresses that are not kept": "https://a.b:99999 ",
    "links that are not kept": "[a](https://a.b:99999) ",
    "links to names": "[a](https://" + "a" * 300,
    "overrides in links": "[\u202e](https://a.b) ",
    "slashes": "://",
    "mailboxes": "<a@b.c>",
    "spaces": " ",
    "tabs": "\t",
    "letters": "م",
}

WORST_ARTICLES = {
    "references left open": "[^1]: a\n\n" + "[^" * 3_900 + "a" * 90_000,
    "references to one footnote": "[^1]: a\n\n" + "[^1] " * 3_900,
    "footnotes of footnotes": "".join(f"[^{n}]: a[^{n + 1}]\n\n" for n in range(1_900)),
    "footnotes ever deeper": "".join("    " * (n % 20) + f"[^{n}]: a\n\n" for n in range(1_900)),
    "footnotes on lines that follow each other": "".join(f"[^{n}]: a\n" for n in range(3_900)),
    "footnotes after ever more lines": "".join(f"[^{n}]: " + "a\n" * (n % 40) for n in range(1_900)),
    "definitions that are none in a note": "[^1]: a\n" * 3_900,
    "one line of footnotes": "[^1]: " * 3_900,
    "prose": "كلمة **قوية** في [رابط](https://a.example) ومثلها.\n\n" * 1_300 + "كلمة وأختها " * 2_600,
}

WORST_WHOLE = {
    "brackets within brackets": "[" * 4_000 + "]" * 4_000,
    "just as many brackets as are formatted": "[" * 1_000 + "]" * 999 + "م" * 6_000,
    "just as many openings as are formatted": "**_[" * 499 + "م" * 6_000,
    "emphasis closed as often as opened": "*a " * 999 + " b*" * 999,
    "backticks of every length": "".join("`" * n + "a" for n in range(1, 62)),
    "lists ever deeper": "\n".join(" " * n + "- a" for n in range(126)),
    "lists up and down": "\n".join(" " * (2 * (n % 8)) + "- a" for n in range(700)),
    "quotes ever deeper": "\n".join(">" * n + "a" for n in range(126)),
    "a path of brackets": "https://a.example/" + "(a" * 3_990,
    "a destination of brackets": "[a](https://a.example/" + "(" * 7_970,
    "a wide table": "|" + "a|" * 1_300 + "\n|" + "-|" * 1_300 + "\n|" + "a|" * 1_300,
    "a table that fills itself up": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + "|\n" * 3_000,
}


class TestSpeed:
    """8 000 code points took 10 to 80 ms where this was written; quadratic time would be seconds."""

    @pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
    def test_a_comment_of_one_pattern_takes_no_time(self, unit: str) -> None:
        assert takes_less(0.25, render_comment, (unit * 8_000)[:8_000])

    @pytest.mark.parametrize("text", WORST_WHOLE.values(), ids=WORST_WHOLE)
    def test_a_comment_built_for_it_takes_no_time(self, text: str) -> None:
        assert takes_less(0.25, render_comment, text)

    @pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
    def test_an_article_of_one_pattern_takes_its_length_in_time(self, unit: str) -> None:
        assert takes_less(0.6, render_article, (unit * 20_000)[:20_000])

    @pytest.mark.parametrize("text", WORST_ARTICLES.values(), ids=WORST_ARTICLES)
    def test_an_article_built_for_it_takes_its_length_in_time(self, text: str) -> None:
        assert takes_less(1.5, render_article, text)


def takes_less(seconds: float, render: Callable[[str], str], text: str) -> bool:
    """Count this thread's own time, twice if need be, since neighbours on the machine slow it too."""
    for _ in range(2):
        started = time.thread_time()
        render(text)
        if time.thread_time() - started < seconds:
            return True
    return False


class TestThreads:
    def test_many_threads_render_alike(self) -> None:
        documents = [f"> - *{n}* https://a.example/{n}، `{n}`\n\n{n}" for n in range(200)]
        alone = [render_comment(document) for document in documents]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(render_comment, documents)) == alone

    def test_a_parser_is_compiled_before_it_is_shared(self) -> None:
        parser = rendering._parser(blocks=[], inlines=[])
        rulers = (parser.core.ruler, parser.block.ruler, parser.inline.ruler, parser.inline.ruler2)
        assert all(ruler.__cache__ is not None for ruler in rulers)
