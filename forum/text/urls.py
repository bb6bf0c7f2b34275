"""Tell well-formed web addresses and DOIs, and recognise the same page behind the addresses that lead to it."""

import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from forum.text.characters import DIRECTION_CONTROLS

TRACKING = ("utm_", "fbclid", "gclid", "mc_", "igshid", "ref_src")

# What no address may hold as it is: RFC 3986 and 3987 leave it out, the second (4.1) direction controls too, and
# private and reserved characters; and a percent sign before anything but two digits. Brackets, which belong in hosts
# alone, are let pass, since browsers leave them in queries.
_MALFORMED: Final = re.compile(
    r"[\s\x00-\x20\x7f-\x9f<>\"{}|\\^`\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    + "".join(sorted(DIRECTION_CONTROLS))
    + "]|%(?![0-9A-Fa-f]{2})"
)
# The labels of a host; what of other scripts may stand there is decided by those who give out names.
_HOST: Final = re.compile(r"(?:[a-z0-9_-]|[^\x00-\x7f]){1,63}(?:\.(?:[a-z0-9_-]|[^\x00-\x7f]){1,63})*\.?")
# What is read as the address in brackets leaves out what stands behind them, and browsers know no zones there.
_IN_BRACKETS: Final = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
# The DOI Handbook, 2: a prefix that begins with 10., a slash, and a suffix of anything printed.
_DOI: Final = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,5}/\S{1,500}")
_DOI_HOSTS: Final = frozenset({"doi.org", "dx.doi.org", "www.doi.org"})


def is_web_address(text: str) -> bool:
    """Tell whether a text is a whole http or https address that may stand in any link.

    Names of users are refused (RFC 9110, 4.2.4): they serve to disguise where an address leads.
    """
    if _MALFORMED.search(text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        is_whole = parts.scheme in {"http", "https"} and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    named = _IN_BRACKETS.fullmatch(parts.netloc) if "[" in parts.netloc else _HOST.fullmatch(host)
    return is_whole and named is not None


def is_source(text: str) -> bool:
    """Tell whether a text names a source: `doi:` with a DOI, or a web address, which at doi.org has to hold one.

    As in every address, what may not stand there is percent-encoded, such as the `<` of an old DOI.
    """
    if text[:4].lower() == "doi:":
        return not _MALFORMED.search(text) and bool(_DOI.fullmatch(text[4:]))
    if not is_web_address(text):
        return False
    parts = urlsplit(text)
    return parts.hostname not in _DOI_HOSTS or bool(_DOI.fullmatch(unquote(parts.path[1:])))


def url_key(url: str) -> str:
    """Give one key for a page: no scheme, `www.`, default port, fragment, tracking parameters or closing slash.

    The path is decoded and composed (NFC), since Arabic addresses are copied both encoded and plain.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().removeprefix("www.")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    path = unicodedata.normalize("NFC", unquote(parts.path)).rstrip("/")
    kept = sorted(pair for pair in parse_qsl(parts.query) if not pair[0].lower().startswith(TRACKING))
    return host + port + path + (f"?{urlencode(kept)}" if kept else "")
