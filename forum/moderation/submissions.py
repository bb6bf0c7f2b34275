"""Describe words on their way to the public, as screening looks at them, and what it may find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from forum.text.lattice import Reading
from models.cases import Reason


@dataclass(frozen=True)
class Submission:
    """Hold one revision before its verdict; `comment_id` is the comment that it belongs to, `article` a row.

    `reading` and `bands` are those of the body, `quoted` is the reading of what it quotes; all were made before any
    transaction began.
    """

    comment_id: UUID
    revision: int
    article: Any
    author_id: UUID
    is_expert: bool
    body: str
    body_html: str
    language: str
    fingerprint: str
    reading: Reading
    quoted: Reading | None
    bands: Sequence[str]
    now: datetime


@dataclass(frozen=True)
class Hold:
    """Say why words wait: a code of forum/moderation/holds.py and the places in the text that it is about."""

    code: str
    spans: tuple[tuple[int, int], ...] = ()
    rule_id: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the form in which a hold is stored."""
        rule = {"rule": str(self.rule_id)} if self.rule_id else {}
        return {"code": self.code, "spans": [list(span) for span in self.spans], **rule}


@dataclass(frozen=True)
class Rejection:
    """Say that words are rejected unread, and why."""

    hold: Hold
    reason: Reason
    note: str | None = None


@dataclass(frozen=True)
class Flag:
    """Say that moderators should look at words soon, which are not held by it."""

    hold: Hold


@dataclass(frozen=True)
class Trust:
    """Say that no further phase needs to be asked."""


Finding = Hold | Rejection | Flag | Trust


@dataclass(frozen=True)
class Screened:
    """Hold what screening found: what words wait for, what to look at, and the rejection if there is one."""

    holds: Sequence[Hold]
    flags: Sequence[Hold] = ()
    rejection: Rejection | None = None
