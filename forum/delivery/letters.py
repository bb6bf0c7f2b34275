"""Hold one mail as it leaves, and lay out those that have more than plain text."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_DIRECTIONS = {"ar": "rtl"}
# Without it a phone lays a page out as for a desk, and shows its letters at a third of their size.
_AS_WIDE_AS_THE_SCREEN = '<meta name="viewport" content="width=device-width, initial-scale=1">'


@dataclass(frozen=True)
class Letter:
    """Hold one mail: to whom, in which language, what it says as text and as HTML, and headers besides the usual."""

    to: str
    locale: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Link(str):
    """Mark a paragraph that is an address; others hold names, which may look like one and must not lead there."""

    __slots__ = ()


def paragraphs_of_text(paragraphs: Sequence[str]) -> str:
    """Lay paragraphs out as plain text."""
    return "\n\n".join(paragraphs) + "\n"


def paragraphs_of_html(paragraphs: Sequence[str], locale: str) -> str:
    """Lay paragraphs out as a page in the direction of its language, under the first of them as its title.

    A Link becomes one, all else is text.
    """
    title = f"<title>{html.escape(paragraphs[0])}</title>"
    body = "".join(f'<p dir="auto">{_marked(paragraph)}</p>' for paragraph in paragraphs)
    direction = _DIRECTIONS.get(locale, "ltr")
    return (
        f'<!doctype html><html lang="{locale}" dir="{direction}"><head><meta charset="utf-8">{_AS_WIDE_AS_THE_SCREEN}'
        f"{title}</head><body>{body}</body></html>"
    )


def _marked(paragraph: str) -> str:
    text = html.escape(paragraph)
    if isinstance(paragraph, Link):
        return f'<a href="{text}" dir="ltr">{text}</a>'
    return text.replace("\n", "<br>")
