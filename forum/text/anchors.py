"""Read the links of a rendered text, and tell when one says that it leads to another host than it does."""

import html
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from forum.text.folding import fold

# Our own renderer writes these, so their form is known.
_ANCHOR = re.compile(r'<a\s[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")

_HOST = re.compile(r"(?<![\w@.-])(https?://|www\.)?((?:[^\W_][\w-]{0,62}\.){1,6}([^\W\d_]{2,24}))(?![\w-])")
_COMMON_ENDINGS = frozenset(
    (
        "com",
        "net",
        "org",
        "info",
        "biz",
        "edu",
        "gov",
        "int",
        "mil",
        "news",
        "online",
        "site",
        "shop",
        "app",
        "dev",
        "blog",
        "club",
        "live",
    )
)
# Two letters are a country's, but for those that end names of files: main.py is a host only where written as one. No
# country has two Arabic ones, which are a word behind a full stop without its space.
_FILE_ENDINGS = frozenset(
    (
        "py",
        "js",
        "ts",
        "rb",
        "go",
        "cs",
        "hs",
        "vb",
        "sh",
        "rs",
        "md",
        "pl",
        "cc",
        "ps",
        "ai",
        "so",
        "st",
        "mk",
        "vi",
        "db",
        "gz",
    )
)
_LETTERS_OF_A_COUNTRY = 2
_ARABIC = re.compile(r"[\u0621-\u06d3]")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Hold what a link shows and where it leads."""

    text: str
    href: str

    @property
    def is_misleading(self) -> bool:
        """Tell whether the text names a host that is neither the one it leads to nor one that this is part of."""
        named = _named_host(self.text)
        host = _plain(urlsplit(self.href).hostname or "")
        return named is not None and host != named and not host.endswith("." + named)


def anchors(body_html: str) -> list[Anchor]:
    """Give the links of a rendered text that lead out of it, in order."""
    found = [
        Anchor(html.unescape(_TAG.sub("", inside)), html.unescape(href)) for href, inside in _ANCHOR.findall(body_html)
    ]
    return [anchor for anchor in found if anchor.href.startswith(("http://", "https://"))]


def _named_host(text: str) -> str | None:
    for scheme, host, ending in _HOST.findall(fold(text)):
        is_word = ending in _FILE_ENDINGS or _ARABIC.search(ending)
        is_country = len(ending) == _LETTERS_OF_A_COUNTRY and not is_word
        if scheme or ending in _COMMON_ENDINGS or is_country:
            return _plain(host)
    return None


def _plain(host: str) -> str:
    try:
        decoded = host.encode("ascii").decode("idna") if "xn--" in host else host
    except UnicodeError:
        decoded = host
    return fold(decoded).removeprefix("www.")
