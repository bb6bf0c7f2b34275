"""Prepare words for storing before any transaction begins: rendered, folded and measured once, at writing."""

from collections.abc import Sequence
from dataclasses import dataclass

from forum.discussion.quotes import Anchor
from forum.text.direction import direction_of, language_of
from forum.text.fingerprints import fingerprint
from forum.text.lattice import Reading, read
from forum.text.likeness import bands
from forum.text.rendering import render_comment, shows_nothing
from models.comments import Kind
from models.errors import Invalid


@dataclass(frozen=True)
class Draft:
    """Hold what an author sends and all that follows from it alone."""

    body: str
    body_html: str
    language: str
    direction: str
    fingerprint: str
    reading: Reading
    quoted: Reading | None
    bands: Sequence[str]
    kind: Kind
    quote: dict[str, str] | None
    anchor: Anchor | None = None


def prepare(body: str, *, kind: Kind, quote: dict[str, str] | None) -> Draft:
    """Make a draft; the body is kept exactly as sent. Raise Invalid if nothing of it can be seen once rendered."""
    body_html = render_comment(body)
    if shows_nothing(body_html):
        raise Invalid("/body", "blank")
    return Draft(
        body=body,
        body_html=body_html,
        language=language_of(body),
        direction=direction_of(body),
        fingerprint=fingerprint(body),
        reading=read(body),
        quoted=read("\n".join(quote.values())) if quote else None,
        bands=bands(body),
        kind=kind,
        quote=quote,
    )
