"""Recognise the same page behind the addresses that lead to it."""

import unicodedata
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

TRACKING = ("utm_", "fbclid", "gclid", "mc_", "igshid", "ref_src")


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
