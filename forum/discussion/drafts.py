"""Prepare words for storing before any transaction begins: rendered, folded and measured once, at writing."""

from dataclasses import dataclass

from forum.text.direction import direction_of, language_of
from forum.text.fingerprints import fingerprint
from forum.text.rendering import render_comment
from models.comments import Kind


@dataclass(frozen=True)
class Draft:
    """Hold what an author sends and all that follows from it alone."""

    body: str
    body_html: str
    language: str
    direction: str
    fingerprint: str
    kind: Kind
    quote: dict[str, str] | None


def prepare(body: str, *, kind: Kind, quote: dict[str, str] | None) -> Draft:
    """Make a draft; the body is kept exactly as sent."""
    return Draft(body, render_comment(body), language_of(body), direction_of(body), fingerprint(body), kind, quote)
