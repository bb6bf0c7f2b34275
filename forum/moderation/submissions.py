"""Describe words on their way to the public, as screening looks at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.articles import Article


@dataclass(frozen=True)
class Submission:
    """Hold one revision before its verdict; `comment_id` is the comment that it belongs to."""

    comment_id: UUID
    article: Article
    author_id: UUID
    is_expert: bool
    body: str
    fingerprint: str
    now: datetime


@dataclass(frozen=True)
class Hold:
    """Say why words wait: a code of forum/moderation/holds.py and the places in the text that it is about."""

    code: str
    spans: tuple[tuple[int, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the form in which a hold is stored."""
        return {"code": self.code, "spans": [list(span) for span in self.spans]}
