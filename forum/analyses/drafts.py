"""Prepare an analysis for storing before any transaction begins: rendered and measured once, at writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.discussion.quotes import Anchor
from forum.text.direction import direction_of, language_of
from forum.text.rendering import render_article, shows_nothing
from models.errors import Invalid


@dataclass(frozen=True)
class AnalysisDraft:
    """Hold what an author sends and all that follows from it alone; `note` says what a revision corrects.

    `anchor` says where the quote stands in the text that it was taken from.
    """

    title: str
    summary: str
    body: str
    body_html: str
    language: str
    direction: str
    citations: Sequence[dict[str, Any]]
    ai_use: dict[str, Any]
    note: str | None = None
    quote: dict[str, str] | None = None
    anchor: Anchor | None = None

    def columns(self) -> dict[str, Any]:
        """Give what the draft says as columns of a revision."""
        return {
            **vars(self),
            "citations": list(self.citations),
            "quoted_id": self.anchor.text_id if self.anchor else None,
            "anchor": self.anchor.place if self.anchor else None,
        }


def prepare_analysis(
    *,
    title: str,
    summary: str,
    body: str,
    language: str | None,
    citations: Sequence[dict[str, Any]],
    ai_use: dict[str, Any],
    note: str | None = None,
    quote: dict[str, str] | None = None,
) -> AnalysisDraft:
    """Make a draft; the words are kept exactly as sent, and the language of all of them is guessed where none is named.

    The direction is that of the body, which is what is set in it; a title is a line of its own. Raise Invalid if
    nothing of the body can be seen once rendered.
    """
    body_html = render_article(body)
    if shows_nothing(body_html):
        raise Invalid("/body", "blank")
    return AnalysisDraft(
        title=title,
        summary=summary,
        body=body,
        body_html=body_html,
        language=language or language_of("\n".join((title, summary, body))),
        direction=direction_of(body),
        citations=citations,
        ai_use=ai_use,
        note=note,
        quote=quote,
    )
