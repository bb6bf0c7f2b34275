"""Make the readable part of an article's address, and refuse addresses that mislead."""

import re
import unicodedata
from uuid import UUID

from forum.text import characters
from forum.text.folding import fold

MADE_LENGTH = 80
LONGEST = 120
LONGEST_KEY = 4 * LONGEST

# GET /v1/articles/lookup is a route of its own.
_RESERVED = frozenset({"lookup"})

_UNSEEN = dict.fromkeys(map(ord, characters.BLANK - characters.WHITE_SPACE))
_WORD = re.compile(r"[^\W_]+")
_SLUG = re.compile(r"[\w-]+")


def make_slug(title: str, ending: str = "") -> str:
    """Join the words of a title with hyphens, at most 80 code points cut between words, never empty; then an ending.

    Marks, tatweel and invisible characters go; letters stay as they are spelt. `slug_refusal` accepts the outcome
    with an ending of a hyphen and up to 30 letters and digits.
    """
    plain = unicodedata.normalize("NFKC", title).lower().translate(_UNSEEN)
    words = _cut("-".join(_WORD.findall(unicodedata.normalize("NFC", plain))))
    slug = (words if fold(words) else "article") + ending
    return f"article-{slug}" if slug_refusal(slug) else slug


def _cut(slug: str) -> str:
    if len(slug) <= MADE_LENGTH:
        return slug
    kept, hyphen, _ = slug[: MADE_LENGTH + 1].rpartition("-")
    return kept if hyphen else slug[:MADE_LENGTH]


def slug_refusal(slug: str) -> str | None:
    """Say why a slug may not be used: `empty`, `too_long`, `character`, `not_nfc`, `reserved`, `uuid`, or None.

    Letters and digits of any script, hyphen and underscore are allowed; an article is named by id or by slug in
    the same place, so whatever any reader would take for a UUID is refused. A slug is looked up by its folded form,
    which is held to the same.
    """
    key = fold(slug)
    if len(slug) > LONGEST or len(key) > LONGEST_KEY:
        return "too_long"
    if _is_uuid(slug) or _is_uuid(key):
        return "uuid"
    if slug and (not _SLUG.fullmatch(slug) or slug != slug.translate(_UNSEEN)):
        return "character"
    if not key:
        return "empty"
    if not unicodedata.is_normalized("NFC", slug):
        return "not_nfc"
    return "reserved" if key in _RESERVED else None


def _is_uuid(slug: str) -> bool:
    """Ask the most lenient reader there is: it takes braces, urn:uuid:, hyphens anywhere and other digits."""
    try:
        UUID(slug.lower())
    except ValueError:
        return False
    return True
