"""Shape quoted passages and where they stand."""

from pydantic import Field

from api.schemas.types import Answer, Closed, SafeText, SurroundingText

QUOTE_LENGTH = 1_000
CONTEXT_LENGTH = 200


class Quote(Closed):
    """Anchor a comment to a passage (W3C Web Annotation, TextQuoteSelector)."""

    exact: SafeText = Field(max_length=QUOTE_LENGTH)
    prefix: SurroundingText = Field(default="", max_length=CONTEXT_LENGTH)
    suffix: SurroundingText = Field(default="", max_length=CONTEXT_LENGTH)


class Anchor(Answer):
    """Say where a quoted passage stands, in code points of the shown text (`textContent`), or that it is gone."""

    start: int | None
    end: int | None
    orphaned: bool
